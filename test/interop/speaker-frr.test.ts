/** Our speaker and a real FRR. */
import { frrRow } from '../../src/testing/routers/rows.ts';
import { routerSuite } from '../../src/testing/routers/suite.ts';

routerSuite(frrRow);
