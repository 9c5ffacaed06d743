/** Runs one target in a thread of its own, so that the main thread can see a decoder that never comes back. */
import { parentPort, workerData } from 'node:worker_threads';
import { runFuzz } from './run.ts';
import { fuzzTargets } from './table.ts';

export interface WorkerTask {
  readonly name: string;
  readonly seed: number;
  readonly count: number;
  readonly gather: boolean;
  /** Two numbers: inputs begun, and the seed of the last one. */
  readonly progress: Int32Array;
}

const { name, seed, count, gather, progress } = workerData as WorkerTask;
const target = fuzzTargets.find((candidate) => candidate.name === name);
if (target === undefined) throw new Error(`no target ${name}`);
const result = runFuzz({
  target,
  seed,
  count,
  gather,
  began(current) {
    Atomics.add(progress, 0, 1);
    Atomics.store(progress, 1, current | 0);
  },
});
parentPort?.postMessage(result);
