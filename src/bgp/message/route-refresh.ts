/**
 * ROUTE-REFRESH: "send me your routes of this family again", and in enhanced route refresh the marks around the answer, by which
 * the asker finds the routes that were not sent again.
 *
 * Layout (RFC 2918 §3, RFC 7313 §3.2): [AFI u16][subtype u8][SAFI u8]. Without enhanced route refresh the subtype is a reserved byte
 * that means nothing.
 * Errors: a mark of another length, shorter too → ROUTE-REFRESH Message Error (7/1, RFC 7313 §5); a request of another length → 1/2.
 */
import { assert } from '../../base/assert.ts';
import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { familyByNumbers, familyOf } from './family/table.ts';
import { MessageFault } from './fault.ts';
import { finishMessage, headerLength, writeHeader } from './header.ts';
import type { CodecContext, RouteRefreshMessage } from './types.ts';

type Subtype = NonNullable<RouteRefreshMessage['subtype']>;

const request = 0;
const begin = 1;
const end = 2;
const wholeLength = headerLength + 4;

/** `raw` is a whole ROUTE-REFRESH with its header; throws `MessageFault`. */
export function decodeRouteRefresh(raw: Uint8Array, context: CodecContext): RouteRefreshMessage {
  const reader = new ByteReader(raw, headerLength);
  const afi = reader.u16('afi');
  const byte = reader.u8('subtype');
  const subtype = context.enhancedRouteRefresh === true ? byte : request;
  if (raw.length !== wholeLength) throw wrongLength(raw, subtype);
  const family = familyByNumbers({ afi, safi: reader.u8('safi') });
  const name = subtypeName(subtype);
  return { type: 'route-refresh', ...(family && { family: family.name }), ...(name && { subtype: name }) };
}

function subtypeName(subtype: number): Subtype | undefined {
  if (subtype === request) return undefined;
  if (subtype === begin) return 'begin';
  return subtype === end ? 'end' : 'unknown'; // RFC 7313 §5: one that is not recognized is ignored
}

function wrongLength(raw: Uint8Array, subtype: number): MessageFault {
  const what = `a ROUTE-REFRESH of ${raw.length} bytes; it has ${wholeLength}`;
  const place = { offset: 16, field: 'header.length', what };
  if (subtype === begin || subtype === end) {
    return new MessageFault({ code: 7, subcode: 1, data: raw, ...place, rfc: 'RFC 7313 §5' });
  }
  return new MessageFault({ code: 1, subcode: 2, data: raw.subarray(16, 18), ...place, rfc: 'RFC 4271 §6.1' });
}

export function encodeRouteRefresh({ family, subtype }: RouteRefreshMessage, context: CodecContext): Uint8Array {
  assert(family !== undefined && subtype !== 'unknown', 'a route refresh that we send is of a family and a kind');
  assert(subtype === undefined || context.enhancedRouteRefresh === true, `${subtype} needs enhanced route refresh`);
  const { afi, safi } = familyOf(family);
  const number = subtype === undefined ? request : subtype === 'begin' ? begin : end;
  return finishMessage(writeHeader(new ByteWriter(wholeLength), 'route-refresh').u16(afi).u8(number).u8(safi));
}
