/**
 * One value for each prefix that a table has something to say of: a column over the numbers of a `PrefixTable`.
 *
 * Why in pages: a column grows without copying what is there, and one that holds few prefixes of many costs little.
 * A prefix that stands in a column keeps its number; this is the only place where numbers are taken and given back.
 */
import type { PrefixTable } from './prefix-table.ts';

const pageBits = 10;
const pageMask = (1 << pageBits) - 1;

interface Page<T> {
  readonly values: (T | undefined)[];
  size: number;
}

/** Numbers from `from` up and below `below`, at most so many. */
export interface IdRange {
  readonly from: number;
  readonly below: number;
  readonly most: number;
}

export class Column<T> {
  readonly #table: PrefixTable;
  readonly #pages: (Page<T> | undefined)[] = [];
  #size = 0;

  constructor(table: PrefixTable) {
    this.#table = table;
  }

  /** How many prefixes have a value. */
  get size(): number {
    return this.#size;
  }

  /** `undefined` where there is none, for a number of -1 too. */
  get(id: number): T | undefined {
    return this.#pages[id >>> pageBits]?.values[id & pageMask];
  }

  set(id: number, value: T): void {
    const at = id >>> pageBits;
    let page = this.#pages[at];
    if (page === undefined) {
      page = { values: new Array<T | undefined>(pageMask + 1).fill(undefined), size: 0 };
      while (this.#pages.length < at) this.#pages.push(undefined);
      this.#pages[at] = page;
    }
    if (page.values[id & pageMask] === undefined) {
      page.size++;
      this.#size++;
      this.#table.retain(id);
    }
    page.values[id & pageMask] = value;
  }

  delete(id: number): void {
    const page = this.#pages[id >>> pageBits];
    if (page === undefined || page.values[id & pageMask] === undefined) return;
    page.values[id & pageMask] = undefined;
    page.size--;
    this.#size--;
    if (page.size === 0) this.#pages[id >>> pageBits] = undefined;
    this.#table.release(id);
  }

  /** Gives all numbers back, for a column that nobody will ask any more. */
  clear(): void {
    for (const id of this.ids()) this.delete(id);
  }

  /** The numbers with a value, as of now: the column may change while they are gone through. */
  ids(): Int32Array {
    const ids = new Int32Array(this.#size);
    let count = 0;
    for (const [at, page] of this.#pages.entries()) {
      if (page === undefined) continue;
      for (let index = 0; index <= pageMask; index++) {
        if (page.values[index] !== undefined) ids[count++] = (at << pageBits) | index;
      }
    }
    return ids;
  }

  /** The numbers of a range that have a value, rising. */
  idsIn({ from, below, most }: IdRange): readonly number[] {
    const ids: number[] = [];
    for (let at = from >>> pageBits; at < this.#pages.length && at << pageBits < below; at++) {
      const page = this.#pages[at];
      if (page === undefined) continue;
      for (let index = at === from >>> pageBits ? from & pageMask : 0; index <= pageMask; index++) {
        const id = (at << pageBits) | index;
        if (ids.length === most || id >= below) return ids;
        if (page.values[index] !== undefined) ids.push(id);
      }
    }
    return ids;
  }
}
