/** Vectors of Multiprotocol Extensions. */
import type { CapabilityVectors } from '../shape.vectors.ts';
import { multiprotocol } from './multiprotocol.ts';

export const multiprotocolVectors: CapabilityVectors = {
  descriptor: multiprotocol,
  good: [
    {
      name: 'IPv6 unicast',
      value: { kind: 'multiprotocol', family: 'ipv6-unicast' },
      hex: `
        01    # code: Multiprotocol Extensions
        04    # length
        0002  # AFI 2: IPv6
        00    # reserved
        01    # SAFI 1: unicast`,
    },
    { name: 'IPv4 unicast', value: { kind: 'multiprotocol', family: 'ipv4-unicast' }, hex: '01 04 0001 00 01' },
    {
      name: 'the reserved byte means nothing',
      value: { kind: 'multiprotocol', family: 'ipv4-unicast' },
      hex: '01 04 0001 ff 01',
      decodeOnly: true,
    },
    {
      name: 'a family that we do not know is kept as bytes',
      value: { kind: 'unknown', code: 1, bytes: Uint8Array.of(0, 1, 0, 128) },
      hex: '01 04 0001 00 80',
    },
  ],
  badValues: [{ name: 'a family without a row', value: { kind: 'multiprotocol', family: 'ipx' } }],
  badBytes: [
    { name: 'three bytes', hex: '01 03 0001 00', outcome: 'session-reset', subcode: 0, offset: 1 },
    { name: 'a length beyond the end', hex: '01 04 0001', outcome: 'session-reset', subcode: 0, offset: 2 },
  ],
};
