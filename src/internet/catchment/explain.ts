/**
 * Why an AS routes as it does: every route that a neighbour offers it, in the order of its preference, with the rule by which
 * each one lost (Gao-Rexford: customer, lateral peer, provider; then path length; then the lowest next-hop ASN).
 */
import { adjacent } from '../deployment/adjacent.ts';
import type { Deployment, EntryGroup } from '../deployment/types.ts';
import type { Announcement } from '../propagation/announcement.ts';
import { learnedFrom, learnedOf, noHop, pathLengthOf, pathOf, type Routes } from '../propagation/scalar.ts';
import type { AsGraph } from '../topology/as-graph.ts';
import type { TiedRoutes } from './tied.ts';

export type OfferKind = 'direct' | 'customer' | 'lateral' | 'provider';

export interface Offer {
  /** Who offers it; absent where we do so ourselves, over a session with this AS. */
  readonly neighbor?: number;
  readonly kind: OfferKind;
  /** ASNs as they stand in the AS path, with every copy of ours at the end (none where the provider takes it out). */
  readonly path: readonly number[];
  readonly pathLength: number;
  /** Indexes of the deployment's entry groups where it ends: several where whoever offers it has ties itself. */
  readonly groups: readonly number[];
  /** One of several best that are used side by side. */
  readonly tied?: true;
  /** Absent for the best. */
  readonly lostBy?: 'refused' | 'relation' | 'path-length' | 'next-hop-asn';
}

export interface Explanation {
  readonly asn: number;
  /** Best first; none where nobody offers it a route. */
  readonly offers: readonly Offer[];
}

export interface ExplainInput {
  readonly routes: Routes;
  readonly deployment: Pick<Deployment, 'asn' | 'groups'>;
  readonly refusedBy?: Announcement['refusedBy'];
  /** With it, equally good routes are told as ties and none of them as lost. */
  readonly tied?: TiedRoutes;
}

interface Draft extends Offer {
  readonly order: number;
  readonly via: number;
}

const preference: Readonly<Record<OfferKind, number>> = { direct: 0, customer: 0, lateral: 1, provider: 2 };
/** From here on: what the AS does not take at all. */
const refused = 10;

function orderOf(kind: OfferKind, isRefused: boolean): number {
  return preference[kind] + (isRefused ? refused : 0);
}

export function explainAs(
  graph: AsGraph,
  number: number,
  { routes, deployment, refusedBy = [], tied }: ExplainInput,
): Explanation {
  const { groups, asn: ourAsn } = deployment;
  const offers: Draft[] = [];
  const refusesAll = new Set(refusedBy).has(number);
  const refuses = (group: number): boolean => refusesAll || groups[group]?.entry.refusedBy?.includes(number) === true;
  for (const [group, { entry }] of groups.entries()) {
    if (entry.at !== number) continue;
    const kind = entry.as === 'self' || entry.as === 'customer' ? 'direct' : entry.as;
    const { pathLength, originAsn } = entry;
    const path = announced(originAsn, pathLength, ourAsn);
    const order = orderOf(kind, refuses(group));
    // Of our own sessions that are alike to the AS, the one first in the list stays.
    const alike = offers.find((offer) => offer.order === order && offer.pathLength === pathLength);
    offers.push({ kind, path, pathLength, groups: [group], order, via: alike?.via ?? originAsn });
  }
  const { providers, laterals, customers } = adjacent(graph, number);
  const kinds = [
    ...customers.map((from) => [from, 'customer'] as const),
    ...laterals.map((from) => [from, 'lateral'] as const),
    ...providers.map((from) => [from, 'provider'] as const),
  ];
  for (const [from, kind] of kinds) {
    const learned = learnedOf(routes, from);
    if (learned === learnedFrom.none) continue;
    // Customers hear everything, others own and customers' routes alone.
    if (kind !== 'provider' && learned < learnedFrom.customer) continue;
    const group = routes.entry[from] as number;
    const told = tied?.toldTo(from, number) ?? [];
    if (told.length === 0 && routes.nextHop[from] === noHop && !tells(groups[group], number)) continue;
    const hops = pathOf(routes, from);
    if (hops.includes(number)) continue; // a loop: the AS is in the path itself (RFC 4271 §9.1.2)
    const neighbor = graph.asns[from] as number;
    const pathLength = pathLengthOf(routes, from) + 1;
    const entry = groups[group]?.entry;
    const path = [
      ...hops.map((hop) => graph.asns[hop] as number),
      ...announced(entry?.originAsn ?? ourAsn, pathLength - hops.length, ourAsn),
    ];
    const ends = told.length === 0 ? [group] : told;
    const order = orderOf(kind, ends.every(refuses));
    offers.push({ neighbor, kind, path, pathLength, groups: ends, order, via: neighbor });
  }
  offers.sort((a, b) => a.order - b.order || a.pathLength - b.pathLength || a.via - b.via);
  const [best, second] = offers;
  const alike = (offer: Draft | undefined): boolean =>
    offer !== undefined && offer.order === best?.order && offer.pathLength === best.pathLength;
  const anyTied = tied !== undefined && alike(second);
  return {
    asn: graph.asns[number] as number,
    offers: offers.map(({ order, via: _via, ...offer }, place) => {
      if (order >= refused) return { ...offer, lostBy: 'refused' };
      if (anyTied && order === best?.order && offer.pathLength === best.pathLength) return { ...offer, tied: true };
      if (best === undefined || place === 0) return offer;
      if (order > best.order) return { ...offer, lostBy: 'relation' };
      if (offer.pathLength > best.pathLength) return { ...offer, lostBy: 'path-length' };
      return { ...offer, lostBy: 'next-hop-asn' };
    }),
  };
}

/** What stands in the path before the first AS of the graph: a provider between where there is one, and our copies. */
function announced(teller: number, copies: number, ourAsn: number): readonly number[] {
  if (copies <= 0) return [];
  return teller === ourAsn ? repeat(ourAsn, copies) : [teller, ...repeat(ourAsn, copies - 1)];
}

function repeat(asn: number, times: number): readonly number[] {
  return Array.from({ length: times }, () => asn);
}

function tells(group: EntryGroup | undefined, to: number): boolean {
  return group !== undefined && group.entry.noExport !== true && group.entry.notTo?.includes(to) !== true;
}
