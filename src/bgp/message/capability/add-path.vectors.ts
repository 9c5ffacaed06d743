/** Vectors of ADD-PATH. */
import type { CapabilityVectors } from '../shape.vectors.ts';
import { addPath } from './add-path.ts';

export const addPathVectors: CapabilityVectors = {
  descriptor: addPath,
  good: [
    {
      name: 'both ways for IPv4, receiving only for IPv6',
      value: {
        kind: 'add-path',
        families: [
          { family: 'ipv4-unicast', direction: 'both' },
          { family: 'ipv6-unicast', direction: 'receive' },
        ],
      },
      hex: `
        45    # code: ADD-PATH
        08    # length
        0001  # AFI 1: IPv4
        01    # SAFI 1: unicast
        03    # both
        0002  # AFI 2: IPv6
        01    # SAFI 1: unicast
        01    # receive`,
    },
    {
      name: 'sending',
      value: { kind: 'add-path', families: [{ family: 'ipv4-unicast', direction: 'send' }] },
      hex: '45 04 0001 01 02',
    },
    {
      name: 'a family that we do not know is stepped over',
      value: { kind: 'add-path', families: [{ family: 'ipv4-unicast', direction: 'send' }] },
      hex: '45 08 0001 80 03 0001 01 02',
      decodeOnly: true,
    },
    {
      name: 'a direction that is none: not understood',
      value: { kind: 'unknown', code: 69, bytes: Uint8Array.of(0, 1, 1, 4) },
      hex: '45 04 0001 01 04',
    },
    {
      name: 'the direction 0, behind a good one',
      value: { kind: 'unknown', code: 69, bytes: Uint8Array.of(0, 1, 1, 3, 0, 2, 1, 0) },
      hex: '45 08 0001 01 03 0002 01 00',
    },
  ],
  badValues: [
    { name: 'no direction', value: { kind: 'add-path', families: [{ family: 'ipv4-unicast', direction: 'up' }] } },
  ],
  badBytes: [
    { name: 'three bytes', hex: '45 03 0001 01', outcome: 'session-reset', subcode: 0, offset: 1 },
    { name: 'five bytes', hex: '45 05 0001 01 03 00', outcome: 'session-reset', subcode: 0, offset: 1 },
  ],
};
