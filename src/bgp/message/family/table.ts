/**
 * The address families that we speak. A new one is a file beside this, a line here, and its name in `types.ts`: sessions may then carry it, with
 * tables of its own. That is for families whose prefixes are plain ones of IPv4 or IPv6; labels or route distinguishers (RFC 8277, RFC 4364)
 * would need another shape of `Nlri`. Who takes routes from a speaker for unicast alone says so: BMP, MRT and the commands.
 */
import type { Family } from '../../../ip/address.ts';
import type { AddressFamily } from '../types.ts';
import type { FamilyDescriptor } from './descriptor.ts';
import { ipv4Unicast } from './ipv4-unicast.ts';
import { ipv6Unicast } from './ipv6-unicast.ts';

/** A record, so that a name without a row does not compile. */
export const familyTable: Readonly<Record<AddressFamily, FamilyDescriptor>> = {
  'ipv4-unicast': ipv4Unicast,
  'ipv6-unicast': ipv6Unicast,
};

export const families: readonly FamilyDescriptor[] = Object.values(familyTable);

export function familyOf(name: AddressFamily): FamilyDescriptor {
  return familyTable[name];
}

/** The family with these numbers; `undefined` where we speak none. */
export function familyByNumbers(numbers: {
  readonly afi: number;
  readonly safi: number;
}): FamilyDescriptor | undefined {
  return families.find(({ afi, safi }) => afi === numbers.afi && safi === numbers.safi);
}

/** A value for each family. */
export function byFamily<T>(make: (family: AddressFamily) => T): Record<AddressFamily, T> {
  return Object.fromEntries(families.map(({ name }) => [name, make(name)])) as Record<AddressFamily, T>;
}

/** The family meant where somebody names a prefix or an address alone: where packets to it go. */
export function unicastFamily(ipFamily: Family): AddressFamily {
  return ipFamily === 4 ? 'ipv4-unicast' : 'ipv6-unicast';
}
