/**
 * Who loses the route when some ASes refuse it: those themselves, and all who hear of it through them alone.
 *
 * Why: an announcement that RPKI calls invalid is dropped by whoever enforces origin validation (RFC 6811), and by that for
 * their customers, too, who may not validate at all.
 */
import type { World } from '../world/world.ts';
import { noPop } from './catchment.ts';
import type { Predicted } from './predicted.ts';

export interface LostAs {
  readonly asn: number;
  readonly name?: string;
  readonly users: number;
  /** It refuses the route itself; else nobody whom it hears from has it. */
  readonly refuses: boolean;
}

export interface RouteLoss {
  /** ASes of the topology that refuse it. */
  readonly refusing: number;
  readonly ases: number;
  readonly users: number;
  /** Of `users`, those whose network would take it and is told of it by nobody. */
  readonly untoldUsers: number;
  /** Users that reach a PoP without anybody refusing. */
  readonly before: number;
  /** The first of those that lose it, by users. */
  readonly most: readonly LostAs[];
}

/** `world`: the one that neither prediction has cut. Users are those with a place. */
export function routeLoss(
  world: World,
  { before, after, refusing }: { before: Predicted; after: Predicted; refusing: ReadonlySet<number> },
  limit: number,
): RouteLoss {
  const [reached, left] = [reachedUsers(before), reachedUsers(after)];
  const lost: LostAs[] = [];
  let [users, untoldUsers, all] = [0, 0, 0];
  for (let number = 0; number < reached.length; number++) {
    const [had, has] = [reached[number] as number, left[number] as number];
    all += Math.max(had, 0);
    if (had < 0 || has >= 0) continue;
    const asn = world.graph.asns[number] as number;
    const name = world.nameOf(asn);
    const refuses = refusing.has(number);
    users += had;
    if (!refuses) untoldUsers += had;
    lost.push({ asn, ...(name === undefined ? {} : { name }), users: had, refuses });
  }
  const most = lost.filter((one) => one.users > 0).sort((a, b) => b.users - a.users || a.asn - b.asn);
  return { refusing: refusing.size, ases: lost.length, users, untoldUsers, before: all, most: most.slice(0, limit) };
}

/** Users by AS that land at a PoP; -1 for an AS that has no route at all, or no place. */
function reachedUsers({ input: { world }, catchment }: Predicted): Float64Array {
  const reached = new Float64Array(world.graph.asns.length).fill(-1);
  for (let number = 0; number < reached.length; number++) {
    for (let cell = world.cellStart[number] as number; cell < (world.cellStart[number + 1] as number); cell++) {
      if (catchment.pop[cell] === noPop) continue;
      reached[number] = Math.max(reached[number] as number, 0) + (world.cellUsers[cell] as number);
    }
  }
  return reached;
}
