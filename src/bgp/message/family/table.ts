/** The address families that we speak. A new one is a file beside this, a line here, and its name in `types.ts`. */
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

/** The family that announces prefixes made of this kind of address. */
export function unicastFamily(ipFamily: Family): AddressFamily {
  return ipFamily === 4 ? 'ipv4-unicast' : 'ipv6-unicast';
}
