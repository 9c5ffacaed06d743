/** Vectors of NEXT_HOP. */
import type { AttributeVectors } from '../shape.vectors.ts';
import { nextHop } from './next-hop.ts';

export const nextHopVectors: AttributeVectors<'nextHop'> = {
  descriptor: nextHop,
  good: [
    {
      name: '192.0.2.1',
      value: { family: 4, bytes: Uint8Array.of(192, 0, 2, 1) },
      hex: `
        40        # flags: well-known, transitive
        03        # type: NEXT_HOP
        04        # length
        c0000201  # 192.0.2.1`,
    },
  ],
  badValues: [{ name: 'an IPv6 address', value: { family: 6, bytes: new Uint8Array(16) } }],
  badBytes: [
    { name: 'three bytes', hex: '40 03 03 c00002', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    {
      name: 'an IPv6 address',
      hex: `40 03 10 ${'20'.repeat(16)}`,
      outcome: 'treat-as-withdraw',
      subcode: 5,
      offset: 2,
    },
    { name: 'Optional set', hex: 'c0 03 04 c0000201', outcome: 'treat-as-withdraw', subcode: 4, offset: 0 },
  ],
};
