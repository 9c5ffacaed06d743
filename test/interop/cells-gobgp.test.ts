/** Our library, option by option, and a real GoBGP. */
import { cellSuite } from '../../src/testing/routers/cells/cell-suite.ts';
import { gobgpRow } from '../../src/testing/routers/rows.ts';

cellSuite(gobgpRow);
