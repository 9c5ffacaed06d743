/**
 * ROUTE-REFRESH: "send me your routes of this family again".
 *
 * Layout (RFC 2918 §3): [AFI u16][reserved u8][SAFI u8]. The reserved byte is ignored: enhanced route refresh (RFC 7313), which
 * uses it, needs a capability that we do not announce.
 */
import { assert } from '../../base/assert.ts';
import { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { familyByNumbers, familyOf } from './family/table.ts';
import { finishMessage, headerLength, writeHeader } from './header.ts';
import type { RouteRefreshMessage } from './types.ts';

export function decodeRouteRefresh(raw: Uint8Array): RouteRefreshMessage {
  const reader = new ByteReader(raw, headerLength);
  const afi = reader.u16('afi');
  reader.u8('reserved');
  const family = familyByNumbers({ afi, safi: reader.u8('safi') });
  return { type: 'route-refresh', ...(family && { family: family.name }) };
}

export function encodeRouteRefresh({ family }: RouteRefreshMessage): Uint8Array {
  assert(family !== undefined, 'a route refresh that we send names a family');
  const { afi, safi } = familyOf(family);
  return finishMessage(writeHeader(new ByteWriter(32), 'route-refresh').u16(afi).u8(0).u8(safi));
}
