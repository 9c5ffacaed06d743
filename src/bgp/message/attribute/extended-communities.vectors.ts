/** Vectors of EXTENDED_COMMUNITIES. */
import type { AttributeVectors } from '../shape.vectors.ts';
import { extendedCommunities } from './extended-communities.ts';

export const extendedCommunitiesVectors: AttributeVectors<'extendedCommunities'> = {
  descriptor: extendedCommunities,
  good: [
    {
      name: 'route targets of 2 and of 4 octets',
      value: [
        [0x0002_fbf4, 100],
        [0x0202_fa56, 0xea00_0064],
      ],
      hex: `
        c0                  # flags: optional, transitive
        10                  # type: EXTENDED_COMMUNITIES
        10                  # length
        00 02 fbf4 00000064 # two-octet AS, route target, 64500:100
        02 02 fa56ea00 0064 # four-octet AS, route target, 4200000000:100`,
    },
    { name: 'a kind that nobody knows', value: [[0x8877_6655, 0x4433_2211]], hex: 'c0 10 08 8877665544332211' },
  ],
  badValues: [
    { name: '33 bits', value: [[2 ** 32, 0]] },
    { name: 'one half', value: [[1]] },
  ],
  badBytes: [
    { name: 'none', hex: 'c0 10 00', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: '4 bytes', hex: 'c0 10 04 0002fbf4', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: '12 bytes', hex: `c0 10 0c ${'00'.repeat(12)}`, outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    {
      name: 'Transitive missing',
      hex: '80 10 08 0002fbf400000064',
      outcome: 'treat-as-withdraw',
      subcode: 4,
      offset: 0,
    },
  ],
};
