/**
 * What a set-up must keep to. Each constraint says by how much it is broken, so that a search can climb towards what is allowed
 * and, where nothing is, can say which one stands in the way.
 */
import type { Scorer, Scores } from './scores.ts';
import { changesBetween, type SearchSpace, type Setup } from './space.ts';

export interface Constraint {
  /** For people: `at most 3 changes`. */
  readonly name: string;
  /** 0 where it holds; else how far off, in parts of what is asked. */
  readonly excess: (setup: Setup, scores: Scores, scorer: Scorer) => number;
}

export interface Limits {
  readonly maximumChanges?: number;
  readonly minimumPops: number;
  /** Users by PoP name. */
  readonly capacity: ReadonlyMap<string, number>;
  /** Whichever PoP is gone: the 90th percentile of round-trip times, in ms. */
  readonly nMinusOneP90Ms?: number;
  /** Whichever PoP is gone, no other is beyond its capacity. */
  readonly nMinusOneCapacity: boolean;
  /** What each PoP costs, and what all may cost together, in any one unit. */
  readonly cost: ReadonlyMap<string, number>;
  readonly budget?: number;
}

export function constraintsOf(limits: Limits, space: SearchSpace, today: Scores): readonly Constraint[] {
  const { maximumChanges, minimumPops, capacity, nMinusOneP90Ms, nMinusOneCapacity, cost, budget } = limits;
  const over = (value: number, bound: number): number => (value <= bound ? 0 : (value - bound) / Math.max(bound, 1e-9));
  const beyondCapacity = ({ load }: Scores): number =>
    load.reduce(
      (sum, users, pop) => sum + over(users, capacity.get(space.popNames[pop] ?? '') ?? Number.POSITIVE_INFINITY),
      0,
    );
  // A few users more or less unreached is the model's noise; a country is not.
  const reachable = today.unreachedUsers + 0.001 * today.load.reduce((sum, users) => sum + users, 0);
  const constraints: Constraint[] = [
    {
      name: `at least ${minimumPops} announcing PoPs`,
      excess: (setup) => Math.max(0, minimumPops - onPops(setup, space).size),
    },
    {
      name: 'everybody who is reached today stays reached',
      excess: (_, scores) => over(scores.unreachedUsers, reachable),
    },
  ];
  if (maximumChanges !== undefined) {
    constraints.push({
      name: `at most ${maximumChanges} changes`,
      excess: (setup) => over(changesBetween(space.today, setup, space).length, maximumChanges),
    });
  }
  if (capacity.size > 0)
    constraints.push({ name: 'no PoP beyond its capacity', excess: (_, scores) => beyondCapacity(scores) });
  if (budget !== undefined) {
    constraints.push({
      name: `a cost of at most ${budget}`,
      excess: (setup) =>
        over(
          [...onPops(setup, space)].reduce((sum, pop) => sum + (cost.get(space.popNames[pop] ?? '') ?? 0), 0),
          budget,
        ),
    });
  }
  if (nMinusOneP90Ms !== undefined) {
    constraints.push({
      name: `whichever PoP is gone, 90 % of users within ${nMinusOneP90Ms} ms`,
      excess: (setup, _, scorer) =>
        Math.max(0, ...[...scorer.withoutEach(setup).values()].map(({ p90Ms }) => over(p90Ms, nMinusOneP90Ms))),
    });
  }
  if (nMinusOneCapacity) {
    constraints.push({
      name: 'whichever PoP is gone, no other beyond its capacity',
      excess: (setup, _, scorer) => Math.max(0, ...[...scorer.withoutEach(setup).values()].map(beyondCapacity)),
    });
  }
  return constraints;
}

function onPops(setup: Setup, { sessions }: SearchSpace): ReadonlySet<number> {
  return new Set(sessions.flatMap(({ pop }, index) => (setup[index]?.on === true ? [pop] : [])));
}
