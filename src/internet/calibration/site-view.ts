/**
 * How each AS would hear one site that announces alone: from whom it learns the route, and how long the path is.
 *
 * Why: what collectors see of a site alone shows what the topology cannot: which neighbours pass the route on at all, who
 * prepends, which of several routes an AS takes. ASes on those paths are pinned to what was seen; monitors that see other
 * sites but never this one are pinned to having no route; from there the route spreads by Gao and Rexford's rules. Two
 * readings are made, for nobody knows what the unseen links do: `wide` lets every AS export as its relations allow; in
 * `seen`, ASes within two of the site export only over links that were seen, and the truth lies between.
 * All of it is known before two sites announce together.
 */

import { learnedFrom } from '../propagation/scalar.ts';
import { type Adjacency, type AsGraph, numberOfAsn } from '../topology/as-graph.ts';
import type { SingleSitePath } from './read-paths.ts';

export interface SiteView {
  /** By number of the graph; one of `learnedFrom`. */
  readonly learned: Uint8Array;
  /** ASes on the path behind this one; `unreached` where it has no route. */
  readonly length: Uint8Array;
  /** The AS that heard the site itself, at the path's end: its number and one; 0 where it is not known. */
  readonly entry: Uint32Array;
}

export interface SiteViews {
  readonly wide: SiteView;
  readonly seen: SiteView;
  /** ASes (numbers) that heard the site itself. */
  readonly entries: readonly number[];
  readonly originAsn: number;
}

export const unreached = 40;
const nearOrigin = 2;

interface Pin {
  readonly learned: number;
  readonly length: number;
  readonly entry: number;
}

/** Views by site name. A site without a path has none. */
export function siteViews(graph: AsGraph, paths: readonly SingleSitePath[]): ReadonlyMap<string, SiteViews> {
  const numberOf = numberOfAsn(graph);
  const bySite = Map.groupBy(paths, ({ site }) => site);
  const sitesSeen = new Map<number, Set<string>>();
  for (const { site, path } of paths) {
    const monitor = path[0] as number;
    sitesSeen.set(monitor, (sitesSeen.get(monitor) ?? new Set()).add(site));
  }
  const steady = [...sitesSeen].filter(([, seen]) => seen.size * 2 >= bySite.size);
  const result = new Map<string, SiteViews>();
  for (const [site, own] of bySite) {
    const originAsn = (own[0] as SingleSitePath).originAsn;
    const pins = pinsOf(graph, own, numberOf);
    for (const [monitor, seen] of steady) {
      const number = numberOf(monitor);
      if (number !== undefined && !seen.has(site) && !pins.has(number))
        pins.set(number, { learned: 0, length: unreached, entry: 0 });
    }
    const entries = new Set(own.map(({ path }) => numberOf(path.at(-1) as number)).filter((n) => n !== undefined));
    const wide = spread(graph, pins, 0);
    const seen = spread(graph, pins, nearOrigin);
    result.set(site, { wide, seen, entries: [...entries].sort((a, b) => a - b), originAsn });
  }
  return result;
}

interface SeenRoute {
  readonly count: number;
  readonly next: number | undefined;
  readonly length: number;
  readonly entry: number;
}

/** What was seen most often of each AS on the paths. */
function pinsOf(
  graph: AsGraph,
  paths: readonly SingleSitePath[],
  numberOf: (asn: number) => number | undefined,
): Map<number, Pin> {
  const seen = new Map<number, Map<string, SeenRoute>>();
  const origin = numberOf((paths[0] as SingleSitePath).originAsn);
  for (const { path } of paths) {
    for (let at = 0; at < path.length; ) {
      let next = at + 1;
      while (next < path.length && path[next] === path[at]) next++;
      const number = numberOf(path[at] as number);
      const nextNumber = next < path.length ? numberOf(path[next] as number) : origin;
      // A private ASN that leaked into the path, or one that the topology does not know, pins nobody.
      if (number !== undefined && (next === path.length || nextNumber !== undefined) && number !== origin) {
        const length = path.length - next;
        const key = `${next < path.length ? nextNumber : -1} ${length}`;
        const ofAs = seen.get(number) ?? new Map();
        seen.set(number, ofAs);
        const before = ofAs.get(key)?.count ?? 0;
        const entry = (numberOf(path.at(-1) as number) ?? -1) + 1;
        ofAs.set(key, { count: before + 1, next: nextNumber, length, entry });
      }
      at = next;
    }
  }
  const pins = new Map<number, Pin>();
  for (const [number, routes] of seen) {
    const best = [...routes.values()].reduce((a, b) => (b.count > a.count ? b : a));
    const direct = best.length === 0;
    // A link that the topology lacks: near the site it is a customer's session with its upstream, else most likely peering.
    const learned = relation(graph, number, best.next) ?? (direct ? learnedFrom.customer : learnedFrom.lateral);
    pins.set(number, { learned, length: Math.min(best.length, unreached - 1), entry: best.entry });
  }
  return pins;
}

/** What the announcing network is to an AS that heard it; a session that the topology lacks is most likely with an upstream. */
export function linkTo(graph: AsGraph, entry: number, origin: number | undefined): 'customer' | 'lateral' | 'provider' {
  const learned = relation(graph, entry, origin);
  if (learned === learnedFrom.lateral) return 'lateral';
  return learned === learnedFrom.provider ? 'provider' : 'customer';
}

function relation(graph: AsGraph, from: number, to: number | undefined): number | undefined {
  if (to === undefined) return undefined;
  if (has(graph.customers, from, to)) return learnedFrom.customer;
  if (has(graph.laterals, from, to)) return learnedFrom.lateral;
  if (has(graph.providers, from, to)) return learnedFrom.provider;
  return undefined;
}

function has({ start, list }: Adjacency, from: number, to: number): boolean {
  for (let at = start[from] as number; at < (start[from + 1] as number); at++) if (list[at] === to) return true;
  return false;
}

/** The three passes of `scalar.ts`, around pins that take no other route. `nearOrigin`: pins this near tell only customers. */
function spread(graph: AsGraph, pins: ReadonlyMap<number, Pin>, nearOrigin: number): SiteView {
  const size = graph.asns.length;
  const learned = new Uint8Array(size);
  const length = new Uint8Array(size).fill(unreached);
  const entry = new Uint32Array(size);
  const pinned = new Uint8Array(size);
  for (const [number, pin] of pins) {
    pinned[number] = 1;
    learned[number] = pin.learned;
    length[number] = pin.length;
    entry[number] = pin.entry;
  }
  function offer({ start, list }: Adjacency, from: number, as: number): void {
    const offered = Math.min((length[from] as number) + 1, unreached - 1);
    for (let at = start[from] as number; at < (start[from + 1] as number); at++) {
      const to = list[at] as number;
      const has = learned[to] as number;
      if (pinned[to] === 1 || has > as || (has === as && (length[to] as number) <= offered)) continue;
      learned[to] = as;
      length[to] = offered;
      entry[to] = entry[from] as number;
    }
  }
  const tellsAll = (number: number): boolean =>
    learned[number] === learnedFrom.customer && !(pinned[number] === 1 && (length[number] as number) < nearOrigin);
  for (let from = size - 1; from >= 0; from--) if (tellsAll(from)) offer(graph.providers, from, learnedFrom.customer);
  for (let from = size - 1; from >= 0; from--) if (tellsAll(from)) offer(graph.laterals, from, learnedFrom.lateral);
  for (let from = 0; from < size; from++) if (learned[from] !== 0) offer(graph.customers, from, learnedFrom.provider);
  return { learned, length, entry };
}
