/**
 * Turns the names of places into coordinates: cities (`Frankfurt, DE`, `frankfurt`), airport codes (`FRA`), regions (`us-east-1`).
 *
 * Why forgiving: case, accents and a missing country are no mistakes as long as one place alone is meant.
 */
import type { Coordinates } from './intent.ts';
import { type CityRow, cityRows } from './location/cities.ts';
import { regionRows } from './location/regions.ts';
import { nearestOf } from './nearest.ts';

export interface Place extends Coordinates {
  /** `Frankfurt, DE`, or the region as it was written. */
  readonly name: string;
}

function placeOf([name, country, latitude, longitude]: CityRow): Place {
  return { name: `${name}, ${country}`, latitude, longitude };
}

/** `São Paulo, BR` → `sao paulo,br`. */
function folded(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/\s*,\s*/g, ',')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Every spelling, folded, with the cities that it may mean. */
const byName: ReadonlyMap<string, ReadonlySet<CityRow>> = indexed();

function indexed(): Map<string, Set<CityRow>> {
  const index = new Map<string, Set<CityRow>>();
  for (const row of cityRows) {
    for (const spelling of [`${row[0]},${row[1]}`, row[0], ...row[4].split(' ').filter(Boolean)]) {
      const rows = index.get(folded(spelling)) ?? new Set();
      index.set(folded(spelling), rows.add(row));
    }
  }
  return index;
}

/** The city that `text` names by itself, with its country or by an airport's code; `undefined` where none or several do. */
export function findLocation(text: string): Place | undefined {
  const rows = byName.get(folded(text));
  const [row] = rows ?? [];
  return row !== undefined && rows?.size === 1 ? placeOf(row) : undefined;
}

/** The centre of a region (`eu-west`, `us-east-1`), or of the city that `text` names. */
export function findRegion(text: string): Place | undefined {
  const wanted = text.toLowerCase().trim().replaceAll('_', '-');
  const base = wanted.replace(/-?\d+$/, '');
  const region = regionRows.find(([name]) => name === wanted) ?? regionRows.find(([name]) => name === base);
  const city = findLocation(region === undefined ? text : region[1]);
  return city === undefined || region === undefined ? city : { ...city, name: wanted };
}

/** The names nearest to one that is unknown, or those that share an ambiguous one; best first. */
export function suggestLocations(text: string, limit = 2): readonly string[] {
  const wanted = folded(text);
  const [city = wanted] = wanted.split(',');
  const same = cityRows.filter(([name]) => folded(name) === city).map((row) => placeOf(row).name);
  if (same.length > 0) return same.slice(0, limit);
  const near = nearestOf(city, new Set(cityRows.map(([name]) => folded(name))), limit);
  return near
    .flatMap((name) => cityRows.filter((row) => folded(row[0]) === name).map((row) => placeOf(row).name))
    .slice(0, limit);
}

export function suggestRegions(text: string, limit = 2): readonly string[] {
  const near = nearestOf(
    text,
    regionRows.map(([name]) => name),
    limit,
  );
  return near.length > 0 ? near : suggestLocations(text, limit);
}

/** Great-circle distance in km, on a sphere of the Earth's mean radius (haversine). */
export function distanceKm(a: Coordinates, b: Coordinates): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const latitude = Math.sin(radians(b.latitude - a.latitude) / 2) ** 2;
  const longitude = Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  const h = latitude + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * longitude;
  return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(h)));
}
