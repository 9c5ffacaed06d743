/**
 * `nearcast internet bench`: how fast the propagation engines are on this machine and this topology.
 *
 * Entry points are the ten ASes with the most customers; each configuration prepends differently. The figure is the median of
 * rounds for the scalar engine and for batches of 16.
 */
import type { Command } from 'commander';
import { type Clock, systemClock } from '../../base/clock.ts';
import { fail } from '../../base/problem.ts';
import type { EntryPoint } from '../../internet/propagation/announcement.ts';
import { BatchPropagation } from '../../internet/propagation/batch/batch.ts';
import { lanes } from '../../internet/propagation/batch/kernel.ts';
import { ScalarPropagation } from '../../internet/propagation/scalar.ts';
import type { AsGraph } from '../../internet/topology/as-graph.ts';
import { loadTopology, topologyOption } from '../internet-topology.ts';

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
/** Rounds before the measured ones: the runtime compiles what it sees often. */
const warmUpRounds = 20;

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
  for (let round = 0; round < warmUpRounds; round++) {
    scalar.run(all[round] as (typeof all)[0]);
    batch.run(batches[round] as (typeof all)[0][]);
  }
  const scalarTimes = all.slice(0, 200).map((one) => timed(clock, () => void scalar.run(one)));
  const batchTimes = batches.map((some) => timed(clock, () => void batch.run(some)) / lanes);
  return {
    scalarMillisecondsPerConfiguration: rounded(median(scalarTimes)),
    batchMillisecondsPerConfiguration: rounded(median(batchTimes)),
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

function timed(clock: Clock, action: () => void): number {
  const began = clock.now();
  action();
  return clock.now() - began;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
