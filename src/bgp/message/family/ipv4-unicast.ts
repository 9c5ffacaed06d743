/** IPv4 unicast: the family that the base message carries without help (RFC 4271), and MP_REACH_NLRI may carry (RFC 4760). */
import type { FamilyDescriptor } from './descriptor.ts';

export const ipv4Unicast: FamilyDescriptor = {
  name: 'ipv4-unicast',
  afi: 1,
  safi: 1,
  ipFamily: 4,
  nextHopLengths: [4],
  extendedNextHopLengths: [16, 32], // RFC 8950 §3
};
