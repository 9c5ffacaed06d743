/**
 * What a set-up is worth: predicted as `predict` does, from the same entry points.
 *
 * Why remembered: a search comes by the same set-up on many ways, and by the same session in almost every one.
 */
import { catchmentOf, noPop } from '../catchment/catchment.ts';
import type { Distances } from '../catchment/distances.ts';
import { Weighted } from '../catchment/summary.ts';
import { type EntryContext, entriesOf } from '../deployment/entries.ts';
import { groupEntries } from '../deployment/group.ts';
import type { DeployedPop, PopEntry } from '../deployment/types.ts';
import type { ScalarPropagation } from '../propagation/scalar.ts';
import type { World } from '../world/world.ts';
import { type SearchSpace, type SessionSetup, type Setup, setupKey } from './space.ts';

export interface Scores {
  readonly meanMs: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  /** Of the busiest PoP: its users by its capacity, or by an even share where none is given. 1 is even, or full. */
  readonly busiest: number;
  /** Users by PoP. */
  readonly load: readonly number[];
  readonly unreachedUsers: number;
}

export interface ScorerInput {
  readonly space: SearchSpace;
  readonly world: World;
  readonly pops: readonly DeployedPop[];
  readonly context: EntryContext;
  readonly distances: Distances;
  readonly engine: ScalarPropagation;
  /** Users by PoP name. */
  readonly capacity: ReadonlyMap<string, number>;
}

export class Scorer {
  /** Set-ups that were really predicted. */
  predictions = 0;
  readonly #input: ScorerInput;
  readonly #known = new Map<string, Scores>();
  readonly #entries = new Map<string, readonly PopEntry[]>();

  constructor(input: ScorerInput) {
    this.#input = input;
  }

  scores(setup: Setup): Scores {
    const key = setupKey(setup);
    const known = this.#known.get(key) ?? this.#predict(setup);
    this.#known.set(key, known);
    return known;
  }

  /** The same with each announcing PoP gone in turn, by PoP. */
  withoutEach(setup: Setup): ReadonlyMap<string, Scores> {
    const { sessions, popNames } = this.#input.space;
    const found = new Map<string, Scores>();
    for (const [pop, name] of popNames.entries()) {
      if (!sessions.some((session, index) => session.pop === pop && setup[index]?.on === true)) continue;
      const without = setup.map((session, index) =>
        sessions[index]?.pop === pop ? { ...session, on: false } : session,
      );
      found.set(name, this.scores(without));
    }
    return found;
  }

  #predict(setup: Setup): Scores {
    this.predictions++;
    const { world, pops, distances, engine, context, capacity } = this.#input;
    const entries = setup.flatMap((session, index) => this.#entriesOf(index, session));
    const deployment = { asn: context.originAsn, pops, entries, groups: groupEntries(entries) };
    const { pop, rttMs } = catchmentOf({ world, deployment, distances, engine });
    const { load, weighted, unreachedUsers } = addUp(world.cellUsers, pop, rttMs, pops.length);
    const { meanMs, p90Ms, p99Ms, users } = weighted.summary();
    const announcing = new Set(entries.map((entry) => entry.pop)).size;
    const busiest = Math.max(
      0,
      ...pops.map(
        ({ name }, index) => (load[index] as number) / (capacity.get(name) ?? users / Math.max(1, announcing)),
      ),
    );
    // Nobody reached: worse than any other by every aim.
    if (users === 0) return { meanMs: 1e6, p90Ms: 1e6, p99Ms: 1e6, busiest: 1e6, load: [...load], unreachedUsers };
    return { meanMs, p90Ms, p99Ms, busiest, load: [...load], unreachedUsers };
  }

  #entriesOf(index: number, { on, prepend, avoid }: SessionSetup): readonly PopEntry[] {
    const session = this.#input.space.sessions[index];
    if (!on || session === undefined) return [];
    const key = `${index} ${prepend} ${avoid.join()}`;
    const known =
      this.#entries.get(key) ??
      entriesOf({ ...session, announce: { ...session.announce, prepend, avoid: [...avoid] } }, this.#input.context);
    this.#entries.set(key, known);
    return known;
  }
}

/** A function by itself: the loop over hundreds of thousands of cells is compiled once and stays so. */
function addUp(users: Float64Array, pop: Uint16Array, rttMs: Float32Array, pops: number) {
  const load = new Float64Array(pops);
  const weighted = new Weighted();
  let unreachedUsers = 0;
  for (let cell = 0; cell < pop.length; cell++) {
    const count = users[cell] as number;
    if (count === 0) continue;
    const at = pop[cell] as number;
    if (at === noPop) unreachedUsers += count;
    else {
      load[at] = (load[at] as number) + count;
      weighted.add(rttMs[cell] as number, count);
    }
  }
  return { load, weighted, unreachedUsers };
}
