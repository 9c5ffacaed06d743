/** Vectors of AS_PATH. */
import type { AttributeVectors } from '../shape.vectors.ts';
import { asPath } from './as-path.ts';

const twoOctets = { fourOctetAsn: false };

export const asPathVectors: AttributeVectors<'asPath'> = {
  descriptor: asPath,
  good: [
    { name: 'empty: inside the first AS', value: [], hex: '40 02 00' },
    {
      name: 'a sequence and a set, 4 octets',
      value: [
        { kind: 'sequence', asns: [64500, 4200000000] },
        { kind: 'set', asns: [1] },
      ],
      hex: `
        40        # flags: well-known, transitive
        02        # type: AS_PATH
        10        # length
        02        # AS_SEQUENCE
        02        # two AS numbers
        0000fbf4  # 64500
        fa56ea00  # 4200000000
        01        # AS_SET
        01        # one AS number
        00000001  # 1`,
      context: { allowAsSet: true },
    },
    {
      name: 'a sequence, 2 octets',
      value: [{ kind: 'sequence', asns: [64500, 1] }],
      hex: `
        40    # flags
        02    # type
        06    # length
        02    # AS_SEQUENCE
        02    # two AS numbers
        fbf4  # 64500
        0001  # 1`,
      context: twoOctets,
    },
    {
      name: 'AS_TRANS, 2 octets',
      value: [{ kind: 'sequence', asns: [23456] }],
      hex: '40 02 04 02 01 5ba0',
      context: twoOctets,
    },
  ],
  badValues: [
    { name: 'AS 0', value: [{ kind: 'sequence', asns: [0] }] },
    { name: 'an AS number of 33 bits', value: [{ kind: 'sequence', asns: [2 ** 32] }] },
    { name: 'no number at all', value: [{ kind: 'sequence', asns: [Number.NaN] }] },
  ],
  badBytes: [
    { name: 'segment type 5', hex: '40 02 06 05 01 00000001', outcome: 'treat-as-withdraw', subcode: 11, offset: 3 },
    { name: 'an AS_SET', hex: '40 02 06 01 01 00000001', outcome: 'treat-as-withdraw', subcode: 11, offset: 3 },
    {
      name: 'an AS_SET behind a sequence',
      hex: '40 02 0c 02 01 00000001 01 01 00000002',
      outcome: 'treat-as-withdraw',
      subcode: 11,
      offset: 9,
    },
    {
      name: 'an AS_CONFED_SET',
      hex: '40 02 06 04 01 00000001',
      context: { allowAsSet: true },
      outcome: 'treat-as-withdraw',
      subcode: 11,
      offset: 3,
    },
    { name: 'segment type 0', hex: '40 02 06 00 01 00000001', outcome: 'treat-as-withdraw', subcode: 11, offset: 3 },
    { name: 'a confederation', hex: '40 02 06 03 01 00000001', outcome: 'treat-as-withdraw', subcode: 11, offset: 3 },
    { name: 'a segment of none', hex: '40 02 02 02 00', outcome: 'treat-as-withdraw', subcode: 11, offset: 4 },
    { name: 'a segment overrun', hex: '40 02 06 02 02 00000001', outcome: 'treat-as-withdraw', subcode: 11, offset: 4 },
    {
      name: 'one byte left over',
      hex: '40 02 07 02 01 00000001 02',
      outcome: 'treat-as-withdraw',
      subcode: 11,
      offset: 9,
    },
    { name: 'AS 0', hex: '40 02 0a 02 02 00000001 00000000', outcome: 'treat-as-withdraw', subcode: 11, offset: 9 },
    {
      name: '4 octets from a peer of 2, the second half of 1 read as AS 0',
      hex: '40 02 06 02 01 0000 0001',
      context: twoOctets,
      outcome: 'treat-as-withdraw',
      subcode: 11,
      offset: 5,
    },
    { name: 'Optional set', hex: 'c0 02 00', outcome: 'treat-as-withdraw', subcode: 4, offset: 0 },
  ],
};
