/** The engines behind searches: many configurations at once, over threads, and one changed a little. */
import { availableParallelism } from 'node:os';
import { seededRandom } from '../../src/base/random.ts';
import { Evaluator } from '../../src/internet/evaluation/evaluator.ts';
import { evaluateSubsets } from '../../src/internet/evaluation/subsets.ts';
import type { EntryPoint } from '../../src/internet/propagation/announcement.ts';
import { IncrementalPropagation } from '../../src/internet/propagation/incremental/incremental.ts';
import type { AsGraph } from '../../src/internet/topology/as-graph.ts';
import { type Figure, median } from '../bench.ts';

/** As many PoPs, each a customer of one AS that has 20 to 2,000 customers itself; drawn by a fixed seed. */
function popsIn(graph: AsGraph, count: number): EntryPoint[] {
  const random = seededRandom(3);
  const { start } = graph.customers;
  const customersOf = (number: number): number => (start[number + 1] as number) - (start[number] as number);
  const transits = [...graph.asns.keys()].filter((number) => customersOf(number) >= 20 && customersOf(number) < 2000);
  const candidates = transits.length > 0 ? transits : [...graph.asns.keys()];
  return Array.from({ length: count }, () => ({
    at: candidates[random.below(candidates.length)] as number,
    as: 'customer',
    pathLength: 1,
    originAsn: 64_500,
  }));
}

export async function subsetFigures(graph: AsGraph, small: boolean): Promise<Figure[]> {
  const pops = popsIn(graph, small ? 4 : 15);
  const random = seededRandom(4);
  // As many as the real Internet has ASes with users.
  const numbers = Uint32Array.from(graph.asns.keys()).filter(() => random.below(100) < 31);
  const space = {
    graph,
    entries: pops,
    columnCount: pops.length,
    users: { numbers, weights: Float32Array.from(numbers, () => 1 + random.below(1000)) },
    costs: Float32Array.from({ length: numbers.length * pops.length }, () => random.below(300)),
    costWithoutRoute: 1000,
  };
  const groups = pops.map((_, index) => [index]);
  const seconds: number[] = [];
  for (const threads of [1, 2]) {
    const evaluator = new Evaluator(space, { threads });
    await evaluator.evaluate([[0]]); // threads are up
    let fastest = Number.POSITIVE_INFINITY;
    for (let round = 0; round < (small ? 1 : 3); round++) {
      const begin = performance.now();
      await evaluateSubsets(evaluator, groups);
      fastest = Math.min(fastest, (performance.now() - begin) / 1000);
    }
    seconds.push(fastest);
    await evaluator.close();
  }
  const [alone, both] = seconds as [number, number];
  const what = `all ${1 << pops.length} subsets of ${pops.length} PoPs, by ${numbers.length} ASes' users`;
  const cores = availableParallelism();
  return [
    { what, who: 'Nearcast, 1 thread', value: alone, unit: 's' },
    { what, who: `Nearcast, 2 threads, ${cores} cores`, value: both, unit: 's', aim: '5 s or less', met: both <= 5 },
    {
      what: 'rate of two threads, of one’s',
      who: 'Nearcast',
      value: alone / both,
      unit: '×',
      aim: '1.9 or more',
      met: alone / both >= 1.9,
    },
  ];
}

export function incrementalFigures(graph: AsGraph, small: boolean): Figure[] {
  const pops = popsIn(graph, 30);
  const engine = new IncrementalPropagation(graph, pops);
  const rounds = small ? 1 : 40;
  const times = pops.map(() => Number.POSITIVE_INFINITY);
  let moved = 0;
  for (let round = 0; round < rounds; round++) {
    for (const entry of pops.keys()) {
      const begin = performance.now();
      const { numbers } = engine.change([{ entry, now: undefined }]);
      times[entry] = Math.min(times[entry] as number, performance.now() - begin);
      moved += numbers.length;
      engine.undo();
    }
  }
  const value = median(times); // over PoPs; of each its fastest round
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const what = 'kill one PoP of 30, incremental';
  return [
    { what: `${what}, median PoP`, who: 'Nearcast', value, unit: 'ms', aim: '0.2 ms or less', met: value <= 0.2 },
    {
      what: `${what}, mean over PoPs (${Math.round(moved / rounds / times.length)} ASes change)`,
      who: 'Nearcast',
      value: mean,
      unit: 'ms',
    },
  ];
}
