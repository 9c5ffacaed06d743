/** IPv6 unicast, carried in MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760), its next hop as RFC 2545 §3 has it. */
import type { FamilyDescriptor } from './descriptor.ts';

export const ipv6Unicast: FamilyDescriptor = {
  name: 'ipv6-unicast',
  afi: 2,
  safi: 1,
  ipFamily: 6,
  nextHopLengths: [16, 32],
  extendedNextHopLengths: [],
};
