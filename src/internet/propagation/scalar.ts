/**
 * Who routes where: one announcement over the whole AS graph, exactly by the rules of Gao and Rexford.
 *
 * Each AS prefers routes of customers to those of lateral peers to those of providers, then the shortest AS path, then the
 * lowest ASN of the next hop. Customers hear everything, others only own and customers' routes. Under these rules routes are
 * final after three passes: up along providers, across lateral links, down along customers. The graph's numbers make the
 * passes up and down plain loops (as-graph.ts).
 * Source: Gao and Rexford, "Stable Internet Routing Without Global Coordination", IEEE/ACM ToN 9(6), 2001; the three passes:
 * Gill, Schapira and Goldberg, "Modeling on Quicksand", 2012.
 * Not here: several configurations at once (batch/), or after one another with little changed (incremental/).
 */
import { assert } from '../../base/assert.ts';
import type { Adjacency, AsGraph } from '../topology/as-graph.ts';
import { type Announcement, assertEntries, type EntryPoint } from './announcement.ts';
import { AvoidedNeighbours } from './avoided.ts';

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

/** `rank` of an AS without a route. */
export const noRoute = 0xffff_ffff;
export const lengthMask = 0xffff;
const rankOf = (kind: number, pathLength: number): number => ((learnedFrom.self - kind) << 16) | pathLength;
/** Where the ranks of lateral routes and of providers' begin. */
export const lateralRank = rankOf(learnedFrom.lateral, 0);
export const providerRank = rankOf(learnedFrom.provider, 0);

/** The rank at which an AS hears this entry point. */
export function rankOfEntry({ as, pathLength }: Pick<EntryPoint, 'as' | 'pathLength'>): number {
  return rankOf(learnedFrom[as], pathLength);
}

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
  readonly #seen: Uint8Array;
  readonly #avoided = new AvoidedNeighbours();
  readonly #stubs: ReturnType<typeof stubRuns>;
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
    this.#seen = new Uint8Array(size);
    this.#stubs = stubRuns(graph);
  }

  /** Routes of every AS to this announcement. The result is overwritten by the next call. */
  run(announcement: Announcement): Routes {
    assertEntries(announcement.entries, this.#rank.length);
    this.#entries = announcement.entries;
    this.#rank.fill(noRoute);
    this.#nextHop.fill(noHop);
    this.#entry.fill(noEntry);
    this.#refuses.fill(0);
    this.#limited.fill(0);
    this.#anyLimited = false;
    let anyRefuses = false;
    for (const number of announcement.refusedBy ?? []) {
      this.#refuses[number] = 1;
      anyRefuses = true;
    }
    for (const [index, entry] of announcement.entries.entries()) this.#enter(index, entry);
    const above = this.#above();
    this.#upAndAcross(above, this.#graph.providers, rankOf(learnedFrom.customer, 0));
    this.#upAndAcross(above, this.#graph.laterals, lateralRank);
    this.#down(!this.#anyLimited && !anyRefuses);
    return { rank: this.#rank, nextHop: this.#nextHop, entry: this.#entry };
  }

  #enter(index: number, { at, as, pathLength, noExport, notTo, refusedBy }: EntryPoint): void {
    if (refusedBy !== undefined) this.#anyLimited = true;
    if (this.#refuses[at] === 1 || this.#avoided.has(refusedBy, at)) return;
    if (noExport === true || notTo !== undefined) {
      this.#limited[at] = 1;
      this.#anyLimited = true;
    }
    const rank = rankOfEntry({ as, pathLength });
    // Of equals the one first in the list stays.
    if (rank >= (this.#rank[at] as number)) return;
    this.#rank[at] = rank;
    this.#entry[at] = index;
  }

  /**
   * Whether `from` tells `to`, and that takes it: the limit of an entry point binds the AS that heard it, and no other; what
   * is refused of an entry point is refused everywhere.
   */
  #tells(from: number, to: number): boolean {
    const entry = this.#entries[this.#entry[from] as number];
    if (entry === undefined) return true;
    if (this.#avoided.has(entry.refusedBy, to)) return false;
    if (this.#limited[from] === 0 || this.#nextHop[from] !== noHop) return true;
    return entry.noExport !== true && !this.#avoided.has(entry.notTo, to);
  }

  /**
   * Own and customers' routes of these ASes to these neighbours, to whom they rank from `base` on. On the way up customers,
   * who have the higher numbers, come first, so each AS is final when its turn comes; across, what is learned ranks too low
   * to go further.
   */
  #upAndAcross(above: Uint32Array, { start, list }: Adjacency, base: number): void {
    const rank = this.#rank;
    const nextHop = this.#nextHop;
    const entry = this.#entry;
    const refuses = this.#refuses;
    for (const from of above) {
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

  /** The ASes that have, or may come to have, own or customers' routes; customers before their providers. */
  #above(): Uint32Array {
    const { start, list } = this.#graph.providers;
    const found: number[] = [];
    const visit = (number: number): void => {
      if (this.#seen[number] === 1) return;
      this.#seen[number] = 1;
      found.push(number);
    };
    for (const { at, as } of this.#entries) if (as === 'customer' || as === 'self') visit(at);
    for (let index = 0; index < found.length; index++) {
      const number = found[index] as number;
      const end = start[number + 1] as number;
      for (let at = start[number] as number; at < end; at++) visit(list[at] as number);
    }
    for (const number of found) this.#seen[number] = 0;
    return Uint32Array.from(found).sort().reverse();
  }

  /** Whether `from` has a lower ASN than the next hop that `to` has now. */
  #isLowerHop(from: number, to: number): boolean {
    const { asns } = this.#graph;
    const hop = this.#nextHop[to] as number;
    const asn = hop === noHop ? this.#entries[this.#entry[to] as number]?.originAsn : asns[hop];
    return (asns[from] as number) < (asn ?? 0);
  }

  /** Everything to customers. Providers have the lower numbers; the list is sorted by ASN, so of equals the first is it. */
  #down(plain: boolean): void {
    if (!plain) {
      this.#downAny(0, this.#rank.length);
      return;
    }
    const { one, two, three } = this.#stubs;
    this.#downPlain(0, one);
    this.#downOne(one, two);
    this.#downTwo(two, three);
    this.#downPlain(three, this.#rank.length);
  }

  #downAny(first: number, last: number): void {
    const { start, list } = this.#graph.providers;
    const rank = this.#rank;
    const refuses = this.#refuses;
    const anyLimited = this.#anyLimited;
    let at = start[first] as number;
    for (let to = first; to < last; to++) {
      const end = start[to + 1] as number;
      if ((rank[to] as number) < providerRank || refuses[to] === 1) {
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
      if (best !== noHop) this.#hear(best, to, shortest);
    }
  }

  /** Without limits and refusals. The choice is arithmetic, as a processor foresees it badly. */
  #downPlain(first: number, last: number): void {
    const { start, list } = this.#graph.providers;
    const rank = this.#rank;
    const nextHop = this.#nextHop;
    const entry = this.#entry;
    let at = start[first] as number;
    for (let to = first; to < last; to++) {
      const end = start[to + 1] as number;
      const has = rank[to] as number;
      if (has < providerRank) {
        at = end;
        continue;
      }
      let best = 0;
      let shortest = lengthMask;
      for (; at < end; at++) {
        const from = list[at] as number;
        const shorter = ((rank[from] as number) & lengthMask) - shortest;
        const taken = shorter >> 31; // all ones where this one is shorter
        shortest += shorter & taken;
        best ^= (best ^ from) & taken;
      }
      if (shortest === lengthMask) continue;
      if (has !== noRoute) {
        this.#hear(best, to, shortest);
        continue;
      }
      rank[to] = providerRank + shortest + 1;
      nextHop[to] = best;
      entry[to] = entry[best] as number;
    }
  }

  /** ASes of one provider each, which need no choice. */
  #downOne(first: number, last: number): void {
    const { start, list } = this.#graph.providers;
    const rank = this.#rank;
    const nextHop = this.#nextHop;
    const entry = this.#entry;
    let at = start[first] as number;
    for (let to = first; to < last; to++, at++) {
      const from = list[at] as number;
      const length = (rank[from] as number) & lengthMask;
      if (length === lengthMask || (rank[to] as number) < providerRank) continue;
      if (rank[to] !== noRoute) {
        this.#hear(from, to, length);
        continue;
      }
      rank[to] = providerRank + length + 1;
      nextHop[to] = from;
      entry[to] = entry[from] as number;
    }
  }

  /** ASes of two providers each. */
  #downTwo(first: number, last: number): void {
    const { start, list } = this.#graph.providers;
    const rank = this.#rank;
    const nextHop = this.#nextHop;
    const entry = this.#entry;
    let at = start[first] as number;
    for (let to = first; to < last; to++, at += 2) {
      const a = list[at] as number;
      const b = list[at + 1] as number;
      const lengthOfA = (rank[a] as number) & lengthMask;
      const lengthOfB = (rank[b] as number) & lengthMask;
      const second = (lengthOfB - lengthOfA) >> 31; // all ones where b's is shorter
      const length = lengthOfA ^ ((lengthOfA ^ lengthOfB) & second);
      const from = a ^ ((a ^ b) & second);
      if (length === lengthMask || (rank[to] as number) < providerRank) continue;
      if (rank[to] !== noRoute) {
        this.#hear(from, to, length);
        continue;
      }
      rank[to] = providerRank + length + 1;
      nextHop[to] = from;
      entry[to] = entry[from] as number;
    }
  }

  /** A provider's route, against what the AS has: an entry point where it is the provider, or nothing. */
  #hear(from: number, to: number, length: number): void {
    const offered = providerRank + length + 1;
    const has = this.#rank[to] as number;
    if (offered > has || (offered === has && !this.#isLowerHop(from, to))) return;
    this.#rank[to] = offered;
    this.#nextHop[to] = from;
    this.#entry[to] = this.#entry[from] as number;
  }
}

/** Where, behind the ASes with customers, those with one, with two and with more providers begin. */
function stubRuns({ asns, customers, providers }: AsGraph): { one: number; two: number; three: number } {
  const size = asns.length;
  const degree = ({ start }: Adjacency, number: number): number =>
    (start[number + 1] as number) - (start[number] as number);
  let stubs = size;
  while (stubs > 0 && degree(customers, stubs - 1) === 0) stubs--;
  // A graph of another making may have another order: a run ends where the next AS does not fit.
  let one = stubs;
  while (one < size && degree(providers, one) === 0) one++;
  let two = one;
  while (two < size && degree(providers, two) === 1) two++;
  let three = two;
  while (three < size && degree(providers, three) === 2) three++;
  return { one, two, three };
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
