/** Our speaker and a real GoBGP. */
import { gobgpRow } from '../../src/testing/routers/rows.ts';
import { routerSuite } from '../../src/testing/routers/suite.ts';

routerSuite(gobgpRow);
