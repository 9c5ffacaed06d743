/** Results of a batch, read lane by lane: the same questions whether lanes or, where they did not fit, the scalar engine answered. */
import { learnedFrom, learnedOf, noEntry, pathLengthOf, type ScalarPropagation } from '../scalar.ts';
import type { Lane } from './entry-site.ts';
import { lanes, lengthMask, noLaneEntry, stateBytes } from './kernel.ts';

export interface BatchRoutes {
  readonly configurations: number;
  /** `scalar`: a configuration did not fit into a lane, and this batch took sixteen times as long. */
  readonly engine: 'lanes' | 'scalar';
  /** The entry point at which an AS's traffic ends, by name; `noEntry` of `scalar.ts` where it has no route. */
  entry(configuration: number, number: number): number;
  /** As `pathLengthOf`; 0 where there is no route. */
  pathLength(configuration: number, number: number): number;
  /** One of `learnedFrom`. */
  learned(configuration: number, number: number): number;
  /** All ASes' entry points in one configuration: a copy. */
  catchment(configuration: number): Uint16Array;
}

export class LaneRoutes implements BatchRoutes {
  readonly engine = 'lanes';
  readonly configurations: number;
  readonly #state: Uint8Array;

  constructor(state: Uint8Array, configurations: number) {
    this.#state = state;
    this.configurations = configurations;
  }

  entry(configuration: number, number: number): number {
    const id = this.#state[number * stateBytes + lanes + configuration] as number;
    return id === noLaneEntry ? noEntry : id;
  }

  pathLength(configuration: number, number: number): number {
    const length = (this.#state[number * stateBytes + configuration] as number) & lengthMask;
    return length === lengthMask ? 0 : length;
  }

  learned(configuration: number, number: number): number {
    const rank = this.#state[number * stateBytes + configuration] as number;
    if ((rank & lengthMask) === lengthMask) return learnedFrom.none;
    return rank === 0 ? learnedFrom.self : learnedFrom.customer - (rank >>> 6);
  }

  catchment(configuration: number): Uint16Array {
    const entries = new Uint16Array(this.#state.length / stateBytes);
    for (let number = 0; number < entries.length; number++) entries[number] = this.entry(configuration, number);
    return entries;
  }
}

export class ScalarLanes implements BatchRoutes {
  readonly engine = 'scalar';
  readonly configurations: number;
  readonly #entry: readonly Uint16Array[];
  readonly #rank: readonly Uint32Array[];

  constructor(engine: ScalarPropagation, configurations: readonly Lane[]) {
    this.configurations = configurations.length;
    const results = configurations.map((lane) => {
      const { entry, rank } = engine.run(lane);
      const { ids } = lane;
      const named = ids === undefined ? entry.slice() : entry.map((at) => (at === noEntry ? at : (ids[at] as number)));
      return { entry: named, rank: rank.slice() };
    });
    this.#entry = results.map(({ entry }) => entry);
    this.#rank = results.map(({ rank }) => rank);
  }

  entry(configuration: number, number: number): number {
    return (this.#entry[configuration] as Uint16Array)[number] as number;
  }

  pathLength(configuration: number, number: number): number {
    const rank = this.#rank[configuration] as Uint32Array;
    return learnedOf({ rank }, number) === learnedFrom.none ? 0 : pathLengthOf({ rank }, number);
  }

  learned(configuration: number, number: number): number {
    return learnedOf({ rank: this.#rank[configuration] as Uint32Array }, number);
  }

  catchment(configuration: number): Uint16Array {
    return this.#entry[configuration] as Uint16Array;
  }
}
