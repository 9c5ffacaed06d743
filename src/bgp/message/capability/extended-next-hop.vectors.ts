/** Vectors of Extended Next Hop Encoding. */
import type { CapabilityVectors } from '../shape.vectors.ts';
import { extendedNextHop } from './extended-next-hop.ts';

export const extendedNextHopVectors: CapabilityVectors = {
  descriptor: extendedNextHop,
  good: [
    {
      name: 'IPv4 unicast over IPv6',
      value: { kind: 'extended-next-hop', families: ['ipv4-unicast'] },
      hex: `
        05    # code: Extended Next Hop Encoding
        06    # length
        0001  # AFI 1: IPv4
        0001  # SAFI 1: unicast, in two bytes
        0002  # next hop AFI 2: IPv6`,
    },
    {
      name: 'pairs that we do not know are stepped over: VPN-IPv4 over IPv6, IPv6 over IPv4, IPv6 over IPv6',
      value: { kind: 'extended-next-hop', families: ['ipv4-unicast'] },
      hex: '05 18 0001 0080 0002  0002 0001 0001  0001 0001 0002  0002 0001 0002',
      decodeOnly: true,
    },
    { name: 'none', value: { kind: 'extended-next-hop', families: [] }, hex: '05 00' },
  ],
  badValues: [{ name: 'a family without a row', value: { kind: 'extended-next-hop', families: ['ipx'] } }],
  badBytes: [
    { name: 'five bytes', hex: '05 05 0001 0001 00', outcome: 'session-reset', subcode: 0, offset: 1 },
    { name: 'a length beyond the end', hex: '05 06 0001', outcome: 'session-reset', subcode: 0, offset: 2 },
  ],
};
