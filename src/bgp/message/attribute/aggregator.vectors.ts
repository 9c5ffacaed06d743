/** Vectors of AGGREGATOR. */
import type { AttributeVectors } from '../shape.vectors.ts';
import { aggregator } from './aggregator.ts';

const address = { family: 4, bytes: Uint8Array.of(192, 0, 2, 1) } as const;
const twoOctets = { fourOctetAsn: false };

export const aggregatorVectors: AttributeVectors<'aggregator'> = {
  descriptor: aggregator,
  good: [
    {
      name: '4 octets',
      value: { asn: 4200000000, address },
      hex: `
        c0        # flags: optional, transitive
        07        # type: AGGREGATOR
        08        # length
        fa56ea00  # AS 4200000000
        c0000201  # 192.0.2.1`,
    },
    {
      name: '2 octets',
      value: { asn: 64500, address },
      hex: `
        c0        # flags
        07        # type
        06        # length
        fbf4      # AS 64500
        c0000201  # 192.0.2.1`,
      context: twoOctets,
    },
  ],
  badValues: [
    { name: 'AS 0', value: { asn: 0, address } },
    { name: 'an IPv6 address', value: { asn: 1, address: { family: 6, bytes: new Uint8Array(16) } } },
  ],
  badBytes: [
    {
      name: '6 bytes from a peer of 4 octets',
      hex: 'c0 07 06 fbf4 c0000201',
      outcome: 'attribute-discard',
      subcode: 5,
      offset: 2,
    },
    {
      name: '8 bytes from a peer of 2 octets',
      hex: 'c0 07 08 0000fbf4 c0000201',
      context: twoOctets,
      outcome: 'attribute-discard',
      subcode: 5,
      offset: 2,
    },
    { name: 'AS 0', hex: 'c0 07 08 00000000 c0000201', outcome: 'attribute-discard', subcode: 9, offset: 3 },
    { name: 'well-known', hex: '40 07 08 00000001 c0000201', outcome: 'treat-as-withdraw', subcode: 4, offset: 0 },
  ],
};
