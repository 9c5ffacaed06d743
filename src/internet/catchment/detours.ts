/**
 * The worst detours: ASes whose users land far away though a PoP is nearer, by users × milliseconds lost, each with the path
 * that takes them there.
 */
import { announcingPops } from '../deployment/group.ts';
import type { Deployment } from '../deployment/types.ts';
import type { World } from '../world/world.ts';
import { type Catchment, noPop } from './catchment.ts';
import { type Distances, nearestPops } from './distances.ts';
import { wayTo } from './way.ts';

export interface Detour {
  readonly asn: number;
  readonly name?: string;
  /** Of the AS, where most of the loss is. */
  readonly country: string;
  /** Those of its users that lose time. */
  readonly users: number;
  /** Where most of them land, and where they would be nearest. */
  readonly pop: string;
  readonly nearestPop: string;
  readonly rttMs: number;
  readonly nearestRttMs: number;
  readonly lostUserMs: number;
  /**
   * ASNs from the AS to the one that hears us, and the provider that tells it where one stands between. Empty where it was
   * measured that they land there, and the topology has no such way.
   */
  readonly path: readonly number[];
  /** The AS of the path where our announcement enters the Internet. */
  readonly entryAsn?: number;
}

/** Less than this is within the error of any latency model. */
const leastLossMs = 10;

export function detoursOf(
  catchment: Catchment,
  input: { readonly world: World; readonly deployment: Deployment; readonly distances: Distances },
  limit: number,
): readonly Detour[] {
  const { world, deployment, distances } = input;
  const { places, cellStart, cellPlace, cellUsers, graph } = world;
  const found: { number: number; lost: number }[] = [];
  const nearest = nearestPops(announcingPops(deployment), places.length, distances);
  const rttTo = (pop: number, place: number): number => distances.rttMs[pop * places.length + place] as number;
  const lossOf = (cell: number): number => {
    const place = cellPlace[cell] as number;
    if (catchment.pop[cell] === noPop) return 0;
    const loss = (catchment.rttMs[cell] as number) - rttTo(nearest[place] as number, place);
    return loss < leastLossMs ? 0 : loss * (cellUsers[cell] as number);
  };
  for (let number = 0; number < graph.asns.length; number++) {
    let lost = 0;
    for (let cell = cellStart[number] as number; cell < (cellStart[number + 1] as number); cell++) lost += lossOf(cell);
    if (lost > 0) found.push({ number, lost });
  }
  found.sort((a, b) => b.lost - a.lost);
  return found.slice(0, limit).map(({ number, lost }) => {
    let [users, rtt, nearestRtt, worst] = [0, 0, 0, { loss: 0, cell: cellStart[number] as number }];
    for (let cell = cellStart[number] as number; cell < (cellStart[number + 1] as number); cell++) {
      const loss = lossOf(cell);
      if (loss === 0) continue;
      const count = cellUsers[cell] as number;
      const place = cellPlace[cell] as number;
      users += count;
      rtt += count * (catchment.rttMs[cell] as number);
      nearestRtt += count * rttTo(nearest[place] as number, place);
      if (loss > worst.loss) worst = { loss, cell };
    }
    const place = cellPlace[worst.cell] as number;
    const asn = graph.asns[number] as number;
    const name = world.nameOf(asn);
    return {
      asn,
      ...(name === undefined ? {} : { name }),
      country: places[place]?.country ?? '',
      users,
      pop: deployment.pops[catchment.pop[worst.cell] as number]?.name ?? '',
      nearestPop: deployment.pops[nearest[place] as number]?.name ?? '',
      rttMs: rtt / users,
      nearestRttMs: nearestRtt / users,
      lostUserMs: lost,
      ...pathTo(catchment, input, { number, pop: catchment.pop[worst.cell] as number }),
    };
  });
}

function pathTo(
  catchment: Catchment,
  { world, deployment }: { readonly world: World; readonly deployment: Deployment },
  whose: { readonly number: number; readonly pop: number },
): Pick<Detour, 'path' | 'entryAsn'> {
  const { hops, group } = wayTo(catchment, deployment, whose);
  const path = hops.map((hop) => world.graph.asns[hop] as number);
  const entryAsn = path.at(-1);
  if (entryAsn === undefined) return { path };
  const teller = deployment.groups[group]?.entry.originAsn ?? deployment.asn;
  return { path: teller === deployment.asn ? path : [...path, teller], entryAsn };
}
