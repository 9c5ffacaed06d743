/** Routes: a prefix with attributes, where it was learned, and what the decision process needs to know of that peer. */
import type { Address } from '../../ip/address.ts';
import type { Prefix } from '../../ip/prefix.ts';
import type { BgpRole, PathAttributes } from '../message/types.ts';

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
}

export interface Route {
  readonly prefix: Prefix;
  readonly source: RouteSource;
  readonly nextHop: Address;
  readonly attributes: PathAttributes;
}

/** The rule of RFC 4271 §9.1.2 by which a route lost to the best one. */
export type LossReason =
  /** We originate the prefix ourselves. */
  | 'local-route'
  | 'local-preference'
  | 'as-path-length'
  | 'origin-code'
  | 'multi-exit-discriminator'
  | 'external-over-internal'
  | 'router-id'
  | 'peer-address'
  /** Two sessions with one router behind one address: nothing of the protocol tells them apart. */
  | 'peer-id';

export interface Decision {
  readonly best: Route;
  /** The next best first. */
  readonly losers: readonly { readonly route: Route; readonly reason: LossReason }[];
}

/** Why a received route is not used. It stays in the Adj-RIB-In with this reason, so that it can be explained. */
export interface ImportRejection {
  readonly reason: 'as-path-loop' | 'own-next-hop' | 'no-import-policy' | 'policy';
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

/** A route as a peer has been told it. */
export interface AdvertisedRoute {
  readonly prefix: Prefix;
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
    | 'no-export-policy'
    | 'policy'
    | 'no-next-hop'
    | 'too-large';
  /** For people. */
  readonly what: string;
  /** The policy's term that rejected it; absent where none matched. */
  readonly term?: string;
}
