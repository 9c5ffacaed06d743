/**
 * Who lands where, and how long their packets take: a deployment's routes brought down to cells of users.
 *
 * Routing chooses an entry group for each AS; among the PoPs of that group each place goes to the nearest by round-trip time,
 * since routers hand over where it is near (hot potato) and equal routes are told apart by nothing else.
 */
import type { Deployment } from '../deployment/types.ts';
import type { Announcement } from '../propagation/announcement.ts';
import { noEntry, type Routes, type ScalarPropagation } from '../propagation/scalar.ts';
import type { World } from '../world/world.ts';
import { type Distances, nearestPops } from './distances.ts';
import type { MeasuredSource } from './measured.ts';
import { TiedRoutes } from './tied.ts';

/**
 * What an AS with several equally good routes does. `lowest-asn`: it takes the one from the lowest AS number, for all of its
 * users. `nearest`: it keeps all, and users at each place land at the nearest PoP among them. `shares`: equal parts of its users.
 */
export type Ties = 'lowest-asn' | 'nearest' | 'shares';

/** `pop` of a cell that no route reaches. */
export const noPop = 0xffff;

export interface Catchment {
  /** Overwritten by the next propagation on the same engine: read it before. */
  readonly routes: Routes;
  /** The PoP of each cell of the world. */
  readonly pop: Uint16Array;
  /** Round-trip time of each cell in ms; NaN where no route reaches. */
  readonly rttMs: Float32Array;
  /** Unless the lowest AS number decides. */
  readonly tied?: TiedRoutes;
}

export interface CatchmentInput {
  readonly world: World;
  readonly deployment: Deployment;
  readonly distances: Distances;
  readonly engine: ScalarPropagation;
  readonly refusedBy?: Announcement['refusedBy'];
  /** Without it `lowest-asn`, as in the engines that search. */
  readonly ties?: Ties;
  /** What was measured goes before what routing says. */
  readonly measured?: MeasuredSource;
}

/** Each cell at one PoP: `shares` and measurements are looked at by `predictUsers` alone. */
export function catchmentOf({ world, deployment, distances, engine, refusedBy, ties }: CatchmentInput): Catchment {
  const announcement = {
    entries: deployment.groups.map(({ entry }) => entry),
    ...(refusedBy === undefined ? {} : { refusedBy }),
  };
  const routes = engine.run(announcement);
  const { graph, cellStart, cellPlace, places } = world;
  const tied =
    ties === undefined || ties === 'lowest-asn' ? undefined : new TiedRoutes({ graph, routes, announcement });
  const pop = new Uint16Array(cellPlace.length).fill(noPop);
  const rttMs = new Float32Array(cellPlace.length).fill(Number.NaN);
  const nearest = nearestOfGroups(deployment, places.length, distances);
  const nearestOfGroup = deployment.groups.map((_, group) => nearest([group]));
  const nearestOfSet = ties === 'nearest' ? tied?.sets.map(nearest) : undefined;
  for (let number = 0; number < graph.asns.length; number++) {
    const group = routes.entry[number] as number;
    if (group === noEntry) continue;
    const nearestPops = (nearestOfSet?.[tied?.setOf[number] ?? 0] ?? nearestOfGroup[group]) as Uint16Array;
    for (let cell = cellStart[number] as number; cell < (cellStart[number + 1] as number); cell++) {
      const place = cellPlace[cell] as number;
      const at = nearestPops[place] as number;
      pop[cell] = at;
      rttMs[cell] = distances.rttMs[at * places.length + place] as number;
    }
  }
  return { routes, pop, rttMs, ...(tied === undefined ? {} : { tied }) };
}

/** The nearest PoP of some entry groups from each place, found once for all groups of the same PoPs. */
export function nearestOfGroups(
  { groups }: Pick<Deployment, 'groups'>,
  places: number,
  distances: Distances,
): (of: readonly number[]) => Uint16Array {
  const known = new Map<string, Uint16Array>();
  return (of) => {
    const pops = [...new Set(of.flatMap((group) => groups[group]?.pops ?? []))].sort((a, b) => a - b);
    const key = pops.join();
    const found = known.get(key) ?? nearestPops(pops, places, distances);
    known.set(key, found);
    return found;
  };
}
