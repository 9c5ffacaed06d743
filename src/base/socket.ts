/**
 * TCP sockets with options that Node does not offer: TCP MD5 signatures (RFC 2385) and TTL limits (RFC 5082).
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
import {
  closeDescriptor,
  type Descriptor,
  descriptorOf,
  listenDescriptor,
  openDescriptor,
  setKey,
  setTtl,
  type Ttl,
} from './socket-options.ts';

export type { Ttl } from './socket-options.ts';

export interface ConnectOptions extends SocketAddress, Ttl {
  readonly localAddress?: string;
  /** The TCP MD5 key that we share with `host`. */
  readonly password?: string;
}

/** A port of 0: any free one. `::` takes IPv6 only: `0.0.0.0` can be bound beside it, and each key means one address. */
export interface ListenOptions extends SocketAddress, Ttl {
  readonly keys?: readonly { readonly address: string; readonly password: string }[];
}

/**
 * A socket that is connecting; success and failure come as Node's events.
 * Throws a Problem where an option cannot be set: `socket.platform`, `.koffi`, `.option`, `.address`, `.password`.
 */
export function connectTcp(options: ConnectOptions): net.Socket {
  const { host, port, localAddress, password } = options;
  const family = addressFamily(host);
  if (localAddress !== undefined) addressFamily(localAddress);
  const target = { host, port, ...(localAddress === undefined ? {} : { localAddress }) };
  if (password === undefined && !limitsTtl(options)) return net.connect(target);
  const descriptor = openDescriptor(family);
  const socket = orClose(descriptor, () => {
    if (password !== undefined) setKey(descriptor, host, password);
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
      for (const { address, password } of keys) setKey(descriptor, address, password);
      setTtl(descriptor, options);
      listenDescriptor(descriptor, options);
    });
    // From here the descriptor is Node's: it has nothing left to do that could fail.
    await listening(server, () => server.listen({ fd: descriptor.fd }));
  } catch (error) {
    throw listenProblem(error, options);
  }
}

/** Adds or replaces the key of one address on a running listener; `undefined` takes it away. */
export function setListenerKey(server: net.Server, address: string, password: string | undefined): void {
  setKey(descriptorOf(server, addressFamily(address)), address, password);
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
