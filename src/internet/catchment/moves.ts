/**
 * Who moves between two predictions for the same world.
 *
 * Where users are shared out among PoPs, nobody knows which of them are whose: as many as possible are taken to stay where they
 * were, and the others go to each PoP that grows by how much it grows.
 */
import type { World } from '../world/world.ts';
import type { Predicted } from './predicted.ts';

/** `to` and `from` are PoPs, or `noPop`. */
export function eachMove(
  world: World,
  before: Predicted,
  after: Predicted,
  move: (from: number, to: number, users: number) => void,
): void {
  if (before.cellOf === undefined && after.cellOf === undefined) {
    // Each cell whole: the common case, and half a million of them.
    const [was, is] = [before.catchment.pop, after.catchment.pop];
    for (let cell = 0; cell < was.length; cell++)
      move(was[cell] as number, is[cell] as number, world.cellUsers[cell] as number);
    return;
  }
  const [old, now] = [partsOf(before), partsOf(after)];
  for (let cell = 0; cell < world.cellPlace.length; cell++) {
    const [was, is] = [old(cell), now(cell)];
    const [first, only] = [was[0], is[0]];
    if (was.length === 1 && is.length === 1 && first !== undefined && only !== undefined) {
      move(first.pop, only.pop, world.cellUsers[cell] as number);
      continue;
    }
    let grown = 0;
    for (const part of is) {
      const earlier = was.find(({ pop }) => pop === part.pop);
      const stay = Math.min(part.users, earlier?.users ?? 0);
      if (earlier !== undefined) {
        move(part.pop, part.pop, stay);
        earlier.users -= stay;
      }
      part.users -= stay;
      grown += part.users;
    }
    for (const { pop: from, users } of was)
      if (users > 0 && grown > 0)
        for (const part of is) if (part.users > 0) move(from, part.pop, (users * part.users) / grown);
  }
}

/** The parts of each cell; asked in the order of cells. */
function partsOf({ input, catchment, cellOf }: Predicted): (cell: number) => { pop: number; users: number }[] {
  const { cellUsers } = input.world;
  let at = 0;
  return (cell) => {
    if (cellOf === undefined) return [{ pop: catchment.pop[cell] as number, users: cellUsers[cell] as number }];
    const parts: { pop: number; users: number }[] = [];
    for (; cellOf[at] === cell; at++) parts.push({ pop: catchment.pop[at] as number, users: cellUsers[at] as number });
    return parts;
  };
}
