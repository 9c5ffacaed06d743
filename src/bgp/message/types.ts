/**
 * BGP messages as plain values: what the codec decodes to and encodes from.
 *
 * Why: the wire has two places for prefixes (the base message and the multiprotocol attributes); everything above the
 * codec sees one: `reach` and `withdrawn`. The codec puts them where RFC 4271 and RFC 4760 want them.
 */
import type { Address } from '../../ip/address.ts';
import type { Prefix } from '../../ip/prefix.ts';

/** AFI and SAFI together, by name; `family/table.ts` has the numbers. */
export type AddressFamily = 'ipv4-unicast' | 'ipv6-unicast';

export type Message = OpenMessage | UpdateMessage | KeepaliveMessage | NotificationMessage | RouteRefreshMessage;

export interface OpenMessage {
  readonly type: 'open';
  /** The 4-octet ASN where the capability carries one, else the 2-octet field (RFC 6793 §4.1). */
  readonly asn: number;
  readonly holdTimeSeconds: number;
  /** The BGP identifier: an IPv4-shaped number that need not be an address (RFC 6286). */
  readonly routerId: Address;
  readonly capabilities: readonly Capability[];
}

export type Capability =
  | { readonly kind: 'multiprotocol'; readonly family: AddressFamily }
  | { readonly kind: 'route-refresh' }
  | { readonly kind: 'four-octet-asn'; readonly asn: number }
  /** One that we do not know, or a multiprotocol one of a family that we do not know. */
  | { readonly kind: 'unknown'; readonly code: number; readonly bytes: Uint8Array };

export interface UpdateMessage {
  readonly type: 'update';
  /** Of any family: base message and MP_UNREACH_NLRI together. */
  readonly withdrawn: readonly Prefix[];
  /**
   * The announced prefixes, with the next hop of their family. One entry a family, but two where a peer sends IPv4 both in
   * the base message and in MP_REACH_NLRI, with next hops of their own.
   */
  readonly reach: readonly Reach[];
  /** The attributes that all of `reach` share; NEXT_HOP and the multiprotocol ones are in `reach` and `withdrawn`. */
  readonly attributes: PathAttributes;
  /** Set on an End-of-RIB marker (RFC 4724 §2), which carries nothing else. */
  readonly endOfRib?: AddressFamily;
  /** What was wrong with it and did not end the session (RFC 7606): already applied to the fields above. */
  readonly errors: readonly MessageError[];
}

export interface Reach {
  readonly family: AddressFamily;
  readonly nextHop: Address;
  /** The second next hop that IPv6 announcements may carry (RFC 2545 §3). */
  readonly linkLocalNextHop?: Address;
  readonly prefixes: readonly Prefix[];
}

export interface KeepaliveMessage {
  readonly type: 'keepalive';
}

export interface NotificationMessage {
  readonly type: 'notification';
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

export interface RouteRefreshMessage {
  readonly type: 'route-refresh';
  /** Absent: one that we do not know; such a request is ignored (RFC 2918 §4). */
  readonly family?: AddressFamily;
}

export type OriginCode = 'igp' | 'egp' | 'incomplete';

export interface AsPathSegment {
  readonly kind: 'sequence' | 'set';
  readonly asns: readonly number[];
}

export type LargeCommunity = readonly [globalAdministrator: number, localData1: number, localData2: number];

export interface UnknownAttribute {
  readonly type: number;
  readonly flags: number;
  readonly bytes: Uint8Array;
}

/** Names are ours in camelCase; an absent key is an absent attribute. */
export interface PathAttributes {
  readonly originCode?: OriginCode;
  readonly asPath?: readonly AsPathSegment[];
  readonly multiExitDiscriminator?: number;
  readonly localPreference?: number;
  readonly atomicAggregate?: true;
  readonly aggregator?: { readonly asn: number; readonly address: Address };
  /** Each `ASN:value` as one 32-bit number. */
  readonly communities?: readonly number[];
  readonly largeCommunities?: readonly LargeCommunity[];
  /** Transitive ones that we do not know, to be passed on with the Partial bit set (RFC 4271 §5). */
  readonly unknown?: readonly UnknownAttribute[];
  /** Type codes of attributes above that came with the Partial bit: once set, it stays (RFC 4271 §5). */
  readonly partial?: readonly number[];
}

/** RFC 7606 §2, mildest first. `session-reset` stands for AFI/SAFI disable, too. */
export type ErrorOutcome = 'attribute-discard' | 'treat-as-withdraw' | 'session-reset';

/** What was wrong with a message, fit for a NOTIFICATION, a log line and a person. */
export interface MessageError {
  readonly outcome: ErrorOutcome;
  readonly code: number;
  readonly subcode: number;
  /** For the NOTIFICATION's data field (RFC 4271 §6). */
  readonly data: Uint8Array;
  /** From the first byte of the message's header (its marker). */
  readonly offset: number;
  readonly field: string;
  readonly what: string;
  readonly rfc: string;
}

/** What a session negotiated that changes how bytes are read and written. */
export interface CodecContext {
  /** AS numbers of 4 octets in AS_PATH and AGGREGATOR (RFC 6793); false: 2 octets, with AS4_PATH beside them. */
  readonly fourOctetAsn: boolean;
  /** The peer is in another AS: LOCAL_PREF is ignored, the first AS must be the peer's (RFC 4271 §6.3). */
  readonly external: boolean;
  /** Absent: the first AS of a path is not compared with it; a route server's client wants that (RFC 7947 §2.2.2.1). */
  readonly peerAsn?: number;
  /** What was negotiated, `ipv4-unicast` too: prefixes of any other family are ignored with an error. */
  readonly families: readonly AddressFamily[];
}
