/**
 * What a simulated network should come to: each router's best path to a prefix, by a plain fixed-point computation.
 *
 * Why: it shares nothing with the speaker but the rules, so an error in sessions, RIBs, export or their order shows as a
 * difference. Gao-Rexford policies have exactly one stable outcome, whatever the order of events (Gao & Rexford 2001).
 */
import { gracefulShutdown } from '../bgp/message/community.ts';
import type { BgpNetwork, SimulatedLink } from './bgp-network.ts';

export interface ExpectedRoute {
  /** The ASNs on the way, the neighbour first; empty for a router's own. */
  readonly path: readonly number[];
  /** The link that it was learned over. */
  readonly via: SimulatedLink | undefined;
}

interface Choice extends ExpectedRoute {
  /** Compared from the front; lower is better. */
  readonly rank: readonly number[];
  /** Whether only customers are told. */
  readonly forCustomersOnly: boolean;
  readonly isLeaving: boolean;
}

const preferences = { customer: 200, lateral: 150, provider: 100 } as const;

/** By ASN, for the prefix whose text is given; routers without a route are absent. */
export function expectedRoutes(network: BgpNetwork, prefix: string): ReadonlyMap<number, ExpectedRoute> {
  const links = network.liveLinks();
  const choices = new Map<number, Choice>();
  for (let changed = true; changed; ) {
    changed = false;
    for (const { router } of network.living()) {
      const best = bestOf(network, router.asn, prefix, links, choices);
      const before = choices.get(router.asn);
      if (before?.via === best?.via && String(before?.path) === String(best?.path)) continue;
      changed = true;
      if (best === undefined) choices.delete(router.asn);
      else choices.set(router.asn, best);
    }
  }
  return choices;
}

function bestOf(
  network: BgpNetwork,
  asn: number,
  prefix: string,
  links: readonly SimulatedLink[],
  choices: ReadonlyMap<number, Choice>,
): Choice | undefined {
  const own = network.router(asn).announced.get(prefix);
  if (own !== undefined) {
    const isLeaving = own.attributes.communities?.includes(gracefulShutdown) ?? false;
    return { path: [], via: undefined, rank: [], forCustomersOnly: false, isLeaving };
  }
  const offers = links
    .filter((link) => link.ends.includes(asn))
    .flatMap((link) => offerOver(network, link, asn, choices) ?? []);
  return offers.sort((a, b) => compare(a.rank, b.rank))[0];
}

/** What the neighbour at the other end of `link` tells AS `asn`, and how that is ranked there. */
function offerOver(
  network: BgpNetwork,
  link: SimulatedLink,
  asn: number,
  choices: ReadonlyMap<number, Choice>,
): Choice | undefined {
  const here = link.ends[0] === asn ? 0 : 1;
  const there = here === 0 ? 1 : 0;
  const neighbour = link.ends[there];
  const told = choices.get(neighbour);
  const [theyAre, weAre] = [link.relations[here], link.relations[there]];
  if (told === undefined || told.via === link || theyAre === undefined) return undefined;
  if (told.forCustomersOnly && weAre !== 'customer') return undefined;
  const path = [neighbour, ...told.path];
  if (path.includes(asn)) return undefined;
  const preference = told.isLeaving ? 0 : preferences[theyAre];
  const rank = [-preference, path.length, ...network.router(neighbour).routerId.bytes, ...link.addresses[there].bytes];
  return { path, via: link, rank, forCustomersOnly: theyAre !== 'customer', isLeaving: told.isLeaving };
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
