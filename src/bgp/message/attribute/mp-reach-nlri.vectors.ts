/** Vectors of MP_REACH_NLRI. */
import { parseAddress } from '../../../ip/address.ts';
import { mustPrefix } from '../../../ip/prefix.ts';
import type { AttributeVectors } from '../shape.vectors.ts';
import { mpReachNlri } from './mp-reach-nlri.ts';

function address(text: string) {
  return parseAddress(text) as NonNullable<ReturnType<typeof parseAddress>>;
}

const global = '20010db8000000000000000000000001'; // 2001:db8::1
const local = 'fe800000000000000000000000000001'; // fe80::1
const zero = '00'.repeat(16);

export const mpReachNlriVectors: AttributeVectors<'mpReach'> = {
  descriptor: mpReachNlri,
  good: [
    {
      name: '2001:db8::/32 by a global next hop',
      value: { family: 'ipv6-unicast', nextHop: address('2001:db8::1'), prefixes: [mustPrefix('2001:db8::/32')] },
      hex: `
        80           # flags: optional, non-transitive
        0e           # type: MP_REACH_NLRI
        1a           # length
        0002         # AFI 2: IPv6
        01           # SAFI 1: unicast
        10           # next hop length
        ${global}
        00           # reserved
        20 20010db8  # 2001:db8::/32`,
    },
    {
      name: 'a link-local next hop behind the global one',
      value: {
        family: 'ipv6-unicast',
        nextHop: address('2001:db8::1'),
        linkLocalNextHop: address('fe80::1'),
        prefixes: [mustPrefix('::/0')],
      },
      hex: `80 0e 26 0002 01 20 ${global} ${local} 00 00`,
    },
    {
      name: 'no global next hop: the link-local one serves',
      value: {
        family: 'ipv6-unicast',
        nextHop: address('fe80::1'),
        linkLocalNextHop: address('fe80::1'),
        prefixes: [mustPrefix('::/0')],
      },
      hex: `80 0e 26 0002 01 20 ${zero} ${local} 00 00`,
      decodeOnly: true,
    },
    {
      name: 'a second next hop that is not link-local is left out',
      value: { family: 'ipv6-unicast', nextHop: address('2001:db8::1'), prefixes: [mustPrefix('::/0')] },
      hex: `80 0e 26 0002 01 20 ${global} ${global} 00 00`,
      decodeOnly: true,
    },
    {
      name: 'IPv4 may come this way, too',
      value: { family: 'ipv4-unicast', nextHop: address('192.0.2.1'), prefixes: [mustPrefix('198.51.100.0/24')] },
      hex: '80 0e 0d 0001 01 04 c0000201 00 18 c63364',
    },
    {
      name: 'IPv4 over an IPv6 next hop (RFC 8950)',
      value: { family: 'ipv4-unicast', nextHop: address('2001:db8::1'), prefixes: [mustPrefix('198.51.100.0/24')] },
      hex: `
        80         # flags: optional, non-transitive
        0e         # type: MP_REACH_NLRI
        19         # length
        0001       # AFI 1: IPv4
        01         # SAFI 1: unicast
        10         # next hop length: IPv6
        ${global}
        00         # reserved
        18 c63364  # 198.51.100.0/24`,
      context: { extendedNextHop: ['ipv4-unicast'] },
    },
    {
      name: 'IPv4 over a link-local next hop alone (RFC 8950)',
      value: { family: 'ipv4-unicast', nextHop: address('fe80::1'), prefixes: [mustPrefix('198.51.100.0/24')] },
      hex: `80 0e 19 0001 01 10 ${local} 00 18 c63364`,
      context: { extendedNextHop: ['ipv4-unicast'] },
    },
    {
      name: 'IPv4 over a global and a link-local next hop (RFC 8950)',
      value: {
        family: 'ipv4-unicast',
        nextHop: address('2001:db8::1'),
        linkLocalNextHop: address('fe80::1'),
        prefixes: [mustPrefix('198.51.100.0/24')],
      },
      hex: `80 0e 29 0001 01 20 ${global} ${local} 00 18 c63364`,
      context: { extendedNextHop: ['ipv4-unicast'] },
    },
    {
      name: 'two paths of one prefix (RFC 7911)',
      value: {
        family: 'ipv6-unicast',
        nextHop: address('2001:db8::1'),
        prefixes: [
          { ...mustPrefix('2001:db8::/32'), pathId: 1 },
          { ...mustPrefix('2001:db8::/32'), pathId: 0xffff_ffff },
        ],
      },
      hex: `
        80 0e 27 0002 01 10 ${global} 00  # flags, type, length, family, next hop, reserved
        00000001 20 20010db8              # path 1
        ffffffff 20 20010db8              # path 4294967295`,
      context: { addPath: { receive: ['ipv6-unicast'], send: ['ipv6-unicast'] } },
    },
  ],
  badValues: [
    {
      name: 'an IPv6 next hop for IPv4 that was not negotiated',
      value: { family: 'ipv4-unicast', nextHop: address('2001:db8::1'), prefixes: [] },
    },
    {
      name: 'an IPv4 next hop for IPv6',
      value: { family: 'ipv6-unicast', nextHop: address('192.0.2.1'), prefixes: [] },
    },
    {
      name: 'a second next hop that is not link-local',
      value: { family: 'ipv6-unicast', nextHop: address('::1'), linkLocalNextHop: address('::2'), prefixes: [] },
    },
  ],
  badBytes: [
    { name: 'four bytes', hex: '80 0e 04 0002 01 00', outcome: 'session-reset', subcode: 5, offset: 2 },
    {
      name: 'a next hop of 4 bytes for IPv6',
      hex: '80 0e 09 0002 01 04 c0000201 00',
      outcome: 'session-reset',
      subcode: 9,
      offset: 6,
    },
    {
      name: 'a next hop beyond the end',
      hex: '80 0e 08 0002 01 10 20010db8',
      outcome: 'session-reset',
      subcode: 9,
      offset: 7,
    },
    {
      name: 'a prefix of 129 bits',
      hex: `80 0e 16 0002 01 10 ${global} 00 81`,
      outcome: 'session-reset',
      subcode: 9,
      offset: 24,
    },
    {
      name: 'a prefix beyond the end',
      hex: `80 0e 18 0002 01 10 ${global} 00 20 2001`,
      outcome: 'session-reset',
      subcode: 9,
      offset: 24,
    },
    {
      name: 'a path identifier without a prefix',
      hex: `80 0e 19 0002 01 10 ${global} 00 00000001`,
      context: { addPath: { receive: ['ipv6-unicast'], send: [] } },
      outcome: 'session-reset',
      subcode: 9,
      offset: 24,
    },
    {
      name: 'a prefix without a path identifier, where all have one',
      hex: `80 0e 1a 0002 01 10 ${global} 00 20 20010db8`,
      context: { addPath: { receive: ['ipv6-unicast'], send: [] } },
      outcome: 'session-reset',
      subcode: 9,
      offset: 28,
    },
    {
      name: 'an IPv6 next hop for IPv4 that was not negotiated',
      hex: `80 0e 19 0001 01 10 ${global} 00 18 c63364`,
      outcome: 'session-reset',
      subcode: 9,
      offset: 6,
    },
    {
      name: 'Transitive set',
      hex: `c0 0e 15 0002 01 10 ${global} 00`,
      outcome: 'treat-as-withdraw',
      subcode: 4,
      offset: 0,
    },
    {
      name: 'a family that we do not know (VPN-IPv4)',
      hex: `80 0e 12 0001 80 0c ${'00'.repeat(8)} c0000201 00 00`,
      outcome: 'attribute-discard',
      subcode: 9,
      offset: 3,
    },
    {
      name: 'a family that was not negotiated',
      hex: `80 0e 15 0002 01 10 ${global} 00`,
      context: { families: ['ipv4-unicast'] },
      outcome: 'attribute-discard',
      subcode: 9,
      offset: 3,
    },
  ],
};
