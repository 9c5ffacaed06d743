/** One announcement over the real Internet, beside the textbook way; and loading it. Needs a topology, which is not ours to ship. */
import { existsSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { ScalarPropagation } from '../../src/internet/propagation/scalar.ts';
import { numberOfAsn } from '../../src/internet/topology/as-graph.ts';
import { decodeGraph, encodeGraph } from '../../src/internet/topology/graph-file.ts';
import { loadInternet } from '../../src/internet/topology/load.ts';
import { type Bench, median } from '../bench.ts';
import { TextbookPropagation } from './textbook.ts';

const topology = process.env.NEARCAST_TOPOLOGY ?? '../shared/data/as-rel/20250901.as-rel2.txt.bz2';
/** Ten large networks: the entry points of one configuration. */
const entryAsns = [174, 1299, 2914, 3257, 3356, 3491, 6453, 6461, 6762, 6939];

export const bench: Bench = {
  async run({ small, say }) {
    if (!existsSync(topology)) {
      say(`SKIPPED: no topology at ${topology}; name one by NEARCAST_TOPOLOGY`);
      return [];
    }
    const begin = performance.now();
    const { graph } = await loadInternet(topology, new PassThrough());
    const loadMs = performance.now() - begin;
    const bytes = encodeGraph(graph);
    const decodeMs = timed(small ? 1 : 15, () => void decodeGraph(bytes, 'memory'));

    const numberOf = numberOfAsn(graph);
    const numbers = entryAsns.flatMap((asn) => numberOf(asn) ?? []);
    const entries = numbers.map((at) => ({ at, as: 'customer' as const, pathLength: 1, originAsn: 64500 }));
    const scalar = new ScalarPropagation(graph);
    const textbook = new TextbookPropagation(graph);
    timed(small ? 1 : 50, () => void scalar.run({ entries })); // compiled before it is measured, as it is in use
    const ours = timed(small ? 1 : 200, () => void scalar.run({ entries }));
    const theirs = timed(small ? 1 : 15, () => void textbook.run(numbers));
    const what = `one configuration, ${numbers.length} entry points, ${graph.asns.length} ASes`;
    return [
      { what, who: 'Nearcast, scalar', value: ours, unit: 'ms', aim: '1.0 ms or less', met: ours <= 1 },
      { what, who: 'textbook', value: theirs, unit: 'ms', ratio: ours / theirs },
      {
        what: 'load from bzip2',
        who: 'Nearcast',
        value: loadMs,
        unit: 'ms',
        aim: '2500 ms or less',
        met: loadMs <= 2500,
      },
      {
        what: 'load from a graph file',
        who: 'Nearcast',
        value: decodeMs,
        unit: 'ms',
        aim: '50 ms or less',
        met: decodeMs <= 50,
      },
    ];
  },
};

function timed(rounds: number, action: () => void): number {
  const times = Array.from({ length: rounds }, () => {
    const begin = performance.now();
    action();
    return performance.now() - begin;
  });
  return median(times);
}
