/** Looks up countries and the places where their people are; see `country-table.ts`. */
import type { Coordinates } from '../../network/intent.ts';
import { countryRows } from './country-table.ts';

/** A place with the part of something (a country's people, an AS's users) that is there; parts add up to 1. */
export interface WeightedPlace extends Coordinates {
  readonly share: number;
}

export interface Country {
  /** ISO 3166-1 alpha-2. */
  readonly code: string;
  readonly name: string;
  readonly places: readonly WeightedPlace[];
}

const byCode: ReadonlyMap<string, Country> = new Map(
  countryRows.map(([code, name, cities]) => [code, { code, name, places: placesOf(cities) }]),
);

function placesOf(cities: string): readonly WeightedPlace[] {
  const rows = cities.split(';').map((city) => city.trim().split(' ').map(Number) as [number, number, number]);
  const all = rows.reduce((sum, [, , millions]) => sum + millions, 0);
  return rows.map(([latitude, longitude, millions]) => ({ latitude, longitude, share: millions / all }));
}

/** `undefined` for a code that is none (`EU`, `ZZ`). */
export function findCountry(code: string): Country | undefined {
  return byCode.get(code);
}

export function countries(): Iterable<Country> {
  return byCode.values();
}
