/**
 * The sockets that peers connect to, shared by the peers that name the same address and port.
 *
 * Why: all peers of a router connect to its port 179, so the listener must say whose connection it is. By the address it comes
 * from; but on loopback, where addresses tell nothing apart, a listener that one peer alone names is that peer's. What is
 * of no single peer may be of a range of addresses, the narrowest first.
 */
import net from 'node:net';
import type { SocketAddress } from '../../base/sockaddr.ts';
import {
  hasKeys,
  type ListenerKeys,
  listenTcp,
  removeListenerKeys,
  setListenerKeys,
  setListenerTtl,
  type TcpKeys,
} from '../../base/socket.ts';
import { type Address, addressesEqual, formatAddress, formatHostPort, parseAddress } from '../../ip/address.ts';
import { type Prefix, prefixContains } from '../../ip/prefix.ts';
import { Connection } from './connection.ts';

/** A peer as a listener knows it, or a range of them. */
export interface Expected extends TcpKeys {
  /** Where its connections come from. */
  readonly address: string | Prefix;
  /**
   * What our answer to its SYN leaves with. Before a connection is accepted its limits cannot be set, and a peer with TTL
   * security drops what has less than 255 from the first packet on (RFC 5082 §3).
   */
  readonly ttl?: number;
  accept(socket: net.Socket): void;
}

export interface ListenerLog {
  stranger(where: string, address: string | undefined): void;
  failed(where: string, error: Error): void;
}

interface Listener {
  readonly server: net.Server;
  readonly where: string;
  readonly expected: Set<Expected>;
  readonly anyone: boolean;
  readonly started: Promise<void>;
  /** Whether `started` is fulfilled. */
  running: boolean;
}

export class Listeners {
  readonly #log: ListenerLog;
  readonly #listeners = new Map<string, Listener>();

  constructor(log: ListenerLog) {
    this.#log = log;
  }

  /** Listens for a peer; returns where, and what ends it. Rejects with the Problems of `listenTcp`. */
  async expect(address: SocketAddress, peer: Expected): Promise<{ address: SocketAddress; release: () => void }> {
    const where = formatHostPort(address.host, address.port);
    // Any free port is a new one each time, so it is never shared.
    const existing = address.port === 0 ? undefined : this.#listeners.get(where);
    const listener = existing ?? this.#start(address, where, peer);
    listener.expected.add(peer);
    const release = () => this.#release(listener, peer);
    try {
      await listener.started;
      if (existing !== undefined && hasKeys(peer) && listener.expected.has(peer)) {
        setListenerKeys(listener.server, listenerKeys(peer));
      }
      if (existing !== undefined && peer.ttl !== undefined && listener.expected.has(peer)) {
        setListenerTtl(listener.server, peer.ttl);
      }
    } catch (error) {
      release();
      throw error;
    }
    const bound = listener.server.address();
    const port = bound !== null && typeof bound === 'object' ? bound.port : address.port;
    return { address: { host: address.host, port }, release };
  }

  #start(address: SocketAddress, where: string, first: Expected): Listener {
    const server = net.createServer();
    const keys = hasKeys(first) ? [listenerKeys(first)] : [];
    const ttl = first.ttl === undefined ? {} : { ttl: first.ttl };
    const started = listenTcp(server, { ...address, ...ttl, keys });
    const anyone = isLoopback(address.host);
    const listener: Listener = { server, where, expected: new Set(), anyone, started, running: false };
    server.on('connection', (socket) => this.#accept(listener, socket));
    started.then(
      () => {
        listener.running = true;
        // After the start an error is one accept's alone, such as too many open files: the listener goes on.
        server.on('error', (error) => this.#log.failed(where, error));
        this.#closeUnused(listener);
      },
      () => this.#forget(listener),
    );
    if (address.port !== 0) this.#listeners.set(where, listener);
    return listener;
  }

  #accept(listener: Listener, socket: net.Socket): void {
    const peer = this.#whose(listener, socket.remoteAddress);
    if (peer !== undefined) {
      peer.accept(socket);
      return;
    }
    this.#log.stranger(listener.where, socket.remoteAddress);
    Connection.refuse(socket);
  }

  #whose({ anyone, expected }: Listener, address: string | undefined): Expected | undefined {
    const [first] = expected;
    if (anyone && expected.size === 1 && typeof first?.address === 'string') return first;
    if (address === undefined) return undefined;
    const single = [...expected].find((peer) => typeof peer.address === 'string' && sameHost(peer.address, address));
    const ranges = [...expected].filter((peer) => typeof peer.address !== 'string' && inRange(peer.address, address));
    return single ?? ranges.sort((a, b) => lengthOf(b) - lengthOf(a))[0];
  }

  #release(listener: Listener, peer: Expected): void {
    if (!listener.expected.delete(peer)) return;
    if (listener.running && listener.expected.size > 0 && hasKeys(peer)) {
      removeListenerKeys(listener.server, listenerKeys(peer));
    }
    this.#closeUnused(listener);
  }

  /** One that is only starting is closed when it has started, unless a peer has come back to it by then. */
  #closeUnused(listener: Listener): void {
    if (!listener.running || listener.expected.size > 0) return;
    this.#forget(listener);
    if (listener.server.listening) listener.server.close();
  }

  #forget(listener: Listener): void {
    if (this.#listeners.get(listener.where) === listener) this.#listeners.delete(listener.where);
  }
}

/** A peer's keys as the socket takes them; those of a range are for all of its addresses. */
export function listenerKeys({ address, password, tcpAo }: TcpKeys & Pick<Expected, 'address'>): ListenerKeys {
  const target =
    typeof address === 'string' ? { address } : { address: formatAddress(address), prefixLength: address.length };
  return { ...target, ...(password !== undefined && { password }), ...(tcpAo !== undefined && { tcpAo }) };
}

function lengthOf({ address }: Expected): number {
  return typeof address === 'string' ? Number.POSITIVE_INFINITY : address.length;
}

export function isLoopback(host: string): boolean {
  const address = parseAddress(host);
  if (address === undefined) return false;
  return address.family === 4 ? address.bytes[0] === 127 : host === '::1';
}

/** Whether two texts mean one address; a zone (`%eth0`) counts where it is given. */
function sameHost(a: string, b: string): boolean {
  if (a === b) return true;
  const [left, right] = [parseAddress(a), parseAddress(b)];
  return left !== undefined && right !== undefined && addressesEqual(left, right);
}

/** Whether a connection from this address is of the range. */
export function inRange(range: Prefix, remoteAddress: string): boolean {
  const address = plainAddress(remoteAddress);
  return address !== undefined && prefixContains(range, address);
}

/** An address without its zone. */
export function plainAddress(text: string): Address | undefined {
  return parseAddress(text.split('%')[0] as string);
}
