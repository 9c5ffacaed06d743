/** Our speaker and a real BIRD 2. */
import { birdRow } from '../../src/testing/routers/rows.ts';
import { routerSuite } from '../../src/testing/routers/suite.ts';

routerSuite(birdRow);
