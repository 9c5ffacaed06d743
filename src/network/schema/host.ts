/** A host in the network file: a name or an address, and no port behind it, which has a field of its own. */
import { z } from 'zod';
import { parseAddress } from '../../ip/address.ts';
import { type Fault, parsed } from './hints.ts';
import { field } from './scalars.ts';

export function hostField(example: string) {
  return field(
    parsed<string>(z.string(), (value) => readHost(String(value), example)),
    'A name or an IP address.',
    { expects: 'a name or an IP address', example },
  );
}

export function readHost(text: string, example: string): string | Fault {
  if (parseAddress(text) !== undefined) return text;
  const name = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;
  // 10.0.0.256 is a mistyped address: no top-level domain is a number (RFC 3696 §2).
  if (name.test(text) && !/(^|\.)\d+$/.test(text)) return text.toLowerCase();
  const [, host, port] = /^(?:\[([^\]]+)\]|[^:]+):(\d+)$/.exec(text) ?? [];
  return {
    code: 'network.host-syntax',
    what: `"${text}" is no host: neither a name nor an IP address`,
    fix:
      port !== undefined
        ? `write host: ${host ?? text.slice(0, text.lastIndexOf(':'))} and port: ${port}`
        : `write it like ${example} or 10.0.0.1`,
  };
}
