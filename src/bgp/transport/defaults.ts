/** What a peering over TCP does where nobody said: where its peer comes from, how far its packets go, how long they may wait. */
import { ProblemError } from '../../base/problem.ts';
import type { SocketAddress } from '../../base/sockaddr.ts';
import { type ConnectOptions, type KeyTarget, type TcpKeys, type Ttl, tryKeys } from '../../base/socket.ts';
import { formatAddress } from '../../ip/address.ts';
import type { PeerConfig } from '../speaker/types.ts';
import { isLoopback } from './listeners.ts';
import type { PeerTransport } from './types.ts';

interface Peering {
  readonly config: PeerConfig;
  readonly transport: PeerTransport;
}

/** What a peering's packets may cross: by default nothing but the wire to an external peer, as routers have it. */
export function ttlOf({ config, transport }: Peering, localAsn: number, remoteHost: string): Ttl {
  const { multihop, minimumTtl } = transport;
  if (minimumTtl !== undefined) return { ttl: 255, minimumTtl }; // RFC 5082 §3
  if (multihop !== undefined) return { ttl: multihop };
  const external = config.peerAsn !== localAsn;
  const wire = external && !isLoopback(remoteHost) && process.platform === 'linux';
  return wire ? { ttl: 1 } : {};
}

const leastSendHoldMs = 8 * 60_000;

/** How long a peer may read nothing: 8 minutes, or twice the hold time where that is more (RFC 9687 §4). */
export function defaultSendHoldMs({ holdTimeSeconds }: Pick<PeerConfig, 'holdTimeSeconds'>): number {
  return Math.max(leastSendHoldMs, 2 * holdTimeSeconds * 1000);
}

export function connectOptions(peer: Peering, localAsn: number, remote: SocketAddress): ConnectOptions {
  const { localAddress } = peer.transport;
  return {
    ...remote,
    ...ttlOf(peer, localAsn, remote.host),
    ...(localAddress === undefined ? {} : { localAddress }),
    ...keysOf(peer.transport),
  };
}

export function keysOf({ password, tcpAo }: TcpKeys): TcpKeys {
  return { ...(password !== undefined && { password }), ...(tcpAo !== undefined && { tcpAo }) };
}

/** Throws the Problem of keys that no socket would take, such as TCP-AO on a kernel without: at the start, not at each attempt. */
export function checkKeys({ id, address }: PeerConfig, transport: PeerTransport): void {
  tryKeysOf(`peer ${id}`, { address: transport.remote?.host ?? formatAddress(address) }, keysOf(transport));
}

/** As `tryKeys`, and the Problem says whose keys they are. */
export function tryKeysOf(where: string, target: KeyTarget, keys: TcpKeys): void {
  try {
    tryKeys(target, keys);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw new ProblemError(
      error.problems.map((problem) => ({ ...problem, where })),
      error.exitCode,
    );
  }
}

/** Where a peer comes from: on loopback, a peer whose address is of another world comes from where we listen. */
export function sourceOf(peerAddress: string, listenHost: string): string {
  return isLoopback(listenHost) && !isLoopback(peerAddress) ? listenHost : peerAddress;
}
