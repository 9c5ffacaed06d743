/**
 * A checked byte reader and a growing byte writer, big-endian as network protocols are.
 *
 * Why: bytes come from strangers. A read past the end throws a `BytesError` with the offset and the field, which each
 * codec catches at its one entry and turns into its own error value; no other exception can come from input.
 */

export class BytesError extends Error {
  readonly offset: number;
  readonly field: string;

  constructor(field: string, offset: number, needed: number, left: number) {
    super(`${field}: needs ${needed} bytes at offset ${offset}, ${left} left`);
    this.name = 'BytesError';
    this.field = field;
    this.offset = offset;
  }
}

/**
 * The same bytes, not as a Buffer: a Buffer's `slice` is a view where a Uint8Array's is a copy, so whoever keeps a slice of what a socket
 * gave would keep all of it.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;
}

/** Reads within `[start, end)` of `bytes`; offsets are those of the whole array, so an error names the place in the message. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  #offset: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = plainBytes(bytes);
    this.#offset = start;
    this.end = end;
  }

  get offset(): number {
    return this.#offset;
  }

  get left(): number {
    return this.end - this.#offset;
  }

  #take(count: number, field: string): number {
    if (count > this.left) throw new BytesError(field, this.#offset, count, this.left);
    const at = this.#offset;
    this.#offset += count;
    return at;
  }

  u8(field: string): number {
    return this.bytes[this.#take(1, field)] as number;
  }

  u16(field: string): number {
    const at = this.#take(2, field);
    return ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number);
  }

  u32(field: string): number {
    return this.u16(field) * 0x10000 + this.u16(field);
  }

  /** A view, not a copy. */
  take(count: number, field: string): Uint8Array {
    const at = this.#take(count, field);
    return this.bytes.subarray(at, at + count);
  }

  /** A reader of the next `count` bytes, which this reader then has behind it. */
  sub(count: number, field: string): ByteReader {
    const at = this.#take(count, field);
    return new ByteReader(this.bytes, at, at + count);
  }

  rest(): Uint8Array {
    return this.take(this.left, 'rest');
  }
}

export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  #grow(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#length = needed;
    return at;
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#grow(2);
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
    return this;
  }

  u32(value: number): this {
    return this.u16(Math.floor(value / 0x10000)).u16(value % 0x10000);
  }

  put(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Overwrites two bytes written before: for a length that is known only afterwards. */
  setU16(at: number, value: number): this {
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
    return this;
  }

  /** Runs `body` and puts the number of bytes it wrote before them, as a u16. */
  lengthU16(body: () => void): this {
    const at = this.#grow(2);
    body();
    return this.setU16(at, this.#length - at - 2);
  }

  /** Runs `body` and puts the number of bytes it wrote before them, as a u8. */
  lengthU8(body: () => void): this {
    const at = this.#grow(1);
    body();
    this.#bytes[at] = this.#length - at - 1;
    return this;
  }

  /** The bytes written so far, as a copy of their own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** The bytes of a hex string without separators; `undefined` where it is none. */
export function fromHex(text: string): Uint8Array | undefined {
  return text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text) ? new Uint8Array(Buffer.from(text, 'hex')) : undefined;
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
