/**
 * The segments that AS_PATH and AS4_PATH are made of.
 *
 * Why apart: the two attributes differ in what an error costs and in the size of an AS number, not in layout.
 * Layout (RFC 4271 §4.3, RFC 6793 §3): [type u8][count u8][count × ASN] …
 */
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import { asTrans } from '../../../ip/asn.ts';
import type { AsPathSegment } from '../types.ts';
import { AttributeFault } from './descriptor.ts';
import { checkedAsn } from './number.ts';

const kinds: Readonly<Record<number, AsPathSegment['kind']>> = { 1: 'set', 2: 'sequence' };
const numbers: Readonly<Record<AsPathSegment['kind'], number>> = { set: 1, sequence: 2 };
const maximumCount = 255;

export interface SegmentsFormat {
  readonly fourOctetAsn: boolean;
  /** Step over AS_CONFED_SEQUENCE instead of refusing it (RFC 6793 §6). */
  readonly skipConfederation: boolean;
  /** Take AS_SET, which says of a route less than is needed to validate it (RFC 9774). */
  readonly allowAsSet: boolean;
}

/** Reads segments to the reader's end; throws `AttributeFault` by the rules of RFC 7606 §7.2 and RFC 7607 §2. */
export function decodeSegments(reader: ByteReader, format: SegmentsFormat): AsPathSegment[] {
  const segments: AsPathSegment[] = [];
  const asnBytes = format.fourOctetAsn ? 4 : 2;
  for (let index = 0; reader.left > 0; index++) {
    const field = `segments[${index}]`;
    const offset = reader.offset;
    if (reader.left < 2) throw new AttributeFault('one byte is left over behind its segments', { offset, field });
    const type = reader.u8(field);
    const count = reader.u8(field);
    if (count === 0) throw new AttributeFault('a segment holds no AS number', { offset: offset + 1, field });
    if (count * asnBytes > reader.left) {
      const what = `a segment of ${count} AS numbers needs ${count * asnBytes} bytes, ${reader.left} are left`;
      throw new AttributeFault(what, { offset: offset + 1, field });
    }
    const kind = kinds[type];
    if (kind === undefined) {
      if (format.skipConfederation && type === 3) {
        reader.take(count * asnBytes, field); // RFC 6793 §6
        continue;
      }
      const confederation =
        type === 3 || type === 4 ? ' (of a confederation, which must not leave it: RFC 5065 §5)' : '';
      const what = `${type} is not a segment type${confederation}`;
      throw type === 4 ? deprecatedSet(what, { offset, field }) : new AttributeFault(what, { offset, field });
    }
    if (kind === 'set' && !format.allowAsSet) throw deprecatedSet('it holds an AS_SET', { offset, field });
    const asns = new Array<number>(Math.min(count, reader.left)); // as long as it will be: tables keep many of these
    for (let position = 0; position < count; position++) {
      const at = reader.offset;
      const asn = format.fourOctetAsn ? reader.u32(field) : reader.u16(field);
      if (asn === 0) {
        const place = { offset: at, field: `${field}.asns[${position}]`, rfc: 'RFC 7607 §2' };
        throw new AttributeFault('it holds AS 0, which is nobody', place);
      }
      asns[position] = asn;
    }
    segments.push({ kind, asns });
  }
  return segments.slice(); // without the room that growing leaves
}

/** RFC 9774 §3: AS_SET and AS_CONFED_SET cost the route, in AS4_PATH too. */
function deprecatedSet(what: string, place: { offset: number; field: string }): AttributeFault {
  return new AttributeFault(what, { ...place, outcome: 'treat-as-withdraw', rfc: 'RFC 9774 §3' });
}

/** Writes segments, those of more than 255 AS numbers in parts; AS_TRANS for what 2 octets cannot say. */
export function encodeSegments(segments: readonly AsPathSegment[], writer: ByteWriter, fourOctetAsn: boolean): void {
  for (const { kind, asns } of segments) {
    for (let start = 0; start < asns.length; start += maximumCount) {
      const part = asns.slice(start, start + maximumCount);
      writer.u8(numbers[kind]).u8(part.length);
      for (const asn of part) {
        checkedAsn(asn, 'an AS number of a path');
        if (fourOctetAsn) writer.u32(asn);
        else writer.u16(toTwoOctets(asn));
      }
    }
  }
}

/** What stands for an AS number where there are 2 octets (RFC 6793 §4.2.2). */
export function toTwoOctets(asn: number): number {
  return asn > 0xffff ? asTrans : asn;
}
