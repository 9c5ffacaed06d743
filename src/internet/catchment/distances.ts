/** Round-trip times between every PoP and every place with users, worked out once: all predictions of one world share them. */
import type { Coordinates } from '../../network/intent.ts';
import type { LatencyModel } from '../world/latency.ts';

export interface Distances {
  /** In ms, at `pop * places + place`. */
  readonly rttMs: Float32Array;
}

export function distancesOf(
  pops: readonly { readonly location: Coordinates }[],
  places: readonly Coordinates[],
  latency: LatencyModel,
): Distances {
  const rttMs = new Float32Array(pops.length * places.length);
  for (const [pop, { location }] of pops.entries()) {
    for (const [place, there] of places.entries()) rttMs[pop * places.length + place] = latency.rttMs(there, location);
  }
  return { rttMs };
}

/** The nearest of these PoPs to each place; of equals the first. */
export function nearestPops(pops: readonly number[], places: number, { rttMs }: Distances): Uint16Array {
  const nearest = new Uint16Array(places);
  for (let place = 0; place < places; place++) {
    let best = Number.POSITIVE_INFINITY;
    for (const pop of pops) {
      const rtt = rttMs[pop * places + place] as number;
      if (rtt >= best) continue;
      best = rtt;
      nearest[place] = pop;
    }
  }
  return nearest;
}
