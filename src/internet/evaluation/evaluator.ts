/**
 * Evaluates any number of configurations over several threads: each takes the next few hundred when it is done with its last.
 *
 * Graph, users and costs lie in one memory that all threads read; a thread adds the state of one batch. With one thread the
 * work is done here, between two turns of the event loop.
 */
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { assert } from '../../base/assert.ts';
import { fail } from '../../base/problem.ts';
import { lanes, noLaneEntry } from '../propagation/batch/kernel.ts';
import { LaneEvaluation, type SharedSpace, type Sums, shareSpace } from './lane-evaluation.ts';
import { countOf, memberList, type PackedConfigurations, packed, slice } from './packed.ts';
import { type Reply, type Request, type ThreadData, threadName, threadProgram } from './thread.ts';
import type { Configuration, EvaluationSpace, Evaluations } from './types.ts';

export interface EvaluateOptions {
  /** Also count users by column. */
  readonly withLoads?: boolean;
  /** Ends early with what it has so far. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, all: number) => void;
}

/** Few enough that progress is seen and an end comes soon, many enough that messages cost nothing. */
const chunk = 16 * lanes;

export class Evaluator {
  readonly #space: SharedSpace;
  readonly #local: LaneEvaluation | undefined;
  readonly #workers: readonly Worker[];
  #busy = false;
  #closed = false;

  /** `threads`: by default one for each processor, 8 at most. `close` ends them. */
  constructor(space: EvaluationSpace, { threads = Math.min(8, availableParallelism()) }: { threads?: number } = {}) {
    assert(threads >= 1, 'at least one thread');
    check(space);
    this.#space = shareSpace(space, threads);
    this.#local = threads === 1 ? new LaneEvaluation(this.#space, 0) : undefined;
    this.#workers = Array.from({ length: threads === 1 ? 0 : threads }, (_, thread) => {
      const data: ThreadData = { space: this.#space, thread };
      const worker = new Worker(threadProgram, { name: threadName, workerData: { [threadName]: data } });
      worker.unref();
      return worker;
    });
  }

  get threads(): number {
    return Math.max(1, this.#workers.length);
  }

  async evaluate(
    configurations: readonly Configuration[] | PackedConfigurations,
    options: EvaluateOptions = {},
  ): Promise<Evaluations> {
    assert(!this.#closed, 'an evaluator that is not closed');
    assert(!this.#busy, 'one evaluation at a time');
    this.#busy = true;
    try {
      return await this.#evaluate('starts' in configurations ? configurations : packed(configurations), options);
    } catch (error) {
      // The other threads may still be at work on what nobody waits for.
      await this.close();
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  async #evaluate(
    all: PackedConfigurations,
    { withLoads = false, signal, onProgress }: EvaluateOptions,
  ): Promise<Evaluations> {
    const count = countOf(all);
    for (let index = 0; index < count; index++) {
      assert(
        memberList(all, index).every((place) => place < this.#space.entries.length),
        'an entry point of the space',
      );
    }
    const costs = new Float64Array(count).fill(Number.NaN);
    const columns = this.#space.columnCount + 1;
    const loads = withLoads ? new Float64Array(count * columns).fill(Number.NaN) : undefined;
    let done = 0;
    let next = 0;
    const take = (): Request | undefined => {
      if (next >= count || signal?.aborted === true) return undefined;
      const first = next;
      next = Math.min(count, first + chunk);
      return { first, configurations: slice(all, first, next), withLoads };
    };
    const keep = (first: number, sums: Sums): void => {
      costs.set(sums.costs, first);
      if (sums.loads !== undefined) loads?.set(sums.loads, first * columns);
      done += sums.costs.length;
      onProgress?.(done, count);
    };
    if (this.#local !== undefined) {
      for (let request = take(); request !== undefined; request = take()) {
        keep(request.first, this.#local.run(request.configurations, withLoads));
        await setImmediate();
      }
    } else {
      await Promise.all(this.#workers.map((worker) => feed(worker, take, keep)));
    }
    return { costs, loads, done };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** Gives a thread one request after another, until there is none. Rejects where the thread fails. */
function feed(
  worker: Worker,
  take: () => Request | undefined,
  keep: (first: number, sums: Sums) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (finish: () => void): void => {
      worker.unref();
      worker.off('message', heard).off('error', failed).off('exit', gone);
      finish();
    };
    const failed = (error: unknown): void => end(() => reject(error));
    const gone = (): void => failed(new Error('the evaluation was closed while it ran'));
    const ask = (): void => {
      const request = take();
      if (request === undefined) end(resolve);
      else worker.postMessage(own(request));
    };
    const heard = ({ first, ...sums }: Reply): void => {
      keep(first, sums);
      ask();
    };
    worker.ref();
    worker.on('message', heard).on('error', failed).on('exit', gone);
    ask();
  });
}

/** With arrays of its own, which are as long as what they hold: a view would be sent with all that lies under it. */
function own({ first, configurations, withLoads }: Request): Request {
  const count = countOf(configurations);
  const lists = Array.from({ length: count }, (_, index) => [...memberList(configurations, index)]);
  return { first, configurations: packed(lists), withLoads };
}

function check({ graph, entries, columns, columnCount, users, costs, costWithoutRoute }: EvaluationSpace): void {
  assert(
    users.numbers.every((number) => number < graph.asns.length),
    'users are at ASes of the graph',
  );
  assert(users.weights.length === users.numbers.length, 'a weight for each AS with users');
  assert(costs.length === users.numbers.length * columnCount, 'a cost for each AS with users and each column');
  assert(Number.isFinite(costWithoutRoute), 'a cost that can be added up');
  const places = columns ?? [...entries.keys()];
  assert(
    places.length === entries.length && places.every((at) => at >= 0 && at < columnCount),
    'columns of the matrix',
  );
  if (columnCount >= noLaneEntry) {
    fail({
      code: 'internet.too-many-columns',
      what: `${columnCount} PoPs are more than the ${noLaneEntry - 1} that can be evaluated at once`,
      fix: 'evaluate them in groups, or count several under one name',
    });
  }
  if (!users.weights.some((weight) => weight > 0)) {
    fail({
      code: 'internet.no-users',
      what: 'no AS has users, so there is nothing to weigh',
      fix: 'give a file of users whose ASes are in the topology',
    });
  }
}
