/** What a peering over TCP does where nobody said: where its peer comes from, and how far its packets go. */
import type { Ttl } from '../../base/socket.ts';
import type { PeerConfig } from '../speaker/types.ts';
import { isLoopback } from './listeners.ts';
import type { PeerTransport } from './types.ts';

/** What a peering's packets may cross: by default nothing but the wire to an external peer, as routers have it. */
export function ttlOf(
  { config, transport }: { readonly config: PeerConfig; readonly transport: PeerTransport },
  localAsn: number,
  remoteHost: string,
): Ttl {
  const { multihop, minimumTtl } = transport;
  if (minimumTtl !== undefined) return { ttl: 255, minimumTtl }; // RFC 5082 §3
  if (multihop !== undefined) return { ttl: multihop };
  const external = config.peerAsn !== localAsn;
  const wire = external && !isLoopback(remoteHost) && process.platform === 'linux';
  return wire ? { ttl: 1 } : {};
}

/** Where a peer comes from: on loopback, a peer whose address is of another world comes from where we listen. */
export function sourceOf(peerAddress: string, listenHost: string): string {
  return isLoopback(listenHost) && !isLoopback(peerAddress) ? listenHost : peerAddress;
}
