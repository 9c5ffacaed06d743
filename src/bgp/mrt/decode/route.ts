/**
 * What a reader of routes is shown: one object, filled again for each route, that points into the record's bytes.
 *
 * Why one: a dump has millions of routes, and an object each costs more than to print them. What is to be kept must be
 * copied (`../json/`, `../values/` make values of it).
 */
import { AttributeFields } from './fields.ts';
import type { MrtRecord } from './framer.ts';

/** A peer of a dump's index table, or an end of the session that a message crossed. */
export interface PeerView {
  family: 4 | 6;
  /** Holds the address at `at`: 4 or 16 bytes. */
  bytes: Uint8Array;
  at: number;
  asn: number;
}

export class RouteView {
  record: MrtRecord = { bytes: none, start: 0, end: 0, offset: 0, time: 0, microseconds: -1, type: 0, subtype: 0 };
  /** Who sent the route to the collector; in a message of the collector's own: to whom it was sent. */
  peer: PeerView = { family: 4, bytes: none, at: 0, asn: 0 };
  /** The collector's end; only of messages. */
  local: PeerView = { family: 4, bytes: none, at: 0, asn: 0 };
  /** The peer's place in the index table; -1 where there is none. */
  peerIndex = -1;
  family: 4 | 6 = 4;
  /** The prefix: its first bytes in the record, as many as came. Bits behind its length are as they came. */
  prefixAt = 0;
  prefixBytes = 0;
  prefixBits = 0;
  /** -1 without add-path. */
  pathId = -1;
  safi = 1;
  /** Whether the prefix stood in a multiprotocol attribute. */
  multiprotocol = false;
  /** When the collector's router learned it; only of RIBs. */
  originatedTime = 0;
  /** -1: none. */
  nextHopAt = -1;
  nextHopFamily: 4 | 6 = 4;
  /** Another number: other attributes or another next hop than the route before. */
  attributesSerial = 0;
  readonly attributes = new AttributeFields();
  oldState = 0;
  newState = 0;
}

const none = new Uint8Array(0);

/** Each call shows the same view with other contents. */
export interface RouteSink {
  /** Of TABLE_DUMP and TABLE_DUMP_V2. */
  rib(view: RouteView): void;
  announce(view: RouteView): void;
  withdraw(view: RouteView): void;
  state(view: RouteView): void;
}

/** Asked before a route is shown, cheapest question first; a filter that does not care answers true. */
export interface RouteFilter {
  peer(peer: PeerView): boolean;
  prefix(view: RouteView): boolean;
  attributes(view: RouteView): boolean;
  /** What has no prefix (state changes), or no attributes (withdrawals). */
  readonly withoutPrefix: boolean;
  readonly withoutAttributes: boolean;
}
