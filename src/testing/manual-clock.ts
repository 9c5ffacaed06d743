/** A clock that stands still until a test moves it; timers fire in order of their time, then of their making. */
import type { Clock } from '../base/clock.ts';

export class ManualClock implements Clock {
  #now = 0;
  #serial = 0;
  #timers: { at: number; serial: number; action: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return Date.UTC(2026, 0, 1) + this.#now;
  }

  after(delayMs: number, action: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), serial: this.#serial++, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** The time of the next timer, in ms from now; `undefined` where none is set. */
  nextInMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.at - this.#now;
  }

  /** Moves time on, firing what falls due on the way. */
  advance(ms: number): void {
    const target = this.#now + ms;
    for (let next = this.#next(); next !== undefined && next.at <= target; next = this.#next()) {
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.action();
    }
    this.#now = target;
  }

  #next(): { at: number; serial: number; action: () => void } | undefined {
    return this.#timers.reduce<{ at: number; serial: number; action: () => void } | undefined>(
      (best, timer) =>
        best === undefined || timer.at < best.at || (timer.at === best.at && timer.serial < best.serial) ? timer : best,
      undefined,
    );
  }
}
