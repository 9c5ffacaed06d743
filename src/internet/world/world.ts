/**
 * The world as predictions need it: the AS graph, and for each AS its users and where they are, as flat arrays.
 *
 * Why cells: an AS may be in several countries and a country has many cities, and users of one AS may well land at different
 * PoPs. A cell is the part of one AS's users at one place; everything that users feel is summed over cells.
 */
import type { AsGraph } from '../topology/as-graph.ts';
import type { AsPlace } from './as-places.ts';
import { findCountry, type WeightedPlace } from './countries.ts';

export interface World {
  readonly graph: AsGraph;
  /** Names of ASes, where a file tells them. */
  readonly nameOf: (asn: number) => string | undefined;
  /** All places that any cell is at, with the country's code. */
  readonly places: readonly (WeightedPlace & { readonly country: string })[];
  /** Cells of the AS of number `n`: from `cellStart[n]` up to `cellStart[n + 1]`. */
  readonly cellStart: Uint32Array;
  readonly cellPlace: Uint16Array;
  readonly cellUsers: Float64Array;
  /** Users of each AS by its number, those without a known place too. */
  readonly users: Float64Array;
  /** Of ASes that the graph does not have. */
  readonly usersOutside: number;
  /** Of ASes of the graph whose place nobody knows. */
  readonly usersNowhere: number;
}

export interface WorldSources {
  /** By ASN; without it every AS of the graph counts as one user. */
  readonly users?: ReadonlyMap<number, number>;
  readonly places?: ReadonlyMap<number, AsPlace>;
}

export function worldOf(graph: AsGraph, { users, places: asPlaces }: WorldSources): World {
  const size = graph.asns.length;
  const byNumber = new Float64Array(size);
  const places: (WeightedPlace & { country: string })[] = [];
  const placesIn = new Map<string, readonly number[]>();
  const cellStart = new Uint32Array(size + 1);
  const cells = new Cells();
  let [usersInside, usersNowhere] = [0, 0];

  function placesOfCountry(code: string): readonly number[] {
    const known = placesIn.get(code);
    if (known !== undefined) return known;
    const added = (findCountry(code)?.places ?? []).map((place) => places.push({ ...place, country: code }) - 1);
    placesIn.set(code, added);
    return added;
  }

  for (let number = 0; number < size; number++) {
    const asn = graph.asns[number] as number;
    const count = users === undefined ? 1 : (users.get(asn) ?? 0);
    byNumber[number] = count;
    usersInside += count;
    const { at, countries: all = [] } = asPlaces?.get(asn) ?? {};
    if (at !== undefined) {
      const { latitude, longitude } = at;
      cells.add(places.push({ latitude, longitude, share: 1, country: all[0]?.code ?? '' }) - 1, count);
      cellStart[number + 1] = cells.count;
      continue;
    }
    const countries = all.filter(({ code }) => placesOfCountry(code).length > 0);
    const placed = countries.reduce((sum, { share }) => sum + share, 0);
    if (placed === 0) usersNowhere += count;
    for (const { code, share } of countries) {
      for (const place of placesOfCountry(code)) {
        cells.add(place, (count * share * (places[place] as WeightedPlace).share) / placed);
      }
    }
    cellStart[number + 1] = cells.count;
  }
  const all = users === undefined ? size : [...users.values()].reduce((sum, count) => sum + count, 0);
  return {
    graph,
    nameOf: (asn) => asPlaces?.get(asn)?.name || undefined,
    places,
    cellStart,
    cellPlace: cells.place.slice(0, cells.count),
    cellUsers: cells.users.slice(0, cells.count),
    users: byNumber,
    usersOutside: all - usersInside,
    usersNowhere,
  };
}

/** Grows as typed arrays do: by doubling. */
class Cells {
  count = 0;
  place = new Uint16Array(1 << 16);
  users = new Float64Array(1 << 16);

  add(place: number, users: number): void {
    if (this.count === this.place.length) {
      const [places, counts] = [this.place, this.users];
      this.place = new Uint16Array(2 * this.count);
      this.users = new Float64Array(2 * this.count);
      this.place.set(places);
      this.users.set(counts);
    }
    this.place[this.count] = place;
    this.users[this.count++] = users;
  }
}
