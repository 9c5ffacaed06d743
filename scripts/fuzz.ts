/**
 * `npm run fuzz [-- --seed N --count N --only NAME --gather]`: mutated inputs for every decoder; ends with 1 where one fails.
 *
 * `--count` is for all targets together; `--gather` adds what is new to the corpus. A failure prints the line that reproduces
 * it; a decoder that is silent for ten seconds hangs.
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type FuzzResult, growthOf } from './fuzz/run.ts';
import { fuzzTargets } from './fuzz/table.ts';
import type { FuzzTarget } from './fuzz/target.ts';
import type { WorkerTask } from './fuzz/worker.ts';

const hangMs = 10_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '200000' },
    only: { type: 'string' },
    gather: { type: 'boolean', default: false },
  },
});
const [seed, count] = [Number(values.seed), Number(values.count)];
const targets = fuzzTargets.filter(({ name }) => values.only === undefined || name === values.only);
if (targets.length === 0 || !Number.isInteger(seed) || !Number.isInteger(count) || count < 1) {
  const names = fuzzTargets.map(({ name, summary }) => `  ${name}  ${summary}`).join('\n');
  console.error(`usage: npm run fuzz -- [--seed N] [--count N] [--only NAME] [--gather]\n${names}`);
  process.exit(2);
}

let failed = false;
for (const target of targets) {
  const share = Math.ceil(count / targets.length);
  const started = performance.now();
  const result = await runInThread(target, share);
  const seconds = (performance.now() - started) / 1000;
  failed = report(target, result) || failed;
  const rate = Math.round(share / seconds);
  console.log(`${target.name}: ${share} inputs from seed ${seed} in ${seconds.toFixed(1)} s (${rate} a second)`);
}
process.exit(failed ? 1 : 0);

/** The result, or the input that the decoder does not come back from. */
function runInThread(target: FuzzTarget, share: number): Promise<FuzzResult> {
  const progress = new Int32Array(new SharedArrayBuffer(8));
  const task: WorkerTask = { name: target.name, seed, count: share, gather: values.gather, progress };
  const worker = new Worker(new URL('./fuzz/worker.ts', import.meta.url), { workerData: task });
  let seen = -1;
  return new Promise((resolve, reject) => {
    const watch = setInterval(() => {
      const begun = Atomics.load(progress, 0);
      if (begun > 0 && begun < share && begun === seen) {
        const what = `no answer in ${hangMs / 1000} s`;
        resolve({ failures: [{ seed: Atomics.load(progress, 1) >>> 0, what, hex: '' }], aliveBytes: [], gathered: 0 });
        worker.terminate();
      }
      seen = begun;
    }, hangMs);
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      clearInterval(watch);
      reject(new Error(`${target.name}: the thread ended without a result`));
    });
  });
}

/** Prints what went wrong; answers whether anything did. */
function report(target: FuzzTarget, result: FuzzResult): boolean {
  const { failures, gathered } = result;
  for (const { seed: failing, what, hex } of failures) {
    console.error(`FAILED ${target.name}: ${what}\n  input: ${hex}`);
    if (failing === undefined) console.error(`  it stands in scripts/fuzz/corpus/${target.name}.txt`);
    else console.error(`  reproduce: npm run fuzz -- --only ${target.name} --seed ${failing} --count 1`);
  }
  const growth = growthOf(result);
  if (growth > 0) console.error(`FAILED ${target.name}: ${growth} bytes more are alive than before`);
  if (gathered > 0) console.log(`${target.name}: ${gathered} new lines in its corpus`);
  return growth > 0 || failures.length > 0;
}
