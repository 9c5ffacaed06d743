/** How alike two Internets are: the greatest difference between their distributions, degree by degree (Kolmogorov and Smirnov). */
import { learnedFrom, learnedOf, pathLengthOf, ScalarPropagation } from '../propagation/scalar.ts';
import type { Adjacency, AsGraph } from '../topology/as-graph.ts';

export interface Likeness {
  /** Between 0, alike, and 1: of the customers, providers, lateral peers and customer cones of ASes. */
  readonly customers: number;
  readonly providers: number;
  readonly laterals: number;
  readonly cones: number;
  /** Mean AS path length in each, over a hundred origins. */
  readonly meanPathLength: readonly [number, number];
}

export function likenessOf(a: AsGraph, b: AsGraph): Likeness {
  const of = (pick: (graph: AsGraph) => readonly number[]): number => distance(pick(a), pick(b));
  return {
    customers: of(({ customers }) => degrees(customers).filter((count) => count > 0)),
    providers: of(({ providers }) => degrees(providers)),
    laterals: of(({ laterals }) => degrees(laterals)),
    cones: of(coneSizes),
    meanPathLength: [meanPathLength(a), meanPathLength(b)],
  };
}

function degrees({ start }: Adjacency): number[] {
  return Array.from({ length: start.length - 1 }, (_, at) => (start[at + 1] as number) - (start[at] as number));
}

/** How many ASes are in an AS's cone (itself, its customers, theirs, and so on), of ASes with customers. */
export function coneSizes({ asns, customers }: AsGraph): number[] {
  const size = asns.length;
  const seen = new Uint32Array(size);
  const sizes: number[] = [];
  for (let top = 0; top < size; top++) {
    if (customers.start[top] === customers.start[top + 1]) continue;
    const cone = [top];
    seen[top] = top + 1;
    for (let index = 0; index < cone.length; index++) {
      const number = cone[index] as number;
      for (const customer of customers.list.subarray(customers.start[number], customers.start[number + 1])) {
        if (seen[customer] === top + 1) continue;
        seen[customer] = top + 1;
        cone.push(customer);
      }
    }
    sizes.push(cone.length);
  }
  return sizes;
}

/** From every AS to a hundred origins, spread over all. */
export function meanPathLength(graph: AsGraph): number {
  const engine = new ScalarPropagation(graph);
  let sum = 0;
  let reached = 0;
  for (let origin = 0; origin < 100; origin++) {
    const at = Math.floor(((origin + 0.5) / 100) * graph.asns.length);
    const originAsn = graph.asns[at] as number;
    const routes = engine.run({ entries: [{ at, as: 'self', pathLength: 0, originAsn }] });
    for (let number = 0; number < graph.asns.length; number++) {
      if (learnedOf(routes, number) === learnedFrom.none) continue;
      reached++;
      sum += pathLengthOf(routes, number);
    }
  }
  return sum / reached;
}

function distance(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [a.toSorted((p, q) => p - q), b.toSorted((p, q) => p - q)];
  let greatest = 0;
  for (let i = 0, j = 0; i < x.length && j < y.length; ) {
    const value = Math.min(x[i] as number, y[j] as number);
    while (i < x.length && (x[i] as number) <= value) i++;
    while (j < y.length && (y[j] as number) <= value) j++;
    greatest = Math.max(greatest, Math.abs(i / x.length - j / y.length));
  }
  return greatest;
}
