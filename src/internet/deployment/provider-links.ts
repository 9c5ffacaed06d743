/**
 * Whom a provider is linked with at each of its locations: its transits, peers, route servers' members and customers there.
 *
 * Why: in an AS-level topology a provider is one point, yet a customer's announcement leaves it where the customer is. A
 * customer in Singapore is heard by the transits that the provider has in Singapore: one provider AS is many entry points.
 * Formats: a JSON object from location to transit ASNs, or a table `pop,asn,type` with the types of the topology's links.
 */
import { readFile } from 'node:fs/promises';
import { fail } from '../../base/problem.ts';
import { maximumAsn } from '../../ip/asn.ts';
import type { Coordinates } from '../../network/intent.ts';
import { distanceKm, findLocation } from '../../network/locations.ts';
import { type CsvSource, columnsOf, numberField, readCsv } from '../world/csv.ts';

/** What the neighbour is to the provider; of a route server, one of its members. */
export type LinkType = 'provider' | 'peer' | 'route-server-peer' | 'customer';

export interface ProviderLocation extends Coordinates {
  readonly name: string;
  /** By ASN. */
  readonly neighbors: ReadonlyMap<number, LinkType>;
}

const linkTypes: Readonly<Record<string, LinkType>> = {
  provider: 'provider',
  peer: 'peer',
  route_server_peer: 'route-server-peer',
  customer: 'customer',
};

/** Locations farther from a PoP than this are not where its machines are. */
const sameCityKm = 120;

/** The provider's location that a PoP is at; `undefined` where it has none near. */
export function locationOf(place: Coordinates, locations: readonly ProviderLocation[]): ProviderLocation | undefined {
  let best: { location: ProviderLocation; km: number } | undefined;
  for (const location of locations) {
    const km = distanceKm(place, location);
    if (km <= sameCityKm && km < (best?.km ?? Number.POSITIVE_INFINITY)) best = { location, km };
  }
  return best?.location;
}

export interface LinkFiles {
  /** JSON of transits, tables of neighbours: what they say is put together. */
  readonly links: readonly CsvSource[];
  /** A table with `name`, `lat` and `lon`; locations that it lacks must be cities that we know by name. */
  readonly places?: CsvSource;
}

/** Problems: `internet.provider-links`, `internet.link-place`, and those of `readCsv`. */
export async function readProviderLinks({ links, places }: LinkFiles): Promise<readonly ProviderLocation[]> {
  const coordinates = places === undefined ? new Map<string, Coordinates>() : await readPlaces(places);
  const byName = new Map<string, Map<number, LinkType>>();
  for (const source of links) {
    for await (const { location, asn, type } of source.file.endsWith('.json') ? readJson(source) : readTable(source)) {
      const neighbors = byName.get(location) ?? new Map<number, LinkType>();
      byName.set(location, neighbors);
      // Of several relations the one that costs the provider least is how it is heard there.
      const known = neighbors.get(asn);
      if (known === undefined || preference(type) > preference(known)) neighbors.set(asn, type);
    }
  }
  return [...byName].map(([name, neighbors]) => {
    const place = coordinates.get(name) ?? findLocation(name);
    if (place !== undefined) return { name, latitude: place.latitude, longitude: place.longitude, neighbors };
    return fail({
      code: 'internet.link-place',
      what: `nobody says where the provider's location "${name}" is`,
      where: links.map(({ file }) => file).join(', '),
      fix: 'give a table of places with the columns name, lat and lon (--link-places)',
    });
  });
}

function preference(type: LinkType): number {
  return { customer: 3, peer: 2, 'route-server-peer': 1, provider: 0 }[type];
}

/** `vtrfrankfurt` and `frankfurt` are one: PEERING's names of Vultr's locations carry a prefix. */
function locationName(name: string): string {
  const plain = name.trim().toLowerCase().replace(/^vtr/, '');
  return plain === 'newyork' ? 'newjersey' : plain; // two names of one location, across the Hudson
}

async function readPlaces(source: CsvSource): Promise<Map<string, Coordinates>> {
  const places = new Map<string, Coordinates>();
  let columns: readonly number[] | undefined;
  for await (const row of readCsv(source)) {
    if (columns === undefined) {
      columns = columnsOf(row, ['name', 'lat', 'lon'], source.file);
      continue;
    }
    const [name, latitude, longitude] = columns as [number, number, number];
    places.set(locationName(row.fields[name] ?? ''), {
      latitude: numberField(row, latitude, source, 'the latitude'),
      longitude: numberField(row, longitude, source, 'the longitude'),
    });
  }
  return places;
}

interface Link {
  readonly location: string;
  readonly asn: number;
  readonly type: LinkType;
}

async function* readJson({ file }: CsvSource): AsyncGenerator<Link> {
  const text = await readFile(file, 'utf8').catch((error: Error) =>
    fail({ code: 'file.unreadable', what: error.message, where: file, fix: 'name a file that may be read' }),
  );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    badLinks(file, `it is no JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) badLinks(file, 'it is no JSON object');
  for (const [location, asns] of Object.entries(value as object)) {
    if (!Array.isArray(asns)) badLinks(file, `"${location}" has no list of AS numbers`);
    for (const asn of asns as unknown[]) {
      if (!isAsn(asn)) badLinks(file, `"${location}" has ${JSON.stringify(asn)}, which is no AS number`);
      yield { location: locationName(location), asn: asn as number, type: 'provider' };
    }
  }
}

async function* readTable(source: CsvSource): AsyncGenerator<Link> {
  let columns: readonly number[] | undefined;
  for await (const row of readCsv(source)) {
    if (columns === undefined) {
      columns = columnsOf(row, ['pop', 'asn', 'type'], source.file);
      continue;
    }
    const [location, asnColumn, typeColumn] = columns as [number, number, number];
    const asn = numberField(row, asnColumn, source, 'the AS number');
    const type = linkTypes[(row.fields[typeColumn] ?? '').trim()];
    const where = `${source.file}:${row.line}`;
    if (!isAsn(asn)) badLinks(where, `${asn} is no AS number`);
    if (type === undefined) badLinks(where, `"${row.fields[typeColumn]}" is no kind of link`);
    yield { location: locationName(row.fields[location] ?? ''), asn, type: type as LinkType };
  }
}

function isAsn(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maximumAsn;
}

function badLinks(where: string, what: string): never {
  return fail({
    code: 'internet.provider-links',
    what: `the provider's links cannot be used: ${what}`,
    where,
    fix: `give JSON like {"frankfurt": [1299, 3257]}, or a table pop,asn,type with the types ${Object.keys(linkTypes).join(', ')}`,
  });
}
