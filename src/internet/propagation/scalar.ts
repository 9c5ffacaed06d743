/**
 * Who routes where: one announcement over the whole AS graph, exactly by the rules of Gao and Rexford.
 *
 * Each AS prefers routes of customers to those of lateral peers to those of providers, then the shortest AS path, then the
 * lowest ASN of the next hop. Customers hear everything, others only own and customers' routes. Under these rules routes are
 * final after three passes: up along providers, across lateral links, down along customers. The graph's numbers make the
 * passes up and down plain loops (as-graph.ts).
 * Source: Gao and Rexford, "Stable Internet Routing Without Global Coordination", IEEE/ACM ToN 9(6), 2001; the three passes:
 * Gill, Schapira and Goldberg, "Modeling on Quicksand", 2012.
 * Not here: several configurations at once.
 */
import { assert } from '../../base/assert.ts';
import type { Adjacency, AsGraph } from '../topology/as-graph.ts';
import type { Announcement, EntryPoint } from './announcement.ts';

/** How an AS came to its route; a higher one is preferred. */
export const learnedFrom = { none: 0, provider: 1, lateral: 2, customer: 3, self: 4 } as const;

/** `nextHop` of an AS that heard it from the origin network itself, and of one without a route. */
export const noHop = 0xffff_ffff;
/** `entry` of an AS without a route. */
export const noEntry = 0xffff;

/**
 * One element for each AS of the graph, by its number. Reused by the next call of `run`.
 *
 * `rank` is all that a comparison needs in one number, the lower the better: how the route was learned above 16 bits of
 * path length. `pathLengthOf` and `learnedOf` read it.
 */
export interface Routes {
  readonly rank: Uint32Array;
  readonly nextHop: Uint32Array;
  /** Which entry point its traffic ends at: the catchment. */
  readonly entry: Uint16Array;
}

const noRoute = 0xffff_ffff;
const lengthMask = 0xffff;
const rankOf = (kind: number, pathLength: number): number => ((learnedFrom.self - kind) << 16) | pathLength;
const lateralRank = rankOf(learnedFrom.lateral, 0);
const providerRank = rankOf(learnedFrom.provider, 0);

/** ASes in the AS path, prepended copies counted, the AS itself not; 0 at the origin itself. */
export function pathLengthOf(routes: Pick<Routes, 'rank'>, number: number): number {
  return (routes.rank[number] as number) & lengthMask;
}

/** One of `learnedFrom`. */
export function learnedOf(routes: Pick<Routes, 'rank'>, number: number): number {
  const rank = routes.rank[number] as number;
  return rank === noRoute ? learnedFrom.none : learnedFrom.self - (rank >>> 16);
}

export class ScalarPropagation {
  readonly #graph: AsGraph;
  readonly #rank: Uint32Array;
  readonly #nextHop: Uint32Array;
  readonly #entry: Uint16Array;
  /** Takes no route. */
  readonly #refuses: Uint8Array;
  /** Heard an entry point that limits its export. */
  readonly #limited: Uint8Array;
  #anyLimited = false;
  #entries: readonly EntryPoint[] = [];

  constructor(graph: AsGraph) {
    const size = graph.asns.length;
    this.#graph = graph;
    this.#rank = new Uint32Array(size);
    this.#nextHop = new Uint32Array(size);
    this.#entry = new Uint16Array(size);
    this.#refuses = new Uint8Array(size);
    this.#limited = new Uint8Array(size);
  }

  /** Routes of every AS to this announcement. The result is overwritten by the next call. */
  run(announcement: Announcement): Routes {
    assert(announcement.entries.length < noEntry, 'an entry point has a number of 16 bits');
    this.#entries = announcement.entries;
    this.#rank.fill(noRoute);
    this.#nextHop.fill(noHop);
    this.#entry.fill(noEntry);
    this.#refuses.fill(0);
    this.#limited.fill(0);
    this.#anyLimited = false;
    for (const number of announcement.refusedBy ?? []) this.#refuses[number] = 1;
    for (const [index, entry] of announcement.entries.entries()) this.#enter(index, entry);
    this.#upAndAcross(this.#graph.providers, rankOf(learnedFrom.customer, 0));
    this.#upAndAcross(this.#graph.laterals, lateralRank);
    this.#down();
    return { rank: this.#rank, nextHop: this.#nextHop, entry: this.#entry };
  }

  #enter(index: number, { at, as, pathLength, noExport, notTo }: EntryPoint): void {
    if (this.#refuses[at] === 1) return;
    if (noExport === true || notTo !== undefined) {
      this.#limited[at] = 1;
      this.#anyLimited = true;
    }
    const rank = rankOf(learnedFrom[as], pathLength);
    // Of equals the one first in the list stays.
    if (rank >= (this.#rank[at] as number)) return;
    this.#rank[at] = rank;
    this.#entry[at] = index;
  }

  /** Whether `from` tells `to`: the limit of an entry point binds the AS that heard it, and no other. */
  #tells(from: number, to: number): boolean {
    if (this.#limited[from] === 0 || this.#nextHop[from] !== noHop) return true;
    const entry = this.#entries[this.#entry[from] as number];
    return entry === undefined || (entry.noExport !== true && entry.notTo?.includes(to) !== true);
  }

  /**
   * Own and customers' routes to these neighbours, to whom they rank from `base` on. Customers have the higher numbers, so
   * on the way up each AS is final when its turn comes; across, what is learned ranks too low to go further.
   */
  #upAndAcross({ start, list }: Adjacency, base: number): void {
    const rank = this.#rank;
    const nextHop = this.#nextHop;
    const entry = this.#entry;
    const refuses = this.#refuses;
    for (let from = rank.length - 1; from >= 0; from--) {
      const own = rank[from] as number;
      if (own >= lateralRank) continue;
      const offered = base + (own & lengthMask) + 1;
      const end = start[from + 1] as number;
      for (let at = start[from] as number; at < end; at++) {
        const to = list[at] as number;
        const has = rank[to] as number;
        if (offered > has || refuses[to] === 1) continue;
        if (offered === has && !this.#isLowerHop(from, to)) continue;
        if (this.#anyLimited && !this.#tells(from, to)) continue;
        rank[to] = offered;
        nextHop[to] = from;
        entry[to] = entry[from] as number;
      }
    }
  }

  /** Whether `from` has a lower ASN than the next hop that `to` has now. */
  #isLowerHop(from: number, to: number): boolean {
    const { asns } = this.#graph;
    const hop = this.#nextHop[to] as number;
    const asn = hop === noHop ? this.#entries[this.#entry[to] as number]?.originAsn : asns[hop];
    return (asns[from] as number) < (asn ?? 0);
  }

  /** Everything to customers. Providers have the lower numbers; the list is sorted by ASN, so of equals the first is it. */
  #down(): void {
    const { start, list } = this.#graph.providers;
    const rank = this.#rank;
    const nextHop = this.#nextHop;
    const entry = this.#entry;
    const refuses = this.#refuses;
    const anyLimited = this.#anyLimited;
    let at = 0;
    for (let to = 0; to < rank.length; to++) {
      const end = start[to + 1] as number;
      const has = rank[to] as number;
      if (has < providerRank || refuses[to] === 1) {
        at = end;
        continue;
      }
      let best = noHop;
      let shortest = lengthMask;
      for (; at < end; at++) {
        const from = list[at] as number;
        const length = (rank[from] as number) & lengthMask; // of no route: the mask itself, which is never shorter
        if (length >= shortest || (anyLimited && !this.#tells(from, to))) continue;
        best = from;
        shortest = length;
      }
      if (best === noHop) continue;
      const offered = providerRank + shortest + 1;
      if (offered > has || (offered === has && !this.#isLowerHop(best, to))) continue;
      rank[to] = offered;
      nextHop[to] = best;
      entry[to] = entry[best] as number;
    }
  }
}

/** The ASes (numbers) from `number` to where the announcement entered, both included; empty where there is no route. */
export function pathOf(routes: Routes, number: number): readonly number[] {
  if (routes.rank[number] === noRoute) return [];
  const path = [number];
  for (let hop = routes.nextHop[number] as number; hop !== noHop; hop = routes.nextHop[hop] as number) {
    assert(path.length <= routes.rank.length, 'a path has no loop');
    path.push(hop);
  }
  return path;
}
