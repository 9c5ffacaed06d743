/** Random VRPs and routes that nest, collide and miss by one: few distinct bytes, few ASNs, all lengths. */
import fc from 'fast-check';
import type { Family } from '../../ip/address.ts';
import { addressBits, type Prefix, prefixOf } from '../../ip/prefix.ts';
import type { Vrp } from '../pdu/types.ts';

export const anyPrefix: fc.Arbitrary<Prefix> = fc.constantFrom<Family>(4, 6).chain((family) => {
  const bits = addressBits(family);
  const bytes = fc.array(fc.constantFrom(0, 1, 128, 255), { minLength: bits / 8, maxLength: bits / 8 });
  return fc
    .tuple(bytes, fc.oneof(fc.nat(bits), fc.nat(12)))
    .map(([each, length]) => prefixOf({ family, bytes: Uint8Array.from(each) }, length));
});

export const anyAsn = fc.nat(4);

export const anyVrp: fc.Arbitrary<Vrp> = fc.tuple(anyPrefix, fc.nat(8), anyAsn).map(([prefix, more, asn]) => ({
  prefix,
  maxLength: Math.min(prefix.length + more, addressBits(prefix.family)),
  asn,
}));
