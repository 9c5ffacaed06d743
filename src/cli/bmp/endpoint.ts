/** `HOST:PORT` on the command line, an IPv6 address in brackets. */
import { exitCode } from '../../base/exit-codes.ts';
import { fail } from '../../base/problem.ts';
import { addressFamily, type SocketAddress } from '../../base/sockaddr.ts';

/** Problem codes: `bmp.endpoint`, and `socket.address` where the host is no IP address. */
export function parseEndpoint(text: string): SocketAddress {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    const fix = 'write HOST:PORT, an IPv6 address in brackets: 192.0.2.50:11019 or [::1]:11019';
    fail({ code: 'bmp.endpoint', what: `${JSON.stringify(text)} is no address and port`, fix }, exitCode.usage);
  }
  const host = match[1] ?? (match[2] as string);
  addressFamily(host);
  return { host, port };
}
