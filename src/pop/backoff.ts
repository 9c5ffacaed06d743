/**
 * Growing delays between attempts, with jitter: quick at first, patient later, and never in step with other PoPs.
 *
 * Jitter takes up to half of the delay away ("equal jitter"), so a fleet that lost control at one moment does not come back at one.
 */
import type { Random } from '../base/random.ts';

export interface BackoffLimits {
  readonly firstMs: number;
  readonly maximumMs: number;
}

/** The delay before attempt number `attempt` (the first retry is 0): doubled each time up to the maximum, then jittered. */
export function backoffMs(attempt: number, limits: BackoffLimits, random: Random): number {
  const full = Math.min(limits.maximumMs, limits.firstMs * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random.next();
}
