/**
 * IPv6 unicast, carried in MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760, RFC 2545).
 *
 * The next hop is a global address, with a link-local one after it where both speakers share a link (RFC 2545 §3). Routers in
 * the field bend that: some send `::` where they have no global address, then the link-local one is the next hop; a second
 * address that is not link-local says nothing and is left out. BIRD and FRR read both the same way.
 */
import { assert } from '../../../base/assert.ts';
import type { Address } from '../../../ip/address.ts';
import type { FamilyDescriptor } from './descriptor.ts';

export const ipv6Unicast: FamilyDescriptor = {
  name: 'ipv6-unicast',
  afi: 2,
  safi: 1,
  ipFamily: 6,
  nextHopLengths: [16, 32],
  decodeNextHop(reader) {
    const nextHop: Address = { family: 6, bytes: reader.take(16, 'next hop').slice() };
    if (reader.left === 0) return { nextHop };
    const second: Address = { family: 6, bytes: reader.take(16, 'link-local next hop').slice() };
    if (!isLinkLocal(second)) return { nextHop };
    return { nextHop: isUnspecified(nextHop) ? second : nextHop, linkLocalNextHop: second };
  },
  encodeNextHop({ nextHop, linkLocalNextHop }, writer) {
    assert(nextHop.family === 6, 'an IPv6 announcement has an IPv6 next hop');
    writer.put(nextHop.bytes);
    if (linkLocalNextHop === undefined) return;
    assert(linkLocalNextHop.family === 6 && isLinkLocal(linkLocalNextHop), 'the second next hop is link-local');
    writer.put(linkLocalNextHop.bytes);
  },
  isHost: (address) => !isUnspecified(address) && address.bytes[0] !== 0xff,
};

function isLinkLocal({ bytes }: Address): boolean {
  return bytes[0] === 0xfe && ((bytes[1] as number) & 0xc0) === 0x80;
}

function isUnspecified({ bytes }: Address): boolean {
  return bytes.every((byte) => byte === 0);
}
