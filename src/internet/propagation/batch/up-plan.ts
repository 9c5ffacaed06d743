/**
 * Which ASes hear which of their customers on the way up: those at or above an entry point, and only they.
 *
 * Why apart from the run: searches announce at the same places again and again, and the plan does not change.
 */
import type { AsGraph } from '../../topology/as-graph.ts';

export interface UpPlan {
  readonly sites: readonly number[];
  /** All of them, by ASN: the order in which they tell lateral peers. */
  readonly byAsn: Uint32Array;
  /** All of them, each before its providers. */
  readonly order: Uint32Array;
  /** For each of `order`, where its customers begin in `work`, sorted by ASN; one more at the end. */
  readonly starts: Uint32Array;
}

/** Writes the lists into `work`, which has room for as many as there are provider links. */
export function planUp({ asns, providers }: AsGraph, sites: readonly number[], work: Uint32Array): UpPlan {
  const placeOf = new Map<number, number>();
  const found: number[] = [];
  const visit = (number: number): void => {
    if (placeOf.has(number)) return;
    placeOf.set(number, 0);
    found.push(number);
  };
  for (const site of sites) visit(site);
  for (let index = 0; index < found.length; index++) {
    const number = found[index] as number;
    const end = providers.start[number + 1] as number;
    for (let at = providers.start[number] as number; at < end; at++) visit(providers.list[at] as number);
  }
  const byAsn = Uint32Array.from(found).sort((a, b) => (asns[a] as number) - (asns[b] as number));
  const order = Uint32Array.from(found).sort().reverse();
  for (const [place, number] of order.entries()) placeOf.set(number, place);
  const eachLink = (action: (customer: number, place: number) => void): void => {
    for (const customer of byAsn) {
      const end = providers.start[customer + 1] as number;
      for (let at = providers.start[customer] as number; at < end; at++) {
        action(customer, placeOf.get(providers.list[at] as number) as number);
      }
    }
  };
  const starts = new Uint32Array(order.length + 1);
  eachLink((_, place) => {
    starts[place + 1] = (starts[place + 1] as number) + 1;
  });
  for (let place = 0; place < order.length; place++) {
    starts[place + 1] = (starts[place + 1] as number) + (starts[place] as number);
  }
  const fill = starts.slice();
  eachLink((customer, place) => {
    const at = fill[place] as number;
    work[at] = customer;
    fill[place] = at + 1;
  });
  return { sites, byAsn, order, starts };
}
