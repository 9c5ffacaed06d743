/** The options that every prediction shares: the network, and the files that tell the world. */
import { basename } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { fail, formatProblem, type Problem, ProblemError } from '../../base/problem.ts';
import { type Distances, distancesOf } from '../../internet/catchment/distances.ts';
import { deploymentOf } from '../../internet/deployment/deployment.ts';
import type { Deployment } from '../../internet/deployment/types.ts';
import { ScalarPropagation } from '../../internet/propagation/scalar.ts';
import { filesIn, type WorldFiles } from '../../internet/world/data-directory.ts';
import type { LatencyModel } from '../../internet/world/latency.ts';
import { type LoadedWorld, loadWorld } from '../../internet/world/load-world.ts';
import type { World } from '../../internet/world/world.ts';
import type { Family } from '../../ip/address.ts';
import { loadScenario } from '../../lab/scenario.ts';
import type { NetworkDocument } from '../../network/document.ts';
import { loadNetworkFile } from '../../network/load.ts';
import { labWorld } from './lab-world.ts';

export interface WorldOptions {
  readonly data?: string;
  readonly topology?: string;
  readonly users?: string;
  readonly places?: string;
  readonly asnRanges?: string;
  readonly rttCities?: string;
  readonly rttPairs?: string;
  readonly links?: ReadonlyMap<string, readonly string[]>;
  readonly linkPlaces?: string;
  readonly internet?: string;
  readonly family: Family;
}

export function withWorldOptions(command: Command): Command {
  return command
    .option('--data <directory>', 'a directory with the files below under their usual names (docs/internet-data.md)')
    .option('--topology <file>', 'AS relationships (CAIDA serial-1 or serial-2, packed or not), or a graph file')
    .option('--users <file>', 'users by AS: a table asn,users')
    .option('--places <file>', 'countries and names of ASes, as `nearcast internet places` makes it')
    .option('--asn-ranges <file>', 'which AS announces which addresses: a table first,last,asn (for --by prefix)')
    .option('--rtt-cities <file>', 'cities with coordinates: a table id,name,latitude,longitude')
    .option('--rtt-pairs <file>', 'round-trip times between them: a table source,destination,avg')
    .option('--links <provider=file>', "a provider's links by location; may be given again", collectLinks)
    .option('--link-places <file>', 'where its locations are: a table name,lat,lon')
    .option('--internet <file>', "a lab's Internet instead of all these files, as internet.yaml of the quickstart")
    .addOption(new Option('--family <4|6>', 'IPv4 or IPv6 prefixes').argParser(parseFamily).default(4 as Family));
}

function collectLinks(text: string, before?: Map<string, readonly string[]>): Map<string, readonly string[]> {
  const [, provider, file] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (provider === undefined || file === undefined) throw new InvalidArgumentError('Write PROVIDER=FILE.');
  const links = before ?? new Map<string, readonly string[]>();
  return links.set(provider, [...(links.get(provider) ?? []), file]);
}

function parseFamily(text: string): Family {
  if (text !== '4' && text !== '6') throw new InvalidArgumentError('It is 4 or 6.');
  return Number(text) as Family;
}

export interface Prediction extends LoadedWorld {
  readonly world: World;
  readonly latency: LatencyModel;
  readonly document: NetworkDocument;
  readonly deployment: Deployment;
  readonly distances: Distances;
  readonly engine: ScalarPropagation;
  /** The table of address ranges, where one is given. */
  readonly asnRanges?: string;
  /** Names of the files that it stands on. */
  readonly sources: readonly string[];
}

/** Loads all that a prediction needs. Warnings go to standard error; problems are thrown. */
export async function loadPrediction(networkFile: string, options: WorldOptions): Promise<Prediction> {
  if (options.internet !== undefined) {
    const { topology } = loadScenario(networkFile, options.internet);
    return predictionFor(networkFile, { ...labWorld(topology), sources: [basename(options.internet)] }, options.family);
  }
  const files = worldFiles(options);
  const loaded = await loadWorld(files, process.stdin);
  for (const warning of loaded.warnings) console.error(formatProblem(warning));
  const { links, asnRanges: _, ...others } = files;
  const sources = [...Object.values(others), ...[...links.values()].flat()].map((file) => basename(file));
  const { asnRanges } = files;
  return { ...predictionFor(networkFile, { ...loaded, sources }, options.family), ...(asnRanges && { asnRanges }) };
}

/** For commands that count users at PoPs: among PoPs that are alike to an AS, its users' places decide. Problem: `internet.no-places`. */
export function needPlaces({ world }: Prediction): void {
  if (world.usersNowhere === 0 || world.cellUsers.some((users) => users > 0)) return;
  fail({
    code: 'internet.no-places',
    what: 'nobody says where any of the users are, so none can be counted at a PoP',
    fix: 'run `nearcast internet fetch --only places` and give its --data, or --places; `explain` and `predict --by as` do without',
  });
}

/** Another network file in a world that is loaded already. */
export function predictionFor(
  networkFile: string,
  loaded: LoadedWorld & { readonly sources: readonly string[] },
  family: Family,
): Prediction {
  const network = loadNetworkFile(networkFile);
  if (!network.ok) throw new ProblemError(network.problems);
  const { graph, places } = loaded.world;
  const { deployment, warnings } = deploymentOf(network.value, graph, { family, links: loaded.links });
  if (deployment.groups.length === 0) {
    fail({
      code: 'internet.nothing-announced',
      what: `no session of the network is heard by any AS of the topology over IPv${family}${strangers(warnings)}`,
      where: networkFile,
      fix: 'give a topology that has the neighbors of its sessions (those of a lab are in none: give the lab’s --internet), or the other --family',
    });
  }
  for (const warning of warnings) console.error(formatProblem(warning));
  const distances = distancesOf(deployment.pops, places, loaded.latency);
  return { ...loaded, document: network.value, deployment, distances, engine: new ScalarPropagation(graph) };
}

/** Of what was found on the way to nothing, what helps: neighbors that the topology lacks. */
function strangers(warnings: readonly Problem[]): string {
  const unknown = warnings.filter(({ code }) => code === 'internet.neighbor-unknown').map(({ what }) => what);
  return unknown[0] === undefined ? '' : `: ${unknown[0]}`;
}

function worldFiles(options: WorldOptions): WorldFiles & { readonly topology: string } {
  const found: WorldFiles = options.data === undefined ? { links: new Map() } : filesIn(options.data);
  const topology = options.topology ?? found.topology;
  if (topology === undefined) {
    return fail({
      code: 'internet.no-topology',
      what: 'no topology is given',
      ...(options.data === undefined ? {} : { where: options.data }),
      fix: 'run `nearcast internet fetch` and give --data internet/; or --topology FILE; or, for a lab, its --internet FILE',
    });
  }
  const { users, places, asnRanges, rttCities, rttPairs, linkPlaces } = { ...found, ...definedOnly(options) };
  return {
    topology,
    ...(users === undefined ? {} : { users }),
    ...(places === undefined ? {} : { places }),
    ...(asnRanges === undefined ? {} : { asnRanges }),
    ...(rttCities === undefined ? {} : { rttCities }),
    ...(rttPairs === undefined ? {} : { rttPairs }),
    ...(linkPlaces === undefined ? {} : { linkPlaces }),
    links: options.links ?? found.links,
  };
}

function definedOnly<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
