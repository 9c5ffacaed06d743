/** Our library, option by option, and a real FRR. */
import { cellSuite } from '../../src/testing/routers/cells/cell-suite.ts';
import { frrRow } from '../../src/testing/routers/rows.ts';

cellSuite(frrRow);
