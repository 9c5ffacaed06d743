/** A set of AS numbers that gives out the lowest first, while higher ones are still being added. */
export class Ascending {
  readonly #bits: Uint32Array;

  constructor(size: number) {
    this.#bits = new Uint32Array((size >>> 5) + 1);
  }

  add(number: number): void {
    const word = number >>> 5;
    this.#bits[word] = (this.#bits[word] as number) | (1 << (number & 31));
  }

  /** Takes all out, in order; `action` may add numbers that are higher than its own. */
  drain(action: (number: number) => void): void {
    for (let word = 0; word < this.#bits.length; word++) {
      for (let bits = this.#bits[word] as number; bits !== 0; bits = this.#bits[word] as number) {
        const bit = 31 - Math.clz32(bits & -bits);
        this.#bits[word] = bits & ~(1 << bit);
        action((word << 5) | bit);
      }
    }
  }
}
