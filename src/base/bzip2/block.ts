/**
 * One block of bzip2: Huffman codes, move-to-front, inverse Burrows–Wheeler transform, runs of four and more.
 *
 * Layout: [48 bits π][CRC u32][randomised 1 bit][first row 24 bits][symbols in use][codes][code choices][coded symbols].
 * Why our own: see `docs/dependencies.md`. Bounds are checked, so any bytes end in a block or a `Bzip2Fault`.
 */
import type { BitReader } from './bits.ts';
import { OutOfBits } from './bits.ts';
import { Bzip2Fault } from './fault.ts';
import { HuffmanCode, longestCode } from './huffman.ts';

const groupSize = 50;

/** Tables of a decoder, filled again for each block. */
export class BlockTables {
  readonly rows: Uint32Array;

  constructor(blockBytes: number) {
    this.rows = new Uint32Array(blockBytes);
  }
}

/** Decodes the block behind the magic number; `bits` then stands behind it. */
export function decodeBlock(bits: BitReader, tables: BlockTables): { bytes: Uint8Array; crc: number } {
  const expected = bits.u32();
  if (bits.read(1) === 1) throw new Bzip2Fault('a randomised block, as bzip2 before 0.9.5 wrote them');
  const first = bits.read(24);
  const used = readUsed(bits);
  const alphabet = used.length + 2; // runs of the front symbol have two symbols, the end has one, the front symbol none
  const { codes, selectors } = readCodes(bits, alphabet);
  const { rows } = tables;
  const counts = new Uint32Array(256);
  const length = readRows(bits, { rows, counts, used, codes, selectors, end: alphabet - 1 });
  if (first >= length) throw new Bzip2Fault('the first row is outside of the block');
  const bytes = unrun(rows, sortRows(rows, counts, length, first), length);
  const crc = crcOf(bytes);
  if (crc !== expected) throw new Bzip2Fault('the checksum of a block is wrong');
  return { bytes, crc };
}

function readUsed(bits: BitReader): Uint8Array {
  const ranges = bits.read(16);
  const used: number[] = [];
  for (let range = 0; range < 16; range++) {
    if ((ranges & (0x8000 >> range)) === 0) continue;
    const members = bits.read(16);
    for (let member = 0; member < 16; member++)
      if ((members & (0x8000 >> member)) !== 0) used.push(range * 16 + member);
  }
  if (used.length === 0) throw new Bzip2Fault('a block without symbols');
  return Uint8Array.from(used);
}

function readCodes(bits: BitReader, alphabet: number): { codes: readonly HuffmanCode[]; selectors: Uint8Array } {
  const groups = bits.read(3);
  if (groups < 2 || groups > 6) throw new Bzip2Fault(`${groups} Huffman codes; there are 2 to 6`);
  const selectors = new Uint8Array(bits.read(15));
  const front = [0, 1, 2, 3, 4, 5];
  for (let index = 0; index < selectors.length; index++) {
    let place = 0;
    while (bits.read(1) === 1) if (++place >= groups) throw new Bzip2Fault('a choice of a code that is none');
    const chosen = front.splice(place, 1)[0] as number;
    front.unshift(chosen);
    selectors[index] = chosen;
  }
  const codes: HuffmanCode[] = [];
  for (let group = 0; group < groups; group++) {
    const lengths = new Uint8Array(alphabet);
    let length = bits.read(5);
    for (let symbol = 0; symbol < alphabet; symbol++) {
      while (bits.read(1) === 1) length += bits.read(1) === 0 ? 1 : -1;
      if (length < 1 || length > longestCode) throw new Bzip2Fault(`a code of ${length} bits`);
      lengths[symbol] = length;
    }
    codes.push(new HuffmanCode(lengths));
  }
  return { codes, selectors };
}

interface RowsInput {
  readonly rows: Uint32Array;
  readonly counts: Uint32Array;
  readonly used: Uint8Array;
  readonly codes: readonly HuffmanCode[];
  readonly selectors: Uint8Array;
  /** The symbol that ends the block. */
  readonly end: number;
}

/** The last column, one byte a row; answers how many rows there are. */
function readRows(bits: BitReader, { rows, counts, used, codes, selectors, end }: RowsInput): number {
  const front = used.slice();
  let length = 0;
  let run = 0;
  let weight = 1;
  for (const selector of selectors) {
    const code = codes[selector] as HuffmanCode;
    for (let index = 0; index < groupSize; index++) {
      const symbol = code.decode(bits);
      if (symbol < 2) {
        // Bijective base 2: RUNA adds one weight, RUNB two.
        run += weight << symbol;
        weight <<= 1;
        if (run > rows.length) throw tooLong(bits);
        continue;
      }
      if (run > 0) {
        const byte = front[0] as number;
        if (length + run > rows.length) throw tooLong(bits);
        rows.fill(byte, length, length + run);
        counts[byte] = (counts[byte] as number) + run;
        length += run;
        run = 0;
        weight = 1;
      }
      if (symbol === end) {
        if (bits.position > bits.bytes.length * 8) throw new OutOfBits();
        return length;
      }
      if (length >= rows.length) throw tooLong(bits);
      const place = symbol - 1;
      const byte = front[place] as number;
      front.copyWithin(1, 0, place);
      front[0] = byte;
      rows[length++] = byte;
      counts[byte] = (counts[byte] as number) + 1;
    }
    if (bits.position > bits.bytes.length * 8) throw new OutOfBits();
  }
  throw new Bzip2Fault('a block does not end');
}

/** Zeros behind the end of what there is may look like symbols. */
function tooLong(bits: BitReader): Error {
  const isShort = bits.position > bits.bytes.length * 8;
  return isShort ? new OutOfBits() : new Bzip2Fault('a block is longer than its size');
}

/** Makes of each row's low byte also, in the upper bits, the row that follows it; answers where to begin. */
function sortRows(rows: Uint32Array, counts: Uint32Array, length: number, first: number): number {
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) {
    const count = counts[byte] as number;
    counts[byte] = sum;
    sum += count;
  }
  for (let row = 0; row < length; row++) {
    const byte = (rows[row] as number) & 0xff;
    const to = counts[byte] as number;
    counts[byte] = to + 1;
    rows[to] = (rows[to] as number) | (row << 8);
  }
  return (rows[first] as number) >>> 8;
}

/** Follows the rows, and spells out runs: four equal bytes are followed by how many more there are. */
function unrun(rows: Uint32Array, begin: number, length: number): Uint8Array {
  let output = new Uint8Array(length + (length >> 2) + 256);
  let at = 0;
  let row = begin;
  let before = -1;
  let equal = 0;
  for (let index = 0; index < length; index++) {
    const entry = rows[row] as number;
    const byte = entry & 0xff;
    row = entry >>> 8;
    if (at + 256 > output.length) {
      const larger = new Uint8Array(output.length * 2);
      larger.set(output);
      output = larger;
    }
    if (equal === 4) {
      output.fill(before, at, at + byte);
      at += byte;
      equal = 0;
      before = -1;
      continue;
    }
    equal = byte === before ? equal + 1 : 1;
    before = byte;
    output[at++] = byte;
  }
  return output.subarray(0, at);
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

/** CRC-32 with the most significant bit first: not that of zlib. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let index = 0; index < bytes.length; index++) {
    crc = ((crc << 8) ^ (crcTable[((crc >>> 24) ^ (bytes[index] as number)) & 0xff] as number)) >>> 0;
  }
  return ~crc >>> 0;
}
