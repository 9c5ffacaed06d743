/**
 * Routing policy as data: an ordered list of terms, each with what it matches and what it does.
 *
 * Why: data can be shown, compared, explained and sent; code cannot. Without a policy an external peer gets and gives no
 * routes (RFC 8212).
 */
import type { LargeCommunity } from '../message/types.ts';
import type { Relation } from '../rib/types.ts';

export interface Policy {
  readonly terms: readonly PolicyTerm[];
  /** For what no term accepted or rejected. */
  readonly otherwise: Verdict;
}

export type Verdict = 'accept' | 'reject';

export interface PolicyTerm {
  readonly name: string;
  /** All of the given conditions must hold; an empty match holds for every route. */
  readonly match: Match;
  readonly actions?: readonly Action[];
  /** Absent: the route goes on to the next term with the actions applied. */
  readonly verdict?: Verdict;
}

export interface Match {
  /** The route's prefix lies in one of these, with a length in the range given (default: exactly the prefix's own). */
  readonly prefixes?: readonly { readonly prefix: string; readonly minLength?: number; readonly maxLength?: number }[];
  readonly family?: 4 | 6;
  /** The relation of the peer that the route was learned from; `local` for our own. */
  readonly learnedFrom?: readonly (Relation | 'local')[];
  /** Any of these standard communities (`65535:0` as a 32-bit number). */
  readonly anyCommunity?: readonly number[];
  readonly anyLargeCommunity?: readonly LargeCommunity[];
  /** Any of these ASNs anywhere in the AS path. */
  readonly asPathHas?: readonly number[];
  readonly originAsn?: readonly number[];
}

export type Action =
  | { readonly type: 'set-local-preference'; readonly value: number }
  | { readonly type: 'set-multi-exit-discriminator'; readonly value: number | undefined }
  | { readonly type: 'add-communities'; readonly values: readonly number[] }
  | { readonly type: 'remove-communities'; readonly values: readonly number[] }
  | { readonly type: 'add-large-communities'; readonly values: readonly LargeCommunity[] }
  /** `count` more copies of the local ASN in front, beyond the one that exporting adds. */
  | { readonly type: 'prepend'; readonly count: number };
