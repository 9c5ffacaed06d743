/** What an address family decides on the wire: its numbers and the shape of its next hop. One file a family, listed in the table. */
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { Address, Family } from '../../../ip/address.ts';
import type { AddressFamily, Reach } from '../types.ts';

export type NextHops = Pick<Reach, 'nextHop' | 'linkLocalNextHop'>;

export interface FamilyDescriptor {
  readonly name: AddressFamily;
  readonly afi: number;
  readonly safi: number;
  /** The kind of address that its prefixes are made of. */
  readonly ipFamily: Family;
  /** The lengths that its next hop may have in MP_REACH_NLRI, in bytes. */
  readonly nextHopLengths: readonly number[];
  /** Reads a next hop of one of `nextHopLengths`. */
  decodeNextHop(reader: ByteReader): NextHops;
  encodeNextHop(nextHops: NextHops, writer: ByteWriter): void;
  /** Whether a packet could be sent to this address (RFC 4271 §6.3: "syntactic correctness means a valid IP host address"). */
  isHost(address: Address): boolean;
}
