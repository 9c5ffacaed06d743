/** The way from today's set-up to a found one: its changes one by one, the most useful first, each with its predicted effect. */
import type { Scorer, Scores } from './scores.ts';
import { type Aim, aimOf } from './search.ts';
import { type Change, changesBetween, type SearchSpace, type Setup } from './space.ts';

export interface PlanStep {
  readonly where: string;
  readonly what: string;
  /** With this step and all before it. */
  readonly scores: Scores;
}

/** Also where single steps make it worse on the way: the order is the best that a step at a time can do. */
export function planOf(target: Setup, space: SearchSpace, scorer: Scorer, aim: Aim): readonly PlanStep[] {
  const left: Change[] = [...changesBetween(space.today, target, space)];
  const steps: PlanStep[] = [];
  let setup = space.today;
  while (left.length > 0) {
    const tried = left.map((change) => ({ change, scores: scorer.scores(change.apply(setup)) }));
    tried.sort((a, b) => aimOf(a.scores, aim) - aimOf(b.scores, aim));
    const best = tried[0] as (typeof tried)[number];
    left.splice(left.indexOf(best.change), 1);
    setup = best.change.apply(setup);
    steps.push({ where: best.change.where, what: best.change.what, scores: best.scores });
  }
  return steps;
}
