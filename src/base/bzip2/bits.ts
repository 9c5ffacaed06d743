/** Bits of a byte array, most significant first, as bzip2 packs them. Reading past the end throws `OutOfBits`. */

export class OutOfBits extends Error {}

export class BitReader {
  bytes: Uint8Array;
  /** Of the next bit, from the first byte. */
  position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.position = position;
  }

  /** Up to 24 bits. */
  read(count: number): number {
    const value = this.peek(count);
    this.position += count;
    if (this.position > this.bytes.length * 8) throw new OutOfBits();
    return value;
  }

  /** Up to 24 bits; zeros behind the end. */
  peek(count: number): number {
    const at = this.position >>> 3;
    const { bytes } = this;
    const word =
      (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>>
      0;
    return ((word << (this.position & 7)) >>> 0) >>> (32 - count);
  }

  u32(): number {
    return this.read(16) * 0x10000 + this.read(16);
  }

  align(): void {
    this.position = (this.position + 7) & ~7;
  }
}
