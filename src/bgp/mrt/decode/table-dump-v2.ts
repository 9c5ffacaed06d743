/**
 * TABLE_DUMP_V2: an index table of peers, then one record a prefix with an entry for each peer that has a route to it.
 *
 * Layout (RFC 6396 §4.3.2): [sequence u32][bits u8][prefix][entry count u16] entries …; an entry (§4.3.4, RFC 8050 §4.1):
 * [peer index u16][originated u32][path identifier u32, with add-path][attributes length u16][attributes]
 * Errors: a record whose entries do not end with it is damaged whole; an entry whose attributes cannot be read, alone.
 */
import type { FieldsShape } from './fields.ts';
import { type MrtRecord, u16, u32 } from './framer.ts';
import type { RibKind } from './numbers.ts';
import type { PeerView, RouteFilter, RouteSink, RouteView } from './route.ts';

export type Report = (record: MrtRecord, what: string) => void;

export interface Shown {
  readonly view: RouteView;
  readonly sink: RouteSink;
  readonly filter: RouteFilter | undefined;
  readonly report: Report;
}

/**
 * The peers, each with a copy of its address, or what is wrong with the table.
 * Layout (RFC 6396 §4.3.1): [collector u32][name length u16][name][peer count u16], then each
 * [type u8: 1 IPv6, 2 AS number of 4 octets][BGP identifier u32][address][AS number]
 */
export function readPeers({ bytes, start, end }: MrtRecord): PeerView[] | string {
  const short = 'the peer index table is cut short';
  if (end - start < 8) return short;
  let at = start + 6 + u16(bytes, start + 4);
  if (at + 2 > end) return short;
  const count = u16(bytes, at);
  at += 2;
  const peers: PeerView[] = [];
  for (let index = 0; index < count; index++) {
    if (at + 5 > end) return short;
    const type = bytes[at] as number;
    const family = (type & 1) === 0 ? 4 : 6;
    const addressBytes = family === 4 ? 4 : 16;
    const asnBytes = (type & 2) === 0 ? 2 : 4;
    const address = at + 5;
    at = address + addressBytes + asnBytes;
    if (at > end) return short;
    const asn = asnBytes === 2 ? u16(bytes, address + addressBytes) : u32(bytes, address + addressBytes);
    peers.push({ family, bytes: bytes.slice(address, address + addressBytes), at: 0, asn });
  }
  return peers;
}

const shapes: Readonly<Record<'plain' | 'addPath', FieldsShape>> = {
  plain: { asnBytes: 4, addPath: false, rib: true },
  addPath: { asnBytes: 4, addPath: true, rib: true },
};

/**
 * Shows the routes of one prefix; `wanted` says of each peer whether the filter wants it. Answers what is wrong with the record;
 * what is wrong with an entry is reported.
 */
export function readRib(
  record: MrtRecord,
  kind: RibKind,
  peers: readonly PeerView[],
  wanted: readonly boolean[],
  { view, sink, filter, report }: Shown,
): string | undefined {
  const { bytes, start, end } = record;
  if (end - start < 7) return 'the record is cut short';
  const bits = bytes[start + 4] as number;
  const most = kind.family === 4 ? 32 : 128;
  if (bits > most) return `a prefix of ${bits} bits, the family has ${most}`;
  const countAt = start + 5 + ((bits + 7) >> 3);
  if (countAt + 2 > end) return 'the record is cut short';
  const count = u16(bytes, countAt);
  const head = kind.addPath ? 12 : 8;
  const fault = checkEntries(bytes, countAt + 2, end, { count, head });
  if (fault !== undefined) return fault;
  view.record = record;
  view.family = kind.family;
  view.safi = kind.unicast ? 1 : 2;
  view.prefixAt = start + 5;
  view.prefixBits = bits;
  view.prefixBytes = (bits + 7) >> 3;
  view.multiprotocol = false;
  view.pathId = -1;
  if (filter?.prefix(view) === false) return undefined;
  const shape = kind.addPath ? shapes.addPath : shapes.plain;
  let at = countAt + 2;
  for (let index = 0; index < count; index++) {
    const attributesAt = at + head;
    const attributesEnd = attributesAt + u16(bytes, attributesAt - 2);
    const peerIndex = u16(bytes, at);
    const peer = peers[peerIndex];
    if (peer === undefined) {
      report(record, `entry ${index}: there is no peer ${peerIndex}, the index table has ${peers.length}`);
    } else if (wanted[peerIndex] === true) {
      const what = view.attributes.read(bytes, attributesAt, attributesEnd, shape);
      if (what !== undefined) {
        report(record, `entry ${index}: ${what}`);
      } else {
        view.peer = peer;
        view.peerIndex = peerIndex;
        view.originatedTime = u32(bytes, at + 2);
        if (kind.addPath) view.pathId = u32(bytes, at + 6);
        chooseRibNextHop(view);
        if (filter === undefined || filter.attributes(view)) sink.rib(view);
      }
    }
    at = attributesEnd;
  }
  return undefined;
}

function checkEntries(bytes: Uint8Array, first: number, end: number, entry: { count: number; head: number }) {
  let at = first;
  for (let index = 0; index < entry.count; index++) {
    at += entry.head;
    if (at > end) return `entry ${index} of ${entry.count} is cut short`;
    at += u16(bytes, at - 2);
    if (at > end) return `entry ${index} of ${entry.count} is cut short`;
  }
  return undefined;
}

/** RFC 6396 §4.3.4: the next hop of MP_REACH_NLRI where there is one, else that of NEXT_HOP. */
export function chooseRibNextHop(view: RouteView): void {
  const { attributes } = view;
  view.attributesSerial++;
  if (attributes.reachNextHopAt >= 0) {
    view.nextHopAt = attributes.reachNextHopAt;
    view.nextHopFamily = attributes.reachNextHopFamily;
  } else {
    view.nextHopAt = attributes.nextHopAt;
    view.nextHopFamily = 4;
  }
}
