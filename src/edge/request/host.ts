/**
 * Host names in one spelling: lower case, ASCII (IDNA), no trailing dot, no port.
 *
 * Why: domains are found by an exact look-up, so `Docs.Example.COM.:80` and `docs.example.com` must become one key.
 */
import { domainToASCII } from 'node:url';
import { formatAddress, parseAddress } from '../../ip/address.ts';

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const asciiName = new RegExp(`^${label}(?:\\.${label})*$`);
const portText = /^[0-9]{0,5}$/;

/**
 * The canonical name of a Host header's value or of an authority, whose bytes come as Latin-1 characters;
 * `undefined` where it is no host. An IPv6 literal keeps its brackets (RFC 3986 §3.2.2).
 */
export function canonicalHost(authority: string): string | undefined {
  const name = withoutPort(authority);
  if (name === undefined) return undefined;
  if (name.startsWith('[')) return canonicalIpv6(name);
  const undotted = name.endsWith('.') ? name.slice(0, -1) : name;
  const ascii = isAscii(undotted) ? undotted.toLowerCase() : toAscii(undotted);
  return ascii.length <= 253 && asciiName.test(ascii) ? ascii : undefined;
}

function withoutPort(authority: string): string | undefined {
  const bracket = authority.startsWith('[') ? authority.indexOf(']') : -1;
  const colon = authority.indexOf(':', bracket + 1);
  if (colon < 0) return authority;
  const port = authority.slice(colon + 1);
  if (!portText.test(port) || Number(port) > 65535) return undefined;
  return authority.slice(0, colon);
}

function canonicalIpv6(name: string): string | undefined {
  if (!name.endsWith(']')) return undefined;
  const address = parseAddress(name.slice(1, -1));
  return address?.family === 6 ? `[${formatAddress(address)}]` : undefined;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** A header's characters are bytes; a browser never sends these, but other clients send UTF-8 (RFC 5891 §5.1). */
function toAscii(name: string): string {
  return domainToASCII(Buffer.from(name, 'latin1').toString('utf8'));
}
