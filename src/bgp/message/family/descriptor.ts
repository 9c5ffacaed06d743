/** What an address family decides on the wire: its numbers and the lengths of its next hop. One file a family, listed in the table. */
import type { Family } from '../../../ip/address.ts';
import type { AddressFamily } from '../types.ts';

export interface FamilyDescriptor {
  readonly name: AddressFamily;
  readonly afi: number;
  readonly safi: number;
  /** The kind of address that its prefixes are made of. */
  readonly ipFamily: Family;
  /** The lengths that its next hop may have in MP_REACH_NLRI, in bytes; `next-hop.ts` reads them. */
  readonly nextHopLengths: readonly number[];
  /** More lengths where the session negotiated next hops of another kind of address for it. */
  readonly extendedNextHopLengths: readonly number[];
}
