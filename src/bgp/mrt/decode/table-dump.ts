/**
 * TABLE_DUMP, the older form of a RIB: one route a record, AS numbers of 2 octets.
 *
 * Layout (RFC 6396 §4.2): [view u16][sequence u16][prefix 4 or 16][bits u8][status u8][originated u32][peer 4 or 16]
 * [peer AS u16][attributes length u16][attributes]. The subtype is the AFI.
 */
import type { FieldsShape } from './fields.ts';
import { type MrtRecord, u16, u32 } from './framer.ts';
import { chooseRibNextHop, type Shown } from './table-dump-v2.ts';

const shape: FieldsShape = { asnBytes: 2, addPath: false, rib: true };

/** Shows the route; answers what is wrong with the record. */
export function readTableDump(record: MrtRecord, { view, sink, filter }: Shown): string | undefined {
  const { bytes, start, end } = record;
  const family = record.subtype === 1 ? 4 : 6;
  const addressBytes = family === 4 ? 4 : 16;
  const bitsAt = start + 4 + addressBytes;
  const peerAt = bitsAt + 6;
  const attributesAt = peerAt + addressBytes + 4;
  if (attributesAt > end) return 'the record is cut short';
  const bits = bytes[bitsAt] as number;
  if (bits > addressBytes * 8) return `a prefix of ${bits} bits, the family has ${addressBytes * 8}`;
  const attributesEnd = attributesAt + u16(bytes, attributesAt - 2);
  if (attributesEnd > end) return 'the path attributes are cut short';
  view.record = record;
  view.family = family;
  view.safi = 1;
  view.prefixAt = start + 4;
  view.prefixBits = bits;
  view.prefixBytes = addressBytes;
  view.multiprotocol = false;
  view.pathId = -1;
  view.peerIndex = -1;
  view.originatedTime = u32(bytes, bitsAt + 2);
  view.peer = { family, bytes, at: peerAt, asn: u16(bytes, attributesAt - 4) };
  if (filter !== undefined && !(filter.peer(view.peer) && filter.prefix(view))) return undefined;
  const what = view.attributes.read(bytes, attributesAt, attributesEnd, shape);
  if (what !== undefined) return what;
  // As `bgpdump`: an IPv4 MP_REACH_NLRI, which nobody had when this form was in use, does not count.
  if (view.attributes.reachFamily === 4) view.attributes.reachNextHopAt = -1;
  chooseRibNextHop(view);
  if (filter === undefined || filter.attributes(view)) sink.rib(view);
  return undefined;
}
