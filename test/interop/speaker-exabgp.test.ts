/** Our speaker and a real ExaBGP. */
import { exabgpRow } from '../../src/testing/routers/rows.ts';
import { routerSuite } from '../../src/testing/routers/suite.ts';

routerSuite(exabgpRow);
