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
  /** Families whose prefixes may come with a next hop of IPv6 though they are IPv4 (RFC 8950). */
  | { readonly kind: 'extended-next-hop'; readonly families: readonly AddressFamily[] }
  /** Messages of up to 65535 bytes (RFC 8654). */
  | { readonly kind: 'extended-message' }
  /** What the speaker is to the receiver of this OPEN (RFC 9234). */
  | { readonly kind: 'role'; readonly role: BgpRole }
  | GracefulRestartCapability
  | { readonly kind: 'add-path'; readonly families: readonly AddPathFamily[] }
  /** BoRR and EoRR around a refresh (RFC 7313). */
  | { readonly kind: 'enhanced-route-refresh' }
  | { readonly kind: 'long-lived-graceful-restart'; readonly families: readonly LongLivedFamily[] }
  /** One that we do not know, or whose value (a family, a role) we do not know. */
  | { readonly kind: 'unknown'; readonly code: number; readonly bytes: Uint8Array };

/** RFC 9234 §4.1: the sender's place in the relation, so a `provider` speaks to a `customer`. */
export type BgpRole = 'provider' | 'route-server' | 'route-server-client' | 'customer' | 'peer';

/** RFC 4724 §3. Without families: the peer sends End-of-RIB markers, but keeps no forwarding of its own over a restart. */
export interface GracefulRestartCapability {
  readonly kind: 'graceful-restart';
  /** The sender has just restarted, so nobody waits for its End-of-RIB before sending one's own. */
  readonly restarted: boolean;
  /** A NOTIFICATION, too, starts a graceful restart; Cease / Hard Reset ends without one (RFC 8538 §2). */
  readonly notification: boolean;
  /** 0 to 4095. */
  readonly restartTimeSeconds: number;
  readonly families: readonly RestartFamily[];
}

export interface RestartFamily {
  readonly family: AddressFamily;
  /** The sender's forwarding of this family outlived its restart. */
  readonly forwardingPreserved: boolean;
}

/** RFC 9494 §3. */
export interface LongLivedFamily extends RestartFamily {
  /** How long stale routes may be kept, at most 16777215. */
  readonly staleTimeSeconds: number;
}

/** RFC 7911 §4: what the sender of the capability is able to do with several paths a prefix. */
export interface AddPathFamily {
  readonly family: AddressFamily;
  readonly direction: 'receive' | 'send' | 'both';
}

/**
 * A prefix as it stands in an UPDATE. `pathId` is there exactly in families with ADD-PATH (RFC 7911 §3): elsewhere this is a
 * plain prefix of the same shape, so that whoever does without pays nothing.
 */
export interface Nlri extends Prefix {
  readonly pathId?: number;
}

export interface UpdateMessage {
  readonly type: 'update';
  /** Of any family: base message and MP_UNREACH_NLRI together. A family may stand in several, none is empty. */
  readonly withdrawn: readonly Withdrawn[];
  /**
   * The announced prefixes, with the next hop of their family. One entry a family, but two where a peer sends IPv4 both in
   * the base message and in MP_REACH_NLRI, with next hops of their own.
   */
  readonly reach: readonly Reach[];
  /** The attributes that all of `reach` share; NEXT_HOP and the multiprotocol ones are in `reach` and `withdrawn`. */
  readonly attributes: PathAttributes;
  /** Set on an End-of-RIB marker (RFC 4724 §2), which carries nothing else. */
  readonly endOfRib?: AddressFamily;
  /** Optional ones that we do not know and that are not transitive: never passed on (RFC 4271 §9), here for whoever looks. */
  readonly ignored?: readonly UnknownAttribute[];
  /** What was wrong with it and did not end the session (RFC 7606): already applied to the fields above. */
  readonly errors: readonly MessageError[];
}

/** Withdrawn prefixes of one family. */
export interface Withdrawn {
  readonly family: AddressFamily;
  readonly prefixes: readonly Nlri[];
}

export interface Reach {
  readonly family: AddressFamily;
  /** IPv6 for IPv4 prefixes only where RFC 8950 was negotiated. */
  readonly nextHop: Address;
  /** The second next hop that IPv6 announcements may carry (RFC 2545 §3). */
  readonly linkLocalNextHop?: Address;
  readonly prefixes: readonly Nlri[];
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
  /**
   * Absent: a request. Where enhanced route refresh was negotiated (RFC 7313 §3.2), the beginning (BoRR) and the end (EoRR) of the answer to
   * one, or `unknown`, which is ignored.
   */
  readonly subtype?: 'begin' | 'end' | 'unknown';
}

export type OriginCode = 'igp' | 'egp' | 'incomplete';

export interface AsPathSegment {
  readonly kind: 'sequence' | 'set';
  readonly asns: readonly number[];
}

export type LargeCommunity = readonly [globalAdministrator: number, localData1: number, localData2: number];

/** Its 8 bytes as two 32-bit numbers (RFC 4360 §2). */
export type ExtendedCommunity = readonly [high: number, low: number];

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
  /** The router that brought the route into this AS (RFC 4456 §8); a router ID. */
  readonly originatorId?: Address;
  /** The reflection clusters crossed, nearest first (RFC 4456 §8). */
  readonly clusterList?: readonly Address[];
  readonly extendedCommunities?: readonly ExtendedCommunity[];
  readonly largeCommunities?: readonly LargeCommunity[];
  /** The AS that sent the route down or across, from where it goes to customers only (RFC 9234 §5). */
  readonly onlyToCustomer?: number;
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
  /** Families whose prefixes carry path identifiers, each way (RFC 7911); absent: none. */
  readonly addPath?: { readonly receive: readonly AddressFamily[]; readonly send: readonly AddressFamily[] };
  /** Messages of up to 65535 bytes, both ways, but OPEN and KEEPALIVE (RFC 8654). */
  readonly extendedMessages?: boolean;
  /** Messages of that length from the peer alone: we said that we take them, and the peer did not (RFC 8654 §4). */
  readonly takesExtendedMessages?: boolean;
  /** Families whose prefixes may have an IPv6 next hop though they are IPv4 (RFC 8950). */
  readonly extendedNextHop?: readonly AddressFamily[];
  /** The reserved byte of ROUTE-REFRESH is a subtype (RFC 7313). */
  readonly enhancedRouteRefresh?: boolean;
  /** Take routes with AS_SET in their path, which are otherwise treated as withdrawn (RFC 9774 §3). */
  readonly allowAsSet?: boolean;
  /** Take next hops that are no host's: a router tells a monitoring station of its own routes, too (RFC 9069). */
  readonly acceptAnyNextHop?: boolean;
}
