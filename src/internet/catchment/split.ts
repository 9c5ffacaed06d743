/**
 * Cells whose users land at several PoPs, made into several cells with a part of the users each.
 *
 * Why: everything that is shown of a catchment is a sum over cells with one PoP. Where a prediction gives shares, the world is
 * cut finer instead, and the sums need not know.
 */
import type { World } from '../world/world.ts';
import { type Catchment, noPop } from './catchment.ts';
import type { Distances } from './distances.ts';

/** Parts of one cell's users by PoP (`noPop`: no route reaches them); they add up to 1. */
export type PopShares = readonly (readonly [pop: number, share: number])[];

export interface SplitCatchment {
  readonly world: World;
  readonly catchment: Catchment;
  /** Which cell of the world before a cell is a part of; ascending. */
  readonly cellOf: Uint32Array;
}

/** Smaller parts than this are left out, and the others grow. */
const leastShare = 0.001;

/** `sharesOf`: of the AS's cell; `undefined` leaves it whole. */
export function splitCells(
  { world, catchment, distances }: { world: World; catchment: Catchment; distances: Distances },
  sharesOf: (number: number, cell: number) => PopShares | undefined,
): SplitCatchment {
  const { graph, places } = world;
  const cellStart = new Uint32Array(world.cellStart.length);
  const cellOf: number[] = [];
  const users: number[] = [];
  const pops: number[] = [];
  for (let number = 0; number < graph.asns.length; number++) {
    const end = world.cellStart[number + 1] as number;
    for (let cell = world.cellStart[number] as number; cell < end; cell++) {
      const all = world.cellUsers[cell] as number;
      const shares = sharesOf(number, cell)?.filter(([, share]) => share >= leastShare);
      const sum = shares?.reduce((total, [, share]) => total + share, 0) ?? 0;
      const parts = shares === undefined || sum === 0 ? ([[catchment.pop[cell] as number, 1]] as const) : shares;
      for (const [pop, share] of parts) {
        cellOf.push(cell);
        users.push((all * share) / (sum || 1));
        pops.push(pop);
      }
    }
    cellStart[number + 1] = cellOf.length;
  }
  const cellPlace = Uint16Array.from(cellOf, (cell) => world.cellPlace[cell] as number);
  const pop = Uint16Array.from(pops);
  const rttMs = Float32Array.from(pop, (at, cell) =>
    at === noPop ? Number.NaN : (distances.rttMs[at * places.length + (cellPlace[cell] as number)] as number),
  );
  return {
    world: { ...world, cellStart, cellPlace, cellUsers: Float64Array.from(users) },
    catchment: { ...catchment, pop, rttMs },
    cellOf: Uint32Array.from(cellOf),
  };
}
