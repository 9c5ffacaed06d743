/**
 * Routes where some ASes prefer otherwise than by what a neighbour is to them: exceptions of local preference, by AS and
 * neighbour, and by entry point (GRACEFUL_SHUTDOWN, RFC 8326, is preference 0 at the AS that hears it).
 *
 * Why another engine: with exceptions, three passes are not enough, and there may be several outcomes or none (Griffin and
 * Huston, "BGP Wedgies", RFC 4264; Griffin, Shepherd and Wilfong, 2002). So this one starts from the outcome without
 * exceptions and lets ASes choose again, one after another, until all rest: what happens when the exceptions are configured
 * on a running Internet. The order is fixed, so the outcome is, too. ASes that never rest are a problem, with their names.
 */
import { assert } from '../../../base/assert.ts';
import { fail } from '../../../base/problem.ts';
import type { Adjacency, AsGraph } from '../../topology/as-graph.ts';
import type { Announcement, EntryPoint } from '../announcement.ts';
import { AvoidedNeighbours } from '../avoided.ts';
import {
  learnedFrom,
  learnedOf,
  lengthMask,
  noEntry,
  noHop,
  noRoute,
  pathLengthOf,
  type Routes,
  rankOfEntry,
  ScalarPropagation,
} from '../scalar.ts';

/** What ASes prefer by, unless an exception says otherwise; the same steps as our routers' policies. */
export const usualPreference = { customer: 200, lateral: 150, provider: 100 } as const;

export interface Preferences {
  /** Higher is preferred; `at` and `from` are numbers of ASes. */
  readonly ofNeighbours?: readonly { readonly at: number; readonly from: number; readonly preference: number }[];
  /** By place in the announcement's list. */
  readonly ofEntries?: ReadonlyMap<number, number>;
}

/** An AS that chose so often is taken to never rest. Without exceptions each chooses a few times. */
const mostChoices = 100;

export class PreferencePropagation {
  readonly #graph: AsGraph;
  readonly #scalar: ScalarPropagation;
  readonly #avoided = new AvoidedNeighbours();

  constructor(graph: AsGraph) {
    this.#graph = graph;
    this.#scalar = new ScalarPropagation(graph);
  }

  /** Problem: `internet.no-rest`. The result is overwritten by the next call. */
  run(announcement: Announcement, preferences: Preferences): Routes {
    const routes = this.#scalar.run(announcement);
    const state = new State(this.#graph, announcement, preferences, routes, this.#avoided);
    state.settle();
    return routes;
  }
}

class State {
  readonly #graph: AsGraph;
  readonly #entries: readonly EntryPoint[];
  readonly #preferences: Preferences;
  readonly #routes: Routes;
  readonly #avoided: AvoidedNeighbours;
  readonly #refuses: Uint8Array;
  readonly #exceptions = new Map<number, Map<number, number>>();
  readonly #at = new Map<number, number[]>();
  /** Of each AS's whole path, so that a change far along it is seen. */
  readonly #pathHash: Uint32Array;
  readonly #queued: Uint8Array;
  readonly #choices: Uint16Array;
  readonly #queue: number[] = [];

  // The best that #choose has found.
  #preference = -1;
  #rank = noRoute;
  #hop = noHop;
  #entry = noEntry;

  constructor(
    graph: AsGraph,
    announcement: Announcement,
    preferences: Preferences,
    routes: Routes,
    avoided: AvoidedNeighbours,
  ) {
    const size = graph.asns.length;
    this.#graph = graph;
    this.#entries = announcement.entries;
    this.#preferences = preferences;
    this.#routes = routes;
    this.#avoided = avoided;
    this.#refuses = new Uint8Array(size);
    for (const number of announcement.refusedBy ?? []) this.#refuses[number] = 1;
    this.#pathHash = new Uint32Array(size);
    this.#queued = new Uint8Array(size);
    this.#choices = new Uint16Array(size);
    for (const { at, from, preference } of preferences.ofNeighbours ?? []) {
      const of = this.#exceptions.get(at) ?? new Map<number, number>();
      this.#exceptions.set(at, of.set(from, preference));
    }
    for (const [index, { at }] of announcement.entries.entries())
      this.#at.set(at, [...(this.#at.get(at) ?? []), index]);
  }

  /** Hashes of the paths to begin with, from the entry points outwards. */
  #hashPaths(): void {
    const { rank, nextHop } = this.#routes;
    const done = new Uint8Array(rank.length);
    for (let number = 0; number < rank.length; number++) {
      const waiting: number[] = [];
      for (let hop = number; hop !== noHop && done[hop] === 0; hop = nextHop[hop] as number) waiting.push(hop);
      for (const hop of waiting.reverse()) {
        this.#pathHash[hop] = this.#hashOf(
          rank[hop] as number,
          nextHop[hop] as number,
          this.#routes.entry[hop] as number,
        );
        done[hop] = 1;
      }
    }
  }

  #hashOf(rank: number, hop: number, entry: number): number {
    const ahead = hop === noHop ? entry : (this.#pathHash[hop] as number);
    return (Math.imul(ahead ^ rank, 0x9e3779b1) ^ Math.imul(hop + 1, 0x85ebca6b)) >>> 0;
  }

  settle(): void {
    this.#hashPaths();
    const { ofEntries = new Map<number, number>() } = this.#preferences;
    const concerned = [...ofEntries.keys()].map((index) => this.#entries[index]?.at);
    for (const number of [...this.#exceptions.keys(), ...concerned]) if (number !== undefined) this.#enqueue(number);
    for (let next = 0; next < this.#queue.length; next++) {
      const number = this.#queue[next] as number;
      this.#queued[number] = 0;
      if (!this.#choose(number)) continue;
      const choices = (this.#choices[number] as number) + 1;
      this.#choices[number] = choices;
      if (choices > mostChoices) this.#restless();
      const { providers, laterals, customers } = this.#graph;
      for (const { start, list } of [customers, laterals, providers]) {
        for (const other of list.subarray(start[number], start[number + 1])) this.#enqueue(other);
      }
    }
  }

  #enqueue(number: number): void {
    if (this.#queued[number] === 1) return;
    this.#queued[number] = 1;
    this.#queue.push(number);
  }

  #restless(): never {
    const asns = [...this.#choices.keys()]
      .filter((number) => (this.#choices[number] as number) > mostChoices / 2)
      .map((number) => this.#graph.asns[number] as number)
      .sort((a, b) => a - b);
    return fail({
      code: 'internet.no-rest',
      what: `the routing of ${asns.length} ASes never comes to rest with these local preferences: AS${asns.slice(0, 5).join(', AS')}${asns.length > 5 ? ', …' : ''}`,
      fix: 'take back an exception at one of them: each prefers what another one’s choice takes away',
      source: 'RFC 4264',
    });
  }

  /** Chooses anew among all that an AS hears. Returns whether its path is another. */
  #choose(number: number): boolean {
    const { rank, nextHop, entry } = this.#routes;
    this.#preference = -1;
    this.#rank = noRoute;
    this.#hop = noHop;
    this.#entry = noEntry;
    if (this.#refuses[number] === 0) {
      for (const index of this.#at.get(number) ?? []) this.#considerEntry(number, index);
      const { providers, laterals, customers } = this.#graph;
      this.#consider(number, customers, 'customer');
      this.#consider(number, laterals, 'lateral');
      this.#consider(number, providers, 'provider');
    }
    const hash = this.#hashOf(this.#rank, this.#hop, this.#entry);
    const same =
      rank[number] === this.#rank &&
      nextHop[number] === this.#hop &&
      entry[number] === this.#entry &&
      this.#pathHash[number] === hash;
    rank[number] = this.#rank;
    nextHop[number] = this.#hop;
    entry[number] = this.#entry;
    this.#pathHash[number] = hash;
    return !same;
  }

  #considerEntry(number: number, index: number): void {
    const point = this.#entries[index] as EntryPoint;
    if (this.#avoided.has(point.refusedBy, number)) return;
    const usual = point.as === 'self' ? Number.MAX_SAFE_INTEGER : usualPreference[point.as];
    const preference = this.#preferences.ofEntries?.get(index) ?? usual;
    const rank = rankOfEntry(point);
    const shorter = preference === this.#preference && (rank & lengthMask) < (this.#rank & lengthMask);
    if (preference > this.#preference || shorter) this.#take(preference, rank, noHop, index);
  }

  #consider(number: number, { start, list }: Adjacency, kind: keyof typeof usualPreference): void {
    const exceptions = this.#exceptions.get(number);
    const end = start[number + 1] as number;
    for (let at = start[number] as number; at < end; at++) {
      const from = list[at] as number;
      const learned = learnedOf(this.#routes, from);
      // To others than customers only own and customers' routes are told.
      if (learned === learnedFrom.none || (kind !== 'provider' && learned < learnedFrom.customer)) continue;
      const preference = exceptions?.get(from) ?? usualPreference[kind];
      const length = pathLengthOf(this.#routes, from) + 1;
      if (preference < this.#preference) continue;
      if (preference === this.#preference) {
        const has = this.#rank & lengthMask;
        if (length > has || (length === has && (this.#graph.asns[from] as number) >= this.#asnAhead())) continue;
      }
      if (!this.#tells(from, number) || this.#passes(from, number)) continue;
      this.#take(preference, rankOfEntry({ as: kind, pathLength: length }), from, this.#routes.entry[from] as number);
    }
  }

  #asnAhead(): number {
    if (this.#hop !== noHop) return this.#graph.asns[this.#hop] as number;
    return this.#entries[this.#entry]?.originAsn ?? 0;
  }

  #take(preference: number, rank: number, hop: number, entry: number): void {
    this.#preference = preference;
    this.#rank = rank;
    this.#hop = hop;
    this.#entry = entry;
  }

  #tells(from: number, to: number): boolean {
    const point = this.#entries[this.#routes.entry[from] as number];
    if (point === undefined) return true;
    if (this.#avoided.has(point.refusedBy, to)) return false;
    if (this.#routes.nextHop[from] !== noHop) return true;
    return point.noExport !== true && !this.#avoided.has(point.notTo, to);
  }

  /** Whether `from`'s path goes through `number`, which then finds its own ASN in it (RFC 4271 §9.1.2). */
  #passes(from: number, number: number): boolean {
    let steps = 0;
    for (let hop = from; hop !== noHop; hop = this.#routes.nextHop[hop] as number) {
      if (hop === number) return true;
      assert(steps++ <= this.#routes.rank.length, 'a path has no loop');
    }
    return false;
  }
}
