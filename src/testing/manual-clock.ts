/**
 * A clock that stands still until a test moves it; timers fire in order of their time, then of their making.
 *
 * Why a heap: a simulation of hundreds of speakers has tens of thousands of timers, and most are cancelled before they fire.
 * A cancelled one stays where it is until it comes up, or until half of all are such.
 */
import type { Clock } from '../base/clock.ts';

interface Timer {
  readonly at: number;
  readonly serial: number;
  /** `undefined` once it has fired or was cancelled. */
  action: (() => void) | undefined;
}

export class ManualClock implements Clock {
  #now = 0;
  #serial = 0;
  /** A binary heap: each timer is due no later than the two at twice its place. */
  #heap: Timer[] = [];
  #cancelled = 0;

  /** How many timers are kept, cancelled ones among them. */
  get kept(): number {
    return this.#heap.length;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return Date.UTC(2026, 0, 1) + this.#now;
  }

  after(delayMs: number, action: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, delayMs), serial: this.#serial++, action };
    this.#heap.push(timer);
    this.#rise(this.#heap.length - 1);
    return () => {
      if (timer.action === undefined) return;
      timer.action = undefined;
      this.#cancelled++;
      if (this.#cancelled > 64 && this.#cancelled > this.#heap.length / 2) this.#sweep();
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
      this.#removeFirst();
      this.#now = Math.max(this.#now, next.at);
      const { action } = next;
      next.action = undefined;
      action?.();
    }
    this.#now = target;
  }

  /** The first timer that was not cancelled. */
  #next(): Timer | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.action !== undefined) return first;
      this.#removeFirst();
      this.#cancelled--;
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #sweep(): void {
    this.#heap = this.#heap.filter(({ action }) => action !== undefined).sort((a, b) => (isBefore(a, b) ? -1 : 1));
    this.#cancelled = 0;
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const timer = heap[from] as Timer;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(timer, heap[above] as Timer)) break;
      heap[at] = heap[above] as Timer;
      at = above;
    }
    heap[at] = timer;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const timer = heap[from] as Timer;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Timer, heap[below] as Timer)) below++;
      if (!isBefore(heap[below] as Timer, timer)) break;
      heap[at] = heap[below] as Timer;
      at = below;
    }
    heap[at] = timer;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.serial < b.serial);
}
