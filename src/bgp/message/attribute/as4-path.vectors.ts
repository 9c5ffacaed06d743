/** Vectors of AS4_PATH. */
import type { AttributeVectors } from '../shape.vectors.ts';
import { as4Path } from './as4-path.ts';

const twoOctets = { fourOctetAsn: false };

export const as4PathVectors: AttributeVectors<'as4Path'> = {
  descriptor: as4Path,
  good: [
    {
      name: 'a sequence',
      value: [{ kind: 'sequence', asns: [4200000000, 1] }],
      hex: `
        c0        # flags: optional, transitive
        11        # type: AS4_PATH
        0a        # length
        02        # AS_SEQUENCE
        02        # two AS numbers
        fa56ea00  # 4200000000
        00000001  # 1`,
      context: twoOctets,
    },
    {
      name: 'AS_CONFED_SEQUENCE is stepped over',
      value: [{ kind: 'sequence', asns: [1] }],
      hex: `
        c0 11 0c        # flags, type, length
        03 01 00000009  # AS_CONFED_SEQUENCE
        02 01 00000001  # AS_SEQUENCE`,
      context: twoOctets,
      decodeOnly: true,
    },
  ],
  badValues: [{ name: 'AS 0', value: [{ kind: 'sequence', asns: [0] }] }],
  badBytes: [
    {
      name: 'an AS_SET: the route, not the attribute',
      hex: 'c0 11 06 01 01 00000001',
      context: twoOctets,
      outcome: 'treat-as-withdraw',
      subcode: 9,
      offset: 3,
    },
    {
      name: 'an AS_CONFED_SET',
      hex: 'c0 11 06 04 01 00000001',
      context: twoOctets,
      outcome: 'treat-as-withdraw',
      subcode: 9,
      offset: 3,
    },
    {
      name: 'from a peer of 4 octets',
      hex: 'c0 11 06 02 01 00000001',
      outcome: 'attribute-discard',
      subcode: 9,
      offset: 0,
    },
    {
      name: 'too short for one AS number',
      hex: 'c0 11 04 02 01 0001',
      context: twoOctets,
      outcome: 'attribute-discard',
      subcode: 5,
      offset: 2,
    },
    {
      name: 'an odd length',
      hex: 'c0 11 07 02 01 00000001 00',
      context: twoOctets,
      outcome: 'attribute-discard',
      subcode: 5,
      offset: 2,
    },
    {
      name: 'a segment overrun',
      hex: 'c0 11 06 02 02 00000001',
      context: twoOctets,
      outcome: 'attribute-discard',
      subcode: 9,
      offset: 4,
    },
    {
      name: 'AS 0',
      hex: 'c0 11 06 02 01 00000000',
      context: twoOctets,
      outcome: 'attribute-discard',
      subcode: 9,
      offset: 5,
    },
    {
      name: 'well-known',
      hex: '40 11 06 02 01 00000001',
      context: twoOctets,
      outcome: 'treat-as-withdraw',
      subcode: 4,
      offset: 0,
    },
  ],
};
