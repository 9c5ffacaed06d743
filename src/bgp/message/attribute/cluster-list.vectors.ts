/** Vectors of CLUSTER_LIST. */
import type { AttributeVectors } from '../shape.vectors.ts';
import { clusterList } from './cluster-list.ts';

export const clusterListVectors: AttributeVectors<'clusterList'> = {
  descriptor: clusterList,
  good: [
    {
      name: 'two clusters keep their order',
      value: [
        { family: 4, bytes: Uint8Array.of(192, 0, 2, 9) },
        { family: 4, bytes: Uint8Array.of(0, 0, 0, 1) },
      ],
      hex: `
        80        # flags: optional, non-transitive
        0a        # type: CLUSTER_LIST
        08        # length
        c0000209  # the nearest cluster, 192.0.2.9
        00000001  # the one before it, 0.0.0.1`,
    },
  ],
  badValues: [{ name: 'an IPv6 address', value: [{ family: 6, bytes: new Uint8Array(16) }] }],
  badBytes: [
    { name: 'none', hex: '80 0a 00', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: '5 bytes', hex: '80 0a 05 c000020900', outcome: 'treat-as-withdraw', subcode: 5, offset: 2 },
    { name: 'Transitive set', hex: 'c0 0a 04 c0000209', outcome: 'treat-as-withdraw', subcode: 4, offset: 0 },
    {
      name: 'from an external peer',
      hex: '80 0a 04 c0000209',
      context: { external: true },
      outcome: 'attribute-discard',
      subcode: 9,
      offset: 0,
    },
    {
      name: 'malformed and from an external peer: discarded unread',
      hex: '80 0a 00',
      context: { external: true },
      outcome: 'attribute-discard',
      subcode: 9,
      offset: 0,
    },
  ],
};
