/**
 * The chunked coding, taken apart byte by byte at any split (RFC 9112 §7.1).
 *
 * Why so strict: a reader that mends a size, a missing line end or a bare line feed disagrees with another about where an
 * answer ends. Extensions and trailers are checked, bounded, and left out: nobody asked for them.
 */
import { type Garbage, isFieldLine } from './response-head.ts';

type State = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailer' | 'done';

/** Longer sizes cannot be told exactly by a number. */
const mostSizeDigits = 13;
const mostExtensionBytes = 4096;
/** Without the white space and the escapes that the grammar allows and nobody sends. */
const extensions =
  /^(?:;[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|"[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]*"))?)*$/;

/** RFC 9110 §6.5.1: what frames a body must not come behind it. */
const framing = /^(?:content-length|transfer-encoding):/i;

export interface ChunkSink {
  /** Bytes of the body, from `start` to before `end`; they are overwritten once the call returns. */
  data(bytes: Buffer, start: number, end: number): void;
}

export class ChunkReader {
  #state: State = 'size';
  #size = 0;
  #digits = 0;
  #extension = '';
  #extensionBytes = 0;
  #trailerLine = '';
  #trailerBytes = 0;
  readonly #mostTrailerBytes: number;

  constructor(mostTrailerBytes: number) {
    this.#mostTrailerBytes = mostTrailerBytes;
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  /** Reads on from `start`; returns where it stopped (before `end` only when done), or why the coding is broken. */
  feed(bytes: Buffer, start: number, end: number, sink: ChunkSink): number | Garbage {
    let at = start;
    while (at < end) {
      if (this.#state === 'data') {
        const upTo = Math.min(end, at + this.#size);
        this.#size -= upTo - at;
        if (this.#size === 0) this.#state = 'data-cr';
        sink.data(bytes, at, upTo);
        at = upTo;
        continue;
      }
      const wrong = this.#step(bytes[at++] as number);
      if (wrong !== undefined) return wrong;
      if (this.#state === 'done') return at;
    }
    return at;
  }

  #step(byte: number): Garbage | undefined {
    switch (this.#state) {
      case 'size': {
        const digit = hexDigit(byte);
        if (digit >= 0) {
          if (++this.#digits > mostSizeDigits) return 'a chunk’s size is too large';
          this.#size = this.#size * 16 + digit;
          return undefined;
        }
        if (this.#digits === 0) return 'a chunk has no size';
        if (byte === 0x0d) this.#state = 'size-lf';
        else if (byte === 0x3b /* ; */) {
          this.#state = 'extension';
          this.#extension = ';';
        } else return 'a chunk’s size is no number';
        return undefined;
      }
      case 'extension':
        // RFC 9112 §7.1.1: a recipient ignores extensions it does not know, and limits their length.
        if (byte === 0x0d) {
          if (!extensions.test(this.#extension)) return 'a chunk’s extension is malformed';
          this.#extension = '';
          this.#state = 'size-lf';
        } else if (++this.#extensionBytes > mostExtensionBytes) return 'the chunks’ extensions are too long';
        else this.#extension += String.fromCharCode(byte);
        return undefined;
      case 'size-lf':
        if (byte !== 0x0a) return 'a chunk’s size has no line end';
        this.#state = this.#size === 0 ? 'trailer' : 'data';
        this.#digits = 0;
        return undefined;
      case 'data-cr':
        if (byte !== 0x0d) return 'a chunk is longer than its size';
        this.#state = 'data-lf';
        return undefined;
      case 'data-lf':
        if (byte !== 0x0a) return 'a chunk has no line end';
        this.#state = 'size';
        return undefined;
      case 'trailer': {
        if (++this.#trailerBytes > this.#mostTrailerBytes) return 'the trailer is too long';
        this.#trailerLine += String.fromCharCode(byte);
        if (byte !== 0x0a) return undefined;
        const line = this.#trailerLine;
        this.#trailerLine = '';
        if (line === '\r\n') this.#state = 'done';
        else if (!isFieldLine(line) || framing.test(line)) return 'a trailer line is malformed';
        return undefined;
      }
      case 'data':
      case 'done':
        throw new Error(`a byte of framing was read in the state ${this.#state}`);
    }
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
