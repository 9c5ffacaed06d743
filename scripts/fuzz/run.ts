/**
 * Runs one target: `count` inputs from `seed` on, each made from its own seed alone, so that any of them can be made again.
 *
 * No throw, no wrong answer, no growth: the heap after the run, when all garbage is gone, is as large as it was before, but for what a
 * runtime keeps.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { toHex } from '../../src/base/bytes.ts';
import { seededRandom } from '../../src/base/random.ts';
import { mutate } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

export interface FuzzRun {
  readonly target: FuzzTarget;
  readonly seed: number;
  readonly count: number;
  /** Told each seed before its input is tried, so that a watcher can say which one hangs. */
  readonly began?: (seed: number) => void;
}

export interface FuzzFailure {
  readonly seed: number;
  readonly what: string;
  readonly hex: string;
}

export interface FuzzResult {
  readonly failures: readonly FuzzFailure[];
  readonly heapGrowthBytes: number;
}

const shownFailures = 10;
const warmUp = 2000;

export function runFuzz({ target, seed: first, count, began }: FuzzRun): FuzzResult {
  const samples = target.samples();
  if (samples.length === 0) throw new Error(`${target.name} has no samples: nothing would be tried`);
  const failures: FuzzFailure[] = [];
  let before = heapBytes();
  for (let index = 0; index < count && failures.length < shownFailures; index++) {
    if (index === warmUp) before = heapBytes();
    const seed = (first + index) >>> 0;
    began?.(seed);
    const random = seededRandom(seed);
    const sample = samples[random.below(samples.length)] as (typeof samples)[number];
    const input = mutate(sample.bytes, random);
    target.repair?.(input);
    const what = faultOf(() => sample.check(input));
    if (what !== undefined) failures.push({ seed, what, hex: toHex(input) });
  }
  return { failures, heapGrowthBytes: heapBytes() - before };
}

function faultOf(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    return `threw ${error instanceof Error ? error.stack : String(error)}`;
  }
}

/** What is alive, all garbage taken away. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
