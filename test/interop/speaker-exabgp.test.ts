/** Our speaker and a real ExaBGP. */
import { programPath } from '../../src/testing/namespaces.ts';
import { exabgpRouter } from '../../src/testing/routers/exabgp.ts';
import { routerSuite } from '../../src/testing/routers/suite.ts';

routerSuite({ name: 'ExaBGP', program: programPath('exabgp'), make: exabgpRouter });
