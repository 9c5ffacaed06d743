/** Our library, option by option, and a real ExaBGP. */
import { cellSuite } from '../../src/testing/routers/cells/cell-suite.ts';
import { exabgpRow } from '../../src/testing/routers/rows.ts';

cellSuite(exabgpRow);
