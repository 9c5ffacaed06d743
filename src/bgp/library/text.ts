/**
 * Addresses, prefixes and communities as text at the library's door.
 *
 * The rule: what goes in may be text, or the value itself; what comes out are values, which `format…` makes text of. Why not
 * text both ways: a full table comes out by the million, and few of its routes are ever shown.
 */
import { fail } from '../../base/problem.ts';
import { type Address, parseAddress } from '../../ip/address.ts';
import { type Prefix, parsePrefix } from '../../ip/prefix.ts';
import type { PathAttributes } from '../message/types.ts';
import { communityOf } from '../policy/community-pattern.ts';

export type AddressText = string | Address;
export type PrefixText = string | Prefix;

/** Problem code: `bgp.address`. A zone (`%eth0`) is left out where `zone` says that it may stand there. */
export function toAddress(text: AddressText, where: string, { zone = false } = {}): Address {
  if (isValue(text)) return text;
  const bare = zone && typeof text === 'string' ? text.split('%')[0] : text;
  const address = typeof bare === 'string' ? parseAddress(bare) : undefined;
  if (address !== undefined) return address;
  const fix = 'write the address itself, 198.51.100.1 or 2001:db8::1: names are not resolved here';
  return fail({ code: 'bgp.address', what: `${shown(text)} is no IP address`, where, fix });
}

/** Problem code: `bgp.prefix`. */
export function toPrefix(text: PrefixText, where: string): Prefix {
  if (isValue(text)) return text;
  const prefix = typeof text === 'string' ? parsePrefix(text) : 'syntax';
  if (typeof prefix !== 'string') return prefix;
  const why = {
    syntax: 'is no prefix',
    length: 'is longer than an address',
    'host-bits': 'has bits set behind its length',
  }[prefix];
  const fix = 'write it as 192.0.2.0/24 or 2001:db8::/48';
  return fail({ code: 'bgp.prefix', what: `${shown(text)} ${why}`, where, fix });
}

/** From JavaScript anything can come; what is neither text nor a value is told, and not a crash further in. */
function isValue<T extends object>(given: string | T): given is T {
  return typeof given === 'object' && given !== null && 'family' in given && 'bytes' in given;
}

function shown(given: unknown): string {
  return given === undefined ? 'nothing' : JSON.stringify(given);
}

/** Communities of every kind as one list of texts, sorted into their attributes. Problem code: `policy.community`. */
export function toCommunities(
  texts: readonly string[],
  where: string,
): Pick<PathAttributes, 'communities' | 'extendedCommunities' | 'largeCommunities'> {
  const all = texts.map((text) => communityOf(text, where));
  const standard = all.flatMap((one) => (one.kind === 'standard' ? [one.value] : []));
  const extended = all.flatMap((one) => (one.kind === 'extended' ? [one.value] : []));
  const large = all.flatMap((one) => (one.kind === 'large' ? [one.value] : []));
  return {
    ...(standard.length > 0 && { communities: standard }),
    ...(extended.length > 0 && { extendedCommunities: extended }),
    ...(large.length > 0 && { largeCommunities: large }),
  };
}
