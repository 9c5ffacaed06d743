/**
 * Looks for a better set-up: all of them where they are few, else by local search with restarts.
 *
 * How: from today's set-up the first neighbour that is better is taken, in an order drawn from the seed, until none is; then a
 * few random changes to the best so far start the next climb. What is not allowed counts as worse than anything that is, by
 * how far it is off, so that a climb may begin where nothing is allowed yet. Costs are counted in predictions and not in
 * seconds: the same seed gives the same answer on any machine.
 */
import type { Random } from '../../base/random.ts';
import type { Constraint } from './constraints.ts';
import type { Scorer, Scores } from './scores.ts';
import { allSetups, neighborsOf, type SearchSpace, type Setup, setupKey, sizeOf } from './space.ts';

export type Aim = 'mean' | 'p90' | 'p99' | 'balance';

export interface Candidate {
  readonly setup: Setup;
  readonly scores: Scores;
}

export interface SearchInput {
  readonly space: SearchSpace;
  readonly scorer: Scorer;
  readonly constraints: readonly Constraint[];
  /** One, or two that pull apart: then the result is their front. */
  readonly aims: readonly [Aim, Aim?];
  readonly maximumPredictions: number;
  readonly random: Random;
  /** Asked between predictions; true ends the search with what it has. */
  readonly interrupted: () => boolean;
  readonly progress: (predictions: number) => void;
  /** Awaited now and then, so that an interruption can be heard at all. */
  readonly pause: () => Promise<void>;
}

export interface SearchResult {
  /** By the first aim, best first; with two aims every set-up that no other beats in both. None where nothing is allowed. */
  readonly front: readonly Candidate[];
  readonly exhaustive: boolean;
  readonly interrupted: boolean;
  readonly predictions: number;
  /** Where nothing is allowed: what the nearest set-up still breaks. */
  readonly binding: readonly { readonly constraint: string; readonly excess: number }[];
}

export function aimOf(scores: Scores, aim: Aim): number {
  switch (aim) {
    case 'mean':
      return scores.meanMs;
    case 'p90':
      return scores.p90Ms;
    case 'p99':
      return scores.p99Ms;
    case 'balance':
      return scores.busiest;
  }
}

interface Judged extends Candidate {
  readonly broken: number;
}

export async function search(input: SearchInput): Promise<SearchResult> {
  const { space, scorer, constraints, aims, maximumPredictions, interrupted, progress, pause } = input;
  const [first, second] = aims;
  const archive = new Map<string, Judged>();
  let stopped = false;
  let nearest: Judged | undefined;

  async function judge(setup: Setup): Promise<Judged> {
    const scores = scorer.scores(setup);
    let broken = 0;
    // Dear constraints stand last: they are not asked where a cheap one has said no.
    for (const { excess } of constraints) {
      broken += excess(setup, scores, scorer);
      if (broken > 1) break;
    }
    const judged = { setup, scores, broken };
    if (broken === 0) archive.set(setupKey(setup), judged);
    if (nearest === undefined || broken < nearest.broken) nearest = judged;
    progress(scorer.predictions);
    await pause();
    return judged;
  }
  function over(): boolean {
    stopped ||= interrupted();
    return stopped || scorer.predictions >= maximumPredictions;
  }

  let exhaustive = sizeOf(space) <= maximumPredictions;
  if (exhaustive) {
    for (const setup of allSetups(space)) {
      if (over()) {
        exhaustive = false;
        break;
      }
      await judge(setup);
    }
  } else {
    const start = await judge(space.today);
    const weights = second === undefined ? [1] : [1, 0.75, 0.5, 0.25, 0];
    const share = (maximumPredictions - scorer.predictions) / weights.length;
    for (const [index, weight] of weights.entries()) {
      const until = maximumPredictions - share * (weights.length - 1 - index);
      const value = ({ scores, broken }: Judged): number => {
        const part = (aim: Aim): number => aimOf(scores, aim) / Math.max(aimOf(start.scores, aim), 1e-9);
        return broken * 1e6 + weight * part(first) + (second === undefined ? 0 : (1 - weight) * part(second));
      };
      await climb(start, value, () => over() || scorer.predictions >= until);
    }
  }

  async function climb(start: Judged, value: (judged: Judged) => number, done: () => boolean): Promise<void> {
    const { random } = input;
    let best = start;
    let current = start;
    // A climb that finds nothing new for long has seen all that it can reach.
    for (let idle = 0; idle < 200 && !done(); ) {
      const before = scorer.predictions;
      const improved = await firstBetter(current, value, done);
      if (improved !== undefined) {
        current = improved;
        if (value(current) < value(best)) best = current;
        continue;
      }
      let setup = best.setup;
      for (let steps = 2 + random.below(3); steps > 0; steps--) {
        const around = neighborsOf(setup, space);
        setup = around[random.below(around.length)] ?? setup;
      }
      current = await judge(setup);
      idle = scorer.predictions === before ? idle + 1 : 0;
    }
  }

  async function firstBetter(
    from: Judged,
    value: (judged: Judged) => number,
    done: () => boolean,
  ): Promise<Judged | undefined> {
    const around = [...neighborsOf(from.setup, space)];
    const bar = value(from) - 1e-9;
    while (around.length > 0 && !done()) {
      const at = input.random.below(around.length);
      const [setup] = around.splice(at, 1);
      const judged = await judge(setup as Setup);
      if (value(judged) < bar) return judged;
    }
    return undefined;
  }

  const allowed = [...archive.values()].sort((a, b) => aimOf(a.scores, first) - aimOf(b.scores, first));
  const front = second === undefined ? allowed.slice(0, 1) : frontOf(allowed, second);
  const binding =
    allowed.length > 0 || nearest === undefined
      ? []
      : constraints
          .map(({ name, excess }) => ({
            constraint: name,
            excess: excess((nearest as Judged).setup, (nearest as Judged).scores, scorer),
          }))
          .filter(({ excess }) => excess > 0);
  return { front, exhaustive, interrupted: stopped, predictions: scorer.predictions, binding };
}

/** Of those sorted by the first aim: the ones that are better by the second than all before them. */
function frontOf(sorted: readonly Candidate[], second: Aim): readonly Candidate[] {
  const front: Candidate[] = [];
  let best = Number.POSITIVE_INFINITY;
  for (const candidate of sorted) {
    const value = aimOf(candidate.scores, second);
    if (value >= best - 1e-9) continue;
    best = value;
    front.push(candidate);
  }
  return front;
}
