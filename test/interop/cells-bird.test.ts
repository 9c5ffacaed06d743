/** Our library, option by option, and a real BIRD 2. */
import { cellSuite } from '../../src/testing/routers/cells/cell-suite.ts';
import { birdRow } from '../../src/testing/routers/rows.ts';

cellSuite(birdRow);
