/** Vectors of MULTI_EXIT_DISC. */
import type { AttributeVectors } from '../shape.vectors.ts';
import { multiExitDiscriminator } from './multi-exit-discriminator.ts';

export const multiExitDiscriminatorVectors: AttributeVectors<'multiExitDiscriminator'> = {
  descriptor: multiExitDiscriminator,
  good: [
    {
      name: '100',
      value: 100,
      hex: `
        80        # flags: optional, non-transitive
        04        # type: MULTI_EXIT_DISC
        04        # length
        00000064  # 100`,
    },
    { name: 'the largest', value: 0xffff_ffff, hex: '80 04 04 ffffffff' },
  ],
  badValues: [
    { name: 'negative', value: -1 },
    { name: '33 bits', value: 2 ** 32 },
    { name: 'a fraction', value: 0.5 },
  ],
  badBytes: [
    { name: 'no bytes', hex: '80 04 00', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: 'five bytes', hex: '80 04 05 0000000001', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: 'Transitive set', hex: 'c0 04 04 00000064', outcome: 'treat-as-withdraw', subcode: 4, offset: 0 },
  ],
};
