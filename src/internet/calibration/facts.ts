/**
 * All that is computed once of the measurements, for every prediction: what each experiment's column says by itself, which
 * experiments compare which sites, and how alike two sites are against a third.
 *
 * Each value here is of named experiments only, so that a prediction that must not know one can leave out what reads it.
 */
import type { AsGraph } from '../topology/as-graph.ts';
import { numberOfAsn } from '../topology/as-graph.ts';
import { type Evidence, sharesOf } from './evidence.ts';
import { upstreamOutcomes } from './neighbours.ts';
import { type SiteView, type SiteViews, unreached } from './site-view.ts';

/** The experiment of two sites; `sign` 1 where its first site is the first asked for. */
export interface Comparison {
  readonly index: number;
  readonly sign: 1 | -1;
}

/** How each row would hear a site alone. */
export interface SiteColumns {
  readonly learnedWide: Uint8Array;
  readonly lengthWide: Uint8Array;
  readonly learnedSeen: Uint8Array;
  readonly lengthSeen: Uint8Array;
  /** By which AS it would come in: as in `SiteView.entry`. */
  readonly entryWide: Uint32Array;
  readonly entrySeen: Uint32Array;
}

export interface Facts {
  readonly evidence: Evidence;
  readonly ases: Float64Array;
  /** Of the first site. */
  readonly shares: Float64Array;
  readonly upstream: readonly Float32Array[];
  /** By site; `undefined` where no path to it was seen. */
  readonly siteColumns: readonly (SiteColumns | undefined)[];
  readonly comparison: (a: number, b: number) => Comparison | undefined;
  /** Correlation of how `b` and `c` did against `against`, over ASes in both experiments. */
  readonly likeness: (against: number, b: number, c: number) => number;
}

export interface Surroundings {
  readonly graph?: AsGraph;
  readonly views?: ReadonlyMap<string, SiteViews>;
}

export function gatherFacts(evidence: Evidence, { graph, views }: Surroundings): Facts {
  const sites = evidence.sites.length;
  const shares = evidence.outcomes.map(sharesOf);
  const comparisons = new Map<number, Comparison>();
  for (const [index, { first, second }] of evidence.experiments.entries()) {
    comparisons.set(first * sites + second, { index, sign: 1 });
    comparisons.set(second * sites + first, { index, sign: -1 });
  }
  const comparison = (a: number, b: number): Comparison | undefined => comparisons.get(a * sites + b);
  const likenesses = new Map<number, number>();
  for (let against = 0; against < sites; against++) {
    for (let b = 0; b < sites; b++) {
      for (let c = 0; c < b; c++) {
        const [one, other] = [comparison(against, b), comparison(against, c)];
        if (one === undefined || other === undefined) continue;
        const value = one.sign * other.sign * correlation(evidence, one.index, other.index);
        likenesses.set((against * sites + b) * sites + c, value);
        likenesses.set((against * sites + c) * sites + b, value);
      }
    }
  }
  return {
    evidence,
    ases: Float64Array.from(shares, ({ ases }) => ases),
    shares: Float64Array.from(shares, ({ first }) => first),
    upstream: upstreamOutcomes(evidence, graph),
    siteColumns: evidence.sites.map((site) => columnsOfSite(evidence, graph, views?.get(site))),
    comparison,
    likeness: (against, b, c) => likenesses.get((against * sites + b) * sites + c) ?? 0,
  };
}

/** Of an outcome so one-sided, correlation says little: the variance counts as at least this. */
const leastVariance = 0.02;

function correlation(evidence: Evidence, one: number, other: number): number {
  const [x, y] = [evidence.outcomes[one] as Int8Array, evidence.outcomes[other] as Int8Array];
  let [n, sx, sy, sxy] = [0, 0, 0, 0];
  for (let row = 0; row < x.length; row++) {
    const [a, b] = [x[row] as number, y[row] as number];
    if (a === 0 || b === 0) continue;
    n++;
    sx += a;
    sy += b;
    sxy += a * b;
  }
  if (n === 0) return 0;
  const [mx, my] = [sx / n, sy / n];
  const variance = Math.max(1 - mx * mx, leastVariance) * Math.max(1 - my * my, leastVariance);
  return (sxy / n - mx * my) / Math.sqrt(variance);
}

function columnsOfSite(
  evidence: Evidence,
  graph: AsGraph | undefined,
  views: SiteViews | undefined,
): SiteColumns | undefined {
  if (graph === undefined || views === undefined) return undefined;
  const numberOf = numberOfAsn(graph);
  const numbers = Array.from(evidence.asns, numberOf);
  const pick = (values: Uint8Array, missing: number): Uint8Array =>
    Uint8Array.from(numbers, (number) => (number === undefined ? missing : (values[number] as number)));
  const columns = ({ learned, length }: SiteView) => [pick(learned, 0), pick(length, unreached)] as const;
  const [learnedWide, lengthWide] = columns(views.wide);
  const [learnedSeen, lengthSeen] = columns(views.seen);
  const entries = ({ entry }: SiteView) =>
    Uint32Array.from(numbers, (number) => (number === undefined ? 0 : (entry[number] as number)));
  const [entryWide, entrySeen] = [entries(views.wide), entries(views.seen)];
  return { learnedWide, lengthWide, learnedSeen, lengthSeen, entryWide, entrySeen };
}
