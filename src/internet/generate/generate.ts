/**
 * Internets of any size that look like the real one: a clique of ASes that buy from nobody, a hierarchy of transit, stubs with
 * one provider or several, and meshes of lateral peers. For tests, and for those who have no data.
 *
 * How: each AS draws how many providers, customers and lateral peers it would have, from the real Internet's shares
 * (shape.ts). Those who would have many customers stand higher; each AS picks its providers among those above it, by how many
 * customers they would have. Lateral peers find one another by how many each would have (Chung and Lu, 2002).
 * What it does not have: places, countries, exchange points. Which AS is near which means nothing here.
 */
import { fail } from '../../base/problem.ts';
import type { Random } from '../../base/random.ts';
import { AsLinks, linkKind } from '../topology/as-links.ts';
import * as shape from './shape.ts';

export interface GenerateOptions {
  readonly ases: number;
  readonly random: Random;
  /** ASNs for the largest transit ASes, the largest first: so that a network's own upstreams can be found. */
  readonly named?: readonly number[];
}

/** ASNs for private use (RFC 6996): nobody takes a generated AS for a real one. */
const firstAsn = 4_200_000_000;
export const fewestAses = 10;
/** Each link is remembered while the Internet is made; a set holds 16 million. */
const mostAses = 1_000_000;

/** The links of a generated Internet. Problem: `internet.generate-size`. */
export function generateInternet({ ases, random, named = [] }: GenerateOptions): AsLinks {
  if (ases < fewestAses || ases > mostAses || new Set(named).size !== named.length || named.length > ases) {
    fail({
      code: 'internet.generate-size',
      what: `an Internet of ${ases} ASes, ${named.length} of them named, cannot be generated`,
      fix: `ask for ${fewestAses} to ${mostAses} ASes, and name each of the largest once`,
    });
  }
  const transit = Math.max(3, Math.round(ases * shape.transitShare));
  const clique = Math.max(3, Math.min(shape.cliqueSize, Math.round(transit / 12)));
  const wanted = drawn(random, shape.customersOfTransit, transit);
  const order = hierarchy(random, wanted, clique);
  const asnOf = asnsFor(ases, named);
  const links = new AsLinks();
  const pairs = new Pairs(ases);

  for (let a = 0; a < clique; a++) {
    for (let b = 0; b < a; b++) if (pairs.add(a, b)) links.add(asnOf(b), asnOf(a), linkKind.lateral);
  }
  // Index in the hierarchy is the AS: the clique first, then transit, then stubs.
  const weights = Float64Array.from(order, (place) => wanted[place] as number);
  const sums = runningSums(weights);
  const buy = (customer: number, count: number, above: number): void => {
    for (let bought = 0, tries = 0; bought < Math.min(count, above) && tries < count * 20; tries++) {
      const provider = pick(random, sums, above);
      if (!pairs.add(provider, customer)) continue;
      links.add(asnOf(provider), asnOf(customer), linkKind.providerToCustomer);
      bought++;
    }
  };
  const transitProviders = drawn(random, shape.providersOfTransit, transit);
  for (let index = clique; index < transit; index++) buy(index, Math.round(transitProviders[index] as number), index);
  const stubProviders = drawn(random, shape.providersOfStub, ases - transit);
  for (let index = transit; index < ases; index++) {
    buy(index, Math.max(1, Math.round(stubProviders[index - transit] as number)), transit);
  }
  meet({ random, links, pairs, asnOf, ases, transit, clique });
  return links;
}

/** Lateral links, ends drawn by how many each AS would have. */
function meet(input: {
  readonly random: Random;
  readonly links: AsLinks;
  readonly pairs: Pairs;
  readonly asnOf: (index: number) => number;
  readonly ases: number;
  readonly transit: number;
  readonly clique: number;
}): void {
  const { random, links, pairs, asnOf, ases, transit, clique } = input;
  const most = ases / 8;
  const ofTransit = drawn(random, shape.lateralsOfTransit, transit);
  const ofStubs = drawn(random, shape.lateralsOfStub, ases - transit);
  const wanted = Float64Array.from({ length: ases }, (_, index) => {
    if (index < clique) return Math.min(shape.cliqueLaterals, most / 4);
    const count = index < transit ? ofTransit[index] : ofStubs[index - transit];
    return Math.min(count as number, most);
  });
  const sums = runningSums(wanted);
  const aim = (sums[ases] as number) / 2;
  for (let made = 0, tries = 0; made < aim && tries < aim * 4; tries++) {
    const a = pick(random, sums, ases);
    const b = pick(random, sums, ases);
    if (a === b || !pairs.add(a, b)) continue;
    links.add(asnOf(a), asnOf(b), linkKind.lateral);
    made++;
  }
}

/** As many values of that shape, in random order: one of each of `count` equal shares, so that small Internets have it, too. */
function drawn(random: Random, quantiles: shape.Quantiles, count: number): Float64Array {
  const values = Float64Array.from({ length: count }, (_, index) =>
    shape.quantile(quantiles, (index + random.next()) / count),
  );
  for (let index = count - 1; index > 0; index--) {
    const other = random.below(index + 1);
    [values[index], values[other]] = [values[other] as number, values[index] as number];
  }
  return values;
}

/** Transit ASes from the top down: the clique has the most customers; below, who has more tends to stand higher. */
function hierarchy(random: Random, wanted: Float64Array, clique: number): Uint32Array {
  const bySize = Uint32Array.from(wanted.keys()).sort((a, b) => (wanted[b] as number) - (wanted[a] as number));
  const noisy = Float64Array.from(wanted, (count) => count * Math.exp(2 * (random.next() + random.next() - 1)));
  const below = bySize.slice(clique).sort((a, b) => (noisy[b] as number) - (noisy[a] as number));
  const order = bySize.slice();
  order.set(below, clique);
  return order;
}

function asnsFor(ases: number, named: readonly number[]): (index: number) => number {
  const taken = new Set(named);
  const asns = new Float64Array(ases);
  let next = firstAsn;
  for (let index = 0; index < ases; index++) {
    while (taken.has(next)) next++;
    asns[index] = named[index] ?? next++;
  }
  return (index) => asns[index] as number;
}

function runningSums(weights: Float64Array): Float64Array {
  const sums = new Float64Array(weights.length + 1);
  for (const [index, weight] of weights.entries()) sums[index + 1] = (sums[index] as number) + weight;
  return sums;
}

/** One of the first `below`, by weight. */
function pick(random: Random, sums: Float64Array, below: number): number {
  const drawnAt = random.next() * (sums[below] as number);
  let low = 0;
  let high = below - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sums[middle + 1] as number) <= drawnAt) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Pairs that have a link already. */
class Pairs {
  readonly #size: number;
  readonly #seen = new Set<number>();

  constructor(size: number) {
    this.#size = size;
  }

  add(a: number, b: number): boolean {
    const key = Math.min(a, b) * this.#size + Math.max(a, b);
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }
}
