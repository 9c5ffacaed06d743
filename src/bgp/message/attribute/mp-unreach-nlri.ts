/**
 * MP_UNREACH_NLRI: withdrawn prefixes of any family (RFC 4760 §4); alone and empty, that family's End-of-RIB (RFC 4724 §2).
 *
 * Layout: [AFI u16][SAFI u8][NLRI …]
 * Errors: malformed → session reset, since the prefixes cannot be known (RFC 7606 §5.3, §7.12).
 */
import { familyOf } from '../family/table.ts';
import { decodeNlri, encodeNlri, receivesPathIds, sendsPathIds } from '../nlri.ts';
import { type AttributeDescriptor, optionalNonTransitive } from './descriptor.ts';
import { atLeast } from './length-rules.ts';
import { decodeFamily } from './mp-family.ts';

export const mpUnreachNlri: AttributeDescriptor<'mpUnreach'> = {
  type: 15,
  name: 'MP_UNREACH_NLRI',
  key: 'mpUnreach',
  flags: optionalNonTransitive,
  length: atLeast(3),
  malformed: 'session-reset',
  valueSubcode: 9,
  rfc: 'RFC 7606 §7.12',
  decode(reader, context) {
    const family = decodeFamily(reader, context);
    const prefixes = decodeNlri(
      reader,
      { ipFamily: family.ipFamily, pathIds: receivesPathIds(context, family.name) },
      { field: 'MP_UNREACH_NLRI.nlri', subcode: 9 },
    );
    return { family: family.name, prefixes };
  },
  encode({ family, prefixes }, writer, context) {
    const { afi, safi } = familyOf(family);
    writer.u16(afi).u8(safi);
    encodeNlri(prefixes, writer, sendsPathIds(context, family));
  },
};
