/**
 * N-1: what happens to users and to the other PoPs when one PoP is gone.
 *
 * Why for each PoP: a network that serves everybody today may put half of a continent on one small PoP the day after.
 */
import { withoutEachPop } from '../deployment/group.ts';
import { type CatchmentInput, noPop } from './catchment.ts';
import { eachMove } from './moves.ts';
import { predictUsers } from './predicted.ts';
import { type CatchmentSummary, summarize } from './summary.ts';

export interface Loss {
  readonly pop: string;
  /** Users that landed there before. */
  readonly users: number;
  /** Where they land now, most first; `pop` undefined: no route reaches them. */
  readonly movedTo: readonly { readonly pop: string | undefined; readonly users: number }[];
  /** Users of other PoPs that land somewhere else now, too: by how the announcements compete. */
  readonly movedOthers: number;
  readonly after: CatchmentSummary;
  /** PoPs with more users than their capacity afterwards. */
  readonly overloaded: readonly { readonly pop: string; readonly users: number; readonly capacity: number }[];
}

/** `capacity`: users by PoP, for those that have a bound. */
export function lossesOf(input: CatchmentInput, capacity: ReadonlyMap<string, number>): readonly Loss[] {
  return [...eachLoss(input, capacity)];
}

/** The same one by one, for whoever shows progress or may stop before the last. */
export function* eachLoss(input: CatchmentInput, capacity: ReadonlyMap<string, number>): Generator<Loss> {
  const { world, deployment } = input;
  const before = predictUsers(input);
  const withoutOne = withoutEachPop(deployment);
  for (const [lost, { name }] of deployment.pops.entries()) {
    const predicted = predictUsers({ ...input, deployment: withoutOne(lost) });
    const moved = new Map<number, number>();
    let [users, movedOthers] = [0, 0];
    eachMove(world, before, predicted, (from, to, count) => {
      if (from === lost) {
        users += count;
        moved.set(to, (moved.get(to) ?? 0) + count);
      } else if (from !== to) movedOthers += count;
    });
    const after = summarize(predicted.catchment, predicted.input);
    yield {
      pop: name,
      users,
      movedTo: [...moved]
        .map(([pop, count]) => ({ pop: pop === noPop ? undefined : deployment.pops[pop]?.name, users: count }))
        .sort((a, b) => b.users - a.users),
      movedOthers,
      after,
      overloaded: after.pops.flatMap(({ pop, users: load }) => {
        const bound = capacity.get(pop);
        return bound !== undefined && load > bound ? [{ pop, users: load, capacity: bound }] : [];
      }),
    };
  }
}
