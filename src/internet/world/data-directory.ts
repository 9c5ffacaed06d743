/**
 * The files of one data directory, found by their names, so that a prediction needs one option and not eight.
 *
 * Names: the topology has `as-rel` in its name or ends in `.graph`; `users.csv`, `places.csv`, `asn-ranges.csv`, `rtt-cities.csv`,
 * `rtt-pairs.csv`, `link-places.csv`; `links-PROVIDER.csv` or `.json`, several for one provider with more behind a dot (`links-vultr.peers.csv`).
 * All but graphs may be packed (`.gz`, `.bz2`).
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../../base/problem.ts';

export interface WorldFiles {
  readonly topology?: string;
  readonly users?: string;
  readonly places?: string;
  /** Which AS announces which addresses: for predictions by prefix. */
  readonly asnRanges?: string;
  readonly rttCities?: string;
  readonly rttPairs?: string;
  /** By provider: its id in the catalogue, or its ASN. */
  readonly links: ReadonlyMap<string, readonly string[]>;
  readonly linkPlaces?: string;
}

/** Problems: `internet.data-directory`. Of several topologies the last by name is taken: their names begin with dates. */
export function filesIn(directory: string): WorldFiles {
  let names: readonly string[];
  try {
    names = readdirSync(directory).sort();
  } catch (error) {
    return fail({
      code: 'internet.data-directory',
      what: `the data directory cannot be read: ${(error as Error).message}`,
      where: directory,
      fix: 'make one with `nearcast internet fetch`, or name the files one by one',
    });
  }
  const links = new Map<string, string[]>();
  const found: { -readonly [Key in keyof WorldFiles]?: WorldFiles[Key] } = {};
  for (const name of names) {
    const file = join(directory, name);
    const plain = name.replace(/\.(gz|bz2)$/, '');
    const [, provider] = /^links-([^.]+)\..*(csv|json)$/.exec(plain) ?? [];
    if (provider !== undefined) links.set(provider, [...(links.get(provider) ?? []), file]);
    else if (plain.includes('as-rel') || plain.endsWith('.graph')) found.topology = file;
    else if (plain === 'users.csv') found.users = file;
    else if (plain === 'places.csv') found.places = file;
    else if (plain === 'asn-ranges.csv') found.asnRanges = file;
    else if (plain === 'rtt-cities.csv') found.rttCities = file;
    else if (plain === 'rtt-pairs.csv') found.rttPairs = file;
    else if (plain === 'link-places.csv') found.linkPlaces = file;
  }
  return { ...found, links };
}
