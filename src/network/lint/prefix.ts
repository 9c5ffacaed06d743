/** Prefixes: what the Internet carries, what overlaps, and whether the anycast address lies inside. */
import { addressesEqual, formatAddress, parseAddress } from '../../ip/address.ts';
import {
  addressBits,
  formatPrefix,
  mustPrefix,
  type Prefix,
  prefixContains,
  prefixesOverlap,
  prefixOf,
} from '../../ip/prefix.ts';
import { specialPrefixOf } from '../../ip/special-prefixes.ts';
import { type Finding, type LintContext, type Rule, sessionsOf } from './rule.ts';

function* length({ document }: LintContext): Generator<Finding> {
  for (const [index, row] of document.prefixes.entries()) {
    const prefix = mustPrefix(row.prefix);
    const path = ['prefixes', index, 'prefix'];
    const longest = prefix.family === 4 ? 24 : 48;
    const shortest = prefix.family === 4 ? 8 : 16;
    if (prefix.length > longest) {
      yield {
        code: 'network.prefix-too-long',
        level: 'error',
        what: `${row.prefix} is longer than /${longest}, the longest IPv${prefix.family} prefix that the Internet carries`,
        fix: `announce the whole ${formatPrefix(prefixOf(prefix, longest))}, if it is yours`,
        path,
        source: 'RFC 7454 §6.1.3',
      };
    }
    if (prefix.length < shortest) {
      yield {
        code: 'network.prefix-too-short',
        level: 'error',
        what: `${row.prefix} is shorter than /${shortest}: no one network holds so much`,
        fix: 'announce the prefix that your registry has given you',
        path,
      };
    }
  }
}

function* special({ document }: LintContext): Generator<Finding> {
  for (const [index, { prefix }] of document.prefixes.entries()) {
    const known = specialPrefixOf(mustPrefix(prefix));
    if (known === undefined) continue;
    yield {
      code: `network.prefix-${known.kind}`,
      level: 'lab-only',
      what: `${prefix} is no address space of the Internet: ${known.what}`,
      fix: 'fine in a lab; for production, announce a prefix that your registry has given you',
      path: ['prefixes', index, 'prefix'],
      source: known.source,
    };
  }
}

function* overlap({ document }: LintContext): Generator<Finding> {
  const seen: Prefix[] = [];
  for (const [index, row] of document.prefixes.entries()) {
    const prefix = mustPrefix(row.prefix);
    const other = seen.find((earlier) => prefixesOverlap(earlier, prefix));
    seen.push(prefix);
    if (other === undefined) continue;
    const text = formatPrefix(other);
    yield {
      code: text === row.prefix ? 'network.prefix-duplicate' : 'network.prefix-overlap',
      level: 'error',
      what: text === row.prefix ? `${text} is listed twice` : `${row.prefix} overlaps with ${text} above`,
      fix: 'keep one of the two',
      path: ['prefixes', index, 'prefix'],
    };
  }
}

function* anycastAddress({ document }: LintContext): Generator<Finding> {
  for (const [index, row] of document.prefixes.entries()) {
    const prefix = mustPrefix(row.prefix);
    const address = parseAddress(row.address);
    if (address === undefined) continue;
    const path = ['prefixes', index, 'address'];
    const first = firstAddress(prefix);
    if (!prefixContains(prefix, address)) {
      yield {
        code: 'network.address-outside-prefix',
        level: 'error',
        what: `the anycast address ${row.address} does not lie in ${row.prefix}`,
        fix: `use an address of the prefix, such as ${first}`,
        path,
      };
      continue;
    }
    const isFirst = addressesEqual(address, { family: prefix.family, bytes: prefix.bytes });
    const isLast = prefix.family === 4 && address.bytes.every((byte, i) => byte === lastBytes(prefix)[i]);
    if (prefix.length < addressBits(prefix.family) - 1 && (isFirst || isLast)) {
      yield {
        code: 'network.address-unusable',
        level: 'warning',
        what: `${row.address} is the ${isFirst ? 'first' : 'last'} address of ${row.prefix}; some hosts and filters take it for ${isFirst ? 'the network' : 'a broadcast'} address`,
        fix: `use another, such as ${first}`,
        path,
        source: prefix.family === 6 ? 'RFC 4291 §2.6.1' : 'RFC 922 §7',
      };
    }
  }
}

/** The first address that a host may have: one above the prefix itself. */
function firstAddress(prefix: Prefix): string {
  const bytes = prefix.bytes.slice();
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] as number) | 1;
  return formatAddress({ family: prefix.family, bytes });
}

function lastBytes(prefix: Prefix): Uint8Array {
  return prefix.bytes.map((byte, index) => byte | (0xff >> Math.min(8, Math.max(0, prefix.length - index * 8))));
}

function* nowhere({ document, intact }: LintContext): Generator<Finding> {
  if (!intact('pops')) return;
  const families = new Set<number>();
  for (const { session } of sessionsOf(document)) {
    if (session.sourceAddress !== undefined) families.add(4);
    if (session.sourceAddress6 !== undefined) families.add(6);
  }
  if (families.size === 0) return; // Each PoP without a session is reported already.
  for (const [index, { prefix }] of document.prefixes.entries()) {
    const { family } = mustPrefix(prefix);
    if (families.has(family)) continue;
    yield {
      code: 'network.prefix-nowhere',
      level: 'warning',
      what: `no session announces ${prefix}: none has an IPv${family} source address`,
      fix: family === 6 ? 'give sessions a sourceAddress6' : 'give sessions a sourceAddress',
      path: ['prefixes', index, 'prefix'],
    };
  }
}

export const prefixRules: readonly Rule[] = [
  {
    name: 'prefixes are as long as the Internet carries',
    codes: ['network.prefix-too-long', 'network.prefix-too-short'],
    find: length,
  },
  {
    name: 'prefixes are public address space',
    codes: ['network.prefix-documentation', 'network.prefix-private', 'network.prefix-reserved'],
    find: special,
  },
  { name: 'prefixes do not overlap', codes: ['network.prefix-duplicate', 'network.prefix-overlap'], find: overlap },
  {
    name: 'each anycast address is a host address of its prefix',
    codes: ['network.address-outside-prefix', 'network.address-unusable'],
    find: anycastAddress,
  },
  { name: 'each prefix is announced somewhere', codes: ['network.prefix-nowhere'], find: nowhere },
];
