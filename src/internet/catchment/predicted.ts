/**
 * Where users land by all that is known: routing on the topology, the rule for ties, and what the operator measured.
 *
 * Measurements go first where an AS has any. PoPs that nobody measured keep the users that routing gives them, since a
 * measurement among others says nothing of them; the rest is shared out as measured.
 */
import { announcingPops } from '../deployment/group.ts';
import { noEntry } from '../propagation/scalar.ts';
import type { World } from '../world/world.ts';
import { type Catchment, type CatchmentInput, catchmentOf, noPop } from './catchment.ts';
import type { MeasuredShares } from './measured.ts';
import { type PopShares, splitCells } from './split.ts';
import { tiedShares } from './tied-shares.ts';

/** How far a prediction stands on measurements, in users of ASes with a place. */
export interface Standing {
  /** ASes that were measured and that the topology has. */
  readonly ases: number;
  /** Their users who are shared out as measured, and those of them in ASes where that is sure. */
  readonly users: number;
  readonly sureUsers: number;
  /** Users of ASes that were never measured, and that others tell of. */
  readonly inferredUsers: number;
  /** For how many of both the measured and the inferred users the likeliest PoP is expected to be the right one. */
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
  const shares = ties === 'shares' && catchment.tied !== undefined ? tiedShares(catchment.tied, input) : undefined;
  const known = measured?.(announcingPops(deployment));
  if (shares === undefined && known === undefined) return { input, catchment };
  // What was measured when all took the route says nothing of those that now refuse it, or hear of it no more; and who was
  // never measured and hears of it from nobody lands nowhere.
  const unheard = (number: number): boolean => {
    if (catchment.routes.entry[number] !== noEntry) return false;
    return input.refusedBy !== undefined || known?.inferred[known.rowOf[number] as number] === 1;
  };
  const modelled = (number: number, cell: number): PopShares =>
    shares?.(number, cell) ?? [[catchment.pop[cell] as number, 1]];
  const { world, cellOf, ...split } = splitCells({ ...input, catchment }, (number, cell) =>
    known === undefined || unheard(number) ? modelled(number, cell) : sharedOut(known, number, modelled(number, cell)),
  );
  const standing = known === undefined ? undefined : standingOf(known, world, split.catchment, input);
  return { input: { ...input, world }, catchment: split.catchment, cellOf, ...(standing && { standing }) };
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
  const { pops, rowOf, trust, sure, inferred } = known;
  let [ases, users, sureUsers, inferredUsers, expectedRightUsers] = [0, 0, 0, 0, 0];
  for (let number = 0; number < rowOf.length; number++) {
    const row = rowOf[number] as number;
    if (row < 0) continue;
    let own = 0;
    for (let cell = world.cellStart[number] as number; cell < (world.cellStart[number + 1] as number); cell++)
      if (pops.includes(catchment.pop[cell] as number)) own += world.cellUsers[cell] as number;
    if (inferred[row] === 1) inferredUsers += own;
    else {
      ases++;
      users += own;
    }
    if (sure[row] === 1) sureUsers += own;
    expectedRightUsers += own * (trust[row] as number);
  }
  const unmeasuredPops = announcingPops(input.deployment).filter((pop) => !pops.includes(pop));
  return { ases, users, sureUsers, inferredUsers, expectedRightUsers, pops, unmeasuredPops };
}
