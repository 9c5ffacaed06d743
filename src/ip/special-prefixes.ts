/** Prefixes that have no place in the Internet's routing table, with what they are for (IANA special-purpose registries). */
import { mustPrefix, type Prefix, prefixesOverlap } from './prefix.ts';

export interface SpecialPrefix {
  readonly prefix: Prefix;
  readonly kind: 'documentation' | 'private' | 'reserved';
  readonly what: string;
  readonly source: string;
}

const rows: readonly (readonly [string, SpecialPrefix['kind'], string, string])[] = [
  ['0.0.0.0/8', 'reserved', '"this network"', 'RFC 791'],
  ['10.0.0.0/8', 'private', 'private use', 'RFC 1918'],
  ['100.64.0.0/10', 'private', 'shared address space', 'RFC 6598'],
  ['127.0.0.0/8', 'reserved', 'loopback', 'RFC 1122'],
  ['169.254.0.0/16', 'reserved', 'link-local', 'RFC 3927'],
  ['172.16.0.0/12', 'private', 'private use', 'RFC 1918'],
  ['192.0.0.0/24', 'reserved', 'IETF protocol assignments', 'RFC 6890'],
  ['192.0.2.0/24', 'documentation', 'documentation (TEST-NET-1)', 'RFC 5737'],
  ['192.88.99.0/24', 'reserved', 'deprecated 6to4 relay', 'RFC 7526'],
  ['192.168.0.0/16', 'private', 'private use', 'RFC 1918'],
  ['198.18.0.0/15', 'reserved', 'benchmarking', 'RFC 2544'],
  ['198.51.100.0/24', 'documentation', 'documentation (TEST-NET-2)', 'RFC 5737'],
  ['203.0.113.0/24', 'documentation', 'documentation (TEST-NET-3)', 'RFC 5737'],
  ['224.0.0.0/4', 'reserved', 'multicast', 'RFC 5771'],
  ['240.0.0.0/4', 'reserved', 'reserved for future use', 'RFC 1112 §4'],
  ['::/8', 'reserved', 'reserved', 'RFC 4291'],
  ['100::/64', 'reserved', 'discard-only', 'RFC 6666'],
  ['2001::/23', 'reserved', 'IETF protocol assignments', 'RFC 2928'],
  ['2001:db8::/32', 'documentation', 'documentation', 'RFC 3849'],
  ['3fff::/20', 'documentation', 'documentation', 'RFC 9637'],
  ['2002::/16', 'reserved', '6to4', 'RFC 3056'],
  ['fc00::/7', 'private', 'unique local', 'RFC 4193'],
  ['fe80::/10', 'reserved', 'link-local', 'RFC 4291'],
  ['ff00::/8', 'reserved', 'multicast', 'RFC 4291'],
];

export const specialPrefixes: readonly SpecialPrefix[] = rows.map(([prefix, kind, what, source]) => ({
  prefix: mustPrefix(prefix),
  kind,
  what,
  source,
}));

/** The special-purpose block that `prefix` overlaps; `undefined` where it may be routed. */
export function specialPrefixOf(prefix: Prefix): SpecialPrefix | undefined {
  return specialPrefixes.find((special) => prefixesOverlap(special.prefix, prefix));
}
