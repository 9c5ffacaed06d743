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

/** `pop` of a cell that no route reaches. */
export const noPop = 0xffff;

export interface Catchment {
  /** Overwritten by the next propagation on the same engine: read it before. */
  readonly routes: Routes;
  /** The PoP of each cell of the world. */
  readonly pop: Uint16Array;
  /** Round-trip time of each cell in ms; NaN where no route reaches. */
  readonly rttMs: Float32Array;
}

export interface CatchmentInput {
  readonly world: World;
  readonly deployment: Deployment;
  readonly distances: Distances;
  readonly engine: ScalarPropagation;
  readonly refusedBy?: Announcement['refusedBy'];
}

export function catchmentOf({ world, deployment, distances, engine, refusedBy }: CatchmentInput): Catchment {
  const entries = deployment.groups.map(({ entry }) => entry);
  const routes = engine.run({ entries, ...(refusedBy === undefined ? {} : { refusedBy }) });
  const { cellStart, cellPlace, places } = world;
  const pop = new Uint16Array(cellPlace.length).fill(noPop);
  const rttMs = new Float32Array(cellPlace.length).fill(Number.NaN);
  // The nearest PoP from each place, found once for all groups of the same PoPs.
  const known = new Map<string, Uint16Array>();
  const nearest = deployment.groups.map(({ pops }) => {
    const key = pops.join();
    const found = known.get(key) ?? nearestPops(pops, places.length, distances);
    known.set(key, found);
    return found;
  });
  for (let number = 0; number < world.graph.asns.length; number++) {
    const group = routes.entry[number] as number;
    if (group === noEntry) continue;
    const nearestPops = nearest[group] as Uint16Array;
    for (let cell = cellStart[number] as number; cell < (cellStart[number + 1] as number); cell++) {
      const place = cellPlace[cell] as number;
      const at = nearestPops[place] as number;
      pop[cell] = at;
      rttMs[cell] = distances.rttMs[at * places.length + place] as number;
    }
  }
  return { routes, pop, rttMs };
}
