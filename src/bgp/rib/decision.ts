/**
 * The decision process (RFC 4271 §9.1.2): of all routes to one prefix, the best, and why each other one lost.
 *
 * Why by elimination: each rule looks at all routes that are left and drops some. Comparing routes in pairs while walking
 * the peers would make the winner depend on the order of arrival, because MED compares only within one neighbour AS.
 * Here the routes are first put into an order of their own, so the order of arrival cannot matter.
 * Not here: interior cost (§9.1.2.2(e)), as no interior routing protocol feeds us, and confederations.
 * Deviation: routes that we originate win before anything else, as in other implementations; the RFC leaves their degree
 * of preference to local policy (§9.1.1).
 */
import type { Address } from '../../ip/address.ts';
import { longLivedStale } from '../message/community.ts';
import { asPathLength, firstAsn } from './as-path.ts';
import type { LossReason, Path } from './types.ts';

/** The degree of preference of a route that no policy gave one. */
export const defaultLocalPreference = 100;

/** The peer id of routes that the speaker originates itself. */
export const localPeer = 'local';

interface Rule {
  readonly reason: LossReason;
  /** The routes that stay, in their order: never none, and the very list where all do. */
  readonly keep: <P extends Path>(routes: readonly P[]) => readonly P[];
}

/** `Decision` among routes, or among paths where their prefix is known otherwise. */
export interface DecisionAmong<P extends Path> {
  readonly best: P;
  /** The next best first. */
  readonly losers: readonly { readonly route: P; readonly reason: LossReason }[];
}

const rules: readonly Rule[] = [
  { reason: 'local-route', keep: lowest((route) => (route.source.peer === localPeer ? 0 : 1)) },
  { reason: 'long-lived-stale', keep: lowest((route) => (isLongLivedStale(route) ? 1 : 0)) }, // RFC 9494 §4.3
  { reason: 'local-preference', keep: lowest((route) => -localPreferenceOf(route)) }, // §9.1.1
  { reason: 'as-path-length', keep: lowest((route) => asPathLength(route.attributes.asPath ?? [])) }, // §9.1.2.2(a)
  { reason: 'origin-code', keep: lowest(originRank) }, // §9.1.2.2(b)
  { reason: 'multi-exit-discriminator', keep: lowestMedOfEachNeighbour }, // §9.1.2.2(c)
  { reason: 'external-over-internal', keep: lowest((route) => (route.source.external ? 0 : 1)) }, // §9.1.2.2(d)
  { reason: 'router-id', keep: lowest(originatorOf, compareAddresses) }, // §9.1.2.2(f)
  { reason: 'cluster-list-length', keep: lowest((route) => route.attributes.clusterList?.length ?? 0) }, // RFC 4456 §9
  { reason: 'peer-address', keep: lowest((route) => route.source.address, compareAddresses) }, // §9.1.2.2(g)
  { reason: 'peer-id', keep: lowest((route) => route.source.peer, compareTexts) },
  { reason: 'path-id', keep: lowest((route) => route.pathId ?? 0) },
];

/** The decision among usable routes to one prefix, each another path of a peer; `undefined` where there is none. */
export function decide<P extends Path>(candidates: readonly P[]): DecisionAmong<P> | undefined {
  let left: readonly P[] = [...candidates].sort(compareSources);
  const losers: { readonly route: P; readonly reason: LossReason }[] = [];
  for (const { reason, keep } of rules) {
    if (left.length < 2) break;
    const kept = keep(left);
    if (kept === left) continue;
    const lost = left.filter((route) => !kept.includes(route));
    losers.unshift(...lost.map((route) => ({ route, reason })));
    left = kept;
  }
  const best = left[0];
  return best === undefined ? undefined : { best, losers };
}

/** The best alone, which does not depend on the order that they stand in: for every change of a table. */
export function bestOf<P extends Path>(candidates: readonly P[]): P | undefined {
  let left = candidates;
  for (const { keep } of rules) {
    if (left.length < 2) break;
    left = keep(left);
  }
  return left[0];
}

export function localPreferenceOf(route: Path): number {
  return route.attributes.localPreference ?? defaultLocalPreference;
}

export function isLongLivedStale(route: Path): boolean {
  return route.attributes.communities?.includes(longLivedStale) ?? false;
}

/** A reflected route counts as learned from the router that brought it into this AS (RFC 4456 §9). */
function originatorOf(route: Path): Address {
  return route.attributes.originatorId ?? route.source.routerId;
}

function lowest<T>(
  rank: (route: Path) => T,
  compare: (a: T, b: T) => number = compareNumbers as (a: T, b: T) => number,
): Rule['keep'] {
  return (routes) => {
    const ranks = routes.map(rank);
    const best = ranks.reduce((a, b) => (compare(b, a) < 0 ? b : a));
    if (ranks.every((one) => compare(one, best) === 0)) return routes;
    return routes.filter((_, index) => compare(ranks[index] as T, best) === 0);
  };
}

/** MED says which of one neighbour's links it prefers, so it compares within one neighbour AS only (RFC 4271 §9.1.2.2(c)). */
function lowestMedOfEachNeighbour<P extends Path>(routes: readonly P[]): readonly P[] {
  if (routes.every((route) => medOf(route) === medOf(routes[0] as P))) return routes;
  const lowestOf = new Map<number, number>();
  for (const route of routes) {
    const neighbour = neighbourAsn(route);
    lowestOf.set(neighbour, Math.min(lowestOf.get(neighbour) ?? Number.POSITIVE_INFINITY, medOf(route)));
  }
  const kept = routes.filter((route) => medOf(route) === lowestOf.get(neighbourAsn(route)));
  return kept.length === routes.length ? routes : kept;
}

/** Absent counts as the lowest (RFC 4271 §9.1.2.2(c)). */
function medOf(route: Path): number {
  return route.attributes.multiExitDiscriminator ?? 0;
}

/** neighborAS(n) of RFC 4271 §9.1.2.2(c): a route learned inside our AS counts for the AS that it entered from. */
function neighbourAsn(route: Path): number {
  return route.source.external ? route.source.asn : (firstAsn(route.attributes.asPath ?? []) ?? route.source.asn);
}

function originRank(route: Path): number {
  return { igp: 0, egp: 1, incomplete: 2 }[route.attributes.originCode ?? 'incomplete'];
}

function compareSources(a: Path, b: Path): number {
  return (
    compareAddresses(a.source.routerId, b.source.routerId) ||
    compareAddresses(a.source.address, b.source.address) ||
    compareTexts(a.source.peer, b.source.peer) ||
    compareNumbers(a.pathId ?? 0, b.pathId ?? 0)
  );
}

function compareNumbers(a: number, b: number): number {
  return a - b;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As numbers (RFC 4271 §9.1.2.2(f)); an IPv4 address stands before an IPv6 one. */
function compareAddresses(a: Address, b: Address): number {
  return a.family - b.family || Buffer.compare(a.bytes, b.bytes);
}
