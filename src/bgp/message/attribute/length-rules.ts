/** The lengths that attributes may have, as rules that can say themselves. RFC 7606 §4: zero is an error unless a rule allows it. */
import type { LengthRule } from './descriptor.ts';

export function exactly(bytes: number): LengthRule {
  return { fits: (length) => length === bytes, text: () => bytesText(bytes) };
}

/** For attributes that hold one AS number among other fields. */
export function byAsnSize(bytes: { readonly twoOctets: number; readonly fourOctets: number }): LengthRule {
  return {
    fits: (length, context) => length === (context.fourOctetAsn ? bytes.fourOctets : bytes.twoOctets),
    text: (context) => bytesText(context.fourOctetAsn ? bytes.fourOctets : bytes.twoOctets),
  };
}

export function multipleOf(bytes: number): LengthRule {
  return { fits: (length) => length > 0 && length % bytes === 0, text: () => `a multiple of ${bytes} bytes, not none` };
}

export function atLeast(bytes: number): LengthRule {
  return { fits: (length) => length >= bytes, text: () => `at least ${bytesText(bytes)}` };
}

export const anyLength: LengthRule = { fits: () => true, text: () => 'any length' };

function bytesText(bytes: number): string {
  return bytes === 1 ? '1 byte' : `${bytes} bytes`;
}
