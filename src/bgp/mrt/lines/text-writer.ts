/**
 * Writes ASCII text into byte blocks: numbers, addresses and pieces of text, without making a string.
 *
 * Why: a full table is over a hundred megabytes of text. Strings cost several times as much as the bytes themselves.
 * The caller says beforehand how many bytes may come (`room`); the writers do not check.
 */

/** Blocks grow up to this: one dump of a hundred megabytes and a hundred thousand small ones both waste little. */
const blockBytes = 256 * 1024;
const firstBlockBytes = 1024;
const nothing = new Uint8Array(0);

/** `0000` to `9999`, four digits each. */
const digits = Uint8Array.from({ length: 40_000 }, (_, at) => 48 + (Math.floor((at >> 2) / 10 ** (3 - (at & 3))) % 10));
/** `0.` to `255.`: their digits, three bytes each, and how many of the three. */
const octets = Uint8Array.from({ length: 256 * 4 }, (_, at) => {
  const text = String(at >> 2);
  return (at & 3) === 3 ? text.length : text.charCodeAt(at & 3) || 0;
});
const hexDigits = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

export class TextWriter {
  /** Only its owner may look: full up to `length`. */
  bytes: Uint8Array = nothing;
  length = 0;
  #nextBlockBytes = firstBlockBytes;
  readonly #full: ((block: Uint8Array) => void) | undefined;

  /** `full` is handed each full block, which is then its own; without it the block grows. */
  constructor(full?: (block: Uint8Array) => void) {
    this.#full = full;
  }

  /** Makes room for at least `count` bytes. What was written before may be handed on. */
  room(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    if (this.#full === undefined) {
      const larger = new Uint8Array(Math.max(firstBlockBytes, this.bytes.length * 2, this.length + count));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
      return;
    }
    this.flush();
    this.bytes = new Uint8Array(Math.max(this.#nextBlockBytes, count));
    this.#nextBlockBytes = Math.min(2 * this.#nextBlockBytes, blockBytes);
  }

  flush(): void {
    if (this.#full === undefined || this.length === 0) return;
    this.#full(this.bytes.subarray(0, this.length));
    this.bytes = nothing;
    this.length = 0;
  }

  byte(value: number): void {
    this.bytes[this.length++] = value;
  }

  /** A short piece: a loop beats `set` for those. */
  put(piece: Uint8Array, from = 0, to = piece.length): void {
    const { bytes } = this;
    let at = this.length;
    if (to - from > 64) {
      bytes.set(piece.subarray(from, to), at);
      this.length = at + to - from;
      return;
    }
    for (let index = from; index < to; index++) bytes[at++] = piece[index] as number;
    this.length = at;
  }

  /** An unsigned number of 32 bits, in decimal. */
  number(value: number): void {
    if (value < 10_000) {
      this.#small(value);
      return;
    }
    const high = Math.floor(value / 10_000);
    if (high < 10_000) this.#small(high);
    else {
      const top = Math.floor(high / 10_000);
      this.#small(top);
      this.#four(high - top * 10_000);
    }
    this.#four(value - high * 10_000);
  }

  #small(value: number): void {
    const { bytes } = this;
    const from = value << 2;
    let at = this.length;
    if (value >= 1000) bytes[at++] = digits[from] as number;
    if (value >= 100) bytes[at++] = digits[from + 1] as number;
    if (value >= 10) bytes[at++] = digits[from + 2] as number;
    bytes[at++] = digits[from + 3] as number;
    this.length = at;
  }

  #four(value: number): void {
    const { bytes, length } = this;
    const from = value << 2;
    bytes[length] = digits[from] as number;
    bytes[length + 1] = digits[from + 1] as number;
    bytes[length + 2] = digits[from + 2] as number;
    bytes[length + 3] = digits[from + 3] as number;
    this.length = length + 4;
  }

  /** A number with leading zeros, of at least `width` digits. */
  padded(value: number, width: number): void {
    for (let limit = 10 ** (width - 1); limit > value && limit > 1; limit /= 10) this.byte(48);
    this.number(value);
  }

  ipv4(source: Uint8Array, at: number): void {
    this.#octet(source[at] as number);
    this.byte(46);
    this.#octet(source[at + 1] as number);
    this.byte(46);
    this.#octet(source[at + 2] as number);
    this.byte(46);
    this.#octet(source[at + 3] as number);
  }

  #octet(value: number): void {
    const from = value << 2;
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = octets[from] as number;
    if (value > 9) bytes[at++] = octets[from + 1] as number;
    if (value > 99) bytes[at++] = octets[from + 2] as number;
    this.length = at;
  }

  /** One group of an IPv6 address, without leading zeros. */
  hex16(value: number): void {
    const { bytes } = this;
    let at = this.length;
    if (value > 0xfff) bytes[at++] = hexDigits[value >> 12] as number;
    if (value > 0xff) bytes[at++] = hexDigits[(value >> 8) & 15] as number;
    if (value > 0xf) bytes[at++] = hexDigits[(value >> 4) & 15] as number;
    bytes[at++] = hexDigits[value & 15] as number;
    this.length = at;
  }
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
