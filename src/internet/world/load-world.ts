/** Loads everything that predictions stand on, from files. What is not given is left out, and said. */
import type { Readable } from 'node:stream';
import { fail, type Problem } from '../../base/problem.ts';
import { parseAsn } from '../../ip/asn.ts';
import { findProvider } from '../../network/provider/table.ts';
import { type ProviderLocation, readProviderLinks } from '../deployment/provider-links.ts';
import { loadInternet } from '../topology/load.ts';
import { type AsPlace, readPlaces } from './as-places.ts';
import { readCityRtt } from './city-rtt.ts';
import type { WorldFiles } from './data-directory.ts';
import { type LatencyModel, latencyModel } from './latency.ts';
import { readUsersTable, type UsersTable } from './users.ts';
import { type World, worldOf } from './world.ts';

export interface LoadedWorld {
  readonly world: World;
  readonly latency: LatencyModel;
  /** By the provider's ASN. */
  readonly links: ReadonlyMap<number, readonly ProviderLocation[]>;
  readonly warnings: readonly Problem[];
}

export async function loadWorld(
  files: WorldFiles & { readonly topology: string },
  stdin: Readable,
): Promise<LoadedWorld> {
  const source = (file: string) => ({ file, stdin });
  const { graph, warnings } = await loadInternet(files.topology, stdin);
  const table = files.users === undefined ? undefined : await readUsersTable(source(files.users));
  const registered = files.places === undefined ? undefined : await readPlaces(source(files.places));
  const places = table === undefined || table.countries.size === 0 ? registered : placesOf(registered, table);
  const users = table?.users;
  const measured =
    files.rttCities === undefined || files.rttPairs === undefined
      ? undefined
      : await readCityRtt(source(files.rttCities), source(files.rttPairs));
  const links = new Map<number, readonly ProviderLocation[]>();
  for (const [provider, of] of files.links) {
    const linkPlaces = files.linkPlaces === undefined ? {} : { places: source(files.linkPlaces) };
    links.set(providerAsn(provider), await readProviderLinks({ links: of.map(source), ...linkPlaces }));
  }
  const world = worldOf(graph, { ...(users && { users }), ...(places && { places }) });
  return {
    world,
    latency: latencyModel(measured),
    links,
    warnings: [...warnings, ...missing(files, places), ...strangers(world, files)],
  };
}

/** Where users were seen, else where their AS's addresses are registered. */
function placesOf(registered: ReadonlyMap<number, AsPlace> | undefined, { countries }: UsersTable) {
  const places = new Map<number, AsPlace>(registered);
  for (const [asn, seen] of countries) places.set(asn, { name: places.get(asn)?.name ?? '', countries: seen });
  return places;
}

/** Tables that are read well and yet speak of other ASes than the topology does. */
function strangers({ users, usersOutside, usersNowhere }: World, files: WorldFiles): readonly Problem[] {
  const inside = users.reduce((sum, count) => sum + count, 0);
  const problems: Problem[] = [];
  if (inside < usersOutside) {
    const what = `most of the users (${Math.round((100 * usersOutside) / (inside + usersOutside))} %) are in ASes that the topology does not have`;
    const fix = 'give a topology and a table of users of the same time';
    problems.push({ code: 'internet.users-outside', severity: 'warning', what, where: files.users ?? '', fix });
  }
  if (files.places !== undefined && usersNowhere > inside / 2) {
    const what = 'most of the users are in ASes whose place no table knows';
    const fix = 'give a table of places that has these ASes';
    problems.push({ code: 'internet.users-nowhere', severity: 'warning', what, where: files.places, fix });
  }
  return problems;
}

function providerAsn(text: string): number {
  const asn = findProvider(text)?.asn ?? parseAsn(text);
  if (asn !== undefined) return asn;
  return fail({
    code: 'internet.provider-unknown',
    what: `"${text}" is neither a provider of the catalogue nor an AS number`,
    where: 'the files of links',
    fix: 'name them links-vultr.json or links-20473.csv',
  });
}

function missing(
  { users, rttCities, rttPairs }: WorldFiles,
  places: ReadonlyMap<number, AsPlace> | undefined,
): readonly Problem[] {
  const code = 'internet.data-missing';
  const severity = 'warning';
  const problems: Problem[] = [];
  if (users === undefined) {
    const what = 'nobody says how many users each AS has: every AS counts as one';
    problems.push({ code, severity, what, fix: 'run `nearcast internet fetch`, or give --users, a table asn,users' });
  }
  if (places === undefined) {
    const what = 'nobody says where ASes are: no user has a place, and none can be counted at a PoP';
    problems.push({
      code,
      severity,
      what,
      fix: 'run `nearcast internet fetch`, or give --places, as `nearcast internet places` makes it',
    });
  }
  if (rttCities === undefined || rttPairs === undefined) {
    const what =
      'without measured round-trip times, distance alone tells them (half of all estimates are off by over 18 ms)';
    problems.push({ code, severity, what, fix: 'run `nearcast internet fetch`, or give --rtt-cities and --rtt-pairs' });
  }
  return problems;
}
