/** The way that an AS's packets take to the PoP where they land: its chosen route, or one of its ties that ends there. */
import type { Deployment } from '../deployment/types.ts';
import { pathOf } from '../propagation/scalar.ts';
import type { Catchment } from './catchment.ts';

export interface Way {
  /** ASes (numbers) from this one to where we are heard; none where no route that is known ends there. */
  readonly hops: readonly number[];
  /** Index of the entry group. */
  readonly group: number;
}

/** Without `pop`: the route that the lowest AS number picks. */
export function wayTo(
  { routes, tied }: Catchment,
  { groups }: Deployment,
  { number, pop }: { readonly number: number; readonly pop: number | undefined },
): Way {
  const chosen = routes.entry[number] as number;
  if (pop === undefined || groups[chosen]?.pops.includes(pop) === true)
    return { hops: pathOf(routes, number), group: chosen };
  const group = tied?.groupsOf(number).find((one) => groups[one]?.pops.includes(pop));
  if (tied === undefined || group === undefined) return { hops: [], group: chosen };
  return { hops: tied.pathTo(number, group), group };
}
