/** Our speaker and a real OpenBGPD. */
import { openbgpdRow } from '../../src/testing/routers/rows.ts';
import { routerSuite } from '../../src/testing/routers/suite.ts';

routerSuite(openbgpdRow);
