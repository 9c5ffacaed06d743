/** Vectors of COMMUNITIES. */
import type { AttributeVectors } from '../shape.vectors.ts';
import { communities } from './communities.ts';

export const communitiesVectors: AttributeVectors<'communities'> = {
  descriptor: communities,
  good: [
    {
      name: '64500:1 and GRACEFUL_SHUTDOWN, in the order they came',
      value: [0xfbf4_0001, 0xffff_0000],
      hex: `
        c0        # flags: optional, transitive
        08        # type: COMMUNITIES
        08        # length
        fbf40001  # 64500:1
        ffff0000  # 65535:0`,
    },
    {
      name: 'more than 255 bytes need Extended Length',
      value: new Array<number>(64).fill(1),
      hex: `
        d0    # flags: optional, transitive, extended length
        08    # type
        0100  # length
        ${'00000001'.repeat(64)}`,
    },
  ],
  badValues: [
    { name: '33 bits', value: [2 ** 32] },
    { name: 'negative', value: [-1] },
  ],
  badBytes: [
    { name: 'none', hex: 'c0 08 00', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: 'one and a half', hex: 'c0 08 06 fbf40001 ffff', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: 'non-transitive', hex: '80 08 04 fbf40001', outcome: 'treat-as-withdraw', subcode: 4, offset: 0 },
  ],
};
