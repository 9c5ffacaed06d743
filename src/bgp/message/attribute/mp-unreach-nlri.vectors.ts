/** Vectors of MP_UNREACH_NLRI. */
import { mustPrefix } from '../../../ip/prefix.ts';
import type { AttributeVectors } from '../shape.vectors.ts';
import { mpUnreachNlri } from './mp-unreach-nlri.ts';

const prefix = mustPrefix('2001:db8::/32');
const withPathIds = { addPath: { receive: ['ipv6-unicast'], send: ['ipv6-unicast'] } } as const;

export const mpUnreachNlriVectors: AttributeVectors<'mpUnreach'> = {
  descriptor: mpUnreachNlri,
  good: [
    {
      name: '2001:db8::/32, host bits set behind the length of a second',
      value: { family: 'ipv6-unicast', prefixes: [mustPrefix('2001:db8::/32'), mustPrefix('2001:db8::/33')] },
      hex: `
        80             # flags: optional, non-transitive
        0f             # type: MP_UNREACH_NLRI
        0e             # length
        0002           # AFI 2: IPv6
        01             # SAFI 1: unicast
        20 20010db8    # 2001:db8::/32
        21 20010db87f  # 2001:db8::/33, with seven bits that mean nothing`,
      decodeOnly: true,
    },
    {
      name: 'a path of a prefix (RFC 7911)',
      value: { family: 'ipv6-unicast', prefixes: [{ ...prefix, pathId: 7 }] },
      hex: '80 0f 0c 0002 01 00000007 20 20010db8',
      context: withPathIds,
    },
    { name: 'none: End-of-RIB', value: { family: 'ipv6-unicast', prefixes: [] }, hex: '80 0f 03 0002 01' },
  ],
  badValues: [
    {
      name: 'a path identifier of 33 bits',
      value: { family: 'ipv6-unicast', prefixes: [{ ...prefix, pathId: 2 ** 32 }] },
      context: withPathIds,
    },
    {
      name: 'a prefix without a path identifier, where all have one',
      value: { family: 'ipv6-unicast', prefixes: [prefix] },
      context: withPathIds,
    },
  ],
  badBytes: [
    { name: 'two bytes', hex: '80 0f 02 0002', outcome: 'session-reset', subcode: 5, offset: 2 },
    {
      name: 'a prefix of 33 bits of IPv4',
      hex: '80 0f 04 0001 01 21',
      outcome: 'session-reset',
      subcode: 9,
      offset: 6,
    },
    { name: 'a prefix beyond the end', hex: '80 0f 05 0002 01 10 20', outcome: 'session-reset', subcode: 9, offset: 6 },
    { name: 'Transitive set', hex: 'c0 0f 03 0002 01', outcome: 'treat-as-withdraw', subcode: 4, offset: 0 },
    {
      name: 'a family that we do not know',
      hex: '80 0f 03 4004 47',
      outcome: 'attribute-discard',
      subcode: 9,
      offset: 3,
    },
  ],
};
