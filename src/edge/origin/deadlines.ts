/**
 * Deadlines of connections, looked at in coarse ticks.
 *
 * Why: a timer set and cleared for each request, and one for each pause of its body, costs more than looking at all
 * connections a few times a second; and setting a deadline here is one addition. Ticks, not times, are counted, so a
 * deadline never passes while the process itself stood still.
 */
import { type Clock, every } from '../../base/clock.ts';

export interface Timed {
  /** The tick after which it is late; `never` while it waits for nothing. */
  deadline: number;
  late(): void;
}

export const never = Number.POSITIVE_INFINITY;

const longestTickMs = 500;
const shortestTickMs = 10;

export class Deadlines {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #timed = new Set<Timed>();
  #tick = 0;
  #stop: (() => void) | undefined;

  /** `shortestMs`: the shortest time that will be asked for; a tick is a quarter of it, within bounds. */
  constructor(clock: Clock, shortestMs: number) {
    this.#clock = clock;
    this.#tickMs = Math.max(shortestTickMs, Math.min(longestTickMs, shortestMs / 4));
  }

  /** The deadline that passes `ms` from now, or up to two ticks later. */
  after(ms: number): number {
    return this.#tick + Math.ceil(ms / this.#tickMs);
  }

  /** The deadline that passes `ms` from now, or up to a tick earlier. */
  before(ms: number): number {
    return this.#tick + Math.floor(ms / this.#tickMs) - 1;
  }

  isPast(deadline: number): boolean {
    return deadline < this.#tick;
  }

  add(timed: Timed): void {
    this.#timed.add(timed);
    this.#stop ??= every(this.#clock, this.#tickMs, () => this.#onTick());
  }

  remove(timed: Timed): void {
    this.#timed.delete(timed);
    if (this.#timed.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #onTick(): void {
    this.#tick++;
    // What is late removes itself; a Set may be changed while it is walked.
    for (const timed of this.#timed) if (timed.deadline < this.#tick) timed.late();
  }
}
