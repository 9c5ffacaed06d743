/**
 * `nearcast internet bench`: how fast the propagation engines are on this machine and this topology.
 *
 * Entry points are the ten ASes with the most customers; each configuration prepends differently. Each is run in several rounds,
 * its fastest one counts (other work on the machine only ever adds), and the figure is the mean over configurations.
 */
import type { Command } from 'commander';
import { type Clock, systemClock } from '../../base/clock.ts';
import { fail } from '../../base/problem.ts';
import type { EntryPoint } from '../../internet/propagation/announcement.ts';
import { BatchPropagation } from '../../internet/propagation/batch/batch.ts';
import { lanes } from '../../internet/propagation/batch/kernel.ts';
import { ScalarPropagation } from '../../internet/propagation/scalar.ts';
import type { AsGraph } from '../../internet/topology/as-graph.ts';
import { loadTopology, topologyOption } from '../internet/topology.ts';

export function registerBench(command: Command): void {
  command
    .command('bench')
    .description('Measure the propagation engines on a topology')
    .requiredOption(...topologyOption)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Example:
  nearcast internet bench --topology internet.graph --json`,
    )
    .action(async ({ topology, json }: { topology: string; json?: boolean }) => {
      const { graph } = await loadTopology(topology);
      const result = measure(graph, systemClock);
      if (json === true) {
        console.log(JSON.stringify(result));
        return;
      }
      console.log(`${graph.asns.length} ASes, ${graph.links} links, ${result.configurations} configurations`);
      console.log(`scalar  ${result.scalarMillisecondsPerConfiguration} ms a configuration, with next hops`);
      console.log(
        `batch   ${result.batchMillisecondsPerConfiguration} ms a configuration, ${lanes} at once, one thread, ${result.stateBytes} bytes of state`,
      );
    });
}

export interface BenchResult {
  readonly scalarMillisecondsPerConfiguration: number;
  readonly batchMillisecondsPerConfiguration: number;
  readonly configurations: number;
  readonly stateBytes: number;
}

const entryPoints = 10;
const configurations = 1024;
const rounds = 6;

function measure(graph: AsGraph, clock: Clock): BenchResult {
  const entries = largest(graph, entryPoints);
  const all = Array.from({ length: configurations }, (_, index) => ({
    entries: entries.map((entry, place) => ({ ...entry, pathLength: 1 + ((index * (place + 1)) % 4) })),
  }));
  const scalar = new ScalarPropagation(graph);
  const batch = new BatchPropagation(graph);
  const batches = Array.from({ length: configurations / lanes }, (_, index) =>
    all.slice(index * lanes, (index + 1) * lanes),
  );
  const some = all.slice(0, 100);
  return {
    scalarMillisecondsPerConfiguration: rounded(meanOfFastest(clock, some, (one) => void scalar.run(one))),
    batchMillisecondsPerConfiguration: rounded(meanOfFastest(clock, batches, (one) => void batch.run(one)) / lanes),
    configurations,
    stateBytes: batch.stateBytes,
  };
}

/** Customer links of the ASes that have the most. Problem: `internet.no-providers`. */
function largest(graph: AsGraph, count: number): EntryPoint[] {
  const { start } = graph.customers;
  const customersOf = (number: number): number => (start[number + 1] as number) - (start[number] as number);
  const numbers = [...graph.asns.keys()]
    .filter((number) => customersOf(number) > 0)
    .sort((a, b) => customersOf(b) - customersOf(a))
    .slice(0, count);
  if (numbers.length === 0) {
    fail({ code: 'internet.no-providers', what: 'no AS of the topology has a customer', fix: 'give a whole topology' });
  }
  return numbers.map((at) => ({ at, as: 'customer', pathLength: 1, originAsn: 64_500 }));
}

function meanOfFastest<Item>(clock: Clock, items: readonly Item[], action: (item: Item) => void): number {
  const fastest = items.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++) {
    for (const [index, item] of items.entries()) {
      const began = clock.now();
      action(item);
      fastest[index] = Math.min(fastest[index] as number, clock.now() - began);
    }
  }
  return fastest.reduce((sum, time) => sum + time, 0) / items.length;
}

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
