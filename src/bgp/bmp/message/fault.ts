/** How a BMP decoder says "malformed": a `BmpFault` is thrown and becomes a `BmpError` value at the codec's one entry. */
import type { BmpError } from './types.ts';

export class BmpFault extends Error {
  readonly error: BmpError;

  constructor(error: BmpError) {
    super(error.what);
    this.name = 'BmpFault';
    this.error = error;
  }
}
