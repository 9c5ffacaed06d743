/**
 * The C library's socket calls, by koffi, for what Node has no call for. Linux only.
 *
 * Why apart from `socket.ts`: here are the kernel's numbers and structures, there is who owns a descriptor. koffi is loaded
 * at the first call, so a process that wants no option never pays for it.
 * Sources: Linux `include/uapi/linux/{in,in6,tcp}.h`; the numbers are alike on x86-64 and arm64.
 */
import { createRequire } from 'node:module';
import os from 'node:os';
import { assert } from './assert.ts';
import { fail, type Problem } from './problem.ts';
import { type SocketAddress, sockaddr } from './sockaddr.ts';

/** What TTL (IPv6: hop limit) leaves with our packets, and how low that of the peer's packets may be. */
export interface Ttl {
  readonly ttl?: number;
  /** The generalized TTL security mechanism (RFC 5082): the kernel drops packets with less. */
  readonly minimumTtl?: number;
}

/** An open descriptor of a socket. */
export interface Descriptor {
  readonly fd: number;
  readonly family: 4 | 6;
}

const af = { 4: 2, 6: 10 };
const sockType = { stream: 1, datagram: 2 };
const sockCloexec = 0o2000000;
const solSocket = 1;
const soReuseaddr = 2;
const ip = { level: 0, ttl: 2, minimumTtl: 21 };
const ipv6 = { level: 41, ttl: 16, minimumTtl: 73, v6only: 26 };
const backlog = 511;

export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  listen(fd: number, backlog: number): number;
  close(fd: number): number;
  errno(): number;
  /** Where a buffer lies, for structures that point to another. */
  addressOf(buffer: Uint8Array): bigint;
}

let loaded: Libc | undefined; // a cache of the C library, which is one for the process

/** The C library's socket calls; throws the Problems `socket.platform` and `socket.koffi`. */
export function libc(): Libc {
  if (loaded !== undefined) return loaded;
  if (process.platform !== 'linux') {
    fail({
      code: 'socket.platform',
      what: `TCP MD5, TCP-AO, TTL limits and BFD need Linux; this is ${process.platform}`,
      fix: 'run this on Linux, or leave out password, tcpAo, multihop, minimumTtl and bfd',
    });
  }
  const koffi = loadKoffi();
  const library = koffi.load(null); // the C library that Node itself runs on, glibc or musl
  loaded = {
    socket: library.func('int socket(int domain, int type, int protocol)'),
    setsockopt: library.func('int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)'),
    bind: library.func('int bind(int fd, const uint8_t *address, uint32_t length)'),
    listen: library.func('int listen(int fd, int backlog)'),
    close: library.func('int close(int fd)'),
    errno: () => koffi.errno(),
    addressOf: (buffer) => koffi.address(buffer),
  };
  return loaded;
}

export function loadKoffi(): typeof import('koffi') {
  try {
    return createRequire(import.meta.url)('koffi') as typeof import('koffi');
  } catch (error) {
    fail({
      code: 'socket.koffi',
      what: `TCP MD5, TCP-AO, TTL limits and BFD need the package koffi, which does not load: ${String(error)}`,
      fix: 'install with optional dependencies; koffi brings prebuilt files for this platform as one',
    });
  }
}

/** A new TCP or UDP socket that is closed in child processes. */
export function openDescriptor(family: 4 | 6, type: 'stream' | 'datagram' = 'stream'): Descriptor {
  const fd = libc().socket(af[family], sockType[type] | sockCloexec, 0);
  if (fd < 0) refuse('a socket cannot be made');
  return { fd, family };
}

export function closeDescriptor({ fd }: Descriptor): void {
  libc().close(fd);
}

export function setTtl(descriptor: Descriptor, { ttl, minimumTtl }: Ttl): void {
  const names = descriptor.family === 4 ? ip : ipv6;
  if (ttl !== undefined) {
    checkTtl('ttl', ttl);
    setNumber(descriptor, names.level, names.ttl, ttl, `the TTL cannot be set to ${ttl}`);
  }
  if (minimumTtl !== undefined) {
    checkTtl('minimumTtl', minimumTtl);
    const what = `the lowest accepted TTL cannot be set to ${minimumTtl}`;
    setNumber(descriptor, names.level, names.minimumTtl, minimumTtl, what);
  }
}

function checkTtl(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= 255) return;
  fail({ code: 'socket.option', what: `${name} is ${value}`, fix: 'use a whole number from 1 to 255' });
}

/** Binds and listens; throws an error with the system's `code`, as Node's own listening does. */
export function listenDescriptor(descriptor: Descriptor, address: SocketAddress): void {
  const { fd, family } = descriptor;
  setNumber(descriptor, solSocket, soReuseaddr, 1, 'the address cannot be made reusable');
  if (family === 6) setNumber(descriptor, ipv6.level, ipv6.v6only, 1, 'the socket cannot be limited to IPv6');
  const bytes = sockaddr(address);
  if (libc().bind(fd, bytes, bytes.length) === 0 && libc().listen(fd, backlog) === 0) return;
  const code = errorName();
  throw Object.assign(new Error(`listen ${code} ${address.host}:${address.port}`), { code });
}

export function setNumber({ fd }: Descriptor, level: number, name: number, value: number, what: string): void {
  const bytes = Buffer.alloc(4);
  if (os.endianness() === 'LE') bytes.writeInt32LE(value);
  else bytes.writeInt32BE(value);
  if (libc().setsockopt(fd, level, name, bytes, bytes.length) !== 0) refuse(what);
}

export function writeHostU16(bytes: Buffer, value: number, at: number): void {
  if (os.endianness() === 'LE') bytes.writeUInt16LE(value, at);
  else bytes.writeUInt16BE(value, at);
}

export function errorName(): string {
  const number = libc().errno();
  return Object.entries(os.constants.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
}

export function refuse(what: string, fix?: string): never {
  const problem: Omit<Problem, 'severity'> = { code: 'socket.option', what: `${what}: ${errorName()}` };
  fail(fix === undefined ? problem : { ...problem, fix });
}

/** The descriptor under one of Node's sockets or servers. */
export function descriptorOf(owner: object, family: 4 | 6): Descriptor {
  // Node has no public name for it. `socket.test.ts` fails where a new Node no longer has this one.
  const fd = (owner as { readonly _handle?: { readonly fd?: number } })._handle?.fd;
  assert(fd !== undefined && fd >= 0, 'a socket without a descriptor');
  return { fd, family };
}
