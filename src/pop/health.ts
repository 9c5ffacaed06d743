/**
 * The health checker of one target: asks again and again, one question at a time, and tells each result.
 *
 * Why it judges nothing: rise, fall and the lease belong to `decision.ts`, which also notices when this checker falls
 * silent. A check starts every `intervalMs`; one that takes longer delays the next, so that a slow target is never asked
 * twice at once.
 */
import type { Clock } from '../base/clock.ts';
import { type ProbeResult, type ProbeTarget, type RunningProbe, startProbe } from './probe.ts';

export interface HealthCheckerOptions {
  readonly target: ProbeTarget;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly onResult: (result: ProbeResult) => void;
}

/** Starts checking at once; returns what stops it, after which no result comes. */
export function startHealthChecker(options: HealthCheckerOptions): () => void {
  const { clock } = options;
  let stopped = false;
  let probe: RunningProbe | undefined;
  let cancelTimer = (): void => {};

  function check(): void {
    const startedAt = clock.now();
    probe = startProbe(options.target, options.timeoutMs, clock, (result) => {
      probe = undefined;
      const delay = Math.max(0, startedAt + options.intervalMs - clock.now());
      cancelTimer = clock.after(delay, check);
      options.onResult(result);
    });
    if (stopped) probe.cancel();
  }

  check();
  return () => {
    stopped = true;
    cancelTimer();
    probe?.cancel();
  };
}
