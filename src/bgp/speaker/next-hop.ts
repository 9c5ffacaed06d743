/** Our next hop towards a peer, by the kind of address of the prefixes. */
import type { Address, Family } from '../../ip/address.ts';
import type { PeerConfig } from './types.ts';

/** `undefined` where the peer has none configured for this kind. */
export function nextHopFor(peer: Pick<PeerConfig, 'nextHops'>, ipFamily: Family): Address | undefined {
  return ipFamily === 4 ? peer.nextHops.ipv4 : peer.nextHops.ipv6;
}
