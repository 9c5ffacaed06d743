/** Vectors of ORIGINATOR_ID. */
import type { AttributeVectors } from '../shape.vectors.ts';
import { originatorId } from './originator-id.ts';

export const originatorIdVectors: AttributeVectors<'originatorId'> = {
  descriptor: originatorId,
  good: [
    {
      name: '192.0.2.9',
      value: { family: 4, bytes: Uint8Array.of(192, 0, 2, 9) },
      hex: `
        80        # flags: optional, non-transitive
        09        # type: ORIGINATOR_ID
        04        # length
        c0000209  # 192.0.2.9`,
    },
  ],
  badValues: [{ name: 'an IPv6 address', value: { family: 6, bytes: new Uint8Array(16) } }],
  badBytes: [
    { name: 'three bytes', hex: '80 09 03 c00002', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: 'five bytes', hex: '80 09 05 c000020900', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: 'none', hex: '80 09 00', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: 'Transitive set', hex: 'c0 09 04 c0000209', outcome: 'treat-as-withdraw', subcode: 4, offset: 0 },
    {
      name: 'from an external peer',
      hex: '80 09 04 c0000209',
      context: { external: true },
      outcome: 'attribute-discard',
      subcode: 9,
      offset: 0,
    },
    {
      name: 'malformed and from an external peer: discarded unread',
      hex: 'c0 09 03 c00002',
      context: { external: true },
      outcome: 'attribute-discard',
      subcode: 9,
      offset: 0,
    },
  ],
};
