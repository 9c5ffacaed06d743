/** Domain names of customers: IDNA to ASCII, lower case, no trailing dot; the first label may be `*`. */
import { domainToASCII } from 'node:url';
import { parseAddress } from '../ip/address.ts';
import type { Fault } from './schema/hints.ts';

/** The one form under which requests find a domain, or why `text` is no domain. */
export function normalizeDomain(text: string): string | Fault {
  const wrong = (why: string, fix = 'write a host name such as docs.example.com'): Fault => ({
    code: 'network.domain-syntax',
    what: `"${text.slice(0, 100)}" is no domain: ${why}`,
    fix,
  });
  if (/^[a-z]+:\/\//i.test(text)) return wrong('it is a URL', 'leave the scheme and the path out');
  if (/[/?#@\\\s]/.test(text)) return wrong('it has characters that no host name has');
  if (parseAddress(text) !== undefined)
    return wrong('it is an IP address', 'name the domain that points at the address');
  if (/:\d*$/.test(text)) return wrong('it has a port', 'leave the port out');
  const wildcard = text.startsWith('*.');
  const name = (wildcard ? text.slice(2) : text).replace(/\.$/, '');
  if (name.includes('*')) return wrong('* can only be the whole first label', 'write *.example.com');
  if (name === '') return wrong('it is empty');
  // The converter would decode percent signs as URLs do, and drop what it ignores.
  if (/[^a-z0-9.\-\u0080-\u{10ffff}]/iu.test(name)) return wrong('it has characters that no host name has');
  const ascii = domainToASCII(name);
  if (ascii === '') return wrong('it cannot be written in ASCII (IDNA)');
  const labels = ascii.split('.');
  if (ascii.length > 253) return wrong('it is longer than 253 characters');
  const bad = labels.find((label) => !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  if (bad === '') return wrong('it has an empty label');
  if (bad !== undefined) {
    return wrong(bad.length > 63 ? 'a label is longer than 63 characters' : `"${bad}" is no label of a host name`);
  }
  if (/^\d+$/.test(labels.at(-1) as string)) return wrong('its last label is a number');
  if (wildcard && labels.length < 2) return wrong('it would stand for a whole top-level domain');
  return wildcard ? `*.${ascii}` : ascii;
}
