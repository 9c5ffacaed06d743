/**
 * How long a session's timers run, with growth and jitter.
 *
 * Why: a peer that fails again and again is asked less and less often, and many speakers that lost the same router do not
 * all come back in the same instant (RFC 4271 §8.1.1 DampPeerOscillations, §10 jitter).
 */
import type { Random } from '../../base/random.ts';
import type { SessionConfig } from './types.ts';

/** The hold timer before the peer's OPEN has told its own value (RFC 4271 §8.2.2: "a large value", 4 minutes suggested). */
export const openHoldTimeMs = 240_000;

/** After this many keepalives, about one hold time, a session counts as stable and its failures are forgotten. */
export const provenKeepalives = 3;

const maximumGrowth = 16;
/** A first failure is most often a peer that restarts: it is tried again soon. */
const firstIdleHoldMs = 1000;

/** RFC 4271 §10: timers are multiplied by a random factor between 0.75 and 1. */
function jittered(ms: number, random: Random): number {
  return Math.round(ms * (0.75 + 0.25 * random.next()));
}

function grown(ms: number, failures: number): number {
  return ms * 2 ** Math.min(30, Math.max(0, failures - 1));
}

/** Until the next attempt to connect, and the longest that one attempt may take. */
export function connectRetryMs(config: SessionConfig, failures: number, random: Random): number {
  const base = config.connectRetrySeconds * 1000;
  return jittered(Math.min(grown(base, failures), base * maximumGrowth), random);
}

/** How long the session stays idle after its `failures`-th failure in a row (RFC 4271 §8.1.1 IdleHoldTimer). */
export function idleHoldMs(config: SessionConfig, failures: number, random: Random): number {
  const base = config.connectRetrySeconds * 1000;
  return jittered(Math.min(grown(Math.min(firstIdleHoldMs, base), failures), base * maximumGrowth), random);
}

/** RFC 4271 §4.4: a third of the hold time, and never more often than once a second. */
export function keepaliveSeconds(holdTimeSeconds: number): number {
  return holdTimeSeconds === 0 ? 0 : Math.max(1, holdTimeSeconds / 3);
}

export function keepaliveMs(seconds: number, random: Random): number {
  return Math.max(1000, jittered(seconds * 1000, random));
}
