/**
 * Writes MRT records: RIB dumps as TABLE_DUMP_V2, messages and state changes as BGP4MP with AS numbers of 4 octets.
 *
 * Why only these: they are what collectors write today, and what every reader knows. Path identifiers make them the add-path
 * variants (RFC 8050). Times are whole seconds since 1970.
 */
import { assert } from '../../../base/assert.ts';
import { ByteWriter } from '../../../base/bytes.ts';
import type { Address } from '../../../ip/address.ts';
import type { Prefix } from '../../../ip/prefix.ts';
import { mrtType } from '../decode/numbers.ts';

/** Layout (RFC 6396 §2): [seconds u32][type u16][subtype u16][length u32] message. */
export function mrtRecord(time: number, type: number, subtype: number, body: (writer: ByteWriter) => void): Uint8Array {
  const message = new ByteWriter();
  body(message);
  const bytes = message.finish();
  return new ByteWriter(12 + bytes.length).u32(time).u16(type).u16(subtype).u32(bytes.length).put(bytes).finish();
}

export interface DumpPeer {
  readonly routerId: Address;
  readonly address: Address;
  readonly asn: number;
}

/** RFC 6396 §4.3.1. Entries name a peer by its place in `peers`; at most 65,535. */
export function peerIndexTableRecord(
  time: number,
  table: { readonly collector: Address; readonly viewName?: string; readonly peers: readonly DumpPeer[] },
): Uint8Array {
  const name = new TextEncoder().encode(table.viewName ?? '');
  assert(table.peers.length <= 0xffff && name.length <= 0xffff, 'an index table has at most 65535 peers');
  return mrtRecord(time, mrtType.tableDumpV2, 1, (writer) => {
    writer.put(table.collector.bytes).u16(name.length).put(name).u16(table.peers.length);
    for (const { routerId, address, asn } of table.peers) {
      writer
        .u8(2 | (address.family === 6 ? 1 : 0))
        .put(routerId.bytes)
        .put(address.bytes)
        .u32(asn);
    }
  });
}

export interface DumpEntry {
  readonly peerIndex: number;
  /** When the route was learned. */
  readonly originatedTime: number;
  /** On all entries of a prefix, or on none. */
  readonly pathId?: number;
  /** Path attributes as `attributes.ts` makes them. */
  readonly attributes: Uint8Array;
}

/** One prefix with its routes (RFC 6396 §4.3.2, RFC 8050 §4.1). `sequence` counts the prefixes of a dump, from 0. */
export function ribRecord(
  time: number,
  rib: { readonly sequence: number; readonly prefix: Prefix; readonly entries: readonly DumpEntry[] },
): Uint8Array {
  const { prefix, entries } = rib;
  const addPath = entries.some(({ pathId }) => pathId !== undefined);
  const subtype = (prefix.family === 4 ? 2 : 4) + (addPath ? 6 : 0);
  return mrtRecord(time, mrtType.tableDumpV2, subtype, (writer) => {
    writer.u32(rib.sequence).u8(prefix.length);
    writer.put(prefix.bytes.subarray(0, (prefix.length + 7) >> 3)).u16(entries.length);
    for (const { peerIndex, originatedTime, pathId, attributes } of entries) {
      assert(addPath === (pathId !== undefined), 'all entries of a prefix have a path identifier, or none has');
      writer.u16(peerIndex).u32(originatedTime);
      if (pathId !== undefined) writer.u32(pathId);
      writer.lengthU16(() => writer.put(attributes));
    }
  });
}

export interface SessionEnds {
  readonly peer: { readonly address: Address; readonly asn: number };
  readonly local: { readonly address: Address; readonly asn: number };
}

export interface MessageToRecord extends SessionEnds {
  /** A whole BGP message, header included, with AS numbers of 4 octets. */
  readonly message: Uint8Array;
  /** We sent it (RFC 6396 §4.4.5). */
  readonly sent?: boolean;
  /** Its prefixes have path identifiers (RFC 8050 §4.2). */
  readonly addPath?: boolean;
  /** Beyond whole seconds: makes it a BGP4MP_ET record (RFC 6396 §3). */
  readonly microseconds?: number;
}

/** BGP4MP_MESSAGE_AS4 and its variants (RFC 6396 §4.4.3). */
export function messageRecord(time: number, record: MessageToRecord): Uint8Array {
  const subtype = record.addPath === true ? (record.sent === true ? 11 : 9) : record.sent === true ? 7 : 4;
  return bgp4mpRecord(time, subtype, record, (writer) => writer.put(record.message));
}

/** BGP4MP_STATE_CHANGE_AS4 (RFC 6396 §4.4.4): 1 Idle, 2 Connect, 3 Active, 4 OpenSent, 5 OpenConfirm, 6 Established. */
export function stateChangeRecord(
  time: number,
  change: SessionEnds & { readonly oldState: number; readonly newState: number; readonly microseconds?: number },
): Uint8Array {
  return bgp4mpRecord(time, 5, change, (writer) => writer.u16(change.oldState).u16(change.newState));
}

function bgp4mpRecord(
  time: number,
  subtype: number,
  { peer, local, microseconds }: SessionEnds & { readonly microseconds?: number },
  body: (writer: ByteWriter) => void,
): Uint8Array {
  const { family } = peer.address;
  assert(family === local.address.family, 'the ends of a session have addresses of one family');
  const type = microseconds === undefined ? mrtType.bgp4mp : mrtType.bgp4mpEt;
  return mrtRecord(time, type, subtype, (writer) => {
    if (microseconds !== undefined) writer.u32(microseconds);
    writer
      .u32(peer.asn)
      .u32(local.asn)
      .u16(0)
      .u16(family === 4 ? 1 : 2);
    writer.put(peer.address.bytes).put(local.address.bytes);
    body(writer);
  });
}
