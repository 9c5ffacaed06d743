/**
 * Hold-down: how long a PoP that came back must wait before it announces again, by how often it failed lately.
 *
 * Why: each withdrawal and announcement is a flap to the routers that hear it, and they punish flapping by ignoring the
 * prefix for up to an hour (RFC 2439; with the thresholds of RFC 7196 §5 after about six flaps close together). A first
 * failure must still be mended at once, so the wait starts at nothing and grows:
 *
 *   failures within 10 minutes   1    2    3    4     5     6      7 and more
 *   hold-down                    0    2 s  6 s  18 s  54 s  162 s  300 s
 *
 * And no more than 12 failures an hour: the 13th waits until the oldest of them is an hour old.
 * Not here: failures that an operator causes (drain, stop). They are wanted, and not counted.
 */
export const holdDown = {
  windowMs: 10 * 60_000,
  firstMs: 2_000,
  factor: 3,
  maximumMs: 300_000,
  hourMs: 60 * 60_000,
  failuresPerHour: 12,
} as const;

/** The times of past failures that still count, oldest first. */
export type FailureHistory = readonly number[];

/** The history with a failure at `now`; what no longer counts is dropped. */
export function addFailure(history: FailureHistory, now: number): FailureHistory {
  return [...history.filter((at) => at > now - holdDown.hourMs), now];
}

/** Until when nothing may be announced, after the newest failure of `history`; 0 where there was none. */
export function heldUntil(history: FailureHistory): number {
  const newest = history.at(-1);
  if (newest === undefined) return 0;
  const recent = history.filter((at) => at > newest - holdDown.windowMs).length;
  const growing = recent < 2 ? 0 : Math.min(holdDown.maximumMs, holdDown.firstMs * holdDown.factor ** (recent - 2));
  const lastHour = history.filter((at) => at > newest - holdDown.hourMs);
  const oldestThatCounts = lastHour.at(-holdDown.failuresPerHour);
  const capped = oldestThatCounts === undefined ? 0 : oldestThatCounts + holdDown.hourMs;
  return Math.max(newest + growing, capped);
}
