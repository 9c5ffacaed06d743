/**
 * One thread's evaluation: configurations sixteen at a time, and over each batch of routes one walk along the users, which
 * adds up what they pay and, where asked for, where they land.
 */
import { BatchPropagation } from '../propagation/batch/batch.ts';
import type { Lane } from '../propagation/batch/entry-site.ts';
import { lanes } from '../propagation/batch/kernel.ts';
import { type BatchMemory, batchMemory, extraAddress } from '../propagation/batch/layout.ts';
import type { BatchRoutes } from '../propagation/batch/routes.ts';
import { noEntry } from '../propagation/scalar.ts';
import { countOf, memberList, type PackedConfigurations } from './packed.ts';
import type { EvaluationSpace } from './types.ts';

/** What all threads share; the large parts lie in the memory. */
export interface SharedSpace extends Pick<EvaluationSpace, 'entries' | 'columns' | 'columnCount' | 'refusedBy'> {
  readonly memory: BatchMemory;
  readonly userCount: number;
  readonly weightSum: number;
}

export interface Sums {
  readonly costs: Float64Array;
  readonly loads: Float64Array | undefined;
}

/** Behind the states: the users' numbers, what they pay (as often as there are users) by column, how many they are. */
function extraAddresses({ memory, userCount, columnCount }: Pick<SharedSpace, 'memory' | 'userCount' | 'columnCount'>) {
  const numbers = extraAddress(memory);
  const matrix = numbers + userCount * 4;
  return { numbers, matrix, weights: matrix + userCount * (columnCount + 1) * 4 };
}

/** Copies graph, users and costs into one memory. */
export function shareSpace(space: EvaluationSpace, threads: number): SharedSpace {
  const { graph, entries, columns, columnCount, users, costs, costWithoutRoute, refusedBy } = space;
  const userCount = users.numbers.length;
  const memory = batchMemory(graph, {
    threads,
    shared: threads > 1,
    extraBytes: userCount * (columnCount + 3) * 4,
  });
  const { buffer } = memory.memory;
  const at = extraAddresses({ memory, userCount, columnCount });
  new Uint32Array(buffer, at.numbers, userCount).set(users.numbers);
  const matrix = new Float32Array(buffer, at.matrix, userCount * (columnCount + 1));
  for (let row = 0; row < userCount; row++) {
    const weight = users.weights[row] as number;
    const to = row * (columnCount + 1);
    for (let column = 0; column < columnCount; column++) {
      matrix[to + column] = weight * (costs[row * columnCount + column] as number);
    }
    matrix[to + columnCount] = weight * costWithoutRoute;
  }
  new Float32Array(buffer, at.weights, userCount).set(users.weights);
  const weightSum = users.weights.reduce((sum, weight) => sum + weight, 0);
  return {
    memory,
    entries,
    columnCount,
    userCount,
    weightSum,
    ...(columns === undefined ? {} : { columns }),
    ...(refusedBy === undefined ? {} : { refusedBy }),
  };
}

export class LaneEvaluation {
  readonly #space: SharedSpace;
  readonly #engine: BatchPropagation;
  readonly #sums: Float64Array;
  readonly #table: Float64Array;
  readonly #columns: readonly number[];
  readonly #at: ReturnType<typeof extraAddresses>;

  constructor(space: SharedSpace, thread: number) {
    const { buffer } = space.memory.memory;
    this.#space = space;
    this.#engine = new BatchPropagation(space.memory, thread);
    const { sums, table } = this.#engine.addresses;
    this.#sums = new Float64Array(buffer, sums, lanes);
    this.#table = new Float64Array(buffer, table, (space.columnCount + 1) * lanes);
    this.#columns = space.columns ?? [...space.entries.keys()];
    this.#at = extraAddresses(space);
  }

  run(configurations: PackedConfigurations, withLoads: boolean): Sums {
    const count = countOf(configurations);
    const columns = this.#space.columnCount + 1;
    const costs = new Float64Array(count);
    const loads = withLoads ? new Float64Array(count * columns) : undefined;
    for (let first = 0; first < count; first += lanes) {
      const many = Math.min(lanes, count - first);
      const batch = Array.from({ length: many }, (_, lane) => this.#lane(memberList(configurations, first + lane)));
      const routes = this.#engine.run(batch);
      if (routes.engine === 'lanes') this.#addUp(withLoads);
      else this.#addUpSlowly(routes, withLoads);
      for (let lane = 0; lane < many; lane++) {
        costs[first + lane] = (this.#sums[lane] as number) / this.#space.weightSum;
        for (let column = 0; loads !== undefined && column < columns; column++) {
          loads[(first + lane) * columns + column] = this.#table[column * lanes + lane] as number;
        }
      }
    }
    return { costs, loads };
  }

  #lane(members: Uint16Array): Lane {
    const { entries, refusedBy } = this.#space;
    const ids = new Uint16Array(members.length);
    for (let index = 0; index < ids.length; index++) ids[index] = this.#columns[members[index] as number] as number;
    const lane = { entries: Array.from(members, (place) => entries[place] as (typeof entries)[0]), ids };
    return refusedBy === undefined ? lane : { ...lane, refusedBy };
  }

  #addUp(withLoads: boolean): void {
    const { state, sums, table } = this.#engine.addresses;
    const { userCount, columnCount } = this.#space;
    const { numbers, matrix, weights } = this.#at;
    const end = numbers + userCount * 4;
    this.#sums.fill(0);
    this.#engine.kernels.weigh?.(numbers, end, state, matrix, columnCount + 1, sums);
    if (!withLoads) return;
    this.#table.fill(0);
    this.#engine.kernels.count?.(numbers, end, state, weights, columnCount + 1, table);
  }

  /** The same, where the scalar engine had to answer. */
  #addUpSlowly(routes: BatchRoutes, withLoads: boolean): void {
    const { userCount, columnCount, memory } = this.#space;
    const { buffer } = memory.memory;
    const numbers = new Uint32Array(buffer, this.#at.numbers, userCount);
    const weights = new Float32Array(buffer, this.#at.weights, userCount);
    const matrix = new Float32Array(buffer, this.#at.matrix, userCount * (columnCount + 1));
    this.#sums.fill(0);
    if (withLoads) this.#table.fill(0);
    for (let lane = 0; lane < routes.configurations; lane++) {
      for (let row = 0; row < userCount; row++) {
        const entry = routes.entry(lane, numbers[row] as number);
        const column = entry === noEntry ? columnCount : entry;
        this.#sums[lane] = (this.#sums[lane] as number) + (matrix[row * (columnCount + 1) + column] as number);
        if (!withLoads) continue;
        const at = column * lanes + lane;
        this.#table[at] = (this.#table[at] as number) + (weights[row] as number);
      }
    }
  }
}
