/**
 * Whether an entry point's list of avoided neighbours names one: asked for every neighbour of the AS that heard it.
 *
 * Lists are a few names or, where an AS exports to some peers only, thousands. Long ones are looked up in a set, which is
 * made once for as long as the list lives.
 */
export class AvoidedNeighbours {
  readonly #sets = new WeakMap<readonly number[], ReadonlySet<number>>();

  has(list: readonly number[] | undefined, number: number): boolean {
    if (list === undefined) return false;
    if (list.length <= shortList) return list.includes(number);
    let set = this.#sets.get(list);
    if (set === undefined) {
      set = new Set(list);
      this.#sets.set(list, set);
    }
    return set.has(number);
  }
}

const shortList = 8;
