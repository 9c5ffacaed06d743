/**
 * BMP messages as plain values (RFC 7854, with Adj-RIB-Out of RFC 8671 and Loc-RIB of RFC 9069).
 *
 * Why BGP messages inside stay bytes here: how an UPDATE reads depends on the OPENs of its Peer Up, which is state that a codec does
 * not have. Whoever keeps that state decodes them, see `../context.ts`.
 */
import type { Address } from '../../../ip/address.ts';
import type { Message, MessageError, NotificationMessage, OpenMessage } from '../../message/types.ts';

export type BmpMessage =
  | RouteMonitoring
  | StatisticsReport
  | PeerDown
  | PeerUp
  | Initiation
  | Termination
  | RouteMirroring
  | UnknownBmpMessage;

/** RFC 7854 §4.2, RFC 9069 §4.1. */
export type PeerKind = 'global' | 'route-distinguisher' | 'local' | 'loc-rib';

/** Which of a router's tables a message speaks of: by the flags L (RFC 7854) and O (RFC 8671), or the peer's kind (RFC 9069). */
export type MonitoredRib =
  | 'adj-rib-in-pre-policy'
  | 'adj-rib-in-post-policy'
  | 'adj-rib-out-pre-policy'
  | 'adj-rib-out-post-policy'
  | 'loc-rib';

/** The per-peer header: whose session or table a message is about. */
export interface PeerHeader {
  readonly kind: PeerKind;
  readonly rib: MonitoredRib;
  /** Tells peers apart that share an address: a route distinguisher or a number of the router's; else 0. */
  readonly distinguisher: bigint;
  /** The peer's end of the session; absent for a Loc-RIB, which has none (RFC 9069 §5.1). */
  readonly address?: Address;
  readonly asn: number;
  readonly routerId: Address;
  /** AS_PATH in the UPDATE is of 2-octet AS numbers (flag A). */
  readonly twoOctetPath: boolean;
  /** Only a part of the Loc-RIB is told (flag F, RFC 9069 §4.2). */
  readonly filtered: boolean;
  /** Since 1970, when the router saw it happen; 0 where it does not know. */
  readonly timeMicroseconds: number;
}

/** A BGP message inside: its bytes, and what they say or why nothing. */
export type Pdu<M extends Message> =
  | { readonly raw: Uint8Array; readonly message: M }
  | { readonly raw: Uint8Array; readonly error: MessageError };

export interface Tlv {
  readonly type: number;
  readonly bytes: Uint8Array;
}

export interface RouteMonitoring {
  readonly type: 'route-monitoring';
  readonly peer: PeerHeader;
  /** One whole UPDATE with its header. */
  readonly update: Uint8Array;
}

export interface StatisticsReport {
  readonly type: 'statistics-report';
  readonly peer: PeerHeader;
  readonly statistics: readonly Statistic[];
}

export type Statistic =
  | { readonly code: number; readonly value: bigint; readonly family?: { readonly afi: number; readonly safi: number } }
  /** One that we do not know. */
  | { readonly code: number; readonly bytes: Uint8Array };

export interface PeerDown {
  readonly type: 'peer-down';
  readonly peer: PeerHeader;
  readonly reason: PeerDownReason;
}

/** RFC 7854 §4.9, RFC 9069 §5.3. */
export type PeerDownReason =
  | { readonly kind: 'local-notification'; readonly notification: Pdu<NotificationMessage> }
  /** The event of RFC 4271 §8.1 that ended it; 0 for none. */
  | { readonly kind: 'local'; readonly fsmEvent: number }
  | { readonly kind: 'remote-notification'; readonly notification: Pdu<NotificationMessage> }
  | { readonly kind: 'remote' }
  /** The session may live on; the router tells of it no more. */
  | { readonly kind: 'no-longer-monitored' }
  | { readonly kind: 'information'; readonly information: readonly Tlv[] }
  | { readonly kind: 'unknown'; readonly code: number; readonly bytes: Uint8Array };

export interface PeerUp {
  readonly type: 'peer-up';
  readonly peer: PeerHeader;
  /** The router's end of the session; absent for a Loc-RIB. */
  readonly localAddress?: Address;
  readonly localPort: number;
  readonly remotePort: number;
  readonly sent: Pdu<OpenMessage>;
  readonly received: Pdu<OpenMessage>;
  readonly information: readonly Tlv[];
}

export interface Initiation {
  readonly type: 'initiation';
  readonly information: readonly Tlv[];
}

export interface Termination {
  readonly type: 'termination';
  readonly information: readonly Tlv[];
}

export interface RouteMirroring {
  readonly type: 'route-mirroring';
  readonly peer: PeerHeader;
  readonly items: readonly Tlv[];
}

/** Of a type that we do not know: its length is known, so it is stepped over. */
export interface UnknownBmpMessage {
  readonly type: 'unknown';
  readonly code: number;
  readonly bytes: Uint8Array;
}

/** What is wrong with bytes that were to be BMP. */
export interface BmpError {
  /** From the first byte of the BMP message. */
  readonly offset: number;
  readonly field: string;
  readonly what: string;
  readonly rfc: string;
}

export type BmpResult =
  | { readonly ok: true; readonly message: BmpMessage }
  | { readonly ok: false; readonly error: BmpError };
