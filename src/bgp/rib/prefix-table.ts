/**
 * Each prefix of each family that a speaker knows, as a small number, so that its tables are columns over these numbers.
 *
 * Why: a full table is a million prefixes in each of several tables. As objects under texts they cost hundreds of bytes each and
 * keep the garbage collector busy; here a prefix is a few words in arrays of numbers, found by open addressing, and what a
 * table says of it stands at its number (see `column.ts`).
 * A number lives while some column uses it and is then given out again. What its prefix was can still be asked until then.
 * The hash has a seed, because strangers choose the prefixes.
 */
import { assert } from '../../base/assert.ts';
import type { ByteWriter } from '../../base/bytes.ts';
import type { Random } from '../../base/random.ts';
import type { Address, Family } from '../../ip/address.ts';
import { addressBits, type Prefix } from '../../ip/prefix.ts';
import { families, unicastFamily } from '../message/family/table.ts';
import type { AddressFamily } from '../message/types.ts';

/** Family and length as one number: each family has a range of these, those of 32 bits before those of 128. */
interface Codes {
  readonly ipFamily: Family;
  /** That of the length 0. */
  readonly first: number;
}

const ordered = families.toSorted((a, b) => a.ipFamily - b.ipFamily);
/** By code. */
const familyOfCode = ordered.flatMap(({ name, ipFamily }) =>
  new Array<AddressFamily>(addressBits(ipFamily) + 1).fill(name),
);
const codesOf = Object.fromEntries(
  families.map(({ name, ipFamily }): [string, Codes] => [name, { ipFamily, first: familyOfCode.indexOf(name) }]),
) as Readonly<Record<AddressFamily, Codes>>;
const lengthOfCode = Uint8Array.from(familyOfCode, (family, code) => code - codesOf[family].first);
const codes = familyOfCode.length;
/** The first code of prefixes of more than 32 bits. */
const wideCode = familyOfCode.filter((family) => codesOf[family].ipFamily === 4).length;
const smallest = 1024;
/** No prefix, no next one. */
const none = -1;

export class PrefixTable {
  readonly #seed: number;
  /** The first 32 bits of each prefix. */
  #words = new Int32Array(smallest);
  /** The other 96 bits of each, there once an IPv6 prefix is. */
  #moreWords: Int32Array | undefined;
  #codes = new Uint16Array(smallest);
  /** How many columns use a number; of a free one, the next free one. */
  #uses = new Int32Array(smallest);
  /** Twice as many as numbers, so that a search ends soon; each a number plus one, or 0. */
  #slots = new Int32Array(smallest * 2);
  /** The numbers from here on were never given out. */
  #end = 0;
  #free = none;
  #size = 0;
  /** How many prefixes there are of each code: which lengths a look-up has to try. */
  readonly #ofCode = new Int32Array(codes);
  /** The prefix that is being looked for, as words. */
  #first = 0;
  readonly #more = new Int32Array(3);

  constructor(random: Random) {
    this.#seed = random.below(0x1_0000_0000) | 0;
  }

  get size(): number {
    return this.#size;
  }

  /** The number of a prefix; -1 where no column has it. */
  find(prefix: Prefix, family: AddressFamily): number {
    return this.#search(this.#take(prefix, family));
  }

  /** As `find` for a prefix as it stands on the wire, its length in front, checked before. */
  findNlri(family: AddressFamily, bytes: Uint8Array, at: number): number {
    const { ipFamily, first } = codesOf[family];
    const length = bytes[at] as number;
    this.#read(ipFamily, bytes, at + 1, length);
    return this.#search(first + length);
  }

  /** The number of a prefix, a new one where there is none: nobody uses it yet, so the caller puts something there. */
  intern(prefix: Prefix, family: AddressFamily): number {
    return this.#insert(this.#take(prefix, family));
  }

  /** As `intern` for a prefix as it stands on the wire. */
  internNlri(family: AddressFamily, bytes: Uint8Array, at: number): number {
    const { ipFamily, first } = codesOf[family];
    const length = bytes[at] as number;
    this.#read(ipFamily, bytes, at + 1, length);
    return this.#insert(first + length);
  }

  retain(id: number): void {
    this.#uses[id] = (this.#uses[id] as number) + 1;
  }

  release(id: number): void {
    const left = (this.#uses[id] as number) - 1;
    assert(left >= 0, `prefix ${id} was released more often than it was used`);
    this.#uses[id] = left;
    if (left === 0) this.#remove(id);
  }

  family(id: number): AddressFamily {
    return familyOfCode[this.#codes[id] as number] as AddressFamily;
  }

  /** The kind of address that the prefix is made of. */
  ipFamily(id: number): Family {
    return (this.#codes[id] as number) < wideCode ? 4 : 6;
  }

  prefix(id: number): Prefix {
    const family = this.ipFamily(id);
    const bytes = new Uint8Array(family === 4 ? 4 : 16);
    for (let at = 0; at < bytes.length; at++) bytes[at] = this.#byte(id, at);
    return { family, bytes, length: this.#length(id) };
  }

  /** The first byte of the prefix's address. */
  firstByte(id: number): number {
    return (this.#words[id] as number) >>> 24;
  }

  /** The bytes that the prefix takes on the wire: its length, and as many as hold it. */
  nlriBytes(id: number): number {
    return 1 + ((this.#length(id) + 7) >>> 3);
  }

  /** Writes the prefix as it stands on the wire. */
  writeNlri(id: number, writer: ByteWriter): void {
    const length = this.#length(id);
    writer.u8(length);
    for (let at = 0; at * 8 < length; at++) writer.u8(this.#byte(id, at));
  }

  /** The longest unicast prefix that holds `address` and for which `has` answers yes; -1 where there is none. */
  longestMatch({ family, bytes }: Address, has: (id: number) => boolean): number {
    const { first } = codesOf[unicastFamily(family)];
    for (let length: number = addressBits(family); length >= 0; length--) {
      const code = first + length;
      if (this.#ofCode[code] === 0) continue;
      this.#read(family, bytes, 0, length);
      const id = this.#search(code);
      if (id !== none && has(id)) return id;
    }
    return none;
  }

  /** By family, IPv4 first; in a family by address, a shorter prefix before those that lie in it. Sorts in place. */
  sort(ids: Int32Array): Int32Array {
    return ids.sort((a, b) => this.#compare(a, b));
  }

  #compare(a: number, b: number): number {
    const [codeA, codeB] = [this.#codes[a] as number, this.#codes[b] as number];
    if (familyOfCode[codeA] !== familyOfCode[codeB]) return codeA - codeB;
    const first = ((this.#words[a] as number) >>> 0) - ((this.#words[b] as number) >>> 0);
    if (first !== 0 || codeA < wideCode) return first || codeA - codeB;
    const more = this.#moreWords as Int32Array;
    for (let word = 0; word < 3; word++) {
      const next = ((more[a * 3 + word] as number) >>> 0) - ((more[b * 3 + word] as number) >>> 0);
      if (next !== 0) return next;
    }
    return codeA - codeB;
  }

  #length(id: number): number {
    return lengthOfCode[this.#codes[id] as number] as number;
  }

  #byte(id: number, at: number): number {
    const word = at < 4 ? this.#words[id] : (this.#moreWords as Int32Array)[id * 3 + (at >>> 2) - 1];
    return ((word as number) >>> (24 - (at & 3) * 8)) & 0xff;
  }

  /** Takes a prefix for the next search, and returns its code. */
  #take(prefix: Prefix, family: AddressFamily): number {
    const { ipFamily, first } = codesOf[family];
    assert(prefix.family === ipFamily, `${family} comes with a prefix of IPv${prefix.family}`);
    this.#read(ipFamily, prefix.bytes, 0, prefix.length);
    return first + prefix.length;
  }

  /** Takes bytes for the next search; bits behind its length mean nothing. */
  #read(family: Family, bytes: Uint8Array, at: number, length: number): void {
    this.#first = wordAt(bytes, at, length);
    if (family === 4) return;
    for (let word = 0; word < 3; word++) this.#more[word] = wordAt(bytes, at + 4 + word * 4, length - 32 - word * 32);
  }

  #hash(code: number, first: number, more: Int32Array, from: number): number {
    let hash = mixed(first ^ this.#seed, code);
    if (code >= wideCode) for (let word = 0; word < 3; word++) hash = mixed(hash ^ (more[from + word] as number), code);
    return hash;
  }

  #hashOf(id: number): number {
    return this.#hash(this.#codes[id] as number, this.#words[id] as number, this.#moreWords ?? this.#more, id * 3);
  }

  #isAt(id: number, code: number): boolean {
    if (this.#words[id] !== this.#first || this.#codes[id] !== code) return false;
    if (code < wideCode) return true;
    const more = this.#moreWords as Int32Array;
    return this.#more[0] === more[id * 3] && this.#more[1] === more[id * 3 + 1] && this.#more[2] === more[id * 3 + 2];
  }

  #search(code: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = this.#hash(code, this.#first, this.#more, 0) & mask; ; slot = (slot + 1) & mask) {
      const id = (this.#slots[slot] as number) - 1;
      if (id === none || this.#isAt(id, code)) return id;
    }
  }

  #insert(code: number): number {
    const known = this.#search(code);
    if (known !== none) return known;
    const id = this.#freeId();
    if (code >= wideCode) {
      this.#moreWords ??= new Int32Array(this.#words.length * 3);
      this.#moreWords.set(this.#more, id * 3);
    }
    this.#words[id] = this.#first;
    this.#codes[id] = code;
    this.#uses[id] = 0;
    this.#ofCode[code] = (this.#ofCode[code] as number) + 1;
    this.#size++;
    this.#enter(id);
    return id;
  }

  /** A number that is free. */
  #freeId(): number {
    if (this.#size === 0 && this.#words.length > smallest) this.#clear(); // a table that was withdrawn gives its memory back
    const id = this.#free;
    if (id !== none) {
      this.#free = this.#uses[id] as number;
      return id;
    }
    if (this.#end === this.#words.length) this.#grow(this.#end * 2);
    return this.#end++;
  }

  #enter(id: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashOf(id) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = id + 1;
  }

  #remove(id: number): void {
    const mask = this.#slots.length - 1;
    let hole = this.#hashOf(id) & mask;
    while (this.#slots[hole] !== id + 1) hole = (hole + 1) & mask;
    // What stands behind moves up, so that no search ends at the hole before it comes to what it looks for.
    for (let slot = (hole + 1) & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#hashOf((this.#slots[slot] as number) - 1) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      this.#slots[hole] = this.#slots[slot] as number;
      hole = slot;
    }
    this.#slots[hole] = 0;
    const code = this.#codes[id] as number;
    this.#ofCode[code] = (this.#ofCode[code] as number) - 1;
    this.#uses[id] = this.#free;
    this.#free = id;
    this.#size--;
  }

  /** As new: all are gone, and nobody asks what they were any more. */
  #clear(): void {
    this.#words = new Int32Array(smallest);
    this.#moreWords = undefined;
    this.#codes = new Uint16Array(smallest);
    this.#uses = new Int32Array(smallest);
    this.#slots = new Int32Array(smallest * 2);
    this.#end = 0;
    this.#free = none;
  }

  #grow(capacity: number): void {
    this.#words = copied(this.#words, new Int32Array(capacity));
    this.#codes = copied(this.#codes, new Uint16Array(capacity));
    this.#uses = copied(this.#uses, new Int32Array(capacity));
    if (this.#moreWords !== undefined) this.#moreWords = copied(this.#moreWords, new Int32Array(capacity * 3));
    this.#slots = new Int32Array(capacity * 2);
    // Only full tables grow: every number is in use.
    for (let id = 0; id < this.#end; id++) this.#enter(id);
  }
}

/** The 32 bits at `at`, of which the first `bits` count; what they do not reach is not read. */
function wordAt(bytes: Uint8Array, at: number, bits: number): number {
  if (bits <= 0) return 0;
  let word = (bytes[at] as number) << 24;
  if (bits > 8) word |= (bytes[at + 1] as number) << 16;
  if (bits > 16) word |= (bytes[at + 2] as number) << 8;
  if (bits > 24) word |= bytes[at + 3] as number;
  return bits >= 32 ? word : word & (-1 << (32 - bits));
}

/** Austin Appleby's finalizer of MurmurHash3 (public domain), with the code between its halves. */
function mixed(word: number, code: number): number {
  let hash = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ Math.imul(code + 1, 0x9e37_79b1), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}

function copied<T extends Int32Array | Uint16Array>(from: T, into: T): T {
  into.set(from);
  return into;
}
