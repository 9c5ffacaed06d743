/**
 * One strength for each site, such that the difference of two tells how many ASes prefer the one (Bradley and Terry, 1952).
 *
 * Fitted to the shares of the experiments left, each experiment counting the same however many ASes it measured. A weak pull
 * to zero keeps a site finite that wins or loses everything.
 */
import type { Evidence } from './evidence.ts';
import { solve } from './linear.ts';

const pull = 0.3;
const leastShare = 0.01;

/** Strengths by site, in logits. `shares`: by experiment, the first site's. */
export function siteStrengths(
  evidence: Evidence,
  { shares, used }: { readonly shares: Float64Array; readonly used: readonly number[] },
): Float64Array {
  const size = evidence.sites.length;
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  for (let site = 0; site < size; site++) matrix[site * size + site] = pull;
  for (const index of used) {
    const { first, second } = evidence.experiments[index] as { first: number; second: number };
    const share = Math.min(Math.max(shares[index] as number, leastShare), 1 - leastShare);
    const logit = Math.log(share / (1 - share));
    for (const [a, b, sign] of [
      [first, second, 1],
      [second, first, -1],
    ] as const) {
      matrix[a * size + a] = (matrix[a * size + a] as number) + 1;
      matrix[a * size + b] = (matrix[a * size + b] as number) - 1;
      right[a] = (right[a] as number) + sign * logit;
    }
  }
  return solve(matrix, right);
}
