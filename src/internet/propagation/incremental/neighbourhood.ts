/**
 * Who could hear what from where an announcement's entry points are: the part of the graph in which routes go up and across.
 *
 * Only ASes at or above an entry point ever have own or customers' routes, and they are few. With their customers and lateral
 * peers listed once, an AS is decided anew by looking at those alone.
 */
import type { Adjacency, AsGraph } from '../../topology/as-graph.ts';

export interface Neighbourhood {
  /** ASes at or above an entry point, each before its providers. */
  readonly above: Uint32Array;
  /** Their customers among them, sorted by ASN; of other ASes none. */
  readonly customers: Adjacency;
  /** Of every AS: lateral peers among them, sorted by ASN. */
  readonly laterals: Adjacency;
}

export function neighbourhoodOf({ asns, providers, laterals }: AsGraph, sites: Iterable<number>): Neighbourhood {
  const size = asns.length;
  const seen = new Uint8Array(size);
  const found: number[] = [];
  const visit = (number: number): void => {
    if (seen[number] === 1) return;
    seen[number] = 1;
    found.push(number);
  };
  for (const site of sites) visit(site);
  for (let index = 0; index < found.length; index++) {
    const number = found[index] as number;
    for (const provider of providers.list.subarray(providers.start[number], providers.start[number + 1]))
      visit(provider);
  }
  const byAsn = Uint32Array.from(found).sort((a, b) => (asns[a] as number) - (asns[b] as number));
  return {
    above: Uint32Array.from(found).sort().reverse(),
    customers: turned(byAsn, providers, size),
    laterals: turned(byAsn, laterals, size),
  };
}

/** From "these ASes have those neighbours" to "those have these", in the order in which these are given. */
function turned(tellers: Uint32Array, { start, list }: Adjacency, size: number): Adjacency {
  const starts = new Uint32Array(size + 1);
  const each = (action: (teller: number, hearer: number) => void): void => {
    for (const teller of tellers) {
      const end = start[teller + 1] as number;
      for (let at = start[teller] as number; at < end; at++) action(teller, list[at] as number);
    }
  };
  each((_, hearer) => {
    starts[hearer + 1] = (starts[hearer + 1] as number) + 1;
  });
  for (let number = 0; number < size; number++) {
    starts[number + 1] = (starts[number + 1] as number) + (starts[number] as number);
  }
  const fill = starts.slice();
  const turnedList = new Uint32Array(starts[size] as number);
  each((teller, hearer) => {
    const at = fill[hearer] as number;
    turnedList[at] = teller;
    fill[hearer] = at + 1;
  });
  return { start: starts, list: turnedList };
}
