/**
 * The lists of families that capabilities hold: an AFI and a SAFI, and what the capability says of them.
 *
 * Families that we do not know are stepped over: they are between the peer and others (RFC 4724 §3, RFC 9494 §3).
 */
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { FamilyDescriptor } from '../family/descriptor.ts';
import { familyByNumbers, familyOf } from '../family/table.ts';
import type { AddressFamily } from '../types.ts';

/** The family of the next entry: [AFI u16][SAFI u8]; `undefined` where we do not know it. */
export function readFamily(reader: ByteReader): FamilyDescriptor | undefined {
  return familyByNumbers({ afi: reader.u16('afi'), safi: reader.u8('safi') });
}

export function writeFamily(name: AddressFamily, writer: ByteWriter): ByteWriter {
  const { afi, safi } = familyOf(name);
  return writer.u16(afi).u8(safi);
}

/** The flag of a family whose forwarding outlived a restart (RFC 4724 §3, RFC 9494 §3). */
export const forwardingPreservedFlag = 0x80;
