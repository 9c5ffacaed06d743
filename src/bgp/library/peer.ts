/**
 * A peer as the library's user describes it: two words, address and ASN, and defaults for the rest.
 *
 * Why not the speaker's own types: those leave nothing open, since a default that hides in a protocol machine is found by
 * nobody. What is here turns the few words into them; every option of the speaker's that is not here passes through as it is.
 */
import { fail } from '../../base/problem.ts';
import type { TcpKeys } from '../../base/socket.ts';
import type { Address } from '../../ip/address.ts';
import type { AddressFamily } from '../message/types.ts';
import type { PeerConfig } from '../speaker/types.ts';
import type { PeerRange } from '../transport/ranges.ts';
import type { PeerTransport } from '../transport/types.ts';
import { type AddressText, type PrefixText, toAddress, toPrefix } from './text.ts';

/** What peers that are configured one by one and peers of a range have in common. */
export interface PeerSettings extends PassedThrough, TcpKeys {
  readonly asn: number;
  /** Proposed; 0 for none, else at least 3. Default 90. */
  readonly holdTimeSeconds?: number;
  /** Default: both. */
  readonly families?: readonly AddressFamily[];
  /** Our next hop in what we announce, by family. Default: our address towards the peer, in its family. */
  readonly nextHops?: { readonly ipv4?: AddressText; readonly ipv6?: AddressText };
  /** How many hops away an external peer may be. Absent: on the same link. */
  readonly multihop?: number;
  /** Packets from farther away are dropped (RFC 5082); 1 is the same link. The peer must use it, too. */
  readonly ttlSecurityHops?: number;
}

/** One of `importPolicy` and `exportPolicy` that is absent lets nothing through where the peer is external (RFC 8212). */
type PassedThrough = Omit<
  PeerConfig,
  | 'id'
  | 'address'
  | 'peerAsn'
  | 'passive'
  | 'holdTimeSeconds'
  | 'connectRetrySeconds'
  | 'families'
  | 'nextHops'
  | 'waitForBfd'
>;

export interface Peer extends PeerSettings, Pick<PeerTransport, 'bfd'> {
  /** The peer's address; a link-local one with its zone (`fe80::1%eth0`). */
  readonly address: string;
  /** What it is called in events and calls. Default: its address as it is written here. */
  readonly id?: string;
  /** Who connects: we (`active`, the default), the peer (`passive`), or whoever comes first (`both`). */
  readonly connect?: 'active' | 'passive' | 'both';
  /** The peer's TCP port. Default 179. */
  readonly port?: number;
  /** The port that the peer connects to. Default 179, which takes a privilege; 0: any free one. */
  readonly listenPort?: number;
  /** The address that we connect from and listen on. Default: the one that the kernel chooses; all of them. */
  readonly localAddress?: string;
  /** How long to wait between attempts to connect, at first. Default 5. */
  readonly connectRetrySeconds?: number;
}

/** Whoever connects from a range of addresses: each becomes a peer called `ID ADDRESS` until its session is over. */
export interface Range extends PeerSettings, Pick<PeerRange, 'maximumPeers'> {
  readonly addresses: PrefixText;
  /** Default: the range as it is written here. */
  readonly id?: string;
  readonly listenPort?: number;
  /** The address that we listen on. Default: all of the family. */
  readonly localAddress?: string;
}

const defaultHoldTimeSeconds = 90; // RFC 4271 §10
const defaultConnectRetrySeconds = 5;
const bgpPort = 179;
const allFamilies: readonly AddressFamily[] = ['ipv4-unicast', 'ipv6-unicast'];

/** `source`: our address towards the peer where the kernel knows one, for the next hop. Problems: `bgp.address`, `bgp.ttl`. */
export function peerOf(peer: Peer, source: string | undefined): { config: PeerConfig; transport: PeerTransport } {
  const { address: text, id = text, connect = 'active', connectRetrySeconds = defaultConnectRetrySeconds } = peer;
  const { port = bgpPort, listenPort = bgpPort, localAddress, bfd } = peer;
  const where = `peer ${id}`;
  const address = toAddress(text, where, { zone: true });
  const config: PeerConfig = {
    ...settingsOf(peer, localAddress ?? source, where),
    id,
    address,
    connectRetrySeconds,
    passive: connect === 'passive',
  };
  const transport: PeerTransport = {
    ...reachOf(peer, where),
    ...(connect !== 'passive' && { remote: { host: text, port } }),
    ...(connect !== 'active' && { listen: { host: localAddress ?? anywhere(address), port: listenPort } }),
    ...(localAddress !== undefined && { localAddress }),
    ...(bfd !== undefined && { bfd }),
  };
  return { config, transport };
}

export function rangeOf(range: Range): PeerRange {
  const { id = String(range.addresses), localAddress, listenPort = bgpPort, maximumPeers } = range;
  const where = `range ${id}`;
  const addresses = toPrefix(range.addresses, where);
  return {
    id,
    addresses,
    listen: { host: localAddress ?? anywhere(addresses), port: listenPort },
    peer: { ...settingsOf(range, localAddress, where), connectRetrySeconds: defaultConnectRetrySeconds },
    transport: reachOf(range, where),
    ...(maximumPeers !== undefined && { maximumPeers }),
  };
}

type Settings = Omit<PeerConfig, 'id' | 'address' | 'passive' | 'connectRetrySeconds'>;

/** The settings without what only the library knows, so that options which the speaker learns later pass through, too. */
function settingsOf(settings: PeerSettings, source: string | undefined, where: string): Settings {
  const { asn, holdTimeSeconds = defaultHoldTimeSeconds, families = allFamilies, nextHops = {} } = settings;
  const own = source === undefined ? undefined : toAddress(source, `${where}  localAddress`, { zone: true });
  const nextHop = (family: 'ipv4' | 'ipv6'): Address | undefined => {
    const given = nextHops[family];
    if (given !== undefined) return toAddress(given, `${where}  nextHops.${family}`);
    return own?.family === (family === 'ipv4' ? 4 : 6) ? own : undefined;
  };
  const [ipv4, ipv6] = [nextHop('ipv4'), nextHop('ipv6')];
  return {
    ...passedThrough(settings),
    peerAsn: asn,
    holdTimeSeconds,
    families,
    nextHops: { ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) },
  };
}

/** The keys of `Peer` and `Range` that the speaker does not know. */
const ownKeys = new Set<keyof Peer | keyof Range>([
  'asn',
  'address',
  'addresses',
  'id',
  'connect',
  'port',
  'listenPort',
  'localAddress',
  'connectRetrySeconds',
  'nextHops',
  'multihop',
  'ttlSecurityHops',
  'password',
  'tcpAo',
  'bfd',
  'maximumPeers',
]);

function passedThrough(settings: PeerSettings): PassedThrough {
  const entries = Object.entries(settings).filter(([key]) => !ownKeys.has(key as keyof Peer));
  return Object.fromEntries(entries) as PassedThrough;
}

function reachOf({ multihop, ttlSecurityHops, password, tcpAo }: PeerSettings, where: string) {
  for (const [name, hops] of Object.entries({ multihop, ttlSecurityHops })) {
    if (hops === undefined || (Number.isInteger(hops) && hops >= 1 && hops <= 255)) continue;
    fail({ code: 'bgp.ttl', what: `${name} is ${hops}`, where, fix: 'use a whole number from 1 to 255' });
  }
  return {
    ...(multihop !== undefined && { multihop }),
    ...(ttlSecurityHops !== undefined && { minimumTtl: 256 - ttlSecurityHops }), // RFC 5082 §3: sent with 255
    ...(password !== undefined && { password }),
    ...(tcpAo !== undefined && { tcpAo }),
  };
}

function anywhere({ family }: Pick<Address, 'family'>): string {
  return family === 6 ? '::' : '0.0.0.0';
}
