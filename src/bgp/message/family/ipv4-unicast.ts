/** IPv4 unicast: the family that the base message carries without help (RFC 4271), and MP_REACH_NLRI may carry (RFC 4760). */
import { assert } from '../../../base/assert.ts';
import type { FamilyDescriptor } from './descriptor.ts';

export const ipv4Unicast: FamilyDescriptor = {
  name: 'ipv4-unicast',
  afi: 1,
  safi: 1,
  ipFamily: 4,
  nextHopLengths: [4], // IPv6 next hops (RFC 8950) need a capability that we do not announce
  decodeNextHop: (reader) => ({ nextHop: { family: 4, bytes: reader.take(4, 'next hop').slice() } }),
  encodeNextHop({ nextHop }, writer) {
    assert(nextHop.family === 4, 'an IPv4 announcement has an IPv4 next hop');
    writer.put(nextHop.bytes);
  },
  // Loopback addresses pass: a lab on one machine peers through them.
  isHost: ({ bytes }) => (bytes[0] as number) !== 0 && (bytes[0] as number) < 224,
};
