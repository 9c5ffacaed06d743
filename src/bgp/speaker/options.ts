/**
 * What makes a peering differ from a plain external or internal one. Each option is off where it is absent.
 *
 * Why one file: an operator who looks for "how do I …" finds all of it here, with the RFC that says what it means.
 */
import type { Address } from '../../ip/address.ts';
import type { AddressFamily } from '../message/types.ts';

export interface PeerOptions {
  readonly limits?: PrefixLimits;
  /** The session is held back until BFD says that the peer can be reached, and after BFD lost it. */
  readonly waitForBfd?: true;
  /** How often our own ASN may stand in a path that the peer sends: for sites under one ASN that see one another. */
  readonly allowOwnAs?: number;
  /** Towards this peer, whose AS is neither, we are another AS than we are: for a network that changes its number. */
  readonly localAs?: LocalAs;
  /** ASNs for private use (RFC 6996) in what we tell an external peer. Its own ASN is left where it stands. */
  readonly removePrivateAs?: PrivateAsRemoval;
  /**
   * What goes out as next hop where no policy says. `self`: our address in `nextHops`, which is the rule for external peers,
   * and for internal ones where `nextHops` has one. `unchanged`: the one that the route came with.
   */
  readonly nextHop?: 'self' | 'unchanged';
  /** The peer is a client of this speaker as route server (RFC 7947): path, next hop, MED and communities stay as they are. */
  readonly routeServerClient?: true;
  /** The internal peer is a client of this speaker as route reflector (RFC 4456). */
  readonly reflectorClient?: true;
  /** How many of the paths to a prefix the peer is told where it takes several (RFC 7911). Default: all usable ones. */
  readonly advertisedPaths?: number;
}

export interface LocalAs {
  readonly asn: number;
  /** Routes from the peer do not get `asn` in front of their path (RFC 7705 §3.1). */
  readonly noPrepend?: true;
  /** Routes to the peer get `asn` alone in front, not our real one behind it (RFC 7705 §3.3). */
  readonly replaceAs?: true;
}

/** `only-private`: where a path holds no others, all go; `all`: wherever they stand; `replace`: our own stands in for each. */
export type PrivateAsRemoval = 'only-private' | 'all' | 'replace';

export interface PrefixLimits {
  readonly in?: Readonly<Partial<Record<AddressFamily, InLimit>>>;
  /** How many prefixes the peer may be told; more are withheld until there is room: a belt against leaks of our own. */
  readonly out?: Readonly<Partial<Record<AddressFamily, number>>>;
}

/** RFC 4271 §6.7. */
export interface InLimit {
  readonly maximum: number;
  /** What counts: all that the peer sends (they all take memory), or what import accepts. Default `received`. */
  readonly counts?: 'received' | 'accepted';
  /** Tells once when so many percent of the maximum are reached. Default 75. */
  readonly warnAtPercent?: number;
  /** `stop` ends the session with Cease / Maximum Number of Prefixes Reached; `warn` only tells. Default `stop`. */
  readonly action?: 'stop' | 'warn';
  /** After a stop, how long to wait before the session is tried again. Absent: until it is started by hand. */
  readonly restartAfterSeconds?: number;
}

/** What of the speaker as a whole these options need. */
export interface SpeakerIdentity {
  readonly asn: number;
  readonly routerId: Address;
  /** The reflection cluster that we belong to (RFC 4456 §7). Default: the router ID. */
  readonly clusterId?: Address;
}

/** As which AS the peer knows us. */
export function asnTowards(identity: Pick<SpeakerIdentity, 'asn'>, peer: PeerOptions): number {
  return peer.localAs?.asn ?? identity.asn;
}
