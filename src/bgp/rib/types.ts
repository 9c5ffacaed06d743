/** Routes: a prefix with attributes, where it was learned, and what the decision process needs to know of that peer. */
import type { Address } from '../../ip/address.ts';
import type { Prefix } from '../../ip/prefix.ts';
import type { AddressFamily, BgpRole, Nlri, PathAttributes } from '../message/types.ts';
import type { DownReason } from '../session/types.ts';

/** What the neighbour is to us (Gao-Rexford). `local` marks what we originate ourselves. */
export type Relation = 'customer' | 'provider' | 'lateral';

/** Where a route came from, with what RFC 4271 §9.1.2.2 compares. */
export interface RouteSource {
  /** The peer's id, or `local` for our own routes. */
  readonly peer: string;
  readonly asn: number;
  readonly routerId: Address;
  readonly address: Address;
  readonly external: boolean;
  readonly relation?: Relation;
  /** What the peer is by its role (RFC 9234). */
  readonly role?: BgpRole;
  /** The peer is our client as route reflector (RFC 4456). */
  readonly reflectorClient?: true;
}

/**
 * All of a route but its prefix. Never changed, so one object stands in the tables for all prefixes that were announced with it;
 * all of these are of one family.
 */
export interface Path {
  readonly family: AddressFamily;
  readonly source: RouteSource;
  readonly nextHop: Address;
  readonly attributes: PathAttributes;
  /** The peer's number for this one of its paths; absent where it sends one a prefix (RFC 7911). */
  readonly pathId?: number;
}

export interface Route extends Path {
  readonly prefix: Prefix;
}

/** Whether of all routes to one prefix they are the same one: each peer has one, or one for each path identifier. */
export function inSamePlace(a: Path, b: Path): boolean {
  return a.source.peer === b.source.peer && a.pathId === b.pathId;
}

export function routeTo(prefix: Prefix, { family, source, nextHop, attributes, pathId }: Path): Route {
  const route = { prefix, family, source, nextHop, attributes };
  return pathId === undefined ? route : { ...route, pathId };
}

/** The rule of RFC 4271 §9.1.2 by which a route lost to the best one. */
export type LossReason =
  /** We originate the prefix ourselves. */
  | 'local-route'
  /** The peer that sent it has been gone for long (RFC 9494). */
  | 'long-lived-stale'
  | 'local-preference'
  | 'as-path-length'
  | 'origin-code'
  | 'multi-exit-discriminator'
  | 'external-over-internal'
  | 'router-id'
  /** It was reflected more often (RFC 4456 §9). */
  | 'cluster-list-length'
  | 'peer-address'
  /** Two sessions with one router behind one address: nothing of the protocol tells them apart. */
  | 'peer-id'
  /** Two paths of one peer (RFC 7911). */
  | 'path-id';

export interface Decision {
  readonly best: Route;
  /** The next best first. */
  readonly losers: readonly { readonly route: Route; readonly reason: LossReason }[];
}

/** Why a received route is not used. It stays in the Adj-RIB-In with this reason, so that it can be explained. */
export interface ImportRejection {
  readonly reason:
    | 'as-path-loop'
    | 'own-next-hop'
    /** Its prefix is of multicast or reserved addresses (RFC 4271 §6.3). */
    | 'not-unicast'
    /** We brought it into this AS ourselves, or have reflected it (RFC 4456 §8). */
    | 'reflection-loop'
    /** It went down or across before and comes back up (RFC 9234 §5). */
    | 'route-leak'
    | 'no-import-policy'
    | 'policy';
  /** For people. */
  readonly what: string;
  /** The policy's term that rejected it; absent where none matched. */
  readonly term?: string;
}

/** A route as a peer sent it, and what import made of it. */
export interface ReceivedRoute {
  readonly received: Route;
  readonly outcome:
    | { readonly verdict: 'accept'; readonly route: Route; readonly term?: string }
    | { readonly verdict: 'reject'; readonly rejection: ImportRejection };
}

/** Hears of each change of the peers' tables as it happens, for who copies them (BMP). It must not call the speaker. */
export interface RibObserver {
  /** Whether it wants to hear of single routes now; absent: always. What is `lost` or said to the end it always hears. */
  readonly follows?: boolean;
  /** A path of an Adj-RIB-In is new, another or (without `after`) gone. */
  received(
    peer: string,
    change: {
      readonly family: AddressFamily;
      readonly nlri: Nlri;
      readonly before?: ReceivedRoute;
      readonly after?: ReceivedRoute;
    },
  ): void;
  /** The peer has said all of a family (RFC 4724 §2). */
  receivedAll(peer: string, family: AddressFamily): void;
  /** Its session is lost: what follows for its tables until another is up need not be followed. */
  lost(peer: string, reason: DownReason): void;
  /** A peer is told a path, or (without `after`) that it is gone. */
  told(
    peer: string,
    change: { readonly family: AddressFamily; readonly nlri: Nlri; readonly after?: AdvertisedRoute },
  ): void;
}

/** A route as a peer has been told it. */
export interface AdvertisedRoute {
  readonly prefix: Prefix;
  readonly family: AddressFamily;
  /** Our number for this one of several paths (RFC 7911). */
  readonly pathId?: number;
  readonly nextHop: Address;
  readonly attributes: PathAttributes;
}

/** Why a peer is not told of a best route. */
export interface ExportSuppression {
  readonly reason:
    | 'family-not-negotiated'
    | 'learned-from-this-peer'
    | 'learned-from-internal-peer'
    | 'no-advertise'
    | 'no-export'
    /** It may only go to customers (RFC 9234 §5). */
    | 'only-to-customer'
    /** It is stale for long, and the peer does not know what that means (RFC 9494 §4.6). */
    | 'long-lived-stale'
    | 'no-export-policy'
    | 'policy'
    | 'no-next-hop'
    /** The peer has been told as many prefixes as it may. */
    | 'prefix-limit'
    | 'too-large';
  /** For people. */
  readonly what: string;
  /** The policy's term that rejected it; absent where none matched. */
  readonly term?: string;
}
