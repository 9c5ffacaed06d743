/**
 * What RPKI says of a route, as words and function types alone.
 *
 * Why here: routing policy asks the question and the `rpki/` room answers it, and neither may import the other. Whoever
 * composes the two passes the answering function in.
 */
import type { Prefix } from './prefix.ts';

/** RFC 6811 §2. */
export type OriginState = 'valid' | 'invalid' | 'not-found';

/** The outcomes of AS path verification by ASPA (draft-ietf-sidrops-aspa-verification). */
export type AspaState = 'valid' | 'invalid' | 'unknown';

/**
 * Who sent us the route, which says whether its path may have gone down before: from a provider it may; from a customer, a
 * lateral peer, or between a route server and its client it may only have gone up.
 */
export type PathDirection = 'upstream' | 'downstream';

/** The hook that policy matching takes. `originAsn` is `undefined` where the path ends in an AS_SET (RFC 6811 §2: NONE). */
export interface RouteValidation {
  originState(prefix: Prefix, originAsn: number | undefined): OriginState;
  /** `path` nearest AS first, without sets; `undefined` for a path that holds an AS_SET. */
  aspaState(path: readonly number[] | undefined, neighborAsn: number, direction: PathDirection): AspaState;
}
