/** Our speaker and a real FRR. */
import { programPath } from '../../src/testing/namespaces.ts';
import { frrProgram, frrRouter } from '../../src/testing/routers/frr.ts';
import { routerSuite } from '../../src/testing/routers/suite.ts';

routerSuite({ name: 'FRR', program: programPath(frrProgram), make: frrRouter });
