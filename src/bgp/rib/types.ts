/** Routes: a prefix with attributes, where it was learned, and what the decision process needs to know of that peer. */
import type { Address } from '../../ip/address.ts';
import type { Prefix } from '../../ip/prefix.ts';
import type { PathAttributes } from '../message/types.ts';

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
}

export interface Route {
  readonly prefix: Prefix;
  readonly source: RouteSource;
  readonly nextHop: Address;
  readonly attributes: PathAttributes;
}

/** The rule of RFC 4271 §9.1.2 by which a route lost to the best one. */
export type LossReason =
  | 'local-preference'
  | 'as-path-length'
  | 'origin-code'
  | 'multi-exit-discriminator'
  | 'external-over-internal'
  | 'router-id'
  | 'peer-address';

export interface Decision {
  readonly best: Route;
  readonly losers: readonly { readonly route: Route; readonly reason: LossReason }[];
}
