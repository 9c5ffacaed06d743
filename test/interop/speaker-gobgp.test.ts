/** Our speaker and a real GoBGP. */
import { programPath } from '../../src/testing/namespaces.ts';
import { gobgpRouter } from '../../src/testing/routers/gobgp.ts';
import { routerSuite } from '../../src/testing/routers/suite.ts';

routerSuite({ name: 'GoBGP', program: programPath('gobgpd'), make: gobgpRouter });
