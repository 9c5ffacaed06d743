/** What every command over the AS-level Internet does first: load the topology, say what was wrong with it, find ASes in it. */
import { InvalidArgumentError } from 'commander';
import { fail, formatProblem } from '../../base/problem.ts';
import { type AsGraph, numberOfAsn } from '../../internet/topology/as-graph.ts';
import { type LoadedInternet, loadInternet } from '../../internet/topology/load.ts';
import { parseAsn } from '../../ip/asn.ts';

/** The option as all commands describe it. */
export const topologyOption = [
  '--topology <file>',
  'AS relationships (CAIDA serial-1 or serial-2; plain, gzip or bzip2), or a graph file made of them',
] as const;

/** Loads it; lines that are no links are warnings on standard error. Problems: those of `loadInternet`. */
export async function loadTopology(file: string): Promise<LoadedInternet> {
  const loaded = await loadInternet(file, process.stdin);
  const { warnings, badLines } = loaded;
  for (const warning of warnings) console.error(formatProblem(warning));
  if (badLines > warnings.length) console.error(`warning: ${badLines - warnings.length} more lines are no links`);
  return loaded;
}

/** Looks up ASNs of the command line. Problem: `internet.asn-unknown`. */
export function numberIn(graph: AsGraph, topology: string): (asn: number) => number {
  const numberOf = numberOfAsn(graph);
  return (asn) =>
    numberOf(asn) ??
    fail({
      code: 'internet.asn-unknown',
      what: `AS${asn} is not in the topology`,
      where: topology,
      fix: 'name an AS that has links there; for a network of your own, name the ASes that it connects to',
    });
}

/** `174,AS1299`, for commander. */
export function parseAsns(text: string): number[] {
  return text.split(',').map((part) => {
    const asn = parseAsn(part);
    if (asn === undefined) throw new InvalidArgumentError(`"${part}" is no AS number.`);
    return asn;
  });
}
