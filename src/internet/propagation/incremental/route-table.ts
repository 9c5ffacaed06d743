/** Routes of every AS with a journal: what the last change wrote can be listed, and taken back. */
import { noEntry, noHop, noRoute, type Routes } from '../scalar.ts';

/** The ASes whose route is another than before a change, and where they landed before. */
export interface RouteChanges {
  readonly numbers: Uint32Array;
  /** `noEntry` where there was no route. */
  readonly entriesBefore: Uint16Array;
}

export class RouteTable implements Routes {
  readonly rank: Uint32Array;
  readonly nextHop: Uint32Array;
  readonly entry: Uint16Array;
  readonly #logged: Uint8Array;
  readonly #numbers: Uint32Array;
  readonly #rankBefore: Uint32Array;
  readonly #nextHopBefore: Uint32Array;
  readonly #entryBefore: Uint16Array;
  #count = 0;

  constructor(size: number) {
    this.rank = new Uint32Array(size).fill(noRoute);
    this.nextHop = new Uint32Array(size).fill(noHop);
    this.entry = new Uint16Array(size).fill(noEntry);
    this.#logged = new Uint8Array(size);
    this.#numbers = new Uint32Array(size);
    this.#rankBefore = new Uint32Array(size);
    this.#nextHopBefore = new Uint32Array(size);
    this.#entryBefore = new Uint16Array(size);
  }

  /** Writes one AS's route; returns whether that is another than it had. */
  put(number: number, rank: number, nextHop: number, entry: number): boolean {
    if (this.rank[number] === rank && this.nextHop[number] === nextHop && this.entry[number] === entry) return false;
    if (this.#logged[number] === 0) {
      this.#logged[number] = 1;
      const at = this.#count++;
      this.#numbers[at] = number;
      this.#rankBefore[at] = this.rank[number] as number;
      this.#nextHopBefore[at] = this.nextHop[number] as number;
      this.#entryBefore[at] = this.entry[number] as number;
    }
    this.rank[number] = rank;
    this.nextHop[number] = nextHop;
    this.entry[number] = entry;
    return true;
  }

  /** Begins a new change: the one before can no longer be listed or taken back. */
  begin(): void {
    for (let at = 0; at < this.#count; at++) this.#logged[this.#numbers[at] as number] = 0;
    this.#count = 0;
  }

  changes(): RouteChanges {
    const numbers = new Uint32Array(this.#count);
    const entriesBefore = new Uint16Array(this.#count);
    let kept = 0;
    for (let at = 0; at < this.#count; at++) {
      const number = this.#numbers[at] as number;
      const same =
        this.rank[number] === this.#rankBefore[at] &&
        this.nextHop[number] === this.#nextHopBefore[at] &&
        this.entry[number] === this.#entryBefore[at];
      if (same) continue;
      numbers[kept] = number;
      entriesBefore[kept++] = this.#entryBefore[at] as number;
    }
    return { numbers: numbers.subarray(0, kept), entriesBefore: entriesBefore.subarray(0, kept) };
  }

  undo(): void {
    for (let at = 0; at < this.#count; at++) {
      const number = this.#numbers[at] as number;
      this.rank[number] = this.#rankBefore[at] as number;
      this.nextHop[number] = this.#nextHopBefore[at] as number;
      this.entry[number] = this.#entryBefore[at] as number;
    }
    this.begin();
  }
}
