/** Time as an argument: what runs by the clock gets one of these, so that tests and simulations run in virtual time. */

export interface Clock {
  /** Milliseconds that only grow; their zero means nothing. */
  now(): number;
  /** Milliseconds since 1970, for people and for other machines. */
  wallTime(): number;
  /** Calls `action` once, `delayMs` from now; returns what cancels it. */
  after(delayMs: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Calls `action` every `intervalMs`, the first time one interval from now; returns what stops it. */
export function every(clock: Clock, intervalMs: number, action: () => void): () => void {
  let cancel = clock.after(intervalMs, tick);
  function tick(): void {
    cancel = clock.after(intervalMs, tick);
    action();
  }
  return () => cancel();
}
