/**
 * Up to 16 announcements over the AS graph at once, with the results of the scalar engine, but for next hops.
 *
 * What most ASes do is the kernels' work (kernel.ts). What few ASes do is done here, lane by lane: those where announcements
 * enter, with their place among the neighbours in the order of ASNs, and those that a limited export concerns.
 * Why it is fast: up and across only ASes above an entry point have anything to tell, so only they are visited; down, each
 * AS writes its state once, and what most of them read is the state of few providers.
 * Where a configuration holds more than a lane's bytes can, `run` lets the scalar engine do all, and says so.
 */
import { assert } from '../../../base/assert.ts';
import type { AsGraph } from '../../topology/as-graph.ts';
import { assertEntries } from '../announcement.ts';
import { AvoidedNeighbours } from '../avoided.ts';
import { ScalarPropagation } from '../scalar.ts';
import type { Kernel } from '../wasm/host.ts';
import { type EntrySite, fitsLane, type Lane, sitesOf } from './entry-site.ts';
import { lanes, lengthMask, longestPath, noLaneEntry, noRank, rankClass, stateBytes } from './kernel.ts';
import {
  type BatchMemory,
  batchMemory,
  graphAddresses,
  graphIn,
  linkKernels,
  type ThreadAddresses,
  threadAddresses,
} from './layout.ts';
import { type BatchRoutes, LaneRoutes, ScalarLanes } from './routes.ts';

import { planUp, type UpPlan } from './up-plan.ts';

/** A route that an AS has and tells nobody: taken out of its state while others look at it. */
interface HiddenRoute {
  readonly at: number;
  readonly lane: number;
  readonly rank: number;
  readonly id: number;
}

export class BatchPropagation {
  readonly #graph: AsGraph;
  readonly #kernels: Readonly<Record<string, Kernel>>;
  readonly #addresses: ThreadAddresses;
  readonly #providersAddress: readonly [starts: number, list: number];
  readonly #lateralsAddress: number;
  readonly #state: Uint8Array;
  readonly #touched: Uint8Array;
  readonly #refuses: Uint16Array;
  readonly #work: Uint32Array;
  readonly #overflow: Uint8Array;
  readonly #avoided = new AvoidedNeighbours();
  #plan: UpPlan | undefined;
  #refusing: number[] = [];
  #sites: ReadonlyMap<number, EntrySite> = new Map();
  #hidden: HiddenRoute[] = [];
  #scalar: ScalarPropagation | undefined;

  /** Over a graph, or over one that lies in a memory already, as one of the threads that work there. */
  constructor(graph: AsGraph | BatchMemory, thread = 0) {
    const memory = 'memory' in graph ? graph : batchMemory(graph);
    const { ases, providerLinks } = memory;
    const { buffer } = memory.memory;
    const addresses = graphAddresses(memory);
    this.#graph = graphIn(memory);
    this.#kernels = linkKernels(memory);
    this.#addresses = threadAddresses(memory, thread);
    this.#providersAddress = [addresses.providerStarts, addresses.providers];
    this.#lateralsAddress = addresses.laterals;
    this.#state = new Uint8Array(buffer, this.#addresses.state, ases * stateBytes);
    this.#touched = new Uint8Array(buffer, this.#addresses.touched, ases);
    this.#refuses = new Uint16Array(buffer, this.#addresses.refuses, ases);
    this.#work = new Uint32Array(buffer, this.#addresses.work, providerLinks + ases);
    this.#overflow = new Uint8Array(buffer, this.#addresses.sums, lanes);
  }

  /** What a batch writes for each thread. The bits of who refuses, two bytes an AS, are only touched where someone does. */
  get stateBytes(): number {
    return this.#state.byteLength + this.#touched.byteLength;
  }

  /** Where the kernels find the state, and room for 16 sums. */
  get addresses(): ThreadAddresses {
    return this.#addresses;
  }

  get kernels(): Readonly<Record<string, Kernel>> {
    return this.#kernels;
  }

  /** Routes of every AS, in each of up to 16 configurations. The result is overwritten by the next call. */
  run(configurations: readonly Lane[]): BatchRoutes {
    assert(configurations.length >= 1 && configurations.length <= lanes, 'a batch has 1 to 16 configurations');
    for (const { entries } of configurations) assertEntries(entries, this.#touched.length);
    return this.#runLanes(configurations) ?? this.#runScalar(configurations);
  }

  #runScalar(configurations: readonly Lane[]): BatchRoutes {
    this.#scalar ??= new ScalarPropagation(this.#graph);
    return new ScalarLanes(this.#scalar, configurations);
  }

  /** `undefined` where a path could become longer than a lane holds. */
  #runLanes(configurations: readonly Lane[]): BatchRoutes | undefined {
    if (!configurations.every(fitsLane)) return undefined;
    this.#refuse(configurations);
    const sites = sitesOf(configurations, (at, lane) => (((this.#refuses[at] as number) >>> lane) & 1) === 1);
    this.#sites = new Map(sites.map((site) => [site.at, site]));
    this.#hidden = [];
    this.#touched.fill(0);
    const notTold = new Set(sites.flatMap((site) => [...(site.avoided() ?? [])]));
    const above = this.#up(sites, notTold);
    if (this.#longest(above, sites) >= longestPath) return undefined;
    this.#across(above, sites);
    if (!this.#down(sites)) return undefined;
    for (const { at, lane, rank, id } of this.#hidden) this.#put(at, lane, rank, id);
    return new LaneRoutes(this.#state, configurations.length);
  }

  #refuse(configurations: readonly Lane[]): void {
    for (const number of this.#refusing) this.#refuses[number] = 0;
    this.#refusing = [];
    // Most often all lanes have one and the same list.
    const lanesOf = new Map<Iterable<number>, number>();
    for (const [lane, { refusedBy }] of configurations.entries()) {
      if (refusedBy !== undefined) lanesOf.set(refusedBy, (lanesOf.get(refusedBy) ?? 0) | (1 << lane));
    }
    for (const [list, bits] of lanesOf) {
      for (const number of list) {
        this.#refuses[number] = (this.#refuses[number] as number) | bits;
        this.#refusing.push(number);
      }
    }
  }

  /** Own and customers' routes, up from the entry points. Returns the ASes that have any, by ASN. */
  #up(sites: readonly EntrySite[], notTold: ReadonlySet<number>): Uint32Array {
    const { byAsn, order, starts } = this.#planFor(sites);
    const { state, work } = this.#addresses;
    for (let place = 0; place < order.length; place++) {
      const number = order[place] as number;
      const start = starts[place] as number;
      const end = starts[place + 1] as number;
      const own = number * stateBytes;
      this.#touched[number] = 1;
      this.#state.fill(noRank, own, own + stateBytes);
      const site = this.#sites.get(number);
      if (site !== undefined || notTold.has(number)) {
        this.#hear(number, this.#work.subarray(start, end), rankClass.customer, site);
      } else {
        this.#kernels.up?.(state + own, work + start * 4, work + end * 4, state);
      }
      const refused = this.#refuses[number] as number;
      if (refused !== 0) this.#clear(number, refused);
      if (site !== undefined) this.#hide(site, rankClass.customer);
    }
    return byAsn;
  }

  #planFor(sites: readonly EntrySite[]): UpPlan {
    const wanted = sites.filter((site) => site.hasClass(rankClass.customer)).map(({ at }) => at);
    const { sites: planned } = this.#plan ?? { sites: undefined };
    const same = planned?.length === wanted.length && planned.every((at, index) => at === wanted[index]);
    if (this.#plan === undefined || !same) this.#plan = planUp(this.#graph, wanted, this.#work);
    return this.#plan;
  }

  /** The longest path that any AS can have before the pass down. */
  #longest(above: Uint32Array, sites: readonly EntrySite[]): number {
    let longest = 0;
    for (const number of above) {
      for (let lane = 0; lane < lanes; lane++) {
        const rank = this.#state[number * stateBytes + lane] as number;
        if (rank !== noRank && rank > longest) longest = rank;
      }
    }
    // Others hear it across.
    longest++;
    for (const { point } of sites) for (const entry of point) longest = Math.max(longest, entry?.pathLength ?? 0);
    return longest;
  }

  /** Across lateral links, tellers by ASN, the lowest first; entry points take their place in that order. */
  #across(above: Uint32Array, sites: readonly EntrySite[]): void {
    const { asns, laterals } = this.#graph;
    const offers = sites
      .filter((site) => site.hasClass(rankClass.lateral))
      .flatMap((site) => [...originsOf(site, rankClass.lateral)].map((asn) => ({ asn, site })))
      .sort((a, b) => a.asn - b.asn);
    let next = 0;
    const offerBelow = (asn: number): void => {
      for (; next < offers.length && (offers[next] as { asn: number }).asn <= asn; next++) {
        const { asn: origin, site } = offers[next] as { asn: number; site: EntrySite };
        this.#touch(site.at);
        this.#enter(site, rankClass.lateral, origin);
      }
    };
    const list = this.#lateralsAddress;
    for (const number of above) {
      offerBelow(asns[number] as number);
      const start = laterals.start[number] as number;
      const end = laterals.start[number + 1] as number;
      if (start === end) continue;
      const avoidances = this.#avoidances(number);
      if (avoidances.length === 0) this.#tellAcross(number, list + start * 4, list + end * 4);
      else this.#tellSome(number, laterals.list.subarray(start, end), avoidances);
    }
    offerBelow(Number.POSITIVE_INFINITY);
    for (const { site } of offers) this.#hide(site, rankClass.lateral);
  }

  #tellAcross(number: number, from: number, to: number): void {
    const { state, touched } = this.#addresses;
    this.#kernels.across?.(state + number * stateBytes, from, to, state, touched);
  }

  /** The lists of neighbours that an AS does not tell of its own entry point, with a bit for each lane in which that is so. */
  #avoidances(number: number): readonly (readonly [list: readonly number[], laneBits: number])[] {
    const site = this.#sites.get(number);
    if (site?.avoided() === undefined) return [];
    const bits = new Map<readonly number[], number>();
    for (let lane = 0; lane < lanes; lane++) {
      const list = this.#limitOf(site, lane)?.notTo;
      if (list !== undefined && list.length > 0) bits.set(list, (bits.get(list) ?? 0) | (1 << lane));
    }
    return [...bits];
  }

  /** Tells lateral peers by groups: those who are told of the same lanes at a time, the AS's other lanes hidden meanwhile. */
  #tellSome(
    number: number,
    peers: Uint32Array,
    avoidances: readonly (readonly [list: readonly number[], laneBits: number])[],
  ): void {
    const groups = new Map<number, number[]>();
    for (const to of peers) {
      let hidden = 0;
      for (const [list, bits] of avoidances) if (this.#avoided.has(list, to)) hidden |= bits;
      const group = groups.get(hidden);
      if (group === undefined) groups.set(hidden, [to]);
      else group.push(to);
    }
    const own = this.#state.slice(number * stateBytes, (number + 1) * stateBytes);
    const room = this.#graph.providers.list.length;
    const address = this.#addresses.work + room * 4;
    for (const [hidden, group] of groups) {
      this.#clear(number, hidden);
      this.#work.set(group, room);
      this.#tellAcross(number, address, address + group.length * 4);
      this.#state.set(own, number * stateBytes);
    }
  }

  /** All to customers. Returns whether all paths fit. */
  #down(sites: readonly EntrySite[]): boolean {
    const { providers, customers, asns } = this.#graph;
    const [starts, list] = this.#providersAddress;
    const { state, touched, refuses, sums } = this.#addresses;
    const overflow = this.#overflow.fill(0);
    const hidden = this.#hidden.map(({ at }) => at);
    const entered = sites.filter((site) => site.hasClass(rankClass.provider)).map(({ at }) => at);
    const avoided = sites.flatMap((site) => {
      const numbers = site.avoided();
      const { start, list: all } = customers;
      return numbers === undefined
        ? []
        : [...all.subarray(start[site.at], start[site.at + 1])].filter((to) => numbers.has(to));
    });
    const special = Uint32Array.from(new Set([...avoided, ...hidden, ...entered])).sort();
    const kernel = this.#refusing.length > 0 ? this.#kernels.downRefusing : this.#kernels.down;
    let first = 0;
    for (const number of special) {
      kernel?.(first, number, starts, list, state, touched, sums, refuses);
      this.#touch(number);
      this.#forgetEntries(number);
      const site = this.#sites.get(number);
      const neighbours = providers.list.subarray(providers.start[number], providers.start[number + 1]);
      this.#hear(number, neighbours, rankClass.provider, site);
      if ((this.#refuses[number] as number) !== 0) this.#clear(number, this.#refuses[number] as number);
      for (const { at, lane } of this.#hidden) if (at === number) this.#put(at, lane, noRank, noLaneEntry);
      if (site !== undefined) this.#hide(site, rankClass.provider);
      first = number + 1;
    }
    kernel?.(first, asns.length, starts, list, state, touched, sums, refuses);
    return overflow.every((byte) => byte === 0);
  }

  #touch(number: number): void {
    if (this.#touched[number] === 1) return;
    this.#touched[number] = 1;
    this.#state.fill(noRank, number * stateBytes, (number + 1) * stateBytes);
  }

  /** In lanes without a route so far, a lateral peer may have left what the run before wrote. */
  #forgetEntries(number: number): void {
    for (let lane = 0; lane < lanes; lane++) {
      if (this.#state[number * stateBytes + lane] === noRank) this.#put(number, lane, noRank, noLaneEntry);
    }
  }

  #put(number: number, lane: number, rank: number, id: number): void {
    this.#state[number * stateBytes + lane] = rank;
    this.#state[number * stateBytes + lanes + lane] = id;
  }

  #clear(number: number, laneBits: number): void {
    for (let lane = 0; lane < lanes; lane++) if ((laneBits >>> lane) & 1) this.#put(number, lane, noRank, noLaneEntry);
  }

  /** What an AS hears of these neighbours, sorted by ASN, with its own entry points in their place among them. */
  #hear(number: number, neighbours: Uint32Array, base: number, site: EntrySite | undefined): void {
    const { asns } = this.#graph;
    const origins = site === undefined ? [] : [...originsOf(site, base)].sort((a, b) => a - b);
    let next = 0;
    for (const from of neighbours) {
      // Of equal ASNs the entry point stays, as the neighbour's is not lower.
      for (; next < origins.length && (origins[next] as number) <= (asns[from] as number); next++) {
        this.#enter(site as EntrySite, base, origins[next] as number);
      }
      this.#offerAll(from, number, base);
    }
    for (; next < origins.length; next++) this.#enter(site as EntrySite, base, origins[next] as number);
  }

  /** Offers an AS its own entry points of one class and origin. */
  #enter(site: EntrySite, base: number, originAsn: number): void {
    for (let lane = 0; lane < lanes; lane++) {
      if (site.pointOf(lane, base)?.originAsn !== originAsn) continue;
      const rank = site.rank[lane] as number;
      if (rank >= (this.#state[site.at * stateBytes + lane] as number)) continue;
      this.#put(site.at, lane, rank, site.id[lane] as number);
      site.taken[lane] = 1;
    }
  }

  /** One neighbour's routes, lane by lane, but those that it does not tell. */
  #offerAll(from: number, to: number, base: number): void {
    const site = this.#sites.get(from);
    for (let lane = 0; lane < lanes; lane++) {
      const rank = this.#state[from * stateBytes + lane] as number;
      const length = rank & lengthMask;
      if (length === lengthMask || (base !== rankClass.provider && rank >= rankClass.lateral)) continue;
      if (length >= longestPath) this.#overflow[lane] = 1;
      const offered = base + length + 1;
      if (offered >= (this.#state[to * stateBytes + lane] as number)) continue;
      if (site !== undefined && this.#avoided.has(this.#limitOf(site, lane)?.notTo, to)) continue;
      this.#put(to, lane, offered, this.#state[from * stateBytes + lanes + lane] as number);
    }
  }

  /** The entry point that an AS uses in a lane, if it uses one of its own. */
  #limitOf(site: EntrySite, lane: number): EntrySite['point'][number] {
    const used = site.taken[lane] === 1 && this.#state[site.at * stateBytes + lane] === site.rank[lane];
    return used ? site.point[lane] : undefined;
  }

  /** Takes out of an AS's state what it heard with NO_EXPORT, until the run is over. */
  #hide(site: EntrySite, base: number): void {
    for (let lane = 0; lane < lanes; lane++) {
      if (site.pointOf(lane, base)?.noExport !== true || this.#limitOf(site, lane) === undefined) continue;
      this.#hidden.push({ at: site.at, lane, rank: site.rank[lane] as number, id: site.id[lane] as number });
      this.#put(site.at, lane, noRank, noLaneEntry);
    }
  }
}

function originsOf(site: EntrySite, base: number): Set<number> {
  const asns = new Set<number>();
  for (let lane = 0; lane < lanes; lane++) {
    const point = site.pointOf(lane, base);
    if (point !== undefined) asns.add(point.originAsn);
  }
  return asns;
}
