/**
 * Routing policy as data: an ordered list of terms, each with what it matches and what it does.
 *
 * Why: data can be shown, compared, explained and sent; code cannot. Without a policy an external peer gets and gives no
 * routes (RFC 8212). `docs/bgp.md` describes it for those who write one.
 */
import type { Address } from '../../ip/address.ts';
import type { AspaState, OriginState, RouteValidation } from '../../ip/route-validation.ts';
import type { BgpRole, LargeCommunity, OriginCode } from '../message/types.ts';
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

/** A list matches where any of its items does; an empty list matches nothing. */
export interface Match {
  /** The route's prefix lies in one of these, with a length in the range given (default: exactly the prefix's own). */
  readonly prefixes?: readonly { readonly prefix: string; readonly minLength?: number; readonly maxLength?: number }[];
  readonly family?: 4 | 6;
  /** The relation of the peer that the route was learned from; `local` for our own. */
  readonly learnedFrom?: readonly (Relation | 'local')[];
  /** What the peer is that the route was learned from (RFC 9234). */
  readonly role?: readonly BgpRole[];
  /** The id of the peer that the route was learned from; `local` for our own. */
  readonly peer?: readonly string[];
  readonly peerAsn?: readonly number[];
  /** Any of these standard communities (`65535:0` as a 32-bit number). */
  readonly anyCommunity?: readonly number[];
  readonly anyLargeCommunity?: readonly LargeCommunity[];
  /** Communities of any kind as text with wildcards: `64500:*`, `64500:1:[0..9]`, `rt:64500:1`, `no-export`. */
  readonly communities?: readonly string[];
  /** Patterns for the whole AS path: `64501 * 3356`, `peer+`. */
  readonly asPath?: readonly string[];
  /** Any of these ASNs anywhere in the AS path. */
  readonly asPathHas?: readonly number[];
  /** As the decision counts it: a set is one (RFC 4271 §9.1.2.2). */
  readonly asPathLength?: Range;
  readonly originAsn?: readonly number[];
  readonly originCode?: readonly OriginCode[];
  /** The next hop is one of these addresses, or lies in one of these prefixes. */
  readonly nextHop?: readonly string[];
  /** An absent LOCAL_PREF or MED is in no range. */
  readonly localPreference?: Range;
  readonly multiExitDiscriminator?: Range;
  /** What origin validation says (RFC 6811); `not-found` where nobody validates. */
  readonly originValidation?: readonly OriginState[];
  /** What path verification by ASPA says; `unknown` where nobody verifies. */
  readonly pathValidation?: readonly AspaState[];
  /** At least one of these matches. */
  readonly anyOf?: readonly Match[];
  readonly not?: Match;
}

/** Both ends belong to it; an absent end is open. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

export type Action =
  | { readonly type: 'set-local-preference'; readonly value: number }
  | { readonly type: 'set-multi-exit-discriminator'; readonly value: number | undefined }
  /** Adds `by`, which may be negative, to what is there (absent: 0), and stays within 0 to 4294967295. */
  | { readonly type: 'adjust-multi-exit-discriminator'; readonly by: number }
  | { readonly type: 'set-origin-code'; readonly value: OriginCode }
  | { readonly type: 'add-communities'; readonly values: readonly number[] }
  | { readonly type: 'remove-communities'; readonly values: readonly number[] }
  | { readonly type: 'add-large-communities'; readonly values: readonly LargeCommunity[] }
  /** Of any kind, as text: `64500:1`, `64500:1:2`, `rt:64500:1`, `no-export`. */
  | { readonly type: 'attach-communities'; readonly values: readonly string[] }
  /** Takes away what any of these patterns matches; with `except`, all but those that one of them matches. */
  | {
      readonly type: 'strip-communities';
      readonly matching: readonly string[];
      readonly except?: readonly string[];
    }
  /** `count` more copies of `asn` (absent: the local one) in front, beyond the one that exporting adds. */
  | { readonly type: 'prepend'; readonly count: number; readonly asn?: number }
  /** Takes these ASNs, or those for private use (RFC 6996), out of the AS path. */
  | { readonly type: 'remove-from-as-path'; readonly asns: readonly number[] | 'private' }
  /** Our own address towards the peer, the one with which the route came, or one that is given. */
  | { readonly type: 'set-next-hop'; readonly to: 'self' | 'unchanged' | { readonly address: string } };

/** What a policy may ask beyond the route itself. */
export interface PolicyContext {
  /** Whose policy it is: the ASN that prepending puts in front, and `local` in AS path patterns. */
  readonly localAsn: number;
  /** For `set-next-hop` to `self`: our address towards the peer; the action does nothing where there is none. */
  readonly ownNextHop?: (ipFamily: 4 | 6) => Address | undefined;
  /** Absent: nobody validates. */
  readonly validation?: RouteValidation;
}
