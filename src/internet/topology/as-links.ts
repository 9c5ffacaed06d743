/**
 * AS links as they are collected: pairs of ASNs with the relation between them, in growing columns.
 *
 * Why columns: the Internet has more than half a million links, and an object for each costs more than all that is done
 * with them.
 */

/** Numbers of CAIDA's files: the first AS is the second's provider, or the two are lateral peers. */
export const linkKind = { providerToCustomer: -1, lateral: 0 } as const;
export type LinkKind = (typeof linkKind)[keyof typeof linkKind];

export class AsLinks {
  #count = 0;
  #first = new Uint32Array(1024);
  #second = new Uint32Array(1024);
  #kind = new Int8Array(1024);

  get count(): number {
    return this.#count;
  }

  add(first: number, second: number, kind: LinkKind): void {
    const at = this.#count++;
    if (at === this.#first.length) this.#grow();
    this.#first[at] = first;
    this.#second[at] = second;
    this.#kind[at] = kind;
  }

  #grow(): void {
    const length = this.#first.length * 2;
    const first = new Uint32Array(length);
    first.set(this.#first);
    const second = new Uint32Array(length);
    second.set(this.#second);
    const kind = new Int8Array(length);
    kind.set(this.#kind);
    this.#first = first;
    this.#second = second;
    this.#kind = kind;
  }

  /** The columns, cut to what is filled. */
  columns(): { readonly first: Uint32Array; readonly second: Uint32Array; readonly kind: Int8Array } {
    return {
      first: this.#first.subarray(0, this.#count),
      second: this.#second.subarray(0, this.#count),
      kind: this.#kind.subarray(0, this.#count),
    };
  }
}
