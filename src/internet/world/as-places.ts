/**
 * Which countries an AS is in, and its name: from tables of address ranges with the ASN that announces them, and with the
 * country that they are registered in.
 *
 * Why by addresses: no public file says where an AS's users are; the countries of what it announces are the nearest to it.
 * An AS counts as being in a country by its share of addresses there; shares under a fiftieth are noise and left out.
 * Both tables are sorted by address, so one walk along both joins them.
 */
import { fail } from '../../base/problem.ts';
import { parseAddress } from '../../ip/address.ts';
import type { Coordinates } from '../../network/intent.ts';
import { asnField, type CsvRow, type CsvSource, columnsOf, countAses, readCsv } from './csv.ts';

export interface AsPlace {
  readonly name: string;
  /** By share, the largest first; shares add up to 1. */
  readonly countries: readonly { readonly code: string; readonly share: number }[];
  /** Exactly where it is, where that is known: then its country's cities do not count. */
  readonly at?: Coordinates;
}

const leastShare = 0.02;

export interface AddressRange {
  readonly first: number;
  readonly last: number;
  readonly row: CsvRow;
}

/** Places by ASN. `ranges`: rows `first,last,asn,name`; `countries`: rows `first,last,country`; IPv4, as numbers or text. */
export async function joinPlaces(ranges: CsvSource, countries: CsvSource): Promise<ReadonlyMap<number, AsPlace>> {
  const addresses = new Map<number, { name: string; byCountry: Map<string, number> }>();
  const walk = readRanges(countries);
  try {
    let country = await walk.next();
    for await (const { first, last, row } of readRanges(ranges)) {
      const asn = asnField(row, 2, ranges);
      const entry = addresses.get(asn) ?? { name: row.fields[3] ?? '', byCountry: new Map<string, number>() };
      addresses.set(asn, entry);
      countAses(addresses, row, ranges);
      while (country.done !== true && country.value.last < first) country = await walk.next();
      while (country.done !== true && country.value.first <= last) {
        const shared = Math.min(last, country.value.last) - Math.max(first, country.value.first) + 1;
        const code = (country.value.row.fields[2] ?? '').trim();
        entry.byCountry.set(code, (entry.byCountry.get(code) ?? 0) + shared);
        if (country.value.last > last) break;
        country = await walk.next();
      }
    }
  } finally {
    await walk.return(undefined);
  }
  return new Map([...addresses].map(([asn, { name, byCountry }]) => [asn, { name, countries: sharesOf(byCountry) }]));
}

/** Shares of the countries that have more than a trifle, the largest first. */
export function sharesOf(byCountry: ReadonlyMap<string, number>): AsPlace['countries'] {
  const total = [...byCountry.values()].reduce((sum, count) => sum + count, 0);
  const kept = [...byCountry].filter(([, count]) => count >= leastShare * total).sort((a, b) => b[1] - a[1]);
  const keptTotal = kept.reduce((sum, [, count]) => sum + count, 0);
  return kept.map(([code, count]) => ({ code, share: count / keptTotal }));
}

/** IPv4 ranges in order, rows `first,last,…`; what lies in the range above it, too, is that one's (real tables have a few hundred such). */
export async function* readRanges(source: CsvSource): AsyncGenerator<AddressRange> {
  let [beforeFirst, beforeLast] = [-1, -1];
  for await (const row of readCsv(source)) {
    const [first, last] = [addressNumber(row, 0, source), addressNumber(row, 1, source)];
    if (first < beforeFirst || last < first) {
      fail({
        code: 'internet.ranges-unsorted',
        what: 'an address range begins before the one above it, or ends before it begins',
        where: `${source.file}:${row.line}`,
        fix: 'sort the table by address',
      });
    }
    const own = Math.max(first, beforeLast + 1);
    beforeFirst = first;
    beforeLast = Math.max(beforeLast, last);
    if (own <= last) yield { first: own, last, row };
  }
}

function addressNumber(row: CsvRow, column: number, source: CsvSource): number {
  const text = row.fields[column] ?? '';
  if (/^\d{1,10}$/.test(text) && Number(text) <= 0xffff_ffff) return Number(text);
  const address = parseAddress(text);
  if (address?.family === 4) return new DataView(address.bytes.buffer, address.bytes.byteOffset).getUint32(0);
  return fail({
    code: 'internet.csv-address',
    what: `${JSON.stringify(text.slice(0, 40))} is no IPv4 address`,
    where: `${source.file}:${row.line}`,
    fix: 'give a table of IPv4 ranges: first address, last address, and what they belong to',
  });
}

/** The table that `joinPlaces` made, in short: `asn,name,countries` with `DE:0.9 US:0.1`. */
export function formatPlaces(places: ReadonlyMap<number, AsPlace>): string {
  const rows = [...places]
    .sort(([a], [b]) => a - b)
    .map(([asn, { name, countries }]) => {
      return `${asn},"${name.replaceAll('"', '""')}",${formatCountries(countries)}\n`;
    });
  return `asn,name,countries\n${rows.join('')}`;
}

export function formatCountries(countries: AsPlace['countries']): string {
  return countries.map(({ code, share }) => `${code}:${Number(share.toFixed(3))}`).join(' ');
}

/** Reads what `formatPlaces` wrote. */
export async function readPlaces(source: CsvSource): Promise<ReadonlyMap<number, AsPlace>> {
  const places = new Map<number, AsPlace>();
  let columns: readonly number[] | undefined;
  // Most ASes are in one country whole, and there are some 200 of those: each is made once.
  const known = new Map<string, AsPlace['countries']>([['', []]]);
  for await (const row of readCsv(source)) {
    if (columns === undefined) {
      columns = columnsOf(row, ['asn', 'name', 'countries'], source.file);
      continue;
    }
    const [asn, name, inCountries] = columns as [number, number, number];
    const text = row.fields[inCountries] ?? '';
    const countries = known.get(text) ?? parseCountries(text, `${source.file}:${row.line}`);
    if (countries.length === 1) known.set(text, countries);
    places.set(asnField(row, asn, source), { name: row.fields[name] ?? '', countries });
    countAses(places, row, source);
  }
  return places;
}

/** Reads `DE:0.9 US:0.1`. Problem: `internet.csv-country`. */
export function parseCountries(text: string, where: string): AsPlace['countries'] {
  return text.split(' ').map((part) => {
    const [code = '', share] = part.split(':');
    const value = Number(share);
    if (/^[A-Z]{2}$/.test(code) && value > 0 && value <= 1) return { code, share: value };
    return fail({
      code: 'internet.csv-country',
      what: `${JSON.stringify(part.slice(0, 40))} is no country with its share`,
      where,
      fix: 'write `DE:0.9 US:0.1`: shares add up to 1',
    });
  });
}
