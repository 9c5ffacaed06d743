/** From the words of `nearcast bgp speak` to the speaker's own: peers with their transport, routes, and the export policy. */
import { fail } from '../../base/problem.ts';
import { parseCommunity, parseLargeCommunity } from '../../bgp/message/community.ts';
import { acceptAll } from '../../bgp/policy/common.ts';
import type { Policy, PolicyTerm } from '../../bgp/policy/types.ts';
import type { LocalRoute, PeerConfig } from '../../bgp/speaker/types.ts';
import type { PeerTransport } from '../../bgp/transport/types.ts';
import { type Address, parseAddress } from '../../ip/address.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import type { AnnounceEntry, PeerEntry } from './schema.ts';

export function peerId({ name, address }: PeerEntry): string {
  return name ?? address;
}

/** Everything that the peer says is taken, since it is to be looked at; `exportPolicy` is what we tell it. */
export function peerConfig(peer: PeerEntry, exportPolicy: Policy): PeerConfig {
  const own = peer.localAddress === undefined ? undefined : parseAddress(peer.localAddress);
  const nextHop4 = peer.nextHop === undefined ? own?.family === 4 && own : parseAddress(peer.nextHop);
  const nextHop6 = peer.nextHop6 === undefined ? own?.family === 6 && own : parseAddress(peer.nextHop6);
  return {
    id: peerId(peer),
    peerAsn: peer.asn,
    address: parseAddress(peer.address) as Address,
    holdTimeSeconds: peer.holdTimeSeconds,
    connectRetrySeconds: peer.connectRetrySeconds,
    families: peer.families,
    passive: peer.connect === 'passive',
    importPolicy: acceptAll,
    exportPolicy,
    nextHops: { ...(nextHop4 ? { ipv4: nextHop4 } : {}), ...(nextHop6 ? { ipv6: nextHop6 } : {}) },
  };
}

/** Throws the Problem `speak.password` where the environment has no such variable. */
export function peerTransport(
  peer: PeerEntry,
  environment: Readonly<Record<string, string | undefined>>,
): PeerTransport {
  const { address, connect, localAddress, multihop, ttlSecurityHops } = peer;
  const anywhere = parseAddress(address)?.family === 6 ? '::' : '0.0.0.0';
  const password = peer.passwordEnv === undefined ? undefined : environment[peer.passwordEnv];
  if (peer.passwordEnv !== undefined && (password === undefined || password === '')) {
    fail({
      code: 'speak.password',
      what: `the environment variable ${peer.passwordEnv} is not set`,
      where: `peer ${peerId(peer)}  passwordEnv`,
      fix: `export ${peer.passwordEnv}=… first`,
    });
  }
  return {
    ...(connect === 'passive' ? {} : { remote: { host: address, port: peer.port } }),
    ...(connect === 'active' ? {} : { listen: { host: localAddress ?? anywhere, port: peer.listenPort } }),
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(password === undefined ? {} : { password }),
    ...(multihop === undefined ? {} : { multihop }),
    ...(ttlSecurityHops === undefined ? {} : { minimumTtl: 256 - ttlSecurityHops }), // RFC 5082 §3: sent with 255
  };
}

export function localRouteOf(entry: AnnounceEntry): LocalRoute {
  const communities = entry.communities.map(parseCommunity).filter((value) => value !== undefined);
  const large = entry.largeCommunities.map(parseLargeCommunity).filter((value) => value !== undefined);
  return {
    prefix: mustPrefix(entry.prefix),
    attributes: {
      originCode: entry.origin,
      ...(entry.med === undefined ? {} : { multiExitDiscriminator: entry.med }),
      ...(communities.length > 0 ? { communities } : {}),
      ...(large.length > 0 ? { largeCommunities: large } : {}),
    },
  };
}

/** Passes on everything, our own routes with the copies of our ASN that each asks for: a term for each number of copies. */
export function exportPolicyOf(announced: Iterable<AnnounceEntry>): Policy {
  const byCopies = Map.groupBy(announced, ({ prepend }) => prepend);
  byCopies.delete(0);
  const terms = [...byCopies].map(
    ([count, entries]): PolicyTerm => ({
      name: `prepend ${count}`,
      match: { prefixes: entries.map(({ prefix }) => ({ prefix })), learnedFrom: ['local'] },
      actions: [{ type: 'prepend', count }],
    }),
  );
  return { terms, otherwise: 'accept' };
}
