/**
 * TCP sockets with options that Node does not offer: keys (TCP MD5, RFC 2385; TCP-AO, RFC 5925) and TTL limits (RFC 5082).
 *
 * How: where an option is wanted, the C library makes the socket, it gets its options, and Node takes it over as a file
 * descriptor; a key must stand before the first packet leaves or arrives. Where none is wanted, Node makes the socket.
 * Ownership: a descriptor is ours until Node has taken it, and is closed here on every error before that.
 */
import { once } from 'node:events';
import net from 'node:net';
import { exitCode } from './exit-codes.ts';
import { ProblemError } from './problem.ts';
import { addressFamily, type SocketAddress } from './sockaddr.ts';
import { hasKeys, type KeyTarget, removeKeys, setKeys, type TcpKeys } from './socket-keys.ts';
import {
  closeDescriptor,
  type Descriptor,
  descriptorOf,
  listenDescriptor,
  openDescriptor,
  setTtl,
  type Ttl,
} from './socket-options.ts';

export { hasKeys, type KeyTarget, type TcpAoKey, type TcpKeys } from './socket-keys.ts';
export type { Ttl } from './socket-options.ts';

/** The keys are those that we share with `host`. */
export interface ConnectOptions extends SocketAddress, Ttl, TcpKeys {
  readonly localAddress?: string;
}

export interface ListenerKeys extends KeyTarget, TcpKeys {}

/** A port of 0: any free one. `::` takes IPv6 only: `0.0.0.0` can be bound beside it, and each key means one address. */
export interface ListenOptions extends SocketAddress, Ttl {
  readonly keys?: readonly ListenerKeys[];
}

/**
 * A socket that is connecting; success and failure come as Node's events.
 * Throws a Problem where an option cannot be set: `socket.platform`, `.koffi`, `.option`, `.address`, and those
 * of `setKeys`.
 */
export function connectTcp(options: ConnectOptions): net.Socket {
  const { host, port, localAddress } = options;
  const family = addressFamily(host);
  if (localAddress !== undefined) addressFamily(localAddress);
  const target = { host, port, ...(localAddress === undefined ? {} : { localAddress }) };
  if (!hasKeys(options) && !limitsTtl(options)) return net.connect(target);
  const descriptor = openDescriptor(family);
  const socket = orClose(descriptor, () => {
    setKeys(descriptor, { address: host }, options, 'connecting');
    setTtl(descriptor, options);
    return new net.Socket({ fd: descriptor.fd });
  });
  try {
    return socket.connect(target);
  } catch (error) {
    socket.destroy(); // the descriptor is Node's by now
    throw error;
  }
}

/**
 * Starts `server` on an address, with keys and limits in place before the first connection. Rejects with a Problem:
 * `socket.in-use`, `socket.not-local`, `socket.denied`, `socket.listen`, or one of those that `connectTcp` throws.
 */
export async function listenTcp(server: net.Server, options: ListenOptions): Promise<void> {
  const { host, port, keys = [] } = options;
  const family = addressFamily(host);
  try {
    if (keys.length === 0 && !limitsTtl(options)) {
      await listening(server, () => server.listen({ host, port, ipv6Only: family === 6 }));
      return;
    }
    const descriptor = openDescriptor(family);
    orClose(descriptor, () => {
      for (const key of keys) setKeys(descriptor, key, key, 'listening');
      setTtl(descriptor, options);
      listenDescriptor(descriptor, options);
    });
    // From here the descriptor is Node's: it has nothing left to do that could fail.
    await listening(server, () => server.listen({ fd: descriptor.fd }));
  } catch (error) {
    throw listenProblem(error, options);
  }
}

/** Adds or replaces the keys towards an address, or a range of them, on a running listener. */
export function setListenerKeys(server: net.Server, keys: ListenerKeys): void {
  setKeys(descriptorOf(server, addressFamily(keys.address)), keys, keys, 'listening');
}

export function removeListenerKeys(server: net.Server, keys: ListenerKeys): void {
  removeKeys(descriptorOf(server, addressFamily(keys.address)), keys, keys);
}

/** Throws the Problem that these keys would cause on a socket: before one is opened in earnest, so that it is told at once. */
export function tryKeys(target: KeyTarget, keys: TcpKeys): void {
  if (!hasKeys(keys)) return;
  const descriptor = openDescriptor(addressFamily(target.address));
  try {
    setKeys(descriptor, target, keys, 'connecting');
  } finally {
    closeDescriptor(descriptor);
  }
}

/** Sets what a running listener answers with; the connections that it accepts start with it, too. */
export function setListenerTtl(server: net.Server, ttl: number): void {
  const bound = server.address();
  const host = bound !== null && typeof bound === 'object' ? bound.address : '0.0.0.0';
  setTtl(descriptorOf(server, addressFamily(host)), { ttl });
}

/** Sets the limits of a connection that a listener accepted: peers that share a listener need not share limits. */
export function setConnectionTtl(socket: net.Socket, ttl: Ttl): void {
  if (limitsTtl(ttl)) setTtl(descriptorOf(socket, socket.localFamily === 'IPv6' ? 6 : 4), ttl);
}

function limitsTtl({ ttl, minimumTtl }: Ttl): boolean {
  return ttl !== undefined || minimumTtl !== undefined;
}

function orClose<T>(descriptor: Descriptor, action: () => T): T {
  try {
    return action();
  } catch (error) {
    closeDescriptor(descriptor);
    throw error;
  }
}

async function listening(server: net.Server, listen: () => void): Promise<void> {
  const started = once(server, 'listening'); // rejects on `error`
  listen();
  await started;
}

function listenProblem(error: unknown, { host, port }: SocketAddress): unknown {
  if (error instanceof ProblemError || !(error instanceof Error)) return error;
  const where = addressFamily(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
  const fault = listenFault((error as { code?: string }).code ?? '', error.message);
  return new ProblemError([{ severity: 'error', ...fault, where }], exitCode.failure);
}

function listenFault(code: string, message: string): { code: string; what: string; fix?: string } {
  switch (code) {
    case 'EADDRINUSE':
      return {
        code: 'socket.in-use',
        what: 'another process listens on this address and port',
        fix: 'stop it (`ss -ltnp` shows which it is), or choose another port',
      };
    case 'EADDRNOTAVAIL':
      return {
        code: 'socket.not-local',
        what: 'this machine does not have this address',
        fix: 'add the address to an interface, or listen on another',
      };
    case 'EACCES':
      return {
        code: 'socket.denied',
        what: 'ports below 1024 need a privilege that this process lacks',
        fix: 'grant CAP_NET_BIND_SERVICE, or choose a higher port',
      };
    default:
      return { code: 'socket.listen', what: `cannot listen: ${message}` };
  }
}
