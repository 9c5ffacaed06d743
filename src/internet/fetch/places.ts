/**
 * Fetches where ASes are: which AS announces each range of addresses, and which country it is registered in, from two npm
 * packages that are renewed daily, joined to one small table.
 *
 * Licences: `@ip-location-db/asn` is CC-BY-4.0 (RouteViews and DB-IP are to be named), `geo-whois-asn-country` is CC0. The table
 * says in its first line what it was made of; it is how the next run knows that there is nothing to do.
 */
import { closeSync, createReadStream, createWriteStream, openSync, readSync, renameSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Clock } from '../../base/clock.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { formatPlaces, joinPlaces } from '../world/as-places.ts';
import { fetchPackageFile, newestVersion } from './npm-package.ts';

export interface FetchPlacesOptions {
  readonly registry: string;
  readonly directory: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress?: (what: string, bytes: number, all: number | undefined) => void;
}

export interface FetchedPlaces {
  readonly file: string;
  /** Ranges with their ASNs, for predictions by prefix. */
  readonly rangesFile: string;
  /** `@ip-location-db/asn 2.3.2026061719 …`. */
  readonly from: string;
  /** 0 where it was there already. */
  readonly ases: number;
  readonly alreadyThere: boolean;
}

const asnPackage = '@ip-location-db/asn';
const countryPackage = '@ip-location-db/geo-whois-asn-country';

/** Problems: those of `newestVersion`, `fetchPackageFile` and `joinPlaces`. */
export async function fetchPlaces(options: FetchPlacesOptions): Promise<FetchedPlaces> {
  const { registry, directory, clock, signal, onProgress } = options;
  const file = join(directory, 'places.csv');
  const rangesFile = join(directory, 'asn-ranges.csv.gz');
  const asns = await newestVersion(registry, asnPackage, signal);
  const countries = await newestVersion(registry, countryPackage, signal);
  const from = `${asns.name} ${asns.version} (CC-BY-4.0: RouteViews, DB-IP) and ${countries.name} ${countries.version} (CC0)`;
  if (firstLine(file) === `# ${from}` && firstLine(rangesFile) !== undefined)
    return { file, rangesFile, from, ases: 0, alreadyThere: true };
  await mkdir(directory, { recursive: true });
  const ranges = join(directory, '.asn-ranges.csv');
  const byCountry = join(directory, '.country-ranges.csv');
  try {
    for (const [of, path, to] of [
      [asns, 'asn-ipv4-num.csv', ranges],
      [countries, 'geo-whois-asn-country-ipv4-num.csv', byCountry],
    ] as const) {
      const progress = onProgress && ((bytes: number, all: number | undefined) => onProgress(of.name, bytes, all));
      await fetchPackageFile({ of, path, file: to, clock, signal, ...(progress && { onProgress: progress }) });
    }
    const stdin = new PassThrough();
    const joined = await joinPlaces({ file: ranges, stdin }, { file: byCountry, stdin });
    await pipeline(createReadStream(ranges), createGzip(), createWriteStream(`${rangesFile}.new`), { signal });
    renameSync(`${rangesFile}.new`, rangesFile);
    // Last: its first line says that all is there.
    writeFileAtomic(file, `# ${from}\n${formatPlaces(joined)}`, 0o644);
    return { file, rangesFile, from, ases: joined.size, alreadyThere: false };
  } finally {
    for (const path of [ranges, byCountry, `${rangesFile}.new`]) rmSync(path, { force: true });
  }
}

function firstLine(file: string): string | undefined {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch {
    return undefined;
  }
  try {
    const buffer = Buffer.alloc(1024);
    return buffer.toString('utf8', 0, readSync(handle, buffer)).split('\n')[0];
  } finally {
    closeSync(handle);
  }
}
