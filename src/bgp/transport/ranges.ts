/**
 * Dynamic neighbours: peers that are not configured one by one but come from a range of addresses, such as the servers of a
 * rack or the members of an exchange.
 *
 * Why so: whoever connects from the range becomes a peer of its own, made from the range's settings, and is forgotten when its
 * session is over, so a range costs nothing while nobody comes. We never connect to it. How many there may be at once is
 * limited, because each takes memory and anybody in the range can be one.
 */
import type net from 'node:net';
import { fail } from '../../base/problem.ts';
import type { SocketAddress } from '../../base/sockaddr.ts';
import { formatAddress } from '../../ip/address.ts';
import type { Prefix } from '../../ip/prefix.ts';
import type { PeerConfig } from '../speaker/types.ts';
import { Connection } from './connection.ts';
import { tryKeysOf } from './defaults.ts';
import { type Expected, listenerKeys, plainAddress } from './listeners.ts';
import type { PeerTransport } from './types.ts';

export interface PeerRange {
  /** Stands in front of its peers' ids: `rack-7 192.0.2.17`. */
  readonly id: string;
  /** Where its peers connect from. A peer that is configured by itself, and a narrower range, come first. */
  readonly addresses: Prefix;
  readonly listen: SocketAddress;
  /** What each of its peers is. */
  readonly peer: Omit<PeerConfig, 'id' | 'address' | 'passive'>;
  /** Keys are for the whole range; a peer with keys of its own is configured by itself. */
  readonly transport?: Pick<PeerTransport, 'multihop' | 'minimumTtl' | 'password' | 'tcpAo'>;
  /** How many may have a connection or a session at once. Default 100. */
  readonly maximumPeers?: number;
}

const defaultMaximumPeers = 100;

/** What a range's peers need of the speaker that has them. */
export interface RangeOwner {
  expect(address: SocketAddress, expected: Expected): Promise<{ address: SocketAddress; release: () => void }>;
  /** A connection of a peer that may be new. */
  accepted(peers: RangePeers, config: PeerConfig, socket: net.Socket): void;
  removed(id: string, how: { readonly communication?: string }): Promise<void>;
  refused(range: string, address: string | undefined): void;
  /** Throws the Problems of a peer that could not be added. */
  check(config: PeerConfig): void;
}

export class Ranges {
  readonly #owner: RangeOwner;
  readonly #ranges = new Map<string, RangePeers>();

  constructor(owner: RangeOwner) {
    this.#owner = owner;
  }

  async add(range: PeerRange): Promise<{ listen: SocketAddress }> {
    const { id, addresses, listen } = range;
    if (this.#ranges.has(id)) {
      const fix = 'remove the range first, or give this one another id';
      fail({ code: 'speaker.range-exists', what: `there is a range "${id}" already`, fix });
    }
    // Now, while somebody listens: when the first peer comes it is too late to refuse what its range says.
    this.#owner.check({ ...range.peer, id, address: addresses, passive: true });
    const peers = new RangePeers(range);
    this.#ranges.set(id, peers);
    try {
      const accept = (socket: net.Socket) => this.#accept(peers, socket);
      const { minimumTtl, ...others } = range.transport ?? {};
      const keys = listenerKeys({ address: addresses, ...others });
      tryKeysOf(`range ${id}`, keys, keys);
      const ttl = minimumTtl === undefined ? {} : { ttl: 255 }; // RFC 5082 §3
      const expected: Expected = { ...keys, address: addresses, accept, ...ttl };
      const { address, release } = await this.#owner.expect(listen, expected);
      if (this.#ranges.get(id) === peers) peers.release = release;
      else release();
      return { listen: address };
    } catch (error) {
      if (this.#ranges.get(id) === peers) this.#ranges.delete(id);
      throw error;
    }
  }

  async remove(id: string, how: { readonly communication?: string }): Promise<void> {
    const peers = this.#ranges.get(id);
    if (peers === undefined) return;
    this.#ranges.delete(id);
    peers.release();
    await Promise.all(peers.ids.map((peer) => this.#owner.removed(peer, how)));
  }

  /** Takes no more peers; those that are there stay. */
  release(): void {
    for (const { release } of this.#ranges.values()) release();
    this.#ranges.clear();
  }

  #accept(peers: RangePeers, socket: net.Socket): void {
    const config = peers.peerAt(socket.remoteAddress ?? '', socket.localAddress);
    if (config !== undefined && peers.admit(config.id)) {
      this.#owner.accepted(peers, config, socket);
      return;
    }
    this.#owner.refused(peers.range.id, socket.remoteAddress);
    Connection.refuse(socket);
  }
}

/** One range and the peers that came from it. */
export class RangePeers {
  readonly range: PeerRange;
  readonly #ids = new Set<string>();
  /** Ends its listening. */
  release: () => void = () => {};

  constructor(range: PeerRange) {
    this.range = range;
  }

  get ids(): readonly string[] {
    return [...this.#ids];
  }

  /**
   * The peer that this address stands for, new or not. A zone (`%eth0`) tells links apart, so it belongs to the id. Our next hop
   * is, where the range says none, the address that the peer has connected to.
   */
  peerAt(remoteAddress: string, localAddress = ''): PeerConfig | undefined {
    const address = plainAddress(remoteAddress);
    if (address === undefined) return undefined;
    const [, zone] = remoteAddress.split('%');
    const id = `${this.range.id} ${formatAddress(address)}${zone === undefined ? '' : `%${zone}`}`;
    const own = plainAddress(localAddress);
    const nextHops = { ...(own && { [own.family === 4 ? 'ipv4' : 'ipv6']: own }), ...this.range.peer.nextHops };
    return { ...this.range.peer, id, address, passive: true, nextHops };
  }

  /** Whether the peer is there already, or there is room for it. */
  admit(id: string): boolean {
    if (!this.#ids.has(id) && this.#ids.size >= (this.range.maximumPeers ?? defaultMaximumPeers)) return false;
    this.#ids.add(id);
    return true;
  }

  forget(id: string): void {
    this.#ids.delete(id);
  }
}
