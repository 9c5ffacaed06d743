/** The border between an evaluator and its threads: what is asked across it, and the threads' own program. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { LaneEvaluation, type SharedSpace, type Sums } from './lane-evaluation.ts';
import type { PackedConfigurations } from './packed.ts';

export const threadName = 'nearcast-evaluation';
export const threadProgram = new URL(import.meta.url);

export interface Request {
  readonly first: number;
  readonly configurations: PackedConfigurations;
  readonly withLoads: boolean;
}

export interface Reply extends Sums {
  readonly first: number;
}

export interface ThreadData {
  readonly space: SharedSpace;
  readonly thread: number;
}

const data = (workerData as Record<string, ThreadData> | null)?.[threadName];
if (!isMainThread && data !== undefined && parentPort !== null) {
  const port = parentPort;
  const evaluation = new LaneEvaluation(data.space, data.thread);
  port.on('message', ({ first, configurations, withLoads }: Request) => {
    const reply: Reply = { first, ...evaluation.run(configurations, withLoads) };
    port.postMessage(reply);
  });
}
