/**
 * Fetches round-trip times between some 240 cities: WonderNetwork's public measurements of 2020-07-19, each pair many times over
 * one day, brought down to the mean of each pair.
 *
 * Why a day of 2020 will do: cables change slowly, and only what a way takes beyond its distance is learned from it.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { Clock } from '../../base/clock.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { readCityRtt } from '../world/city-rtt.ts';
import { columnsOf, numberField, readCsv } from '../world/csv.ts';
import { download } from './download.ts';

export const roundTripPairs = 'https://wp-public.s3.amazonaws.com/pings/pings-2020-07-19-2020-07-20.csv.gz';
export const roundTripCities = 'https://wp-public.s3.amazonaws.com/pings/servers-2020-07-19.csv';

export interface FetchRoundTripsOptions {
  readonly cities: string;
  readonly pairs: string;
  readonly directory: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress?: (bytes: number, all: number | undefined) => void;
}

export interface FetchedRoundTrips {
  readonly citiesFile: string;
  readonly pairsFile: string;
  readonly cities: number;
  readonly pairs: number;
}

/** Problems: those of `download`, `readCsv` and `readCityRtt`. What cannot be read is not kept. */
export async function fetchRoundTrips(options: FetchRoundTripsOptions): Promise<FetchedRoundTrips> {
  const { directory, clock, signal, onProgress } = options;
  const cities = join(directory, '.rtt-cities.csv');
  const raw = join(directory, '.rtt-pairs.csv');
  const means = join(directory, '.rtt-means.csv');
  const stdin = new PassThrough();
  const progress = onProgress === undefined ? {} : { onProgress };
  try {
    await download({ url: options.cities, file: cities, clock, signal });
    await download({ url: options.pairs, file: raw, clock, signal, ...progress });
    const { text, pairs } = await meansOf(raw);
    writeFileAtomic(means, gzipSync(text), 0o644);
    const read = await readCityRtt({ file: cities, stdin }, { file: means, stdin });
    const citiesFile = join(directory, 'rtt-cities.csv');
    const pairsFile = join(directory, 'rtt-pairs.csv.gz');
    writeFileAtomic(citiesFile, readFileSync(cities), 0o644);
    writeFileAtomic(pairsFile, readFileSync(means), 0o644);
    return { citiesFile, pairsFile, cities: read.cities.length, pairs };
  } finally {
    for (const file of [cities, raw, means]) rmSync(file, { force: true });
  }
}

/** Mean of each pair's means, to a hundredth of a millisecond. */
async function meansOf(file: string): Promise<{ readonly text: string; readonly pairs: number }> {
  const source = { file, stdin: new PassThrough() };
  const sums = new Map<string, { sum: number; count: number }>();
  let columns: readonly number[] | undefined;
  for await (const row of readCsv(source)) {
    if (columns === undefined) {
      columns = columnsOf(row, ['source', 'destination', 'avg'], file);
      continue;
    }
    const [from, to, avg] = columns as [number, number, number];
    if (!Number.isFinite(Number.parseFloat(row.fields[avg] ?? ''))) continue; // a ping that nobody answered
    const key = `${numberField(row, from, source, 'the source')},${numberField(row, to, source, 'the destination')}`;
    const known = sums.get(key) ?? { sum: 0, count: 0 };
    sums.set(key, known);
    known.sum += numberField(row, avg, source, 'the round-trip time');
    known.count++;
  }
  const rows = [...sums].map(([key, { sum, count }]) => `${key},${(sum / count).toFixed(2)}\n`);
  return { text: `source,destination,avg\n${rows.join('')}`, pairs: sums.size };
}
