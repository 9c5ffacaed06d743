/**
 * When two values of an attribute say the same, so that a peer would hear no difference: the kinds of comparison that descriptors
 * choose from.
 *
 * Why by hand: it is asked whenever a route is replaced, most often of two that differ in a path or a number, and a text of
 * each would cost more than all else that is done to the route.
 */

/** `undefined` is an absent attribute. */
export type Same<T> = (a: T | undefined, b: T | undefined) => boolean;

/** For numbers and words. */
export function identical(a: unknown, b: unknown): boolean {
  return a === b;
}

/** Present in both, and `same` there. */
export function both<T>(same: (a: T, b: T) => boolean): Same<T> {
  return (a, b) => a !== undefined && b !== undefined && same(a, b);
}

/** In the same order; an empty list is not an absent one. */
export function sameLists<T>(same: (a: T, b: T) => boolean): (a: readonly T[], b: readonly T[]) => boolean {
  return (a, b) => a.length === b.length && a.every((one, index) => same(one, b[index] as T));
}

export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}

/**
 * In any order: communities are sets. An empty list is an absent attribute, on the wire both are nothing. `key` is equal for what is
 * the same.
 */
export function sameSets<T>(same: (a: T, b: T) => boolean, key: (one: T) => string | number): Same<readonly T[]> {
  const inOrder = sameLists(same);
  return (a = [], b = []) => {
    if (a.length !== b.length || inOrder(a, b)) return a.length === b.length;
    const [keysA, keysB] = [a.map(key).sort(), b.map(key).sort()];
    return keysA.every((one, index) => one === keysB[index]);
  };
}
