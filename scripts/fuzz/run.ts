/**
 * Runs one target: its corpus as it is, then `count` inputs from `seed` on, each made from its own seed alone, so that any of
 * them can be made again.
 *
 * No throw, no wrong answer, no hang, no growth. An input is slow where it takes long each of several times. What is alive is weighed again and again, all garbage taken away, because what a decoder forgets to let go
 * grows with the inputs, and what a runtime keeps does not.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { toHex } from '../../src/base/bytes.ts';
import { seededRandom } from '../../src/base/random.ts';
import { corpusOf, Gatherer } from './corpus.ts';
import { mutate } from './mutate.ts';
import type { FuzzSample, FuzzTarget } from './target.ts';

export interface FuzzRun {
  readonly target: FuzzTarget;
  readonly seed: number;
  readonly count: number;
  /** Told each seed before its input is tried, so that a watcher can say which one hangs. */
  readonly began?: (seed: number) => void;
  /** Add what is new to the corpus. */
  readonly gather?: boolean;
}

export interface FuzzFailure {
  /** `undefined`: the input stands in the corpus. */
  readonly seed?: number;
  readonly what: string;
  readonly hex: string;
}

export interface FuzzResult {
  readonly failures: readonly FuzzFailure[];
  /** Bytes that are alive, weighed now and then. */
  readonly aliveBytes: readonly number[];
  /** Lines that the corpus got. */
  readonly gathered: number;
}

const shownFailures = 10;
const warmUp = 2000;
const weighings = 8;
/** No decoder of ours needs a thousandth of it for an input of a few hundred bytes. */
const slowMs = 50;
const slowTries = 3;
const maximumGrowthBytes = 4 * 1024 * 1024;

export function runFuzz({ target, seed: first, count, began, gather = false }: FuzzRun): FuzzResult {
  const corpus = corpusOf(target);
  const samples = [...target.samples(), ...corpus];
  if (samples.length === 0) throw new Error(`${target.name} has no samples: nothing would be tried`);
  const gatherer = gather ? new Gatherer(samples) : undefined;
  const failures: FuzzFailure[] = [];
  for (const sample of corpus) {
    const what = faultOf(sample, sample.bytes);
    if (what !== undefined) failures.push({ what, hex: toHex(sample.bytes) });
  }
  const aliveBytes: number[] = [];
  const weighEvery = Math.max(1, Math.floor((count - warmUp) / weighings));
  for (let index = 0; index < count && failures.length < shownFailures; index++) {
    if (index >= warmUp && (index - warmUp) % weighEvery === 0) aliveBytes.push(weigh());
    const seed = (first + index) >>> 0;
    began?.(seed);
    const random = seededRandom(seed);
    const sample = samples[random.below(samples.length)] as FuzzSample;
    const other = samples[random.below(samples.length)] as FuzzSample;
    const input = mutate(sample.bytes, random, other.bytes);
    target.repair?.(input);
    const what = faultOf(sample, input);
    if (what !== undefined) failures.push({ seed, what, hex: toHex(input) });
    gatherer?.see(sample, input);
  }
  return { failures, aliveBytes, gathered: gatherer?.save(target) ?? 0 };
}

/** How many bytes more are alive at the end than at the beginning, where it rose all the way; else 0. */
export function growthOf({ aliveBytes }: Pick<FuzzResult, 'aliveBytes'>): number {
  const half = aliveBytes.length >> 1;
  if (half < 2) return 0;
  // The least of either half: a single weighing may hold what the next one has not any more.
  const growth = Math.min(...aliveBytes.slice(half)) - Math.min(...aliveBytes.slice(0, half));
  return growth > maximumGrowthBytes ? growth : 0;
}

function faultOf(sample: FuzzSample, input: Uint8Array): string | undefined {
  const started = performance.now();
  const what = answerOf(sample, input);
  if (what !== undefined || performance.now() - started <= slowMs) return what;
  // Long by the clock may be others' work on this machine: what counts is this thread's own time, the least of several.
  let quickest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < slowTries; attempt++) {
    const before = process.threadCpuUsage();
    answerOf(sample, input);
    const { user, system } = process.threadCpuUsage(before);
    quickest = Math.min(quickest, (user + system) / 1000);
  }
  return quickest > slowMs ? `takes ${Math.round(quickest)} ms or more for ${input.length} bytes` : undefined;
}

function answerOf(sample: FuzzSample, input: Uint8Array): string | undefined {
  try {
    return sample.check(input);
  } catch (error) {
    return `threw ${error instanceof Error ? error.stack : String(error)}`;
  }
}

/** What is alive, all garbage taken away. */
function weigh(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
