/**
 * Named timers by a clock.
 *
 * Why not the clock's own alone: the hold timer starts anew with every message, so a later deadline only moves a number, and
 * the clock's timer, firing early, sets itself for the rest.
 */
import type { Clock } from '../../base/clock.ts';

interface Timer {
  deadline: number;
  /** When the clock's timer fires. */
  firesAt: number;
  cancel: () => void;
}

export class Timers<Name extends string> {
  readonly #clock: Clock;
  readonly #fire: (name: Name) => void;
  readonly #timers = new Map<Name, Timer>();

  constructor(clock: Clock, fire: (name: Name) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  set(name: Name, delayMs: number): void {
    const deadline = this.#clock.now() + delayMs;
    const timer = this.#timers.get(name);
    if (timer !== undefined && timer.firesAt <= deadline) {
      timer.deadline = deadline;
      return;
    }
    timer?.cancel();
    this.#start(name, deadline);
  }

  clear(name: Name): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }

  clearAll(): void {
    for (const name of [...this.#timers.keys()]) this.clear(name);
  }

  #start(name: Name, deadline: number): void {
    const cancel = this.#clock.after(deadline - this.#clock.now(), () => this.#due(name));
    this.#timers.set(name, { deadline, firesAt: deadline, cancel });
  }

  #due(name: Name): void {
    const timer = this.#timers.get(name);
    if (timer === undefined) return;
    this.#timers.delete(name);
    // A clock may fire a fraction of a millisecond early; that is no reason to wait again.
    if (timer.deadline - this.#clock.now() >= 1) this.#start(name, timer.deadline);
    else this.#fire(name);
  }
}
