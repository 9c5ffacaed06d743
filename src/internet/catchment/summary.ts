/** What a catchment amounts to: users and round-trip times by PoP and by country, and in all. */
import { announcingPops } from '../deployment/group.ts';
import type { Deployment } from '../deployment/types.ts';
import type { World } from '../world/world.ts';
import { type Catchment, noPop } from './catchment.ts';
import { type Distances, nearestPops } from './distances.ts';

export interface RttSummary {
  readonly users: number;
  /** Weighted by users; NaN where there are none. */
  readonly meanMs: number;
  readonly medianMs: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
}

export interface PopSummary extends RttSummary {
  readonly pop: string;
  /** Of all users that some PoP reaches. */
  readonly share: number;
  readonly ases: number;
}

export interface CountrySummary extends RttSummary {
  readonly country: string;
  /** By share of the country's users, the largest first. */
  readonly pops: readonly { readonly pop: string; readonly share: number; readonly meanMs: number }[];
}

export interface CatchmentSummary {
  readonly all: RttSummary;
  /** The same if everybody landed at the nearest PoP of all: no routing does better. */
  readonly nearest: RttSummary;
  readonly unreachedUsers: number;
  /** In the order of the deployment. */
  readonly pops: readonly PopSummary[];
  /** By users, the most first. */
  readonly countries: readonly CountrySummary[];
}

export function summarize(
  catchment: Catchment,
  {
    world,
    deployment,
    distances,
  }: { readonly world: World; readonly deployment: Deployment; readonly distances: Distances },
): CatchmentSummary {
  const { cellUsers, cellPlace, cellStart, places } = world;
  const all = new Weighted();
  const nearest = new Weighted();
  const byPop = deployment.pops.map(() => ({ weighted: new Weighted(), ases: 0 }));
  const byCountry = new Map<string, { weighted: Weighted; pops: Float64Array; rtt: Float64Array }>();
  const nearestTo = nearestPops(announcingPops(deployment), places.length, distances);
  let unreachedUsers = 0;
  /** The last AS that was counted at each PoP. */
  const counted = new Int32Array(deployment.pops.length).fill(-1);
  for (let number = 0; number < world.graph.asns.length; number++) {
    for (let cell = cellStart[number] as number; cell < (cellStart[number + 1] as number); cell++) {
      const users = cellUsers[cell] as number;
      const pop = catchment.pop[cell] as number;
      if (pop === noPop) {
        unreachedUsers += users;
        continue;
      }
      if (counted[pop] !== number) {
        counted[pop] = number;
        (byPop[pop] as { ases: number }).ases++;
      }
      if (users === 0) continue;
      const rtt = catchment.rttMs[cell] as number;
      const place = cellPlace[cell] as number;
      all.add(rtt, users);
      nearest.add(distances.rttMs[(nearestTo[place] as number) * places.length + place] as number, users);
      byPop[pop]?.weighted.add(rtt, users);
      const code = places[place]?.country ?? '';
      const country = byCountry.get(code) ?? {
        weighted: new Weighted(),
        pops: new Float64Array(deployment.pops.length),
        rtt: new Float64Array(deployment.pops.length),
      };
      byCountry.set(code, country);
      country.weighted.add(rtt, users);
      country.pops[pop] = (country.pops[pop] as number) + users;
      country.rtt[pop] = (country.rtt[pop] as number) + users * rtt;
    }
  }
  return {
    all: all.summary(),
    nearest: nearest.summary(),
    unreachedUsers,
    pops: byPop.map(({ weighted, ases }, pop) => ({
      pop: deployment.pops[pop]?.name ?? '',
      share: all.users === 0 ? 0 : weighted.users / all.users,
      ases,
      ...weighted.summary(),
    })),
    countries: [...byCountry]
      .map(([country, { weighted, pops, rtt }]) => ({
        country,
        ...weighted.summary(),
        pops: [...pops]
          .map((users, pop) => ({
            pop: deployment.pops[pop]?.name ?? '',
            share: users / weighted.users,
            meanMs: (rtt[pop] as number) / users,
          }))
          .filter(({ share }) => share > 0)
          .sort((a, b) => b.share - a.share),
      }))
      .sort((a, b) => b.users - a.users),
  };
}

/** A distribution of round-trip times in steps of half a millisecond, up to two seconds. */
export class Weighted {
  readonly stepMs = 0.5;
  readonly #steps = new Float64Array(4001);
  #sum = 0;
  users = 0;

  add(rttMs: number, users: number): void {
    const step = Math.min(this.#steps.length - 1, Math.floor(rttMs / this.stepMs));
    this.#steps[step] = (this.#steps[step] as number) + users;
    this.#sum += rttMs * users;
    this.users += users;
  }

  summary(): RttSummary {
    const { users } = this;
    const meanMs = users === 0 ? Number.NaN : this.#sum / users;
    return { users, meanMs, medianMs: this.quantile(0.5), p90Ms: this.quantile(0.9), p99Ms: this.quantile(0.99) };
  }

  /** To half a millisecond. */
  quantile(part: number): number {
    if (this.users === 0) return Number.NaN;
    let below = 0;
    for (let step = 0; step < this.#steps.length; step++) {
      below += this.#steps[step] as number;
      if (below >= part * this.users) return (step + 0.5) * this.stepMs;
    }
    return this.#steps.length * this.stepMs;
  }

  /** Users at most `rttMs` away, for drawing. */
  cumulative(): Float64Array {
    const sums = this.#steps.slice();
    for (let step = 1; step < sums.length; step++) sums[step] = (sums[step] as number) + (sums[step - 1] as number);
    return sums;
  }
}
