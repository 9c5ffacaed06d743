/** Our next hop towards a peer, by address family. */
import type { Address } from '../../ip/address.ts';
import type { AddressFamily } from '../message/types.ts';
import type { PeerConfig } from './types.ts';

/** `undefined` where the peer has none configured for this family. */
export function nextHopFor(peer: Pick<PeerConfig, 'nextHops'>, family: AddressFamily): Address | undefined {
  switch (family) {
    case 'ipv4-unicast':
      return peer.nextHops.ipv4;
    case 'ipv6-unicast':
      return peer.nextHops.ipv6;
  }
}
