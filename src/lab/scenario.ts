/**
 * A scenario: a network file and the Internet around it, read and checked together, so that the lab starts with nothing
 * left to doubt. All problems of both files come in one go.
 */
import { readFileSync } from 'node:fs';
import { fail, type Problem, ProblemError, problemsOf } from '../base/problem.ts';
import { compileNetwork } from '../network/compile.ts';
import type { NetworkDocument } from '../network/document.ts';
import type { DomainIntent, PopIntent } from '../network/intent.ts';
import { loadNetworkFile } from '../network/load.ts';
import { distanceKm, findLocation } from '../network/locations.ts';
import { faultsOf } from '../network/schema/issues.ts';
import { formatPath, readYaml } from '../network/yaml.ts';
import { buildTopology, internetFileSchema, type Topology } from './topology.ts';

export interface Scenario {
  readonly document: NetworkDocument;
  readonly pops: readonly PopIntent[];
  readonly domains: Readonly<Record<string, DomainIntent>>;
  /** Origin servers whose address is this machine's loopback. */
  readonly localOriginServers: readonly { readonly url: string; readonly region: string }[];
  readonly topology: Topology;
  readonly warnings: readonly Problem[];
}

/** Reads both files. Throws a `ProblemError` with every problem of both: codes `network.*` and `lab.*`. */
export function loadScenario(networkFile: string, internetFile: string): Scenario {
  const network = loadNetworkFile(networkFile);
  // Beside a file that is not there, nothing is: one problem says it all.
  if (!network.ok && network.problems.some(({ code }) => code === 'network.file-unreadable')) {
    throw new ProblemError(network.problems);
  }
  const internet = loadInternet(internetFile);
  if (!network.ok || !internet.ok) {
    throw new ProblemError([
      ...(network.ok ? [] : network.problems.filter(matters)),
      ...(internet.ok ? [] : internet.problems),
    ]);
  }
  const compiled = compileNetwork(network.value);
  const pops = Object.values(compiled.pops);
  const problems = pops.flatMap((pop) => upstreamProblems(pop, internet.topology, networkFile, internetFile));
  if (problems.length > 0) throw new ProblemError(problems);
  const localOriginServers = Object.values(compiled.services)
    .flatMap((service) => (service.kind === 'web' ? service.originServers : []))
    .filter(({ url }) => isLoopback(url));
  const warnings = network.warnings.filter(matters);
  return {
    document: network.value,
    pops,
    domains: compiled.domains,
    localOriginServers,
    topology: internet.topology,
    warnings,
  };
}

/** Documentation prefixes and private ASNs belong into a lab: a warning about one asks for nothing here. */
function matters({ code, severity }: Problem): boolean {
  return severity === 'error' || !/^network\.(asn|prefix)-(documentation|private|reserved)$/.test(code);
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const [{ what }] = problemsOf(error) as readonly [Problem];
    return fail({
      code: 'lab.file-unreadable',
      what: `the file of the Internet cannot be read: ${what}`,
      where: file,
      fix: 'name it by --internet, or put an internet.yaml beside the network file (examples/quickstart has one)',
    });
  }
}

type LoadedInternet = { ok: true; topology: Topology } | { ok: false; problems: readonly Problem[] };

function loadInternet(file: string): LoadedInternet {
  const { yaml, problems } = readYaml(new TextDecoder().decode(read(file)));
  if (yaml === undefined || problems.length > 0) {
    const located = problems.map(({ place, ...problem }) => ({
      ...problem,
      where: `${file}:${place.line}:${place.column}`,
    }));
    return { ok: false, problems: located };
  }
  const where = (path: readonly (string | number)[]): string => {
    const { line, column } = yaml.locate(path);
    return `${file}:${line}:${column}  ${formatPath(path)}`;
  };
  const parsed = internetFileSchema.safeParse(yaml.value);
  if (!parsed.success) {
    const faults = parsed.error.issues.flatMap((issue) => faultsOf(issue, internetFileSchema, yaml.value));
    return {
      ok: false,
      problems: faults.map(({ path, at: _at, ...fault }) => ({ ...fault, severity: 'error', where: where(path) })),
    };
  }
  const built = buildTopology(parsed.data, { locate: findLocation, distanceKm, where });
  return 'networks' in built ? { ok: true, topology: built } : { ok: false, problems: built };
}

function upstreamProblems(pop: PopIntent, topology: Topology, networkFile: string, internetFile: string): Problem[] {
  return pop.sessions
    .filter(({ peerAsn }) => !topology.networks.has(peerAsn))
    .map(({ name, peerAsn }) => ({
      code: 'lab.upstream-unknown',
      severity: 'error',
      what: `the session ${name} has AS${peerAsn} as its peer, which is no network of the lab's Internet`,
      where: networkFile,
      fix: `add ${peerAsn} to \`networks\` in ${internetFile}, or name one that is there: ${[...topology.networks.keys()].join(', ')}`,
    }));
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
