/**
 * Each AS's own order of the sites, as far as its outcomes tell: who beats whom, followed along chains.
 *
 * An AS that prefers `a` to `b` and `b` to `c` prefers `a` to `c`, if it ranks sites at all. Where chains lead both ways it
 * does not rank them, and nothing is said.
 */
import type { Evidence } from './evidence.ts';

/**
 * 1 where a chain of the AS's outcomes leads from `first` to `second` and none leads back, -1 the other way round, 0 where
 * it does not say. Experiments in `without` are not read.
 */
export function ownOrder(
  { experiments, outcomes, sites }: Evidence,
  rows: Uint32Array,
  asked: { readonly first: number; readonly second: number; readonly without: ReadonlySet<number> },
): Int8Array {
  const { first, second, without } = asked;
  const read = [...experiments.entries()]
    .filter(([index]) => !without.has(index))
    .map(([index, own]) => ({ first: own.first, second: own.second, column: outcomes[index] as Int8Array }));
  const reached = new Uint8Array(sites.length);
  const leads = (row: number, from: number, to: number): boolean => {
    reached.fill(0);
    reached[from] = 1;
    for (let grew = true; grew; ) {
      grew = false;
      for (const experiment of read) {
        const outcome = experiment.column[row] as number;
        if (outcome === 0) continue;
        const winner = outcome > 0 ? experiment.first : experiment.second;
        const loser = outcome > 0 ? experiment.second : experiment.first;
        if (reached[winner] === 0 || reached[loser] === 1) continue;
        if (loser === to) return true;
        reached[loser] = 1;
        grew = true;
      }
    }
    return false;
  };
  return Int8Array.from(rows, (row) => Number(leads(row, first, second)) - Number(leads(row, second, first)));
}
