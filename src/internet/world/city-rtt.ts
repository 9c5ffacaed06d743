/**
 * Measured round-trip times between cities: a table of cities with coordinates, and one of pairs.
 *
 * Format: WonderNetwork's public data set of 2020-07-19: `id,name,…,latitude,longitude` and `source,destination,min,avg,max,mdev`,
 * milliseconds. Any tables with these columns will do.
 */
import { fail } from '../../base/problem.ts';
import type { Coordinates } from '../../network/intent.ts';
import { type CsvSource, columnsOf, numberField, readCsv } from './csv.ts';

export interface CityRtt {
  readonly cities: readonly (Coordinates & { readonly name: string })[];
  /** Mean round-trip time in ms of a pair at `from * cities.length + to`; NaN where nobody measured. */
  readonly rttMs: Float32Array;
}

/** Each pair of them takes memory, and time to learn from. */
const mostCities = 2000;

/** Problems: those of `readCsv`, `internet.no-cities`, and `internet.too-many-cities`. */
export async function readCityRtt(citiesFile: CsvSource, pairsFile: CsvSource): Promise<CityRtt> {
  const cities: (Coordinates & { name: string })[] = [];
  const indexOf = new Map<number, number>();
  let columns: readonly number[] | undefined;
  for await (const row of readCsv(citiesFile)) {
    if (columns === undefined) {
      columns = columnsOf(row, ['id', 'name', 'latitude', 'longitude'], citiesFile.file);
      continue;
    }
    const [id, name, latitude, longitude] = columns as [number, number, number, number];
    indexOf.set(numberField(row, id, citiesFile, 'the id'), cities.length);
    cities.push({
      name: row.fields[name] ?? '',
      latitude: numberField(row, latitude, citiesFile, 'the latitude', { from: -90, to: 90 }),
      longitude: numberField(row, longitude, citiesFile, 'the longitude', { from: -180, to: 180 }),
    });
    if (cities.length > mostCities) tooMany(`${citiesFile.file}:${row.line}`);
  }
  const rttMs = new Float32Array(cities.length ** 2).fill(Number.NaN);
  let pairs = 0;
  columns = undefined;
  for await (const row of readCsv(pairsFile)) {
    if (columns === undefined) {
      columns = columnsOf(row, ['source', 'destination', 'avg'], pairsFile.file);
      continue;
    }
    const [source, destination, avg] = columns as [number, number, number];
    const from = indexOf.get(numberField(row, source, pairsFile, 'the source'));
    const to = indexOf.get(numberField(row, destination, pairsFile, 'the destination'));
    if (from === undefined || to === undefined) continue; // a city that has since gone from the list
    rttMs[from * cities.length + to] = numberField(row, avg, pairsFile, 'the round-trip time', { from: 0, to: 60_000 });
    pairs++;
  }
  if (pairs === 0) {
    fail({
      code: 'internet.no-cities',
      what: `no round-trip time between two of the ${cities.length} cities`,
      where: pairsFile.file,
      fix: 'give the tables of one data set: the cities, and the pairs by the cities’ ids',
    });
  }
  return { cities, rttMs };
}

function tooMany(where: string): never {
  return fail({
    code: 'internet.too-many-cities',
    what: `the table has more than ${mostCities} cities`,
    where,
    fix: 'keep those that are far from one another: within 100 km one says as much as ten',
  });
}
