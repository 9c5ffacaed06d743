/** Checks of numbers that our own code hands to an encoder: a value that does not fit its field is a bug, not a truncation. */
import { assert } from '../../../base/assert.ts';
import { maximumAsn } from '../../../ip/asn.ts';

export function checkedU32(value: number, name: string): number {
  assert(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff, `${name} is ${value}, not a 32-bit number`);
  return value;
}

/** AS 0 must not be sent (RFC 7607 §2). */
export function checkedAsn(value: number, name: string): number {
  assert(Number.isInteger(value) && value > 0 && value <= maximumAsn, `${name} is ${value}, not an AS number`);
  return value;
}
