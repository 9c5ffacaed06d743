/** Our library, option by option, and a real OpenBGPD. */
import { cellSuite } from '../../src/testing/routers/cells/cell-suite.ts';
import { openbgpdRow } from '../../src/testing/routers/rows.ts';

cellSuite(openbgpdRow);
