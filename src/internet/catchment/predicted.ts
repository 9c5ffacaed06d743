/**
 * Where users land by all that is known: routing on the topology, the rule for ties, and what the operator measured.
 *
 * Measurements go first where an AS has any. PoPs that nobody measured keep the users that routing gives them, since a
 * measurement among others says nothing of them; the rest is shared out as measured.
 */
import { announcingPops } from '../deployment/group.ts';
import { RuledPropagation } from '../propagation/rules/ruled.ts';
import type { World } from '../world/world.ts';
import { type Catchment, type CatchmentInput, catchmentOf, nearestOfGroups, noPop } from './catchment.ts';
import type { MeasuredShares } from './measured.ts';
import { type PopShares, splitCells } from './split.ts';

/** How far a prediction stands on measurements, in users of ASes with a place. */
export interface Standing {
  /** ASes with evidence that the topology has. */
  readonly ases: number;
  /** Users who are shared out as measured, and those of them in ASes where that is sure. */
  readonly users: number;
  readonly sureUsers: number;
  /** For how many of the measured users the likeliest PoP is expected to be the right one. */
  readonly expectedRightUsers: number;
  /** Announcing PoPs that were measured, and those that were not. */
  readonly pops: readonly number[];
  readonly unmeasuredPops: readonly number[];
}

export interface Predicted {
  /** The same question, with the world cut so that each cell lands at one PoP: what sums over the catchment take. */
  readonly input: CatchmentInput;
  readonly catchment: Catchment;
  /** Cells of the uncut world; `undefined` where nothing was cut. */
  readonly cellOf?: Uint32Array;
  readonly standing?: Standing;
}

export function predictUsers(input: CatchmentInput): Predicted {
  const { deployment, measured, ties } = input;
  const catchment = catchmentOf(input);
  const shares = ties === 'shares' ? tiedShares(input) : undefined;
  const known = measured?.(announcingPops(deployment));
  if (shares === undefined && known === undefined) return { input, catchment };
  const modelled = (number: number, cell: number): PopShares =>
    shares?.(number, cell) ?? [[catchment.pop[cell] as number, 1]];
  const { world, cellOf, ...split } = splitCells({ ...input, catchment }, (number, cell) =>
    known === undefined ? modelled(number, cell) : sharedOut(known, number, modelled(number, cell)),
  );
  const standing = known === undefined ? undefined : standingOf(known, world, split.catchment, input);
  return { input: { ...input, world }, catchment: split.catchment, cellOf, ...(standing && { standing }) };
}

/** Equal parts of an AS's users for each of its best routes; those of one part land at the nearest PoP of its group. */
function tiedShares({ world, deployment, distances, refusedBy }: CatchmentInput) {
  const entries = deployment.groups.map(({ entry }) => entry);
  const rules = new RuledPropagation(world.graph, { tieRule: { kind: 'shares' } });
  const routes = rules.run({ entries, ...(refusedBy === undefined ? {} : { refusedBy }) });
  const nearest = nearestOfGroups(deployment, world.places.length, distances);
  const ofGroup = deployment.groups.map((_, group) => nearest([group]));
  let [last, groups]: [number, (readonly [number, number])[]] = [-1, []];
  return (number: number, cell: number): PopShares | undefined => {
    if (number !== last) {
      last = number;
      groups = [...routes.sharesOf(number).entries()].filter(([, share]) => share > 0);
    }
    if (groups.length === 0) return undefined;
    const byPop = new Map<number, number>();
    for (const [group, share] of groups) {
      const pop = ofGroup[group]?.[world.cellPlace[cell] as number] as number;
      byPop.set(pop, (byPop.get(pop) ?? 0) + share);
    }
    return [...byPop].sort(([a], [b]) => a - b);
  };
}

function sharedOut(known: MeasuredShares, number: number, modelled: PopShares): PopShares {
  const row = known.rowOf[number] as number;
  if (row < 0) return modelled;
  const elsewhere = modelled.filter(([pop]) => pop !== noPop && !known.pops.includes(pop));
  const left = 1 - elsewhere.reduce((sum, [, share]) => sum + share, 0);
  const count = known.pops.length;
  return [
    ...elsewhere,
    ...known.pops.map((pop, i) => [pop, left * (known.probability[row * count + i] as number)] as const),
  ].sort(([a], [b]) => a - b);
}

function standingOf(known: MeasuredShares, world: World, catchment: Catchment, input: CatchmentInput): Standing {
  const { pops, rowOf, probability, sure } = known;
  let [ases, users, sureUsers, expectedRightUsers] = [0, 0, 0, 0];
  for (let number = 0; number < rowOf.length; number++) {
    const row = rowOf[number] as number;
    if (row < 0) continue;
    ases++;
    let own = 0;
    for (let cell = world.cellStart[number] as number; cell < (world.cellStart[number + 1] as number); cell++)
      if (pops.includes(catchment.pop[cell] as number)) own += world.cellUsers[cell] as number;
    users += own;
    if (sure[row] === 1) sureUsers += own;
    expectedRightUsers += own * Math.max(...probability.subarray(row * pops.length, (row + 1) * pops.length));
  }
  const unmeasuredPops = announcingPops(input.deployment).filter((pop) => !pops.includes(pop));
  return { ases, users, sureUsers, expectedRightUsers, pops, unmeasuredPops };
}
