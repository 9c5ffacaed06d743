/**
 * Why an AS routes as it does: every route that a neighbour offers it, in the order of its preference, with the rule by which
 * each one lost (Gao-Rexford: customer, lateral peer, provider; then path length; then the lowest next-hop ASN).
 */
import { adjacent } from '../deployment/adjacent.ts';
import type { EntryGroup } from '../deployment/types.ts';
import { learnedFrom, learnedOf, noHop, pathLengthOf, pathOf, type Routes } from '../propagation/scalar.ts';
import type { AsGraph } from '../topology/as-graph.ts';

export type OfferKind = 'direct' | 'customer' | 'lateral' | 'provider';

export interface Offer {
  /** Who offers it; absent where we do so ourselves, over a session with this AS. */
  readonly neighbor?: number;
  readonly kind: OfferKind;
  /** ASNs as they stand in the AS path, our own prepends not spelt out. */
  readonly path: readonly number[];
  readonly pathLength: number;
  /** Index of the deployment's entry group where it ends. */
  readonly group: number;
  /** Absent for the best. */
  readonly lostBy?: 'relation' | 'path-length' | 'next-hop-asn';
}

export interface Explanation {
  readonly asn: number;
  /** Best first; none where nobody offers it a route. */
  readonly offers: readonly Offer[];
}

const preference: Readonly<Record<OfferKind, number>> = { direct: 0, customer: 0, lateral: 1, provider: 2 };

export function explainAs(
  graph: AsGraph,
  number: number,
  { routes, groups }: { readonly routes: Routes; readonly groups: readonly EntryGroup[] },
): Explanation {
  const offers: (Offer & { readonly order: number; readonly via: number })[] = [];
  for (const [group, { entry }] of groups.entries()) {
    if (entry.at !== number) continue;
    const kind = entry.as === 'self' || entry.as === 'customer' ? 'direct' : entry.as;
    const { pathLength, originAsn } = entry;
    offers.push({ kind, path: [originAsn], pathLength, group, order: preference[kind], via: originAsn });
  }
  const { providers, laterals, customers } = adjacent(graph, number);
  const kinds = [
    ...customers.map((from) => [from, 'customer'] as const),
    ...laterals.map((from) => [from, 'lateral'] as const),
    ...providers.map((from) => [from, 'provider'] as const),
  ];
  for (const [from, kind] of kinds) {
    const learned = learnedOf(routes, from);
    if (learned === learnedFrom.none || routes.nextHop[from] === number) continue;
    // Customers hear everything, others own and customers' routes alone.
    if (kind !== 'provider' && learned < learnedFrom.customer) continue;
    const group = routes.entry[from] as number;
    if (routes.nextHop[from] === noHop && !tells(groups[group], number)) continue;
    const path = pathOf(routes, from).map((hop) => graph.asns[hop] as number);
    const neighbor = graph.asns[from] as number;
    const pathLength = pathLengthOf(routes, from) + 1;
    offers.push({ neighbor, kind, path, pathLength, group, order: preference[kind], via: neighbor });
  }
  offers.sort((a, b) => a.order - b.order || a.pathLength - b.pathLength || a.via - b.via);
  const [best] = offers;
  return {
    asn: graph.asns[number] as number,
    offers: offers.map(({ order, via: _via, ...offer }, place) => {
      if (best === undefined || place === 0) return offer;
      if (order > best.order) return { ...offer, lostBy: 'relation' };
      if (offer.pathLength > best.pathLength) return { ...offer, lostBy: 'path-length' };
      return { ...offer, lostBy: 'next-hop-asn' };
    }),
  };
}

function tells(group: EntryGroup | undefined, to: number): boolean {
  return group !== undefined && group.entry.noExport !== true && group.entry.notTo?.includes(to) !== true;
}
