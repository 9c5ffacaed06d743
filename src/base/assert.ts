/** Assertions: a broken invariant is a bug of ours and ends the process; what an operator or a peer can cause never comes here. */

/** Throws where `condition` does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`bug: ${message}`);
}

/** Marks a branch that the types say cannot be reached, and fails loudly where it is. */
export function unreachable(value: never): never {
  throw new Error(`bug: unreachable value ${JSON.stringify(value)}`);
}
