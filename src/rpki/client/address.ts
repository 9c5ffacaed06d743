/** Where a cache is, and how to reach it. */
import { exitCode } from '../../base/exit-codes.ts';
import { fail } from '../../base/problem.ts';
import { formatHostPort, parseAddress } from '../../ip/address.ts';

export interface CacheAddress {
  /** A name or an IP address. */
  readonly host: string;
  readonly port: number;
  /** Absent: plain TCP, which anyone on the way can change; keep it within a trusted network (RFC 8210 §9). */
  readonly tls?: CacheTls;
}

export interface CacheTls {
  /** What the cache's certificate must name; the host where absent (RFC 8210 §9.2). */
  readonly serverName?: string;
  /** PEM of the authorities to trust instead of the system's. */
  readonly ca?: string;
  /** PEM of what we show, where the cache asks. */
  readonly certificate?: string;
  readonly privateKey?: string;
}

/** IANA: rpki-rtr and rpki-rtr-tls. */
export const defaultPort = { tcp: 323, tls: 324 } as const;

export function formatCache({ host, port, tls }: CacheAddress): string {
  return `${formatHostPort(host, port)}${tls === undefined ? '' : ' (TLS)'}`;
}

/** `host`, `host:port`, `2001:db8::1`, `[2001:db8::1]:port`. Throws the Problem `rpki.cache-address`. */
export function parseCacheAddress(text: string, tls?: CacheTls): CacheAddress {
  const bare = parseAddress(text)?.family === 6 ? ['', text] : undefined;
  const match = bare ?? /^(?:\[([^\]\s]+)\]|([^:[\]\s/]+))(?::(\d{1,5}))?$/.exec(text);
  const [, bracketed, name, digits] = match ?? [];
  const host = bracketed ?? name;
  const port = digits === undefined ? defaultPort[tls === undefined ? 'tcp' : 'tls'] : Number(digits);
  const wrong = bracketed !== undefined && parseAddress(bracketed)?.family !== 6;
  if (host === undefined || wrong || port < 1 || port > 65_535) {
    fail(
      {
        code: 'rpki.cache-address',
        what: `${JSON.stringify(text)} is not the address of an RPKI cache`,
        fix: 'write HOST:PORT, like rtr.example.net:3323 or [2001:db8::1]:323',
      },
      exitCode.usage,
    );
  }
  return tls === undefined ? { host, port } : { host, port, tls };
}
