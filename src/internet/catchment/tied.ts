/**
 * All routes that an AS finds equally good, and not the one alone that the lowest AS number picks: by the entry groups where
 * they end.
 *
 * Why: relation and path length leave many ASes with several best routes. A large network then hands over wherever it is near
 * (hot potato), so its users in one city may well land elsewhere than those in another, and one answer for all of them is wrong
 * for some. Ranks are those of the scalar engine; from the best rank to the worst, each AS's set is the union of the sets of
 * the neighbours that offer it that rank. Few different sets exist, so each is kept once.
 */
import type { Announcement, EntryPoint } from '../propagation/announcement.ts';
import { AvoidedNeighbours } from '../propagation/avoided.ts';
import { lateralRank, lengthMask, noRoute, providerRank, type Routes, rankOfEntry } from '../propagation/scalar.ts';
import type { Adjacency, AsGraph } from '../topology/as-graph.ts';

export interface TiedInput {
  readonly graph: AsGraph;
  /** Of the scalar engine, for this announcement. */
  readonly routes: Pick<Routes, 'rank'>;
  readonly announcement: Announcement;
}

const customerRank = rankOfEntry({ as: 'customer', pathLength: 0 });
const nothing = 0;

export class TiedRoutes {
  /** By number of the AS, an index into `sets`. */
  readonly setOf: Uint32Array;
  /** Entry groups, ascending; the first is empty. */
  readonly sets: (readonly number[])[] = [[]];
  /** ASes with a route, from the best rank to the worst: whoever an AS hears from stands before it. */
  readonly order: Uint32Array;
  readonly #graph: AsGraph;
  readonly #rank: Uint32Array;
  readonly #entries: readonly EntryPoint[];
  readonly #at = new Map<number, number[]>();
  readonly #avoided = new AvoidedNeighbours();
  readonly #anyRefused: boolean;
  readonly #known = new Map<string, number>([['', nothing]]);
  readonly #unions = new Map<number, number>();

  constructor({ graph, routes, announcement: { entries } }: TiedInput) {
    this.#graph = graph;
    // The engine writes over its arrays at its next run.
    this.#rank = routes.rank.slice();
    this.#entries = entries;
    this.#anyRefused = entries.some(({ refusedBy }) => refusedBy !== undefined);
    for (const [group, { at }] of entries.entries()) this.#at.set(at, [...(this.#at.get(at) ?? []), group]);
    this.setOf = new Uint32Array(this.#rank.length);
    this.order = this.#byRank();
    for (const number of this.order) {
      let set = this.#idOf(this.ownOf(number));
      this.eachOffer(number, (from) => {
        set = this.#union(set, this.#toldTo(from, number));
      });
      this.setOf[number] = set;
    }
  }

  /** Empty without a route. */
  groupsOf(number: number): readonly number[] {
    return this.sets[this.setOf[number] as number] as readonly number[];
  }

  /** Those that a neighbour tells an AS of, and that it may take. */
  toldTo(from: number, to: number): readonly number[] {
    return this.sets[this.#toldTo(from, to)] as readonly number[];
  }

  /** ASes from this one to where the group enters, by the lowest AS numbers; empty where it is none of `groupsOf`. */
  pathTo(number: number, group: number): readonly number[] {
    const path: number[] = [];
    for (let at: number | undefined = number; at !== undefined && this.groupsOf(at).includes(group); ) {
      path.push(at);
      if (this.ownOf(at).includes(group)) return path;
      const to: number = at;
      at = undefined;
      this.eachOffer(to, (from) => {
        if (at === undefined && this.toldTo(from, to).includes(group)) at = from;
      });
    }
    return [];
  }

  #byRank(): Uint32Array {
    const reached = Uint32Array.from(this.#rank.keys()).filter((number) => this.#rank[number] !== noRoute);
    return reached.sort((a, b) => (this.#rank[a] as number) - (this.#rank[b] as number));
  }

  /** The groups that an AS hears from us itself, where those are its best. */
  ownOf(number: number): readonly number[] {
    const groups = this.#at.get(number) ?? [];
    return groups.filter((group) => {
      const entry = this.#entries[group] as EntryPoint;
      return rankOfEntry(entry) === this.#rank[number] && !this.#avoided.has(entry.refusedBy, number);
    });
  }

  /** Neighbours that offer a route of the AS’s best rank, if they tell it; ascending. */
  eachOffer(number: number, take: (from: number) => void): void {
    const rank = this.#rank[number] as number;
    const [{ start, list }, base] = this.#askedAt(rank);
    const end = start[number + 1] as number;
    for (let at = start[number] as number; at < end; at++) {
      const from = list[at] as number;
      const theirs = this.#rank[from] as number;
      if (theirs === noRoute || (base !== providerRank && theirs >= lateralRank)) continue;
      if (base + (theirs & lengthMask) + 1 === rank) take(from);
    }
  }

  #askedAt(rank: number): readonly [Adjacency, number] {
    if (rank >= providerRank) return [this.#graph.providers, providerRank];
    return rank >= lateralRank ? [this.#graph.laterals, lateralRank] : [this.#graph.customers, customerRank];
  }

  #toldTo(from: number, to: number): number {
    const set = this.setOf[from] as number;
    const own = this.#at.get(from);
    if (own === undefined && !this.#anyRefused) return set;
    const told = (this.sets[set] as readonly number[]).filter((group) => {
      const { at, noExport, notTo, refusedBy } = this.#entries[group] as EntryPoint;
      if (this.#avoided.has(refusedBy, to)) return false;
      return at !== from || (noExport !== true && !this.#avoided.has(notTo, to));
    });
    return this.#idOf(told);
  }

  #union(a: number, b: number): number {
    if (a === b || b === nothing) return a;
    if (a === nothing) return b;
    const key = Math.min(a, b) * 2 ** 26 + Math.max(a, b);
    const known = this.#unions.get(key);
    if (known !== undefined) return known;
    const [one, other] = [this.sets[a] as readonly number[], this.sets[b] as readonly number[]];
    const id = this.#idOf([...new Set([...one, ...other])].sort((x, y) => x - y));
    this.#unions.set(key, id);
    return id;
  }

  #idOf(groups: readonly number[]): number {
    const key = groups.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const id = this.sets.push(groups) - 1;
    this.#known.set(key, id);
    return id;
  }
}
