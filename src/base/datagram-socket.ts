/**
 * UDP sockets with options that Node does not offer: a socket filter that drops packets in the kernel, by TTL and by source,
 * a TTL, and a traffic class. Linux only.
 *
 * Why a filter: Node tells a datagram's source and not its TTL, and the kernel's minimum TTL (`IP_MINTTL`) is for TCP alone.
 * How: the C library makes and binds the socket with its options in place, and Node takes it over as a file descriptor.
 * Sources: Linux `include/uapi/linux/{filter,in,in6}.h`, `Documentation/networking/filter.rst`.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { fail, ProblemError } from './problem.ts';
import { addressFamily, type SocketAddress, sockaddr } from './sockaddr.ts';
import {
  closeDescriptor,
  type Descriptor,
  errorName,
  libc,
  openDescriptor,
  refuse,
  setNumber,
  setTtl,
  writeHostU16,
} from './socket-options.ts';

/** One instruction of classic BPF: `struct sock_filter`. */
export interface FilterInstruction {
  readonly code: number;
  readonly jumpTrue?: number;
  readonly jumpFalse?: number;
  readonly k: number;
}

export interface DatagramOptions extends SocketAddress {
  readonly ttl?: number;
  /** The TOS byte of IPv4, the traffic class of IPv6. */
  readonly trafficClass?: number;
  /** In place before the first packet can arrive. */
  readonly filter?: readonly FilterInstruction[];
}

export interface DatagramSocket {
  readonly socket: Socket;
  readonly descriptor: Descriptor;
}

const solSocket = 1;
const soAttachFilter = 26;
const ipv4 = { level: 0, tos: 1 };
const ipv6 = { level: 41, v6only: 26, trafficClass: 67 };

/**
 * A bound UDP socket. Rejects with a Problem: `socket.in-use`, `socket.not-local`, `socket.denied`, or one of those that
 * `connectTcp` throws.
 */
export async function openDatagramSocket(options: DatagramOptions): Promise<DatagramSocket> {
  const family = addressFamily(options.host);
  const descriptor = openDescriptor(family, 'datagram');
  try {
    if (family === 6) setNumber(descriptor, ipv6.level, ipv6.v6only, 1, 'the socket cannot be limited to IPv6');
    if (options.ttl !== undefined) setTtl(descriptor, { ttl: options.ttl });
    if (options.trafficClass !== undefined) {
      const [level, name] = family === 4 ? [ipv4.level, ipv4.tos] : [ipv6.level, ipv6.trafficClass];
      setNumber(descriptor, level, name, options.trafficClass, 'the traffic class cannot be set');
    }
    if (options.filter !== undefined) attachFilter(descriptor, options.filter);
    bind(descriptor, options);
  } catch (error) {
    closeDescriptor(descriptor);
    throw error;
  }
  // Node looks up what is an address already, and would keep each packet waiting for it.
  const socket = createSocket({
    type: family === 4 ? 'udp4' : 'udp6',
    lookup: (host, _options, found) => found(null, host, family),
  });
  const listening = once(socket, 'listening');
  socket.bind({ fd: descriptor.fd, exclusive: true });
  await listening;
  return { socket, descriptor };
}

function bind(descriptor: Descriptor, address: SocketAddress): void {
  const bytes = sockaddr(address);
  if (libc().bind(descriptor.fd, bytes, bytes.length) === 0) return;
  const name = errorName();
  const code = { EADDRINUSE: 'socket.in-use', EADDRNOTAVAIL: 'socket.not-local', EACCES: 'socket.denied' }[name];
  const what = `UDP port ${address.port} of ${address.host} cannot be bound: ${name}`;
  fail({ code: code ?? 'socket.option', what });
}

/** Whether `error` says that a socket's address is taken. */
export function isInUse(error: unknown): boolean {
  return error instanceof ProblemError && error.problems[0]?.code === 'socket.in-use';
}

/**
 * Lets only packets in for which `program` returns more than 0; replaces an earlier program at once.
 * Layout: `struct sock_fprog` [count u16][padding][pointer], `struct sock_filter` [code u16][jt u8][jf u8][k u32], host order.
 */
export function attachFilter(descriptor: Descriptor, program: readonly FilterInstruction[]): void {
  const instructions = Buffer.alloc(program.length * 8);
  for (const [index, { code, jumpTrue = 0, jumpFalse = 0, k }] of program.entries()) {
    const at = index * 8;
    writeHostU16(instructions, code, at);
    instructions[at + 2] = jumpTrue;
    instructions[at + 3] = jumpFalse;
    instructions.set(new Uint8Array(Uint32Array.of(k).buffer), at + 4);
  }
  const fprog = Buffer.alloc(16);
  writeHostU16(fprog, program.length, 0);
  fprog.set(new Uint8Array(BigUint64Array.of(libc().addressOf(instructions)).buffer), 8);
  if (libc().setsockopt(descriptor.fd, solSocket, soAttachFilter, fprog, fprog.length) === 0) return;
  refuse('the socket filter cannot be set');
}
