/** All pictures of one prediction. */
import { usersByPlace } from '../catchment/by-place.ts';
import { type Catchment, type CatchmentInput, noPop } from '../catchment/catchment.ts';
import type { Detour } from '../catchment/detours.ts';
import { nearestPops } from '../catchment/distances.ts';
import { type CatchmentSummary, Weighted } from '../catchment/summary.ts';
import { announcingPops } from '../deployment/group.ts';
import type { World } from '../world/world.ts';
import { rttChart } from './rtt-chart.ts';
import { shareBars } from './share-bars.ts';
import { worldMap } from './world-map.ts';

export interface DrawInput {
  readonly network: string;
  readonly input: CatchmentInput;
  readonly catchment: Catchment;
  readonly summary: CatchmentSummary;
  readonly detours: readonly Detour[];
  readonly before?: { readonly name: string; readonly summary: CatchmentSummary; readonly rtt: Weighted };
}

export function drawPrediction({ network, input, catchment, summary, detours, before }: DrawInput) {
  const { world, deployment } = input;
  const { actual, nearest } = rttsOf(input, catchment);
  const curves = [
    { name: 'predicted', color: '#0072b2', weighted: actual },
    { name: 'all at the nearest PoP', color: '#7a8792', dashed: true, weighted: nearest },
    ...(before === undefined ? [] : [{ name: before.name, color: '#e69f00', weighted: before.rtt }]),
  ];
  return {
    map: worldMap({
      title: `${network}: where users land`,
      pops: deployment.pops,
      places: world.places,
      users: usersByPlace(catchment, world, deployment.pops.length),
      detours: detours.flatMap((detour) => {
        const place = placeOf(detour, world, input, catchment);
        const pop = deployment.pops.findIndex(({ name }) => name === detour.pop);
        return place === undefined ? [] : [{ place, pop, label: `AS${detour.asn} to ${detour.pop}` }];
      }),
    }),
    shares: shareBars(
      `${network}: share of users by PoP`,
      summary.pops.map(({ pop, share }) => {
        const earlier = before?.summary.pops.find((other) => other.pop === pop)?.share ?? 0;
        return before === undefined ? { pop, share } : { pop, share, before: earlier };
      }),
    ),
    rtt: rttChart(`${network}: users by round-trip time`, curves),
  };
}

/** Distributions of round-trip times: as predicted, and as if all landed at the nearest PoP. */
export function rttsOf({ world, deployment, distances }: CatchmentInput, catchment: Catchment) {
  const [actual, nearest] = [new Weighted(), new Weighted()];
  const places = world.places.length;
  const nearestTo = nearestPops(announcingPops(deployment), places, distances);
  for (let cell = 0; cell < catchment.pop.length; cell++) {
    const users = world.cellUsers[cell] as number;
    if (users === 0 || catchment.pop[cell] === noPop) continue;
    const place = world.cellPlace[cell] as number;
    actual.add(catchment.rttMs[cell] as number, users);
    nearest.add(distances.rttMs[(nearestTo[place] as number) * places + place] as number, users);
  }
  return { actual, nearest };
}

/** Where most users of a detour are. */
function placeOf(
  detour: Detour,
  world: World,
  { deployment }: CatchmentInput,
  catchment: Catchment,
): number | undefined {
  const number = world.graph.asns.indexOf(detour.asn);
  const pop = deployment.pops.findIndex(({ name }) => name === detour.pop);
  let best: { place: number; users: number } | undefined;
  for (let cell = world.cellStart[number] as number; cell < (world.cellStart[number + 1] as number); cell++) {
    const users = world.cellUsers[cell] as number;
    if (catchment.pop[cell] === pop && users > (best?.users ?? 0))
      best = { place: world.cellPlace[cell] as number, users };
  }
  return best?.place;
}
