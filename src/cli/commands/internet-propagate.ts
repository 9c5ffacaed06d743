/** `nearcast internet propagate` and `convert`: one announcement over a topology; a topology as a file that loads fast. */
import type { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { readFileIfThere, writeFileAtomic } from '../../base/files.ts';
import { fail } from '../../base/problem.ts';
import { learnedFrom, learnedOf, pathLengthOf, ScalarPropagation } from '../../internet/propagation/scalar.ts';
import { type AsGraph, buildAsGraph } from '../../internet/topology/as-graph.ts';
import { encodeGraph } from '../../internet/topology/graph-file.ts';
import { linksOf, overlay } from '../../internet/topology/overlay.ts';
import { addRouteServers, parseRouteServers } from '../../internet/topology/route-server.ts';
import { loadTopology, numberIn, parseAsns } from '../internet/topology.ts';

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
    .option('--links <file>', 'links that you know better, in the same form: they win')
    .option('--route-servers <file>', 'members of exchange points’ route servers, a line each: NAME|ASN')
    .addHelpText(
      'after',
      `
Examples:
  nearcast internet convert 20250901.as-rel2.txt.bz2 internet.graph
  nearcast internet convert as-rel2.txt.gz internet.graph --links own-links.txt --route-servers members.txt
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

interface ConvertOptions {
  readonly links?: string;
  readonly routeServers?: string;
}

async function convert(topology: string, file: string, options: ConvertOptions): Promise<void> {
  const { graph: base } = await loadTopology(topology);
  const graph = await withKnowledge(base, options);
  writeFileAtomic(file, encodeGraph(graph), 0o644);
  console.log(`${file}: ${graph.asns.length} ASes, ${graph.links} links`);
}

async function withKnowledge(base: AsGraph, { links: linkFile, routeServers }: ConvertOptions): Promise<AsGraph> {
  if (linkFile === undefined && routeServers === undefined) return base;
  let links = linksOf(base);
  if (linkFile !== undefined) {
    const { graph: declared } = await loadTopology(linkFile);
    const over = overlay(links, linksOf(declared));
    console.log(`${linkFile}: ${over.added} links added, ${over.changed} changed`);
    links = over.links;
  }
  if (routeServers !== undefined) {
    const servers = parseRouteServers(readText(routeServers), routeServers);
    console.log(`${routeServers}: ${addRouteServers(links, servers)} links added by ${servers.length} route servers`);
  }
  const { graph, repairs } = buildAsGraph(links);
  for (const [provider, customer] of repairs.cycles) {
    console.error(`warning: AS${provider} as a provider of AS${customer} closes a cycle; taken as lateral`);
  }
  return graph;
}

function readText(file: string): string {
  const text = readFileIfThere(file);
  if (text !== undefined) return text;
  return fail({ code: 'file.unreadable', what: 'there is no such file', where: file, fix: 'check the name' });
}
