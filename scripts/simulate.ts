/**
 * `npm run simulate [-- --seeds N --first N --speakers N] [--seed N]`: seeded runs of a whole Internet of speakers in virtual time.
 *
 * Ends with 1 where a run fails, after the line that reproduces it; with `--seed` it tells what happens on the way.
 */
import { parseArgs } from 'node:util';
import { runScenario } from '../src/testing/simulation/scenario.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    speakers: { type: 'string', default: '300' },
  },
});
const [seeds, first, speakers] = [Number(values.seeds), Number(values.first), Number(values.speakers)];
const only = values.seed === undefined ? undefined : Number(values.seed);
if (![seeds, first, speakers, only ?? 0].every((value) => Number.isInteger(value) && value >= 0) || speakers < 10) {
  console.error('usage: npm run simulate -- [--seeds N] [--first N] [--seed N] [--speakers N (10 or more)]');
  process.exit(2);
}
const chosen = only === undefined ? Array.from({ length: seeds }, (_, index) => first + index) : [only];
const failed: number[] = [];
const began = performance.now();
for (const seed of chosen) {
  const started = performance.now();
  try {
    const result = runScenario({ seed, speakers, ...(only === undefined ? {} : { say: console.log }) });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const { speakers: made, faults, sessions, told, best, compared } = result;
    console.log(
      `seed ${seed}: ${made} speakers, ${faults} faults; looked at ${sessions} sessions, ${told} told and ${best} best routes, ${compared} of them beside a fresh network; ${seconds} s`,
    );
  } catch (error) {
    failed.push(seed);
    console.error(`FAILED seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
    console.error(`  reproduce: npm run simulate -- --seed ${seed} --speakers ${speakers}`);
  }
}
const minutes = ((performance.now() - began) / 60_000).toFixed(1);
console.log(`${chosen.length} seeds of ${speakers} speakers in ${minutes} min, ${failed.length} failed`);
process.exit(failed.length === 0 ? 0 : 1);
