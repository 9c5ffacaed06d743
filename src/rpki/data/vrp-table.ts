/**
 * The VRPs of one address family in typed arrays: a hash table by prefix, its collisions chained.
 *
 * Why: a full set is 600,000 VRPs, looked up for each route that comes in. As objects in a trie that were hundreds of megabytes
 * of nodes; here a VRP is 18 bytes (IPv4) or 30 (IPv6). A route is covered by at most one prefix of each length, so a
 * look-up probes once for each length that occurs. A copy is a few block copies, which makes "all of an update or nothing"
 * cheap: the update goes to a copy.
 */

import type { Family } from '../../ip/address.ts';
import { addressBits, type Prefix } from '../../ip/prefix.ts';
import type { Vrp } from '../pdu/types.ts';

const none = -1;

export class VrpTable {
  readonly family: Family;
  readonly #words: 1 | 4;
  /** By row: `#words` words of the prefix's address, its length, maximum length and ASN, and the next row of its chain. */
  #addresses: Uint32Array;
  #lengths: Uint8Array;
  #maxLengths: Uint8Array;
  #asns: Uint32Array;
  #next: Int32Array;
  /** The first row of each chain; as many chains as rows fit, a power of two. */
  #heads: Int32Array;
  /** How many rows have a prefix of this length. */
  #lengthCounts: Uint32Array;
  #size = 0;
  /** Two addresses to work with: the one looked for, and it under a mask. */
  readonly #wanted = new Uint32Array(4);
  readonly #masked = new Uint32Array(4);

  constructor(family: Family, capacity = 16) {
    this.family = family;
    this.#words = family === 4 ? 1 : 4;
    this.#addresses = new Uint32Array(capacity * this.#words);
    this.#lengths = new Uint8Array(capacity);
    this.#maxLengths = new Uint8Array(capacity);
    this.#asns = new Uint32Array(capacity);
    this.#next = new Int32Array(capacity);
    this.#heads = new Int32Array(powerOfTwo(capacity)).fill(none);
    this.#lengthCounts = new Uint32Array(addressBits(family) + 1);
  }

  get size(): number {
    return this.#size;
  }

  /** What the arrays take. */
  get bytes(): number {
    const { length: rows } = this.#lengths;
    return rows * (this.#words * 4 + 10) + this.#heads.byteLength + this.#lengthCounts.byteLength;
  }

  copy(): VrpTable {
    const copy = new VrpTable(this.family, 0);
    copy.#addresses = this.#addresses.slice();
    copy.#lengths = this.#lengths.slice();
    copy.#maxLengths = this.#maxLengths.slice();
    copy.#asns = this.#asns.slice();
    copy.#next = this.#next.slice();
    copy.#heads = this.#heads.slice();
    copy.#lengthCounts = this.#lengthCounts.slice();
    copy.#size = this.#size;
    return copy;
  }

  /** Whether it was not there before. */
  add({ prefix, maxLength, asn }: Vrp): boolean {
    this.#want(prefix);
    this.#mask(prefix.length);
    if (this.#find(prefix.length, maxLength, asn) !== none) return false;
    if (this.#size === this.#lengths.length) this.#grow();
    const row = this.#size++;
    this.#addresses.set(this.#masked.subarray(0, this.#words), row * this.#words);
    this.#lengths[row] = prefix.length;
    this.#maxLengths[row] = maxLength;
    this.#asns[row] = asn;
    this.#lengthCounts[prefix.length] = (this.#lengthCounts[prefix.length] as number) + 1;
    this.#chain(row, this.#slot(prefix.length));
    return true;
  }

  has({ prefix, maxLength, asn }: Vrp): boolean {
    this.#want(prefix);
    this.#mask(prefix.length);
    return this.#find(prefix.length, maxLength, asn) !== none;
  }

  /** Whether it was there. */
  delete({ prefix, maxLength, asn }: Vrp): boolean {
    this.#want(prefix);
    this.#mask(prefix.length);
    const row = this.#find(prefix.length, maxLength, asn);
    if (row === none) return false;
    this.#unchain(row);
    this.#lengthCounts[prefix.length] = (this.#lengthCounts[prefix.length] as number) - 1;
    const last = --this.#size;
    if (row !== last) this.#move(last, row);
    return true;
  }

  /** Calls `visit` with each row whose prefix holds all of `prefix`, shortest first, until it answers `true`. */
  someCovering(prefix: Prefix, visit: (row: number) => boolean): void {
    this.#want(prefix);
    for (let length = 0; length <= prefix.length; length++) {
      if (this.#lengthCounts[length] === 0) continue;
      this.#mask(length);
      for (let row = this.#heads[this.#slot(length)] as number; row !== none; row = this.#next[row] as number) {
        if (this.#isAt(row, length) && visit(row)) return;
      }
    }
  }

  /** RFC 6811 §2 for one route: 0 not covered, 1 covered but by no match, 2 matched. Makes no object: this is the hot path. */
  verdict(prefix: Prefix, originAsn: number | undefined): 0 | 1 | 2 {
    this.#want(prefix);
    let covered: 0 | 1 = 0;
    for (let length = 0; length <= prefix.length; length++) {
      if (this.#lengthCounts[length] === 0) continue;
      this.#mask(length);
      for (let row = this.#heads[this.#slot(length)] as number; row !== none; row = this.#next[row] as number) {
        if (!this.#isAt(row, length)) continue;
        const asn = this.#asns[row] as number;
        // RFC 6811 §2: "no route can be Matched by a VRP that has AS 0"; RFC 6483 §4.
        if (asn === originAsn && asn !== 0 && prefix.length <= (this.#maxLengths[row] as number)) return 2;
        covered = 1;
      }
    }
    return covered;
  }

  /** A row below `size` as a value. */
  at(row: number): Vrp {
    const bytes = new Uint8Array(this.#words * 4);
    const view = new DataView(bytes.buffer);
    for (let word = 0; word < this.#words; word++) {
      view.setUint32(word * 4, this.#addresses[row * this.#words + word] as number);
    }
    const prefix = { family: this.family, bytes, length: this.#lengths[row] as number };
    return { prefix, maxLength: this.#maxLengths[row] as number, asn: this.#asns[row] as number };
  }

  #want({ bytes }: Prefix): void {
    for (let word = 0, at = 0; word < this.#words; word++, at += 4) {
      const high = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16);
      this.#wanted[word] = high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    }
  }

  #mask(length: number): void {
    for (let word = 0, left = length; word < this.#words; word++, left -= 32) {
      // A shift by 32 would be one by 0.
      const mask = left >= 32 ? -1 : left <= 0 ? 0 : -1 << (32 - left);
      this.#masked[word] = (this.#wanted[word] as number) & mask;
    }
  }

  /** The chain of the masked address with this length. */
  #slot(length: number): number {
    return this.#hash(this.#masked, 0, length);
  }

  #slotOf(row: number): number {
    return this.#hash(this.#addresses, row * this.#words, this.#lengths[row] as number);
  }

  #hash(addresses: Uint32Array, at: number, length: number): number {
    let hash = Math.imul(length + 1, 0x9e3779b1);
    for (let word = 0; word < this.#words; word++) {
      hash = Math.imul(hash ^ (addresses[at + word] as number), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) & (this.#heads.length - 1);
  }

  #isAt(row: number, length: number): boolean {
    if (this.#lengths[row] !== length) return false;
    const at = row * this.#words;
    for (let word = 0; word < this.#words; word++) {
      if (this.#addresses[at + word] !== this.#masked[word]) return false;
    }
    return true;
  }

  #find(length: number, maxLength: number, asn: number): number {
    let row = this.#heads[this.#slot(length)] as number;
    while (row !== none) {
      if (this.#asns[row] === asn && this.#maxLengths[row] === maxLength && this.#isAt(row, length)) return row;
      row = this.#next[row] as number;
    }
    return none;
  }

  #chain(row: number, slot: number): void {
    this.#next[row] = this.#heads[slot] as number;
    this.#heads[slot] = row;
  }

  #unchain(row: number): void {
    this.#relink(row, this.#next[row] as number);
  }

  /** Lets what points at `row` point at `to`. */
  #relink(row: number, to: number): void {
    const slot = this.#slotOf(row);
    let before = this.#heads[slot] as number;
    if (before === row) {
      this.#heads[slot] = to;
      return;
    }
    while (this.#next[before] !== row) before = this.#next[before] as number;
    this.#next[before] = to;
  }

  #move(from: number, to: number): void {
    this.#relink(from, to);
    this.#addresses.copyWithin(to * this.#words, from * this.#words, (from + 1) * this.#words);
    this.#lengths[to] = this.#lengths[from] as number;
    this.#maxLengths[to] = this.#maxLengths[from] as number;
    this.#asns[to] = this.#asns[from] as number;
    this.#next[to] = this.#next[from] as number;
  }

  /** By half: doubling would leave a full set with half its memory unused. */
  #grow(): void {
    const capacity = Math.max(16, Math.ceil(this.#size * 1.5));
    this.#addresses = grown(this.#addresses, new Uint32Array(capacity * this.#words));
    this.#lengths = grown(this.#lengths, new Uint8Array(capacity));
    this.#maxLengths = grown(this.#maxLengths, new Uint8Array(capacity));
    this.#asns = grown(this.#asns, new Uint32Array(capacity));
    this.#next = grown(this.#next, new Int32Array(capacity));
    if (powerOfTwo(capacity) === this.#heads.length) return;
    this.#heads = new Int32Array(powerOfTwo(capacity)).fill(none);
    for (let row = 0; row < this.#size; row++) this.#chain(row, this.#slotOf(row));
  }
}

function grown<T extends Uint8Array | Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** The largest power of two that is not above `rows`, 16 at least: chains of one to two rows. */
function powerOfTwo(rows: number): number {
  return 2 ** Math.max(4, Math.floor(Math.log2(Math.max(1, rows))));
}
