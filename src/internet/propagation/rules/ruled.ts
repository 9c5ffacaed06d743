/**
 * The three passes with tie-breaks that can be chosen: by cost, by region within one AS, or all ties as shares.
 *
 * Preference and path length are as in the scalar engine; each AS gathers all that is equally good, and a rule picks. Slower
 * than the scalar engine by a few times, and exact: with the default rule it gives the same.
 * Why shares come with the passes: an AS's shares are the mean of those whom it could send to, who are final before it.
 */
import type { Adjacency, AsGraph } from '../../topology/as-graph.ts';
import { type Announcement, assertEntries, type EntryPoint } from '../announcement.ts';
import { AvoidedNeighbours } from '../avoided.ts';
import { type Neighbourhood, neighbourhoodOf } from '../incremental/neighbourhood.ts';
import { lateralRank, lengthMask, noEntry, noHop, noRoute, providerRank, type Routes, rankOfEntry } from '../scalar.ts';
import type { RegionalSplit, Rules } from './rules.ts';

export interface RuledRoutes extends Routes {
  /** Where an AS's users land in one of its parts; the same as `entry` where it has no parts. */
  entryOfPart(number: number, part: number): number;
  /** With the rule `shares`: of an AS's traffic, what ends at each entry point. They add up to 1, or to 0 without a route. */
  sharesOf(number: number): Float64Array;
}

/** One of several equally good routes. */
interface Candidate {
  /** `noHop`: the AS's own entry point. */
  readonly from: number;
  readonly entry: number;
}

const customerRank = rankOfEntry({ as: 'customer', pathLength: 0 });

export class RuledPropagation {
  readonly #graph: AsGraph;
  readonly #rules: Rules;
  readonly #avoided = new AvoidedNeighbours();

  constructor(graph: AsGraph, rules: Rules) {
    this.#graph = graph;
    this.#rules = rules;
  }

  run(announcement: Announcement): RuledRoutes {
    assertEntries(announcement.entries, this.#graph.asns.length);
    const sites = announcement.entries.flatMap(({ at, as }) => (as === 'customer' || as === 'self' ? [at] : []));
    const run = new Run(this.#graph, this.#rules, announcement, this.#avoided);
    run.all(neighbourhoodOf(this.#graph, new Set(sites)));
    return run;
  }
}

class Run implements RuledRoutes {
  readonly rank: Uint32Array;
  readonly nextHop: Uint32Array;
  readonly entry: Uint16Array;
  readonly #graph: AsGraph;
  readonly #rules: Rules;
  readonly #entries: readonly EntryPoint[];
  readonly #avoided: AvoidedNeighbours;
  readonly #refuses: Uint8Array;
  readonly #at = new Map<number, number[]>();
  /** Of split ASes, what each part chose. */
  readonly #parts = new Map<number, readonly Candidate[]>();
  readonly #shares: Float64Array | undefined;

  constructor(graph: AsGraph, rules: Rules, { entries, refusedBy }: Announcement, avoided: AvoidedNeighbours) {
    const size = graph.asns.length;
    this.#graph = graph;
    this.#rules = rules;
    this.#entries = entries;
    this.#avoided = avoided;
    this.rank = new Uint32Array(size).fill(noRoute);
    this.nextHop = new Uint32Array(size).fill(noHop);
    this.entry = new Uint16Array(size).fill(noEntry);
    this.#refuses = new Uint8Array(size);
    for (const number of refusedBy ?? []) this.#refuses[number] = 1;
    for (const [index, { at }] of entries.entries()) this.#at.set(at, [...(this.#at.get(at) ?? []), index]);
    this.#shares = rules.tieRule.kind === 'shares' ? new Float64Array(size * entries.length) : undefined;
  }

  all({ above, customers, laterals }: Neighbourhood): void {
    const size = this.rank.length;
    for (const number of above) this.#decide(number, customers, customerRank, [0, lateralRank]);
    for (let number = 0; number < size; number++) {
      if ((this.rank[number] as number) >= lateralRank) {
        this.#decide(number, laterals, lateralRank, [lateralRank, providerRank]);
      }
    }
    for (let number = 0; number < size; number++) {
      if ((this.rank[number] as number) >= providerRank) {
        this.#decide(number, this.#graph.providers, providerRank, [providerRank, noRoute]);
      }
    }
  }

  entryOfPart(number: number, part: number): number {
    return this.#parts.get(number)?.[part]?.entry ?? (this.entry[number] as number);
  }

  sharesOf(number: number): Float64Array {
    const width = this.#entries.length;
    if (this.#shares !== undefined) return this.#shares.slice(number * width, (number + 1) * width);
    const shares = new Float64Array(width);
    const parts = this.#parts.get(number) ?? [{ entry: this.entry[number] as number }];
    for (const { entry } of parts) if (entry !== noEntry) shares[entry] = (shares[entry] as number) + 1 / parts.length;
    return shares;
  }

  #decide(number: number, neighbours: Adjacency, base: number, [from, before]: readonly [number, number]): void {
    if (this.#refuses[number] === 1) return;
    const [best, candidates] = this.#candidates(number, neighbours, base, [from, before]);
    const [first] = candidates;
    if (first === undefined) return;
    this.rank[number] = best;
    const split = this.#rules.splits?.get(number);
    if (split !== undefined) this.#parts.set(number, this.#ofParts(split, candidates));
    const chosen = split === undefined ? this.#choose(number, candidates) : (this.#parts.get(number)?.[0] ?? first);
    this.nextHop[number] = chosen.from;
    this.entry[number] = chosen.entry;
    if (this.#shares !== undefined) this.#share(number, candidates, this.#shares);
  }

  /** All routes of the best rank, the AS's own entry points in the place that their origin's ASN gives them. */
  #candidates(
    number: number,
    { start, list }: Adjacency,
    base: number,
    [lowest, before]: readonly [number, number],
  ): [number, Candidate[]] {
    let best = noRoute;
    let own: Candidate[] = [];
    for (const index of this.#at.get(number) ?? []) {
      const point = this.#entries[index] as EntryPoint;
      const rank = rankOfEntry(point);
      if (rank < lowest || rank >= before || rank > best || this.#avoided.has(point.refusedBy, number)) continue;
      if (rank < best) own = [];
      best = rank;
      own.push({ from: noHop, entry: index });
    }
    let others: Candidate[] = [];
    const end = start[number + 1] as number;
    for (let at = start[number] as number; at < end; at++) {
      const from = list[at] as number;
      const rank = this.rank[from] as number;
      if (rank === noRoute || (base !== providerRank && rank >= lateralRank)) continue;
      const offered = base + (rank & lengthMask) + 1;
      if (offered > best) continue;
      const route = this.#told(from, number);
      if (route === undefined) continue;
      if (offered < best) {
        own = [];
        others = [];
      }
      best = offered;
      others.push({ from, entry: route.entry });
    }
    return [best, this.#inOrder(own, others)];
  }

  /** What `from` uses where it meets `to`; `undefined` where it does not say so, or `to` refuses it. */
  #told(from: number, to: number): Candidate | undefined {
    const part = this.#rules.splits?.get(from)?.partTowards(to);
    const chosen = part === undefined ? undefined : this.#parts.get(from)?.[part];
    const route = chosen ?? { from: this.nextHop[from] as number, entry: this.entry[from] as number };
    const point = this.#entries[route.entry] as EntryPoint;
    if (this.#avoided.has(point.refusedBy, to)) return undefined;
    const limited = route.from === noHop && (point.noExport === true || this.#avoided.has(point.notTo, to));
    return limited ? undefined : route;
  }

  #inOrder(own: readonly Candidate[], others: readonly Candidate[]): Candidate[] {
    const [first] = own;
    if (first === undefined) return [...others];
    const { originAsn } = this.#entries[first.entry] as EntryPoint;
    const lower = others.filter(({ from }) => (this.#graph.asns[from] as number) < originAsn);
    return [...lower, ...own, ...others.slice(lower.length)];
  }

  #choose(number: number, candidates: readonly Candidate[]): Candidate {
    const { tieRule } = this.#rules;
    if (tieRule.kind === 'nearest')
      return cheapest(candidates, ({ from, entry }) => tieRule.cost(number, hopOf(from), entry));
    if (tieRule.kind === 'shares') return candidates.find(({ from }) => from === noHop) ?? (candidates[0] as Candidate);
    return candidates[0] as Candidate;
  }

  #ofParts(split: RegionalSplit, candidates: readonly Candidate[]): Candidate[] {
    return Array.from({ length: split.parts }, (_, part) =>
      cheapest(candidates, ({ from, entry }) => split.cost(part, hopOf(from), entry)),
    );
  }

  #share(number: number, candidates: readonly Candidate[], shares: Float64Array): void {
    const width = this.#entries.length;
    const own = candidates.filter(({ from }) => from === noHop);
    for (const { entry } of own) shares[number * width + entry] = 1 / own.length;
    if (own.length > 0) return;
    for (const { from } of candidates) {
      for (let entry = 0; entry < width; entry++) {
        const at = number * width + entry;
        shares[at] = (shares[at] as number) + (shares[from * width + entry] as number) / candidates.length;
      }
    }
  }
}

const hopOf = (from: number): number | undefined => (from === noHop ? undefined : from);

/** The first of the cheapest. */
function cheapest(candidates: readonly Candidate[], cost: (candidate: Candidate) => number): Candidate {
  let best = candidates[0] as Candidate;
  let least = cost(best);
  for (const candidate of candidates.slice(1)) {
    const own = cost(candidate);
    if (own >= least) continue;
    best = candidate;
    least = own;
  }
  return best;
}
