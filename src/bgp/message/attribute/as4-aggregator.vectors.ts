/** Vectors of AS4_AGGREGATOR. */
import type { AttributeVectors } from '../shape.vectors.ts';
import { as4Aggregator } from './as4-aggregator.ts';

const address = { family: 4, bytes: Uint8Array.of(192, 0, 2, 1) } as const;
const twoOctets = { fourOctetAsn: false };

export const as4AggregatorVectors: AttributeVectors<'as4Aggregator'> = {
  descriptor: as4Aggregator,
  good: [
    {
      name: 'AS 4200000000',
      value: { asn: 4200000000, address },
      hex: `
        c0        # flags: optional, transitive
        12        # type: AS4_AGGREGATOR
        08        # length
        fa56ea00  # AS 4200000000
        c0000201  # 192.0.2.1`,
      context: twoOctets,
    },
  ],
  badValues: [{ name: 'AS 0', value: { asn: 0, address } }],
  badBytes: [
    {
      name: 'from a peer of 4 octets',
      hex: 'c0 12 08 fa56ea00 c0000201',
      outcome: 'attribute-discard',
      subcode: 9,
      offset: 0,
    },
    {
      name: '6 bytes',
      hex: 'c0 12 06 fbf4 c0000201',
      context: twoOctets,
      outcome: 'attribute-discard',
      subcode: 5,
      offset: 2,
    },
    {
      name: 'AS 0',
      hex: 'c0 12 08 00000000 c0000201',
      context: twoOctets,
      outcome: 'attribute-discard',
      subcode: 9,
      offset: 3,
    },
  ],
};
