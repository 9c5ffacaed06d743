/** Predicts each configuration's shares from the other configurations, beside what one would guess without a model. */
import { type ShareConfiguration, type ShareTable, withdrawn } from './read-shares.ts';
import { defaultShareOptions, type ShareModelOptions, sharesUnder, withGroupMembers } from './share-model.ts';

export interface ShareResult {
  readonly configuration: string;
  /** Mean absolute error of a site's share, in percentage points. */
  readonly unchanged: number | null;
  readonly nearest: number;
  readonly ours: number;
  readonly measured: readonly number[];
  readonly predicted: readonly number[];
}

/** Results in the order of the table. The configuration's own row is read to judge, and for nothing else. */
export function* evaluateShares(
  { configurations }: ShareTable,
  options: ShareModelOptions = defaultShareOptions,
): Generator<ShareResult> {
  for (const asked of configurations) {
    const others = configurations.filter((other) => other !== asked);
    const known = others.map((other) => ({ shares: other.shares, prepends: withGroupMembers(other, others) }));
    const prepends = withGroupMembers({ ...asked, shares: [] }, others);
    const baseline = others.find(({ name }) => name === 'baseline');
    const predicted = sharesUnder(prepends, known, options);
    yield {
      configuration: asked.name,
      unchanged: baseline === undefined ? null : errorOf(baseline.shares, asked.shares),
      nearest: errorOf(nearestOf(prepends, known), asked.shares),
      ours: errorOf(predicted, asked.shares),
      measured: asked.shares,
      predicted,
    };
  }
}

/** Means over configurations; `unchanged` over those that are not the baseline itself. */
export function meanShareErrors(results: readonly ShareResult[]) {
  const mean = (values: readonly (number | null)[]): number | null => {
    const there = values.filter((value) => value !== null);
    return there.length === 0 ? null : there.reduce((sum, value) => sum + value, 0) / there.length;
  };
  const changed = results.filter(({ unchanged }) => unchanged !== null);
  return {
    configurations: changed.length,
    unchanged: mean(changed.map((r) => r.unchanged)),
    nearest: mean(changed.map((r) => r.nearest)),
    ours: mean(changed.map((r) => r.ours)),
  };
}

/** The shares of the configuration whose prepends differ least; of several, their mean. */
function nearestOf(
  prepends: readonly number[],
  known: readonly Pick<ShareConfiguration, 'prepends' | 'shares'>[],
): readonly number[] {
  const distances = known.map((other) => distance(prepends, other.prepends));
  const least = Math.min(...distances);
  const near = known.filter((_, i) => distances[i] === least);
  return prepends.map((_, s) => near.reduce((sum, { shares }) => sum + (shares[s] as number), 0) / near.length);
}

/** Only differences between sites matter: prepends everywhere are prepends nowhere. A withdrawal counts as many prepends. */
function distance(a: readonly number[], b: readonly number[]): number {
  const steps = (prepends: readonly number[]): number[] => {
    const least = Math.min(...prepends);
    return prepends.map((count) => (count === withdrawn ? withdrawnSteps : count - least));
  };
  const [one, other] = [steps(a), steps(b)];
  return one.reduce((sum, count, s) => sum + Math.abs(count - (other[s] as number)), 0);
}

const withdrawnSteps = 8;

function errorOf(predicted: readonly number[], measured: readonly number[]): number {
  const sum = measured.reduce((total, share, s) => total + Math.abs(share - (predicted[s] as number)), 0);
  return (100 * sum) / measured.length;
}
