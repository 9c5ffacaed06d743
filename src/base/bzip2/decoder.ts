/**
 * Unpacks bzip2 as a stream, also several files one behind the other, as parallel packers write them.
 *
 * Memory: a block is at most 900,000 bytes before its runs are spelled out; packed bytes are held until one surely is whole.
 * Errors: the first fault ends the stream; everything before it has been handed out. Pure, and never throws on input.
 */
import { BitReader, OutOfBits } from './bits.ts';
import { BlockTables, decodeBlock } from './block.ts';
import { Bzip2Fault } from './fault.ts';

/** A block of codes of 20 bits each, which no packer writes, is shorter. */
const surelyWhole = 2_500_000;

export class Bzip2Decoder {
  readonly #output: (bytes: Uint8Array) => void;
  #held = new Uint8Array(0);
  #length = 0;
  /** In `#held`. */
  #bit = 0;
  #tables: BlockTables | undefined;
  /** Of the blocks since the last file header. */
  #crc = 0;
  #fault: string | undefined;
  #files = 0;

  constructor(output: (bytes: Uint8Array) => void) {
    this.#output = output;
  }

  /** Takes packed bytes; answers what is wrong with them, `undefined` where nothing is. */
  push(chunk: Uint8Array): string | undefined {
    if (this.#fault !== undefined) return this.#fault;
    this.#hold(chunk);
    return this.#run(surelyWhole);
  }

  end(): string | undefined {
    return this.#run(0);
  }

  #hold(chunk: Uint8Array): void {
    const done = this.#bit >>> 3;
    if (done > 0 && (this.#length + chunk.length > this.#held.length || done > surelyWhole)) {
      this.#held.copyWithin(0, done, this.#length);
      this.#length -= done;
      this.#bit &= 7;
    }
    if (this.#length + chunk.length > this.#held.length) {
      const larger = new Uint8Array(Math.max(2 * surelyWhole, this.#length + chunk.length));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(chunk, this.#length);
    this.#length += chunk.length;
  }

  /** Decodes while more than `least` bytes are held. */
  #run(least: number): string | undefined {
    try {
      while (this.#fault === undefined && this.#length - (this.#bit >>> 3) > least) this.#step();
      if (least === 0 && this.#tables !== undefined) throw new OutOfBits();
    } catch (error) {
      if (error instanceof OutOfBits) this.#fault = 'the bzip2 stream ends too early';
      else if (error instanceof Bzip2Fault) this.#fault = `bzip2: ${error.message}`;
      else throw error;
    }
    return this.#fault;
  }

  /** A header, a block or a file's end. */
  #step(): void {
    const bits = new BitReader(this.#held.subarray(0, this.#length), this.#bit);
    if (this.#tables === undefined) {
      const level = bits.read(16) === 0x425a && bits.read(8) === 0x68 ? bits.read(8) - 0x30 : 0;
      if (level < 1 || level > 9) {
        if (this.#files === 0) throw new Bzip2Fault('no header');
        this.#bit = this.#length * 8; // like bzip2 itself: what follows the last file is no fault
        return;
      }
      this.#tables = new BlockTables(level * 100_000);
      this.#crc = 0;
    } else {
      const magic = bits.read(24) * 0x1000000 + bits.read(24);
      if (magic === 0x314159265359) {
        const { bytes, crc } = decodeBlock(bits, this.#tables);
        this.#crc = (((this.#crc << 1) | (this.#crc >>> 31)) ^ crc) >>> 0;
        this.#output(bytes);
      } else if (magic === 0x177245385090) {
        if (bits.u32() !== this.#crc) throw new Bzip2Fault('the checksum of the file is wrong');
        bits.align();
        this.#tables = undefined;
        this.#files++;
      } else {
        throw new Bzip2Fault('no block where one must begin');
      }
    }
    this.#bit = bits.position;
  }
}
