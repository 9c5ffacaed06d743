/**
 * What a prediction must beat: always the bigger site, the textbook's routing model, and each AS's own order of sites.
 *
 * None of them reads the column of the experiment asked for, but `biggerSite`, which is told by the answer itself and which
 * nobody has; it says how one-sided the experiment is.
 */
import type { EntryPoint } from '../propagation/announcement.ts';
import { noEntry, type ScalarPropagation } from '../propagation/scalar.ts';
import { type AsGraph, numberOfAsn } from '../topology/as-graph.ts';
import type { Evidence } from './evidence.ts';
import type { Facts } from './facts.ts';
import { linkTo, type SiteViews } from './site-view.ts';

export function biggerSite(share: number): number {
  return Math.max(share, 1 - share);
}

/** 1 where the first site of experiment `index` won more of the other experiments, else -1. */
export function usualWinner({ evidence, shares }: Facts, index: number): 1 | -1 {
  const { first, second } = evidence.experiments[index] as { first: number; second: number };
  const [one, other] = [first, second].map((site) => {
    let [won, played, drawn] = [0, 0, 0];
    for (const [at, experiment] of evidence.experiments.entries()) {
      if (at === index || (experiment.first !== site && experiment.second !== site)) continue;
      const share = experiment.first === site ? (shares[at] as number) : 1 - (shares[at] as number);
      played++;
      drawn += share;
      if (share > 0.5) won++;
    }
    return played === 0 ? { won: 0, drawn: 0 } : { won: won / played, drawn: drawn / played };
  }) as [{ won: number; drawn: number }, { won: number; drawn: number }];
  return one.won > other.won || (one.won === other.won && one.drawn >= other.drawn) ? 1 : -1;
}

/** By the topology alone: 1, -1, and 0 for an AS that it gives no route. `undefined` where a site's entry is not known. */
export function plainModel(
  evidence: Evidence,
  rows: Uint32Array,
  { graph, engine, views }: { graph: AsGraph; engine: ScalarPropagation; views: readonly (SiteViews | undefined)[] },
): Int8Array | undefined {
  const entries: EntryPoint[] = [];
  const sideOf: (1 | -1)[] = [];
  const numberOf = numberOfAsn(graph);
  for (const [side, view] of views.entries()) {
    if (view === undefined || view.entries.length === 0) return undefined;
    const origin = numberOf(view.originAsn);
    for (const at of view.entries) {
      entries.push({ at, as: linkTo(graph, at, origin), pathLength: 1, originAsn: view.originAsn });
      sideOf.push(side === 0 ? 1 : -1);
    }
  }
  const { entry } = engine.run({ entries });
  return Int8Array.from(rows, (row) => {
    const number = numberOf(evidence.asns[row] as number);
    const at = number === undefined ? noEntry : (entry[number] as number);
    return at === noEntry ? 0 : (sideOf[at] as number);
  });
}
