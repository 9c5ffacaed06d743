/**
 * MP_REACH_NLRI: announced prefixes of any family, with their next hop (RFC 4760 §3).
 *
 * Layout: [AFI u16][SAFI u8][next hop length u8][next hop][reserved u8][NLRI …]
 * Errors: malformed → session reset, since the prefixes cannot be known (RFC 7606 §5.3, §7.11).
 */
import { assert } from '../../../base/assert.ts';
import { decodeNextHops, encodeNextHops, nextHopLengths } from '../family/next-hop.ts';
import { familyOf } from '../family/table.ts';
import { decodeNlri, encodeNlri, receivesPathIds, sendsPathIds } from '../nlri.ts';
import { type AttributeDescriptor, AttributeFault, optionalNonTransitive } from './descriptor.ts';
import { atLeast } from './length-rules.ts';
import { decodeFamily } from './mp-family.ts';

export const mpReachNlri: AttributeDescriptor<'mpReach'> = {
  type: 14,
  name: 'MP_REACH_NLRI',
  key: 'mpReach',
  flags: optionalNonTransitive,
  length: atLeast(5),
  malformed: 'session-reset',
  valueSubcode: 9,
  rfc: 'RFC 7606 §7.11',
  decode(reader, context) {
    const family = decodeFamily(reader, context);
    const offset = reader.offset;
    const length = reader.u8('next hop length');
    const lengths = nextHopLengths(family, context);
    if (!lengths.includes(length)) {
      const what = `a next hop of ${length} bytes; ${family.name} has ${lengths.join(' or ')}`;
      throw new AttributeFault(what, { offset, field: 'next hop length' });
    }
    const nextHops = decodeNextHops(reader.sub(length, 'next hop'));
    reader.u8('reserved'); // RFC 4760 §3: ignored
    const prefixes = decodeNlri(
      reader,
      { ipFamily: family.ipFamily, pathIds: receivesPathIds(context, family.name) },
      { field: 'MP_REACH_NLRI.nlri', subcode: 9 },
    );
    return { family: family.name, ...nextHops, prefixes };
  },
  encode({ family, prefixes, ...nextHops }, writer, context) {
    const descriptor = familyOf(family);
    const lengths = nextHopLengths(descriptor, context);
    const { length } = nextHops.nextHop.bytes;
    assert(lengths.includes(length), `a next hop of ${length} bytes for ${family}, which has ${lengths.join(' or ')}`);
    writer.u16(descriptor.afi).u8(descriptor.safi);
    writer.lengthU8(() => encodeNextHops(nextHops, writer));
    writer.u8(0);
    encodeNlri(prefixes, writer, sendsPathIds(context, family));
  },
};
