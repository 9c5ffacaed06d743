/** A canonical Huffman code of bzip2: lengths 1 to 20, at most 258 symbols; a table answers the short ones at once. */
import { type BitReader, OutOfBits } from './bits.ts';
import { Bzip2Fault } from './fault.ts';

export const longestCode = 20;
const quickBits = 10;

export class HuffmanCode {
  /** By the next `quickBits` bits: symbol × 32 + length, 0 where the code is longer. */
  readonly #quick = new Uint16Array(1 << quickBits);
  /** By length: the first code, left-aligned to 20 bits, that is no longer of that length. */
  readonly #limit = new Int32Array(longestCode + 2);
  readonly #base = new Int32Array(longestCode + 2);
  readonly #symbols: Uint16Array;

  constructor(lengths: Uint8Array) {
    const count = new Int32Array(longestCode + 2);
    for (const length of lengths) count[length] = (count[length] as number) + 1;
    this.#symbols = new Uint16Array(lengths.length);
    let place = 0;
    let code = 0;
    for (let length = 1; length <= longestCode; length++) {
      this.#base[length] = place - code;
      for (let symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] !== length) continue;
        this.#symbols[place++] = symbol;
        if (length <= quickBits) {
          const from = code << (quickBits - length);
          this.#quick.fill(symbol * 32 + length, from, from + (1 << (quickBits - length)));
        }
        code++;
      }
      if (code > 1 << length) throw new Bzip2Fault('a Huffman code has too many symbols');
      this.#limit[length] = code << (longestCode - length);
      code <<= 1;
    }
  }

  decode(bits: BitReader): number {
    const next = bits.peek(longestCode);
    const quick = this.#quick[next >>> (longestCode - quickBits)] as number;
    if (quick !== 0) {
      bits.position += quick & 31;
      return quick >>> 5;
    }
    let length = quickBits + 1;
    while (length <= longestCode && next >= (this.#limit[length] as number)) length++;
    if (length > longestCode) {
      if (bits.position + longestCode > bits.bytes.length * 8) throw new OutOfBits();
      throw new Bzip2Fault('a code that stands for nothing');
    }
    bits.position += length;
    return this.#symbols[(this.#base[length] as number) + (next >>> (longestCode - length))] as number;
  }
}
