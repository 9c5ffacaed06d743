/** Addresses as the C library takes them: `struct sockaddr_in` and `struct sockaddr_in6` of Linux. */
import net from 'node:net';
import os from 'node:os';
import { fail } from './problem.ts';

export interface SocketAddress {
  /** An IP address, for IPv6 with a zone where the address needs one (`fe80::1%eth0`). */
  readonly host: string;
  readonly port: number;
}

/** 4 or 6; throws the Problem `socket.address` for what is no IP address. */
export function addressFamily(host: string): 4 | 6 {
  const family = net.isIP(host);
  if (family === 4 || family === 6) return family;
  fail({
    code: 'socket.address',
    what: `${JSON.stringify(host)} is not an IP address`,
    fix: 'write the address itself: names are not resolved here',
  });
}

/**
 * Layout: sockaddr_in  [family u16, host order][port u16][address 4 × u8][zero 8 × u8]
 *         sockaddr_in6 [family u16, host order][port u16][flow u32][address 16 × u8][scope u32, host order]
 */
export function sockaddr({ host, port }: SocketAddress): Buffer {
  const family = addressFamily(host);
  const bytes = Buffer.alloc(family === 4 ? 16 : 28);
  const little = os.endianness() === 'LE';
  const number = family === 4 ? 2 : 10;
  if (little) bytes.writeUInt16LE(number);
  else bytes.writeUInt16BE(number);
  bytes.writeUInt16BE(port, 2);
  if (family === 4) {
    bytes.set(host.split('.').map(Number), 4);
    return bytes;
  }
  const [address = '', zone] = host.split('%');
  bytes.set(ipv6Bytes(address), 8);
  const scope = zone === undefined ? 0 : scopeOf(zone);
  if (little) bytes.writeUInt32LE(scope, 24);
  else bytes.writeUInt32BE(scope, 24);
  return bytes;
}

/** The bytes of an IPv6 address that `net.isIP` has accepted: the URL parser writes all its forms as one, in hex groups. */
function ipv6Bytes(address: string): Uint8Array {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const all = [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
  return Uint8Array.from(all.flatMap((group) => [group >>> 8, group & 0xff]));
}

function scopeOf(zone: string): number {
  const entry = os.networkInterfaces()[zone]?.find((one) => one.family === 'IPv6' && one.scopeid !== 0);
  const scope = /^\d+$/.test(zone) ? Number(zone) : entry?.scopeid;
  if (scope !== undefined) return scope;
  fail({ code: 'socket.address', what: `there is no network interface ${zone} with a link-local IPv6 address` });
}
