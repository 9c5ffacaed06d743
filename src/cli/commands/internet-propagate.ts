/** `nearcast internet propagate` and `convert`: one announcement over a topology; a topology as a file that loads fast. */
import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { learnedFrom, learnedOf, pathLengthOf, ScalarPropagation } from '../../internet/propagation/scalar.ts';
import { encodeGraph } from '../../internet/topology/graph-file.ts';
import { loadTopology, numberIn, parseAsns } from '../internet-topology.ts';

export function registerPropagate(command: Command): void {
  command
    .command('propagate')
    .description('Announce a prefix at one or more origin ASes, and count which ASes get a route')
    .requiredOption('--topology <file>', 'AS relationships (CAIDA serial-1 or serial-2; plain, gzip or bzip2)')
    .requiredOption('--origin <asn[,asn…]>', 'the origin ASes', parseAsns)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
pathLengthSum counts every AS of every best path, the AS itself and the origin included.

Examples:
  nearcast internet propagate --topology 20250901.as-rel2.txt.bz2 --origin 64500
  nearcast internet propagate --topology as-rel2.txt.gz --origin 13335,15169 --json`,
    )
    .action(propagate);
  command
    .command('convert')
    .description('Write a topology as a graph file, which loads in milliseconds')
    .argument('<topology>', 'AS relationships, as for propagate')
    .argument('<graph>', 'the file to write')
    .addHelpText(
      'after',
      `
Examples:
  nearcast internet convert 20250901.as-rel2.txt.bz2 internet.graph
  nearcast internet propagate --topology internet.graph --origin 64500`,
    )
    .action(convert);
}

interface PropagateOptions {
  readonly topology: string;
  readonly origin: readonly number[];
  readonly json?: boolean;
}

async function propagate({ topology, origin, json }: PropagateOptions): Promise<void> {
  const { graph, repairs } = await loadTopology(topology);
  const numberOf = numberIn(graph, topology);
  const entries = [...new Set(origin)].map((asn) => ({
    at: numberOf(asn),
    as: 'self' as const,
    pathLength: 0,
    originAsn: asn,
  }));
  const engine = new ScalarPropagation(graph);
  const started = systemClock.now();
  const routes = engine.run({ entries });
  const milliseconds = Math.round((systemClock.now() - started) * 1000) / 1000;
  let reached = 0;
  let pathLengthSum = 0;
  for (let number = 0; number < graph.asns.length; number++) {
    if (learnedOf(routes, number) === learnedFrom.none) continue;
    reached++;
    pathLengthSum += pathLengthOf(routes, number) + 1;
  }
  const result = { ases: graph.asns.length, links: graph.links, reached, pathLengthSum, milliseconds };
  if (json === true) {
    console.log(JSON.stringify(result));
    return;
  }
  const { duplicates, conflicts, cycles } = repairs;
  console.log(`${result.ases} ASes, ${result.links} links`);
  if (duplicates + conflicts.length + cycles.length > 0) {
    console.log(
      `mended: ${duplicates} links given twice, ${conflicts.length} with two relations, ${cycles.length} that closed a cycle of providers`,
    );
  }
  console.log(
    `${reached} ASes reached, ${(pathLengthSum / reached).toFixed(2)} ASes in a path on average, ${milliseconds} ms`,
  );
}

async function convert(topology: string, file: string): Promise<void> {
  const { graph } = await loadTopology(topology);
  writeFileAtomic(file, encodeGraph(graph), 0o644);
  console.log(`${file}: ${graph.asns.length} ASes, ${graph.links} links`);
}
