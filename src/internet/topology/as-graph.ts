/**
 * The AS-level Internet as arrays: each AS a small number, its neighbours in three lists.
 *
 * Why these numbers: ASes are numbered so that every provider comes before its customers. Routes then go up and down the
 * hierarchy in one pass each, without a queue. Those without customers, five of six, come last and by the number of their
 * providers: what others read lies close together, and loops over few neighbours are foreseen by the processor. Lists are
 * sorted by ASN, so "lowest ASN" is "first".
 */
import { assert } from '../../base/assert.ts';
import type { AsLinks } from './as-links.ts';
import { linkKind } from './as-links.ts';

/** Neighbours of AS `i` are `list[start[i]]` up to `list[start[i + 1]]`. */
export interface Adjacency {
  readonly start: Uint32Array;
  readonly list: Uint32Array;
}

export interface AsGraph {
  /** The ASN of each number. */
  readonly asns: Uint32Array;
  readonly providers: Adjacency;
  readonly customers: Adjacency;
  readonly laterals: Adjacency;
  /** Links kept: each counted once. */
  readonly links: number;
}

/** What of the links could not be kept as it was, so that a reader of predictions knows. */
export interface GraphRepairs {
  /** The same pair with the same relation again. */
  readonly duplicates: number;
  /** Pairs given with two relations: the later line is left out. `a` provider of `b`, or lateral. */
  readonly conflicts: readonly (readonly [a: number, b: number])[];
  /** Provider-customer links that closed a cycle; taken as lateral. */
  readonly cycles: readonly (readonly [provider: number, customer: number])[];
}

/** The graph of these links. Whatever they say, provider-customer links of the result have no cycle. */
export function buildAsGraph(links: AsLinks): { readonly graph: AsGraph; readonly repairs: GraphRepairs } {
  const columns = links.columns();
  const sorted = distinctAsns(columns.first, columns.second);
  const indexOf = asnIndex(sorted);
  const count = columns.first.length;
  const first = new Uint32Array(count);
  const second = new Uint32Array(count);
  const kind = columns.kind.slice();
  for (let i = 0; i < count; i++) {
    first[i] = indexOf(columns.first[i] as number);
    second[i] = indexOf(columns.second[i] as number);
  }
  const { kept, duplicates, conflicts } = withoutDoubles(first, second, kind, sorted);
  const merged: Columns = { first, second, kind, kept, size: sorted.length };
  const { order: byHierarchy, cycles } = providersFirst(merged, sorted);
  const order = stubsLast(merged, byHierarchy);

  const numberOf = new Uint32Array(sorted.length);
  const asns = new Uint32Array(sorted.length);
  for (let number = 0; number < order.length; number++) {
    numberOf[order[number] as number] = number;
    asns[number] = sorted[order[number] as number] as number;
  }
  const size = sorted.length;
  const transit = endsOf(merged, linkKind.providerToCustomer, false);
  const lateral = endsOf(merged, linkKind.lateral, true);
  return {
    graph: {
      asns,
      providers: adjacency({ size, from: transit.second, to: transit.first, numberOf }),
      customers: adjacency({ size, from: transit.first, to: transit.second, numberOf }),
      laterals: adjacency({ size, from: lateral.first, to: lateral.second, numberOf }),
      links: kept.length,
    },
    repairs: { duplicates, conflicts, cycles },
  };
}

/** A look-up from ASN to the graph's number; `undefined` where the graph does not have it. */
export function numberOfAsn(graph: AsGraph): (asn: number) => number | undefined {
  const order = Uint32Array.from(graph.asns.keys()).sort(
    (a, b) => (graph.asns[a] as number) - (graph.asns[b] as number),
  );
  const sorted = Uint32Array.from(order, (number) => graph.asns[number] as number);
  return (asn) => {
    const at = lowerBound(sorted, asn);
    return sorted[at] === asn ? order[at] : undefined;
  };
}

function distinctAsns(first: Uint32Array, second: Uint32Array): Uint32Array {
  const all = new Uint32Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  all.sort();
  let count = 0;
  for (let i = 0; i < all.length; i++) if (i === 0 || all[i] !== all[i - 1]) all[count++] = all[i] as number;
  return all.slice(0, count);
}

function lowerBound(sorted: Uint32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** By table for ASNs below 2^19, where almost all are, else by search. */
function asnIndex(sorted: Uint32Array): (asn: number) => number {
  const table = new Uint32Array(1 << 19);
  for (let i = 0; i < sorted.length && (sorted[i] as number) < table.length; i++) table[sorted[i] as number] = i;
  return (asn) => (asn < table.length ? (table[asn] as number) : lowerBound(sorted, asn));
}

/** Each pair once: a hash table of links, with open addressing, finds the pair's first line. */
function withoutDoubles(first: Uint32Array, second: Uint32Array, kind: Int8Array, sorted: Uint32Array) {
  const bits = 32 - Math.clz32(first.length * 2 + 1);
  const mask = (1 << bits) - 1;
  const table = new Int32Array(mask + 1).fill(-1);
  const kept = new Uint32Array(first.length);
  let keptCount = 0;
  const conflicts: (readonly [number, number])[] = [];
  let duplicates = 0;
  for (let i = 0; i < first.length; i++) {
    const [a, b] = [first[i] as number, second[i] as number];
    const [low, high] = a < b ? [a, b] : [b, a];
    let slot = ((Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b)) >>> (32 - bits)) & mask;
    let before = table[slot] as number;
    while (before !== -1 && !(sameEnds(first, second, before, a, b) || sameEnds(first, second, before, b, a))) {
      slot = (slot + 1) & mask;
      before = table[slot] as number;
    }
    if (before === -1) {
      table[slot] = i;
      kept[keptCount++] = i;
    } else if (kind[i] === kind[before] && (kind[i] === linkKind.lateral || first[before] === a)) {
      duplicates++;
    } else {
      conflicts.push([sorted[a] as number, sorted[b] as number]);
    }
  }
  return { kept: kept.subarray(0, keptCount), duplicates, conflicts };
}

function sameEnds(first: Uint32Array, second: Uint32Array, link: number, a: number, b: number): boolean {
  return first[link] === a && second[link] === b;
}

interface Columns {
  readonly first: Uint32Array;
  readonly second: Uint32Array;
  readonly kind: Int8Array;
  readonly kept: Uint32Array;
  readonly size: number;
}

/**
 * An order of all ASes with each provider before its customers (Kahn, 1962). Where only cycles are left, the AS of lowest
 * ASN among them is freed of its remaining providers, which become lateral peers.
 */
function providersFirst(columns: Columns, sorted: Uint32Array) {
  const { first, second, kind, kept, size } = columns;
  const waiting = new Uint32Array(size);
  const start = new Uint32Array(size + 1);
  for (const i of kept) {
    if (kind[i] !== linkKind.providerToCustomer) continue;
    waiting[second[i] as number] = (waiting[second[i] as number] as number) + 1;
    start[(first[i] as number) + 1] = (start[(first[i] as number) + 1] as number) + 1;
  }
  for (let i = 0; i < size; i++) start[i + 1] = (start[i + 1] as number) + (start[i] as number);
  const fill = start.slice();
  const linkOf = new Uint32Array(start[size] as number);
  for (const i of kept) {
    if (kind[i] !== linkKind.providerToCustomer) continue;
    const at = fill[first[i] as number] as number;
    linkOf[at] = i;
    fill[first[i] as number] = at + 1;
  }

  const order = new Uint32Array(size);
  const placed = new Uint8Array(size);
  const cycles: (readonly [number, number])[] = [];
  let filled = 0;
  let next = 0;
  const place = (index: number): void => {
    placed[index] = 1;
    order[filled++] = index;
  };
  for (let i = 0; i < size; i++) if (waiting[i] === 0) place(i);
  for (let candidate = 0; ; ) {
    for (; next < filled; next++) {
      const provider = order[next] as number;
      for (let at = start[provider] as number; at < (start[provider + 1] as number); at++) {
        const link = linkOf[at] as number;
        const customer = second[link] as number;
        if (kind[link] !== linkKind.providerToCustomer || placed[customer] === 1) continue;
        waiting[customer] = (waiting[customer] as number) - 1;
        if (waiting[customer] === 0) place(customer);
      }
    }
    while (candidate < size && placed[candidate] === 1) candidate++;
    if (candidate === size) break;
    for (const i of kept) {
      if (second[i] !== candidate || kind[i] !== linkKind.providerToCustomer || placed[first[i] as number] === 1)
        continue;
      kind[i] = linkKind.lateral;
      cycles.push([sorted[first[i] as number] as number, sorted[candidate] as number]);
    }
    place(candidate);
  }
  assert(filled === size, 'every AS has its place');
  return { order, cycles };
}

/** ASes without customers behind the others, those with few providers first; otherwise the order as it was. */
function stubsLast({ first, second, kind, kept, size }: Columns, order: Uint32Array): Uint32Array {
  const customers = new Uint32Array(size);
  const providers = new Uint32Array(size);
  for (const i of kept) {
    if (kind[i] !== linkKind.providerToCustomer) continue;
    customers[first[i] as number] = (customers[first[i] as number] as number) + 1;
    providers[second[i] as number] = (providers[second[i] as number] as number) + 1;
  }
  const isStub = (index: number): boolean => customers[index] === 0;
  const stubs = order.filter(isStub);
  stubs.sort((a, b) => (providers[a] as number) - (providers[b] as number));
  const transit = order.filter((index) => !isStub(index));
  const all = new Uint32Array(size);
  all.set(transit);
  all.set(stubs, transit.length);
  return all;
}

/** Lists for `from`, each sorted by ASN: `to` is walked in the order of ASNs, so every list fills in that order. */
function adjacency(input: {
  readonly size: number;
  /** Pairs of indexes in the order of ASNs. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly numberOf: Uint32Array;
}): Adjacency {
  const { size, from, to, numberOf } = input;
  const start = new Uint32Array(size + 1);
  const startOfTo = new Uint32Array(size + 1);
  for (let i = 0; i < from.length; i++) {
    const number = numberOf[from[i] as number] as number;
    start[number + 1] = (start[number + 1] as number) + 1;
    startOfTo[(to[i] as number) + 1] = (startOfTo[(to[i] as number) + 1] as number) + 1;
  }
  for (let i = 0; i < size; i++) {
    start[i + 1] = (start[i + 1] as number) + (start[i] as number);
    startOfTo[i + 1] = (startOfTo[i + 1] as number) + (startOfTo[i] as number);
  }
  const byTo = new Uint32Array(from.length);
  const fillOfTo = startOfTo.slice();
  for (let i = 0; i < from.length; i++) {
    const at = fillOfTo[to[i] as number] as number;
    byTo[at] = numberOf[from[i] as number] as number;
    fillOfTo[to[i] as number] = at + 1;
  }
  const list = new Uint32Array(from.length);
  const fill = start.slice();
  for (let index = 0; index < size; index++) {
    const end = startOfTo[index + 1] as number;
    for (let link = startOfTo[index] as number; link < end; link++) {
      const owner = byTo[link] as number;
      const at = fill[owner] as number;
      list[at] = numberOf[index] as number;
      fill[owner] = at + 1;
    }
  }
  return { start, list };
}

/** The ends of the kept links of one kind; `both`: each link in both directions. */
function endsOf(columns: Columns, wanted: number, both: boolean): { first: Uint32Array; second: Uint32Array } {
  const { kept, kind } = columns;
  const first = new Uint32Array(both ? kept.length * 2 : kept.length);
  const second = new Uint32Array(first.length);
  let count = 0;
  for (const i of kept) {
    if (kind[i] !== wanted) continue;
    first[count] = columns.first[i] as number;
    second[count++] = columns.second[i] as number;
    if (!both) continue;
    first[count] = columns.second[i] as number;
    second[count++] = columns.first[i] as number;
  }
  return { first: first.subarray(0, count), second: second.subarray(0, count) };
}
