/** The family that MP_REACH_NLRI and MP_UNREACH_NLRI open with: [AFI u16][SAFI u8] (RFC 4760 §3, §4). */
import type { ByteReader } from '../../../base/bytes.ts';
import type { FamilyDescriptor } from '../family/descriptor.ts';
import { familyByNumbers } from '../family/table.ts';
import type { CodecContext } from '../types.ts';
import { AttributeFault } from './descriptor.ts';

/**
 * Reads a family that this session negotiated; throws an `AttributeFault` that discards the attribute where it did not.
 * The RFCs leave that case open; BIRD ignores it, too, and other families are not harmed.
 */
export function decodeFamily(reader: ByteReader, context: CodecContext): FamilyDescriptor {
  const offset = reader.offset;
  const numbers = { afi: reader.u16('afi'), safi: reader.u8('safi') };
  const family = familyByNumbers(numbers);
  if (family === undefined || !context.families.includes(family.name)) {
    const what = `AFI ${numbers.afi} SAFI ${numbers.safi} was not negotiated`;
    throw new AttributeFault(what, { offset, field: 'afi', outcome: 'attribute-discard', rfc: 'RFC 4760 §8' });
  }
  return family;
}
