/**
 * Round-trip times between places: by distance, corrected by what was measured between cities near both ends.
 *
 * How: a curve fitted to the measured pairs (least absolute deviations, so that great detours do not bend it) says what a
 * distance costs in general. What pairs of cities near the two ends took beyond that curve (a detour by another continent, a
 * thin coast) is added, weighted by nearness. Never below the speed of light in fiber.
 * What it is not: the last mile. Cities were measured from data centre to data centre; an access line adds much the same
 * whichever PoP answers, so comparisons stand.
 */
import type { Coordinates } from '../../network/intent.ts';
import { distanceKm } from '../../network/locations.ts';
import type { CityRtt } from './city-rtt.ts';

export interface LatencyModel {
  readonly curve: Curve;
  /** Milliseconds, both ways together. */
  rttMs(from: Coordinates, to: Coordinates): number;
  /** What the model says of each measured city as if that city had not been measured; absent without measurements. */
  readonly error?: LatencyError;
}

export interface LatencyError {
  readonly pairs: number;
  readonly medianMs: number;
  readonly p90Ms: number;
  /** The same of the curve alone. */
  readonly curveMedianMs: number;
  readonly curveP90Ms: number;
}

/** What a distance costs in general: `startMs`, `msPerKm` of way, and up to `detourMs` more, most of it within 1,000 km. */
export interface Curve {
  readonly msPerKm: number;
  /** Cables go by way of exchanges, so that a short way is longer than it looks. */
  readonly detourMs: number;
}

/** As fitted to WonderNetwork's 245 cities of 2020-07-19: without measurements it is all that there is. */
export const defaultCurve: Curve = { msPerKm: 0.0168, detourMs: 14.5 };
/** Two machines in one city. */
const startMs = 0.5;
/** Light in fiber, there and back: 200 km a millisecond one way. */
const leastMsPerKm = 0.01;
/** Cities farther than this say nothing about a place. */
const nearKm = 1000;
const nearest = 3;

export function latencyModel(measured?: CityRtt): LatencyModel {
  if (measured === undefined)
    return { curve: defaultCurve, rttMs: (from, to) => onCurve(defaultCurve, distanceKm(from, to)) };
  const model = new MeasuredLatency(measured);
  return { curve: model.curve, rttMs: (from, to) => model.rttMs(from, to), error: model.error() };
}

function onCurve({ msPerKm, detourMs }: Curve, km: number): number {
  return startMs + msPerKm * km + detourMs * detourPart(km);
}

function detourPart(km: number): number {
  return 1 - Math.exp(-km / 500);
}

interface Near {
  readonly city: number;
  readonly weight: number;
}

class MeasuredLatency {
  readonly #measured: CityRtt;
  readonly #km: Float32Array;
  readonly curve: Curve;

  constructor(measured: CityRtt) {
    this.#measured = measured;
    const { cities } = measured;
    const size = cities.length;
    this.#km = new Float32Array(size * size);
    for (const [a, from] of cities.entries()) {
      for (const [b, to] of cities.entries()) this.#km[a * size + b] = distanceKm(from, to);
    }
    this.curve = fitCurve(this.#km, measured.rttMs);
  }

  rttMs(from: Coordinates, to: Coordinates): number {
    return this.#estimate(distanceKm(from, to), this.#near(from), this.#near(to));
  }

  #estimate(km: number, nearFrom: readonly Near[], nearTo: readonly Near[]): number {
    const size = this.#measured.cities.length;
    let [sum, weights] = [0, 0];
    for (const a of nearFrom) {
      for (const b of nearTo) {
        const at = a.city * size + b.city;
        const rtt = this.#measured.rttMs[at] as number;
        if (Number.isNaN(rtt) || a.city === b.city) continue;
        const weight = a.weight * b.weight;
        sum += weight * (rtt - onCurve(this.curve, this.#km[at] as number));
        weights += weight;
      }
    }
    // The curve itself weighs a little: where all cities are far, their word fades.
    const extra = sum / (weights + 0.05);
    return Math.max(onCurve(this.curve, km) + extra, leastMsPerKm * km, 0.3);
  }

  #near(place: Coordinates, without = -1): readonly Near[] {
    const near: { city: number; km: number }[] = [];
    for (const [city, there] of this.#measured.cities.entries()) {
      // A degree of latitude is 111 km: most cities are ruled out without any trigonometry.
      if (city === without || Math.abs(there.latitude - place.latitude) * 111 > nearKm) continue;
      const km = distanceKm(place, there);
      if (km <= nearKm) near.push({ city, km });
    }
    near.sort((a, b) => a.km - b.km);
    return near.slice(0, nearest).map(({ city, km }) => ({ city, weight: 1 / (1 + (km / 100) ** 2) }));
  }

  /** Each city in turn is predicted from the others. */
  error(): LatencyError {
    const { cities, rttMs } = this.#measured;
    const near = cities.map((place) => this.#near(place));
    const [model, curve]: [number[], number[]] = [[], []];
    for (const [city, place] of cities.entries()) {
      const others = this.#near(place, city);
      for (let to = 0; to < cities.length; to++) {
        const at = city * cities.length + to;
        const rtt = rttMs[at] as number;
        if (to === city || Number.isNaN(rtt)) continue;
        const km = this.#km[at] as number;
        const nearTo = (near[to] as readonly Near[]).filter((other) => other.city !== city);
        model.push(Math.abs(this.#estimate(km, others, nearTo) - rtt));
        curve.push(Math.abs(onCurve(this.curve, km) - rtt));
      }
    }
    return {
      pairs: model.length,
      medianMs: quantile(model, 0.5),
      p90Ms: quantile(model, 0.9),
      curveMedianMs: quantile(curve, 0.5),
      curveP90Ms: quantile(curve, 0.9),
    };
  }
}

/** Least absolute deviations by reweighted least squares over the two parts of the curve. */
function fitCurve(km: Float32Array, rttMs: Float32Array): Curve {
  let curve = defaultCurve;
  const detours = km.map(detourPart);
  for (let round = 0; round < 20; round++) {
    let [ss, sd, dd, sy, dy] = [0, 0, 0, 0, 0];
    for (let at = 0; at < km.length; at++) {
      const [x, y] = [km[at] as number, rttMs[at] as number];
      if (Number.isNaN(y) || x === 0) continue;
      const detour = detours[at] as number;
      const expected = startMs + curve.msPerKm * x + curve.detourMs * detour;
      const weight = 1 / Math.max(1, Math.abs(y - expected));
      const rest = y - startMs;
      ss += weight * x * x;
      sd += weight * x * detour;
      dd += weight * detour * detour;
      sy += weight * x * rest;
      dy += weight * detour * rest;
    }
    const spread = ss * dd - sd * sd;
    if (!(spread > 1e-6)) return defaultCurve; // too few places for two unknowns
    const msPerKm = Math.max(leastMsPerKm, (sy * dd - dy * sd) / spread);
    curve = { msPerKm, detourMs: Math.max(0, (dy - msPerKm * sd) / dd) };
  }
  return curve;
}

/** The value below which `part` of `values` lie; NaN of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}
