/** Users of each place by the PoP that they land at: what a map shows. */
import type { World } from '../world/world.ts';
import { type Catchment, noPop } from './catchment.ts';

export interface PlaceUsers {
  /** Index into the world's places. */
  readonly place: number;
  readonly users: number;
  /** Users by PoP; those that no route reaches are in none. */
  readonly byPop: Float64Array;
}

/** Places with users, the most first. */
export function usersByPlace(catchment: Catchment, world: World, pops: number): readonly PlaceUsers[] {
  const byPlace = world.places.map(() => ({ users: 0, byPop: new Float64Array(pops) }));
  for (let cell = 0; cell < catchment.pop.length; cell++) {
    const at = byPlace[world.cellPlace[cell] as number] as (typeof byPlace)[number];
    const users = world.cellUsers[cell] as number;
    const pop = catchment.pop[cell] as number;
    at.users += users;
    if (pop !== noPop) at.byPop[pop] = (at.byPop[pop] as number) + users;
  }
  return byPlace
    .map((users, place) => ({ place, ...users }))
    .filter(({ users }) => users > 0)
    .sort((a, b) => b.users - a.users);
}
