/** A case: what it does on its stage. One of the table's rows each. */
import type { FeatureId } from '../features.ts';
import type { Stage } from './stage.ts';

export type Cell = (stage: Stage) => Promise<void>;
export type Cells = Partial<Record<FeatureId, Cell>>;
