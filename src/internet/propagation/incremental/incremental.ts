/**
 * One network's routes, kept while its entry points come, go and prepend: after a change only the ASes that it can concern
 * are decided anew, and the result is what a run from scratch gives.
 *
 * Why it is exact: the three passes of the scalar engine are kept. An AS is looked at again in a pass when it uses a neighbour
 * whose route changed, or when that neighbour now offers something at least as good; and then among all it hears. Each pass
 * goes in the order of the hierarchy, so what an AS looks at is final.
 * Why it is fast: a network that loses one of thirty PoPs moves a thirtieth of the Internet, and the rest is not visited.
 */
import { assert } from '../../../base/assert.ts';
import type { Adjacency, AsGraph } from '../../topology/as-graph.ts';
import { assertEntries, type EntryPoint } from '../announcement.ts';
import { AvoidedNeighbours } from '../avoided.ts';
import { lateralRank, lengthMask, noEntry, noHop, noRoute, providerRank, type Routes, rankOfEntry } from '../scalar.ts';
import { Ascending } from './ascending.ts';
import { type Neighbourhood, neighbourhoodOf } from './neighbourhood.ts';
import { type RouteChanges, RouteTable } from './route-table.ts';

export interface EntryChange {
  /** Its place in the list of entry points. */
  readonly entry: number;
  /** `undefined`: no longer announced there. */
  readonly now: Pick<EntryPoint, 'pathLength' | 'noExport' | 'notTo'> | undefined;
}

export interface IncrementalOptions {
  /** As in an announcement; for all of the engine's life. */
  readonly refusedBy?: Iterable<number>;
}

/** Customer's and own routes are offered at this rank and path length 0, up. */
const customerRank = rankOfEntry({ as: 'customer', pathLength: 0 });

export class IncrementalPropagation {
  readonly #graph: AsGraph;
  readonly #points: (EntryPoint | undefined)[];
  readonly #all: readonly EntryPoint[];
  readonly #near: Neighbourhood;
  readonly #table: RouteTable;
  readonly #refuses: Uint8Array;
  /** Entry points at an AS, by place in the list. */
  readonly #at = new Map<number, number[]>();
  /** 1: some entry point is there; 2: one that limits its export. */
  readonly #site: Uint8Array;
  /** In the pass up: to be decided again. */
  readonly #dirty: Uint8Array;
  /** In the pass down: its customers hear of it, whatever is decided. */
  readonly #told: Uint8Array;
  readonly #waiting: Ascending;
  readonly #avoided = new AvoidedNeighbours();
  /** In the pass down: to be decided again. */
  readonly #decide: Uint8Array;
  #before: (EntryPoint | undefined)[] = [];

  /** Some entry point is refused by some. */
  readonly #poisoned: boolean;
  #shortest = noRoute;

  // What #consider has found best.
  #rank = noRoute;
  #nextHop = noHop;
  #entry = noEntry;

  /** `entries`: all that may ever be announced, each at its own place; all are, to begin with. */
  constructor(graph: AsGraph, entries: readonly EntryPoint[], { refusedBy }: IncrementalOptions = {}) {
    const size = graph.asns.length;
    assertEntries(entries, size);
    this.#graph = graph;
    this.#all = entries;
    this.#poisoned = entries.some((entry) => entry.refusedBy !== undefined);
    this.#points = entries.map(() => undefined);
    const up = entries.filter(({ as }) => as === 'customer' || as === 'self');
    this.#near = neighbourhoodOf(graph, new Set(up.map(({ at }) => at)));
    this.#table = new RouteTable(size);
    this.#refuses = new Uint8Array(size);
    for (const number of refusedBy ?? []) this.#refuses[number] = 1;
    this.#site = new Uint8Array(size);
    this.#dirty = new Uint8Array(size);
    this.#told = new Uint8Array(size);
    this.#decide = new Uint8Array(size);
    this.#waiting = new Ascending(size);
    for (const [index, { at }] of entries.entries()) this.#at.set(at, [...(this.#at.get(at) ?? []), index]);
    this.change(entries.map((now, entry) => ({ entry, now })));
  }

  /** The routes now; later changes show in it. */
  get routes(): Routes {
    return this.#table;
  }

  /** Announces, withdraws or alters some entry points, and tells whose routes that changed. */
  change(changes: readonly EntryChange[]): RouteChanges {
    this.#before = this.#points.slice();
    this.#table.begin();
    const sites = new Set<number>();
    for (const { entry, now } of changes) {
      const point = this.#all[entry];
      assert(point !== undefined, 'an entry point of the list');
      this.#points[entry] = now === undefined ? undefined : withNow(point, now);
      sites.add(point.at);
    }
    for (const at of sites) this.#markSite(at);
    const changedUp = this.#up(sites);
    this.#across(changedUp, sites);
    this.#down(sites);
    return this.#table.changes();
  }

  /** Takes the last change back, and it alone. */
  undo(): void {
    this.#table.undo();
    for (const [index, point] of this.#before.entries()) this.#points[index] = point;
    for (const at of this.#at.keys()) this.#markSite(at);
  }

  #markSite(at: number): void {
    const points = (this.#at.get(at) ?? []).map((index) => this.#points[index]);
    const limited = points.some((point) => point?.noExport === true || point?.notTo !== undefined);
    this.#site[at] = limited ? 2 : 1;
  }

  /** Returns the ASes whose own or customers' route may be another than before. */
  #up(sites: ReadonlySet<number>): number[] {
    const { providers } = this.#graph;
    const changed: number[] = [];
    for (const at of sites) this.#dirty[at] = 1;
    for (const number of this.#near.above) {
      if (this.#dirty[number] === 0) continue;
      this.#dirty[number] = 0;
      this.#forget();
      this.#considerEntry(number, 0, lateralRank);
      this.#considerAll(number, this.#near.customers, customerRank);
      const had = (this.#table.rank[number] as number) < lateralRank;
      if (this.#rank === noRoute && !had) continue;
      // An AS that loses it has no route for now; the passes across and down see to that.
      const differs = this.#keep(number);
      if (!differs && !sites.has(number)) continue;
      changed.push(number);
      this.#tell(number);
      for (let at = providers.start[number] as number; at < (providers.start[number + 1] as number); at++) {
        this.#dirty[providers.list[at] as number] = 1;
      }
    }
    for (const at of sites) this.#dirty[at] = 0;
    return changed;
  }

  #across(changed: readonly number[], sites: ReadonlySet<number>): void {
    const { laterals } = this.#graph;
    const { rank, nextHop } = this.#table;
    this.#shortest = this.#shortestUp();
    for (const number of changed) if (rank[number] === noRoute) this.#decideAcross(number);
    for (const at of sites) if ((rank[at] as number) >= lateralRank) this.#decideAcross(at);
    for (const from of changed) {
      const own = rank[from] as number;
      const offered = own < lateralRank ? lateralRank + (own & lengthMask) + 1 : noRoute;
      const end = laterals.start[from + 1] as number;
      for (let at = laterals.start[from] as number; at < end; at++) {
        const to = laterals.list[at] as number;
        const has = rank[to] as number;
        if (has < lateralRank) continue;
        const used = has < providerRank && nextHop[to] === from;
        const outcome = this.#offer(from, to, offered, used);
        if (outcome === 'changed') this.#tell(to);
        else if (outcome === 'decide') this.#decideAcross(to);
      }
    }
  }

  /**
   * A neighbour's route may be another. Where it is as good as before or better, the AS need not look at its other
   * neighbours: what it has may be out of date, but then so is its next hop's route, and that one's turn comes, too.
   */
  #offer(from: number, to: number, offered: number, used: boolean): 'same' | 'changed' | 'decide' {
    const has = this.#table.rank[to] as number;
    if (used && (offered > has || this.#site[from] === 2 || this.#poisoned)) return 'decide';
    if (!used && (offered > has || offered === noRoute)) return 'same';
    if (!used && offered === has && !this.#isLowerHop(from, to)) return 'same';
    if (this.#refuses[to] === 1 || !this.#tells(from, to)) return 'same';
    return this.#table.put(to, offered, from, this.#table.entry[from] as number) ? 'changed' : 'same';
  }

  /** The rank of the best lateral route that anyone can have: whoever finds it need not look on. */
  #shortestUp(): number {
    let shortest = noRoute;
    for (const number of this.#near.above) {
      const rank = this.#table.rank[number] as number;
      if (rank < lateralRank) shortest = Math.min(shortest, rank & lengthMask);
    }
    return lateralRank + shortest + 1;
  }

  /** Whether `from` has a lower ASN than where `to` has its route from now. */
  #isLowerHop(from: number, to: number): boolean {
    const { asns } = this.#graph;
    const hop = this.#table.nextHop[to] as number;
    const asn = hop === noHop ? this.#points[this.#table.entry[to] as number]?.originAsn : asns[hop];
    return asn !== undefined && (asns[from] as number) < asn;
  }

  /** Decides among lateral peers, for an AS without an own or customers' route. */
  #decideAcross(number: number): void {
    this.#forget();
    this.#considerEntry(number, lateralRank, providerRank);
    this.#considerAll(number, this.#near.laterals, lateralRank);
    const had = (this.#table.rank[number] as number) < providerRank;
    if (this.#rank === noRoute) {
      // Left to the pass down, which decides those without a lateral route.
      if (had && this.#keep(number)) this.#tell(number);
      if (had || this.#table.rank[number] === noRoute) this.#wait(number);
      return;
    }
    if (this.#keep(number)) this.#tell(number);
  }

  #down(sites: ReadonlySet<number>): void {
    const { customers, providers } = this.#graph;
    const { rank, nextHop } = this.#table;
    for (const at of sites) {
      this.#wait(at);
      this.#tell(at);
    }
    this.#waiting.drain((number) => {
      let changed = this.#told[number] === 1;
      this.#told[number] = 0;
      if (this.#decide[number] === 1 && (rank[number] as number) >= providerRank) {
        this.#forget();
        this.#considerEntry(number, providerRank, noRoute);
        this.#considerAll(number, providers, providerRank);
        if (this.#keep(number)) changed = true;
      }
      this.#decide[number] = 0;
      if (!changed) return;
      const own = rank[number] as number;
      const offered = own === noRoute ? noRoute : providerRank + (own & lengthMask) + 1;
      const end = customers.start[number + 1] as number;
      for (let at = customers.start[number] as number; at < end; at++) {
        const to = customers.list[at] as number;
        const has = rank[to] as number;
        if (has < providerRank) continue;
        const outcome = this.#offer(number, to, offered, nextHop[to] === number);
        if (outcome === 'decide') this.#wait(to);
        else if (outcome === 'changed' && customers.start[to] !== customers.start[to + 1]) this.#tell(to);
      }
    });
  }

  /** Decided again in the pass down. */
  #wait(number: number): void {
    this.#decide[number] = 1;
    this.#waiting.add(number);
  }

  /** Its route is another: customers hear of it in the pass down. */
  #tell(number: number): void {
    this.#told[number] = 1;
    this.#waiting.add(number);
  }

  #forget(): void {
    this.#rank = noRoute;
    this.#nextHop = noHop;
    this.#entry = noEntry;
  }

  #keep(number: number): boolean {
    return this.#table.put(number, this.#rank, this.#nextHop, this.#entry);
  }

  /** The AS's own entry points, of which the best one counts, where it ranks within these bounds. */
  #considerEntry(number: number, from: number, before: number): void {
    if (this.#site[number] === 0 || this.#refuses[number] === 1) return;
    let best = noRoute;
    let found = noEntry;
    for (const index of this.#at.get(number) ?? []) {
      const point = this.#points[index];
      if (point === undefined || rankOfEntry(point) >= best || this.#avoided.has(point.refusedBy, number)) continue;
      best = rankOfEntry(point);
      found = index;
    }
    if (best < from || best >= before) return;
    this.#rank = best;
    this.#entry = found;
  }

  /** What these neighbours offer, in the order of ASNs; of equals the lowest ASN wins, that of an entry point's origin included. */
  #considerAll(number: number, { start, list }: Adjacency, base: number): void {
    if (this.#refuses[number] === 1) return;
    const { rank, entry } = this.#table;
    const { asns } = this.#graph;
    const end = start[number + 1] as number;
    for (let at = start[number] as number; at < end; at++) {
      const from = list[at] as number;
      const theirs = rank[from] as number;
      if (theirs === noRoute || (base !== providerRank && theirs >= lateralRank)) continue;
      const offered = base + (theirs & lengthMask) + 1;
      if (offered > this.#rank) continue;
      if (offered === this.#rank) {
        const origin = this.#nextHop === noHop ? this.#points[this.#entry]?.originAsn : undefined;
        if (origin === undefined || (asns[from] as number) >= origin) continue;
      }
      if (!this.#tells(from, number)) continue;
      this.#rank = offered;
      this.#nextHop = from;
      this.#entry = entry[from] as number;
      // The list is sorted by ASN: no other of this rank comes before it.
      if (offered === this.#shortest) return;
    }
  }

  /** As in the scalar engine. */
  #tells(from: number, to: number): boolean {
    if (this.#site[from] !== 2 && !this.#poisoned) return true;
    const point = this.#points[this.#table.entry[from] as number];
    if (point === undefined) return true;
    if (this.#avoided.has(point.refusedBy, to)) return false;
    if (this.#table.nextHop[from] !== noHop) return true;
    return point.noExport !== true && !this.#avoided.has(point.notTo, to);
  }
}

/** Where and whose it is stays; all else is as said now. */
function withNow({ at, as, originAsn, refusedBy }: EntryPoint, now: NonNullable<EntryChange['now']>): EntryPoint {
  const { pathLength, noExport = false, notTo } = now;
  const kept = { at, as, originAsn, ...(refusedBy === undefined ? {} : { refusedBy }) };
  return { ...kept, pathLength, noExport, ...(notTo === undefined ? {} : { notTo }) };
}
