/**
 * BGP4MP: messages that a collector heard or sent, and its sessions' changes of state. Routes come from UPDATE messages.
 *
 * Layout (RFC 6396 §4.4; RFC 8050 §4.2 for prefixes with path identifiers): [peer AS][local AS][interface u16][AFI u16]
 * [peer address][local address], then a whole BGP message, or [old state u16][new state u16].
 * Order: what is withdrawn before what is announced, the base message's prefixes before the multiprotocol attributes', as
 * `bgpdump` prints them.
 * Errors: everything is checked before the first route is shown, so a damaged message shows none.
 */
import type { FieldsShape } from './fields.ts';
import { type MrtRecord, u16, u32 } from './framer.ts';
import { checkNlri } from './nlri.ts';
import type { Bgp4mpKind } from './numbers.ts';
import type { RouteView } from './route.ts';
import type { Shown } from './table-dump-v2.ts';

const messageHeader = 19;
const update = 2;

/** Shows the routes or the change of state; answers what is wrong with the record. */
export function readBgp4mp(record: MrtRecord, kind: Bgp4mpKind, shown: Shown): string | undefined {
  const { bytes, start, end } = record;
  const { view } = shown;
  const familyAt = start + 2 * kind.asnBytes + 2;
  if (familyAt + 2 > end) return 'the record is cut short';
  const afi = u16(bytes, familyAt);
  if (afi !== 1 && afi !== 2) return `a session of address family ${afi}`;
  const family = afi === 1 ? 4 : 6;
  const addressBytes = family === 4 ? 4 : 16;
  const peerAt = familyAt + 2;
  const bodyAt = peerAt + 2 * addressBytes;
  if (bodyAt > end) return 'the record is cut short';
  const asnAt = (at: number): number => (kind.asnBytes === 2 ? u16(bytes, at) : u32(bytes, at));
  view.record = record;
  view.peer = { family, bytes, at: peerAt, asn: asnAt(start) };
  view.local = { family, bytes, at: peerAt + addressBytes, asn: asnAt(start + kind.asnBytes) };
  view.peerIndex = -1;
  view.pathId = -1;
  return kind.what === 'state' ? readState(record, bodyAt, shown) : readMessage(record, bodyAt, kind, shown);
}

function readState(record: MrtRecord, at: number, { view, sink, filter }: Shown): string | undefined {
  if (at + 4 !== record.end) return 'a state change of another length';
  view.oldState = u16(record.bytes, at);
  view.newState = u16(record.bytes, at + 2);
  if (filter === undefined || (filter.withoutPrefix && filter.withoutAttributes && filter.peer(view.peer))) {
    sink.state(view);
  }
  return undefined;
}

function readMessage(record: MrtRecord, at: number, kind: Bgp4mpKind, shown: Shown): string | undefined {
  const { bytes } = record;
  const { view, filter } = shown;
  if (at + messageHeader > record.end) return 'the BGP message is cut short';
  for (let index = at; index < at + 16; index++) {
    if (bytes[index] !== 0xff) return 'the BGP message has no marker';
  }
  const end = at + u16(bytes, at + 16);
  if (end > record.end || end < at + messageHeader) {
    return `the BGP message claims ${end - at} bytes, the record has ${record.end - at}`;
  }
  const type = bytes[at + 18] as number;
  if (type === 0 || type > 5) return `a BGP message of type ${type}`;
  if (type !== update || filter?.peer(view.peer) === false) return undefined;
  return readUpdate(bytes, at + messageHeader, end, kind, shown);
}

/** Layout (RFC 4271 §4.3): [withdrawn length u16][withdrawn …][attributes length u16][attributes …][NLRI …] */
function readUpdate(bytes: Uint8Array, at: number, end: number, kind: Bgp4mpKind, shown: Shown): string | undefined {
  const { view, sink, filter } = shown;
  const short = 'the UPDATE is cut short';
  if (at + 4 > end) return short;
  const withdrawn = { at: at + 2, end: at + 2 + u16(bytes, at) };
  if (withdrawn.end + 2 > end) return short;
  const attributesAt = withdrawn.end + 2;
  const nlri = { at: attributesAt + u16(bytes, withdrawn.end), end };
  if (nlri.at > end) return short;
  const base = { family: 4, addPath: kind.addPath } as const;
  const shape: FieldsShape = { asnBytes: kind.asnBytes, addPath: kind.addPath, rib: false };
  const fault =
    checkNlri(bytes, withdrawn, base) ??
    checkNlri(bytes, nlri, base) ??
    view.attributes.read(bytes, attributesAt, nlri.at, shape);
  if (fault !== undefined) return fault;
  const { attributes } = view;
  if (filter === undefined || filter.withoutAttributes) {
    const withdraw = (): void => sink.withdraw(view);
    view.multiprotocol = false;
    view.safi = 1;
    showAll(bytes, withdrawn, base, shown, withdraw);
    if (attributes.unreachFamily !== 0) {
      view.multiprotocol = true;
      view.safi = attributes.unreachSafi;
      const range = { at: attributes.unreachAt, end: attributes.unreachEnd };
      showAll(bytes, range, { family: attributes.unreachFamily, addPath: kind.addPath }, shown, withdraw);
    }
  }
  const announce = (): void => sink.announce(view);
  if (nlri.at < end) {
    nextHop(view, attributes.nextHopAt, 4);
    view.multiprotocol = false;
    view.safi = 1;
    if (filter === undefined || filter.attributes(view)) showAll(bytes, nlri, base, shown, announce);
  }
  if (attributes.reachFamily !== 0) {
    nextHop(view, attributes.reachNextHopAt, attributes.reachNextHopFamily);
    view.multiprotocol = true;
    view.safi = attributes.reachSafi;
    const range = { at: attributes.reachAt, end: attributes.reachEnd };
    const its = { family: attributes.reachFamily, addPath: kind.addPath };
    if (filter === undefined || filter.attributes(view)) showAll(bytes, range, its, shown, announce);
  }
  return undefined;
}

function nextHop(view: RouteView, at: number, family: 4 | 6): void {
  view.nextHopAt = at;
  view.nextHopFamily = family;
  view.attributesSerial++;
}

/** Shows each prefix of a list that was checked. */
function showAll(
  bytes: Uint8Array,
  range: { at: number; end: number },
  shape: { family: 4 | 6; addPath: boolean },
  { view, filter }: Shown,
  show: () => void,
): void {
  let { at } = range;
  view.family = shape.family;
  while (at < range.end) {
    if (shape.addPath) {
      view.pathId = u32(bytes, at);
      at += 4;
    }
    view.prefixBits = bytes[at] as number;
    view.prefixAt = at + 1;
    view.prefixBytes = (view.prefixBits + 7) >> 3;
    at += 1 + view.prefixBytes;
    if (filter === undefined || filter.prefix(view)) show();
  }
}
