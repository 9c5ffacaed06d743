/**
 * A connection between two simulated speakers: a reliable, ordered byte stream with a delay that may change, cut into pieces at
 * random.
 *
 * Why pieces: TCP keeps no message boundaries, so a speaker must not depend on any.
 */
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';

export interface StreamEnd {
  /** Called with each piece, in order. */
  readonly bytes: (bytes: Uint8Array) => void;
  /** Called once, behind all bytes that were sent before the close. */
  readonly closed: (why: string) => void;
}

type EndIndex = 0 | 1;

export class ByteStream {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #delayMs: () => number;
  readonly #ends: readonly [StreamEnd, StreamEnd];
  readonly #open: [boolean, boolean] = [true, true];
  /** When the last piece on the way to an end arrives; later ones do not overtake it. */
  readonly #lastArrival: [number, number] = [0, 0];
  readonly #silent: [boolean, boolean] = [false, false];

  constructor(options: {
    readonly clock: Clock;
    readonly random: Random;
    readonly delayMs: () => number;
    readonly ends: readonly [StreamEnd, StreamEnd];
  }) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#delayMs = options.delayMs;
    this.#ends = options.ends;
  }

  send(from: EndIndex, bytes: Uint8Array): void {
    if (!this.#open[from]) return;
    for (let offset = 0; offset < bytes.length; ) {
      const size = this.#random.below(3) === 0 ? 1 + this.#random.below(bytes.length - offset) : bytes.length - offset;
      const piece = bytes.slice(offset, offset + size);
      this.#arrive(other(from), (end) => end.bytes(piece));
      offset += size;
    }
  }

  /** This end hears no more; the other one hears of it after what was sent before. */
  close(from: EndIndex): void {
    if (!this.#open[from]) return;
    this.#open[from] = false;
    this.#arrive(other(from), (end) => this.#end(other(from), end, 'closed by the peer'));
  }

  /** The link is gone: both ends hear of it at once. */
  break(): void {
    for (const index of [0, 1] as const) {
      if (this.#open[index]) this.#end(index, this.#ends[index], 'the link broke');
    }
  }

  /** The link swallows what goes to this end, or to both, and nobody is told: only hold timers find out. */
  silence(to?: EndIndex): void {
    for (const index of [0, 1] as const) if (to === undefined || to === index) this.#silent[index] = true;
  }

  #end(index: EndIndex, end: StreamEnd, why: string): void {
    this.#open[index] = false;
    end.closed(why);
  }

  #arrive(to: EndIndex, deliver: (end: StreamEnd) => void): void {
    const now = this.#clock.now();
    const at = Math.max(this.#lastArrival[to], now + this.#delayMs() * (1 + 0.5 * this.#random.next()));
    this.#lastArrival[to] = at;
    this.#clock.after(at - now, () => {
      if (this.#open[to] && !this.#silent[to]) deliver(this.#ends[to]);
    });
  }
}

function other(index: EndIndex): EndIndex {
  return index === 0 ? 1 : 0;
}
