/**
 * Keys that authenticate TCP segments, and the kernel's structures for them: TCP MD5 (RFC 2385) and its successor TCP-AO
 * (RFC 5925).
 *
 * Why one file: a socket has one or the other towards an address, and whoever has keys should not care which. A key may stand
 * for a range of addresses, for neighbours that are not known one by one.
 * Sources: Linux `include/uapi/linux/tcp.h` (`struct tcp_md5sig`, `struct tcp_ao_add`, `struct tcp_ao_del`). TCP-AO is in Linux
 * 6.7 and newer, where it was built in.
 */
import os from 'node:os';
import { fail } from './problem.ts';
import { addressFamily, sockaddr } from './sockaddr.ts';
import { type Descriptor, errorName, libc, refuse, writeHostU16 } from './socket-options.ts';

/** RFC 5926 §3.2: the two that every TCP-AO has, under the names that the kernel knows. */
export const tcpAoAlgorithms = ['hmac(sha1)', 'cmac(aes128)'] as const;

export type TcpAoAlgorithm = (typeof tcpAoAlgorithms)[number];

/** A master key tuple (RFC 5925 §3.1). */
export interface TcpAoKey {
  /** The id that our segments carry, 0 to 255; the peer's `recvId`. */
  readonly sendId: number;
  /** The id that the peer's segments carry. */
  readonly recvId: number;
  /** Default: `hmac(sha1)`. */
  readonly algorithm?: TcpAoAlgorithm;
  /** 1 to 80 bytes. */
  readonly key: string;
}

/** What two ends share: one TCP MD5 password, or TCP-AO keys, of which the first signs at first and each is accepted. */
export interface TcpKeys {
  readonly password?: string;
  /** Several, so that keys can be changed at one end after the other (RFC 5925 §6.1). */
  readonly tcpAo?: readonly TcpAoKey[];
}

/** Whom the keys are for: one address, or all that share its first `prefixLength` bits. */
export interface KeyTarget {
  readonly address: string;
  readonly prefixLength?: number;
}

const tcp = { level: 6, md5: 14, md5Extended: 32, addAoKey: 38, deleteAoKey: 39 };
const md5PrefixFlag = 1;
const maximumKeyBytes = 80;
/** RFC 5926 §3.2: both algorithms send 96 bits. */
const macBytes = 12;

export function hasKeys({ password, tcpAo }: TcpKeys): boolean {
  return password !== undefined || tcpAo !== undefined;
}

/** Problems `socket.password`, `socket.tcp-ao-key` and `socket.key-kinds`; none shows a secret. */
export function checkKeys(target: KeyTarget, { password, tcpAo }: TcpKeys): void {
  if (password !== undefined && tcpAo !== undefined) {
    fail({
      code: 'socket.key-kinds',
      what: `${shown(target)} has a TCP MD5 password and TCP-AO keys`,
      fix: 'keep one of the two: no segment can carry both signatures',
      source: 'RFC 5925 §1',
    });
  }
  if (password !== undefined) checkLength(target, password, 'socket.password', 'TCP MD5 password', 'RFC 2385 §4.5');
  if (tcpAo !== undefined) checkAoKeys(target, tcpAo);
}

function checkAoKeys(target: KeyTarget, keys: readonly TcpAoKey[]): void {
  const code = 'socket.tcp-ao-key';
  const source = 'RFC 5925 §3.1';
  const wrong = (what: string, fix: string) =>
    fail({ code, what: `${what}, of TCP-AO towards ${shown(target)}`, fix, source });
  if (keys.length === 0) wrong('there is no key', 'give one, or leave TCP-AO out');
  for (const { sendId, recvId, algorithm = 'hmac(sha1)', key } of keys) {
    for (const id of [sendId, recvId]) {
      if (!Number.isInteger(id) || id < 0 || id > 255) wrong(`the key id is ${id}`, 'use a whole number from 0 to 255');
    }
    if (!tcpAoAlgorithms.includes(algorithm)) {
      wrong(`the algorithm is ${JSON.stringify(algorithm)}`, `use one of ${tcpAoAlgorithms.join(', ')}`);
    }
    checkLength(target, key, code, `TCP-AO key ${sendId}`, source);
  }
  for (const name of ['sendId', 'recvId'] as const) {
    if (new Set(keys.map((key) => key[name])).size < keys.length) {
      wrong(`two keys have the same ${name}`, 'give each key ids of its own');
    }
  }
}

function checkLength(target: KeyTarget, key: string, code: string, name: string, source: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes >= 1 && bytes <= maximumKeyBytes) return;
  const fix = `use 1 to ${maximumKeyBytes} bytes, the same at both ends`;
  fail({ code, what: `the ${name} for ${shown(target)} has ${bytes} bytes`, fix, source });
}

/**
 * Gives a socket its keys towards an address, in place of those of the same kind that it has. `connecting`: the first key of
 * TCP-AO is the one to begin with; a listener cannot choose, its peers do. Problems: those of `checkKeys`, `socket.tcp-ao`
 * where the kernel has none, and `socket.option`.
 */
export function setKeys(
  descriptor: Descriptor,
  target: KeyTarget,
  keys: TcpKeys,
  role: 'connecting' | 'listening',
): void {
  checkKeys(target, keys);
  if (keys.password !== undefined) setPassword(descriptor, target, keys.password);
  for (const [index, key] of (keys.tcpAo ?? []).entries()) {
    deleteAoKey(descriptor, target, key);
    const struct = tcpAoAdd(target, key, role === 'connecting' && index === 0);
    if (setOption(descriptor, tcp.addAoKey, struct)) continue;
    if (errorName() === 'ENOPROTOOPT') noTcpAo();
    refuse(`the TCP-AO key ${key.sendId} for ${shown(target)} cannot be set`);
  }
}

/** Takes keys away; those that are not there are no fault. */
export function removeKeys(descriptor: Descriptor, target: KeyTarget, { password, tcpAo = [] }: TcpKeys): void {
  if (password !== undefined) setPassword(descriptor, target, '');
  for (const key of tcpAo) deleteAoKey(descriptor, target, key);
}

function setPassword(descriptor: Descriptor, target: KeyTarget, password: string): void {
  const name = target.prefixLength === undefined ? tcp.md5 : tcp.md5Extended;
  if (setOption(descriptor, name, tcpMd5Signature(target, password))) return;
  if (password === '' && errorName() === 'ENOENT') return;
  refuse(`the TCP MD5 password for ${shown(target)} cannot be set`, 'the kernel needs CONFIG_TCP_MD5SIG');
}

function deleteAoKey(descriptor: Descriptor, target: KeyTarget, key: TcpAoKey): void {
  setOption(descriptor, tcp.deleteAoKey, tcpAoDelete(target, key)); // what is not there need not go
}

function setOption({ fd }: Descriptor, name: number, struct: Buffer): boolean {
  return libc().setsockopt(fd, tcp.level, name, struct, struct.length) === 0;
}

function noTcpAo(): never {
  fail({
    code: 'socket.tcp-ao',
    what: 'this kernel has no TCP-AO',
    fix: 'use Linux 6.7 or newer that was built with CONFIG_TCP_AO, or a TCP MD5 password where the peer takes one',
    source: 'RFC 5925',
  });
}

/**
 * An empty password takes the key away.
 * Layout: [sockaddr_storage 128][flags u8][prefix length u8][key length u16][interface i32][key 80 × u8]
 */
export function tcpMd5Signature(target: KeyTarget, password: string): Buffer {
  const struct = withAddress(216, target);
  if (target.prefixLength !== undefined) struct.set([md5PrefixFlag, target.prefixLength], 128);
  const key = Buffer.from(password);
  writeHostU16(struct, key.length, 130);
  struct.set(key, 136);
  return struct;
}

/**
 * Layout: [sockaddr_storage 128][algorithm 64 × char][interface i32][set current :1, set next :1, reserved :30][reserved u16]
 *         [prefix length u8][send id u8][receive id u8][MAC length u8][key flags u8][key length u8][key 80 × u8]
 */
export function tcpAoAdd(target: KeyTarget, { sendId, recvId, algorithm, key }: TcpAoKey, current: boolean): Buffer {
  const struct = withAddress(288, target);
  struct.write(algorithm ?? 'hmac(sha1)', 128, 'latin1');
  const bytes = Buffer.from(key);
  // C puts the first bit field at the low end of the word, on big-endian machines at the high end.
  if (current) os.endianness() === 'LE' ? struct.writeUInt32LE(0b11, 196) : struct.writeUInt32BE(0xc000_0000, 196);
  struct.set([prefixLengthOf(target), sendId, recvId, macBytes, 0, bytes.length], 202);
  struct.set(bytes, 208);
  return struct;
}

/**
 * Layout: [sockaddr_storage 128][interface i32][flags u32][reserved u16][prefix length u8][send id u8][receive id u8]
 *         [current key u8][next key u8][key flags u8]
 */
export function tcpAoDelete(target: KeyTarget, { sendId, recvId }: TcpAoKey): Buffer {
  const struct = withAddress(144, target);
  struct.set([prefixLengthOf(target), sendId, recvId], 138);
  return struct;
}

function withAddress(bytes: number, { address }: KeyTarget): Buffer {
  const struct = Buffer.alloc(bytes);
  struct.set(sockaddr({ host: address, port: 0 }));
  return struct;
}

function prefixLengthOf({ address, prefixLength }: KeyTarget): number {
  return prefixLength ?? (addressFamily(address) === 4 ? 32 : 128);
}

function shown({ address, prefixLength }: KeyTarget): string {
  return prefixLength === undefined ? address : `${address}/${prefixLength}`;
}
