/** How the decoder leaves bytes that it refuses: an exception inside, a value outside (`codec.ts` turns it). */
import type { PacketError } from './types.ts';

export class Refused extends Error {
  readonly error: PacketError;

  constructor(error: PacketError) {
    super(error.what);
    this.error = error;
  }
}

/** Refuses the bytes where `condition` does not hold; `offset` is from the packet's first byte. */
export function check(condition: boolean, offset: number, field: string, what: string): asserts condition {
  if (!condition) throw new Refused({ offset, field, what });
}
