/** Where the users of each AS land: one part for each PoP that some of them land at, with the way that their packets take. */
import type { Deployment } from '../deployment/types.ts';
import type { World } from '../world/world.ts';
import { type Catchment, noPop } from './catchment.ts';
import { wayTo } from './way.ts';

export interface AsPart {
  readonly asn: number;
  readonly name?: string;
  /** `undefined`: no route, or nobody knows where the AS is and several PoPs are alike to it. */
  readonly pop: string | undefined;
  /** Of the AS's users; parts of one AS add up to 1. */
  readonly share: number;
  readonly users: number;
  /** NaN where nobody knows the place. */
  readonly meanMs: number;
  /** ASNs from the AS itself to where our announcement enters; empty where the topology has no way there. */
  readonly path: readonly number[];
}

export interface ByAsInput {
  readonly world: World;
  readonly deployment: Deployment;
}

/** The AS of this number in parts, the largest first. */
export function partsOfAs(catchment: Catchment, { world, deployment }: ByAsInput, number: number): readonly AsPart[] {
  const { graph, cellStart, cellUsers } = world;
  const asn = graph.asns[number] as number;
  const name = world.nameOf(asn);
  const all = world.users[number] as number;
  const pathTo = (pop: number | undefined): readonly number[] =>
    wayTo(catchment, deployment, { number, pop }).hops.map((hop) => graph.asns[hop] as number);
  const head = { asn, ...(name === undefined ? {} : { name }) };
  const [first, end] = [cellStart[number] as number, cellStart[number + 1] as number];
  if (first === end) {
    const groups = catchment.tied?.groupsOf(number) ?? [catchment.routes.entry[number] as number];
    const pops = [...new Set(groups.flatMap((group) => deployment.groups[group]?.pops ?? []))];
    const only = pops.length === 1 ? deployment.pops[pops[0] as number]?.name : undefined;
    return [{ ...head, pop: only, share: 1, users: all, meanMs: Number.NaN, path: pathTo(undefined) }];
  }
  const parts = new Map<number, { weight: number; rtt: number }>();
  let weights = 0;
  for (let cell = first; cell < end; cell++) {
    // Where nobody is counted, places stand for people.
    const weight = all === 0 ? 1 : (cellUsers[cell] as number);
    const pop = catchment.pop[cell] as number;
    const part = parts.get(pop) ?? { weight: 0, rtt: 0 };
    parts.set(pop, part);
    part.weight += weight;
    part.rtt += weight * (catchment.rttMs[cell] as number);
    weights += weight;
  }
  return [...parts]
    .filter(([, { weight }]) => weight > 0)
    .sort(([, a], [, b]) => b.weight - a.weight)
    .map(([pop, { weight, rtt }]) => ({
      ...head,
      pop: pop === noPop ? undefined : deployment.pops[pop]?.name,
      share: weight / weights,
      users: (all * weight) / weights,
      meanMs: rtt / weight,
      path: pathTo(pop === noPop ? undefined : pop),
    }));
}

/** All ASes by ASN. */
export function* catchmentByAs(catchment: Catchment, input: ByAsInput): Generator<AsPart> {
  const { asns } = input.world.graph;
  const order = Uint32Array.from(asns.keys()).sort((a, b) => (asns[a] as number) - (asns[b] as number));
  for (const number of order) yield* partsOfAs(catchment, input, number);
}
