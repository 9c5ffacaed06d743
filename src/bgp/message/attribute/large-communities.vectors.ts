/** Vectors of LARGE_COMMUNITY. */
import type { AttributeVectors } from '../shape.vectors.ts';
import { largeCommunities } from './large-communities.ts';

export const largeCommunitiesVectors: AttributeVectors<'largeCommunities'> = {
  descriptor: largeCommunities,
  good: [
    {
      name: '4200000000:1:2',
      value: [[4200000000, 1, 2]],
      hex: `
        c0        # flags: optional, transitive
        20        # type: LARGE_COMMUNITY
        0c        # length
        fa56ea00  # global administrator 4200000000
        00000001  # local data 1
        00000002  # local data 2`,
    },
    {
      name: 'a repeated one is dropped without a word',
      value: [
        [1, 2, 3],
        [4, 5, 6],
      ],
      hex: `
        c0 20 24                    # flags, type, length
        00000001 00000002 00000003  # 1:2:3
        00000004 00000005 00000006  # 4:5:6
        00000001 00000002 00000003  # 1:2:3 again`,
      decodeOnly: true,
    },
  ],
  badValues: [{ name: '33 bits', value: [[1, 2 ** 32, 0]] }],
  badBytes: [
    { name: 'none', hex: 'c0 20 00', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: '8 bytes', hex: 'c0 20 08 00000001 00000002', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    {
      name: 'well-known',
      hex: '40 20 0c 00000001 00000002 00000003',
      outcome: 'treat-as-withdraw',
      subcode: 4,
      offset: 0,
    },
  ],
};
