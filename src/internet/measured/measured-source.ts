/**
 * What an operator measured between pairs of PoPs, made into how likely each AS lands at each PoP that announces.
 *
 * An AS that was seen to prefer one PoP to each of the others lands there, whole. Where some of its comparisons are missing, the
 * model of the calibration room tells them, with its confidence, from what the AS and those like it did elsewhere. A handful of
 * experiments teach no model: then only what was measured counts, and all else is left to routing.
 */

import { type ComparedSites, coupleComparisons, distributeSites } from '../calibration/distribution.ts';
import { type Evidence, silentSites } from '../calibration/evidence.ts';
import { type Facts, gatherFacts } from '../calibration/facts.ts';
import {
  classesByExclusion,
  defaultModelOptions,
  type ModelOptions,
  type PairModel,
  trainPairModel,
} from '../calibration/model.ts';
import type { SiteViews } from '../calibration/site-view.ts';
import type { MeasuredShares, MeasuredSource } from '../catchment/measured.ts';
import { announcingPops } from '../deployment/group.ts';
import type { Deployment } from '../deployment/types.ts';
import { type AsGraph, numberOfAsn } from '../topology/as-graph.ts';
import { popsOfSites } from './sites.ts';

export interface Measurements {
  readonly evidence: Evidence;
  /** What collectors saw of each site alone, by name. */
  readonly views?: ReadonlyMap<string, SiteViews>;
  /** Of the file, for messages. */
  readonly file: string;
}

/** With fewer, there is nothing to tell from how a model of the others does on one of them. */
const leastExperiments = 3;
/** Two ways to measure the same experiment agree for about as many ASes. */
const measuredTrust = 0.95;

/** Problems: those of `popsOfSites`. */
export function measuredSource(
  { evidence, views, file }: Measurements,
  { deployment, graph }: { readonly deployment: Deployment; readonly graph: AsGraph },
  options: ModelOptions = defaultModelOptions,
): MeasuredSource {
  const siteOfPop = popsOfSites(evidence, deployment, file);
  const facts = gatherFacts(evidence, { graph, ...(views === undefined ? {} : { views }) });
  const pairs = new Pairs(facts, learn(facts, options));
  const rowOf = rowsByNumber(evidence, graph);
  return (announcing) => {
    const pops = announcing.filter((pop) => siteOfPop.has(pop));
    if (pops.length < 2) return undefined;
    return sharesAmong(pairs, { pops, sites: pops.map((pop) => siteOfPop.get(pop) as number), rowOf });
  };
}

/** PoPs of the network that announce and were never measured. */
export function unmeasuredPops({ evidence, file }: Measurements, deployment: Deployment): readonly number[] {
  const siteOfPop = popsOfSites(evidence, deployment, file);
  return announcingPops(deployment).filter((pop) => !siteOfPop.has(pop));
}

function learn(facts: Facts, options: ModelOptions): PairModel | undefined {
  const silent = silentSites(facts.evidence, new Set());
  const telling = facts.evidence.experiments.filter(({ first, second }) => !silent.has(first) && !silent.has(second));
  if (telling.length < leastExperiments) return undefined;
  return trainPairModel(facts, new Set(), classesByExclusion(facts, options), options);
}

function rowsByNumber({ asns }: Evidence, graph: AsGraph): Int32Array {
  const numberOf = numberOfAsn(graph);
  const rowOf = new Int32Array(graph.asns.length).fill(-1);
  for (const [row, asn] of asns.entries()) {
    const number = numberOf(asn);
    if (number !== undefined) rowOf[number] = row;
  }
  return rowOf;
}

/** Comparisons of two sites for all rows, each made once: N-1 asks for the same ones again and again. */
class Pairs {
  readonly facts: Facts;
  readonly #model: PairModel | undefined;
  readonly #rows: Uint32Array;
  readonly #known = new Map<string, ComparedSites>();

  constructor(facts: Facts, model: PairModel | undefined) {
    this.facts = facts;
    this.#model = model;
    this.#rows = Uint32Array.from(facts.evidence.asns.keys());
  }

  get learned(): boolean {
    return this.#model !== undefined;
  }

  /** 1 where this row was seen at `a` while `b` announced too, -1 at `b`, 0 not measured. */
  outcome(a: number, b: number, row: number): number {
    const found = this.facts.comparison(a, b);
    return found === undefined ? 0 : found.sign * (this.facts.evidence.outcomes[found.index]?.[row] as number);
  }

  compared(a: number, b: number): ComparedSites {
    const key = `${a} ${b}`;
    const found = this.#known.get(key) ?? this.#compare(a, b);
    this.#known.set(key, found);
    return found;
  }

  #compare(a: number, b: number): ComparedSites {
    const model = this.#model;
    if (model === undefined) {
      const outcomes = Float64Array.from(this.#rows, (row) => this.outcome(a, b, row));
      return {
        p: outcomes.map((outcome) => 0.5 + outcome * (measuredTrust - 0.5)),
        sure: Uint8Array.from(outcomes, Math.abs),
      };
    }
    const { probability, confident } = distributeSites(model, this.#rows, [a, b]);
    return { p: Float64Array.from(this.#rows, (row) => probability[2 * row] as number), sure: confident };
  }
}

interface Asked {
  readonly pops: readonly number[];
  readonly sites: readonly number[];
  readonly rowOf: Int32Array;
}

function sharesAmong(pairs: Pairs, { pops, sites, rowOf }: Asked): MeasuredShares {
  const count = sites.length;
  const rows = pairs.facts.evidence.asns.length;
  const beats = new Map<number, ComparedSites>();
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const { p, sure } = pairs.compared(sites[a] as number, sites[b] as number);
      beats.set(a * count + b, { p, sure });
      beats.set(b * count + a, { p: p.map((value) => 1 - value), sure });
    }
  }
  const { probability, confident } = coupleComparisons(rows, count, beats);
  const trust = new Float64Array(rows);
  const known = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const own = probability.subarray(row * count, (row + 1) * count);
    const winner = sites.findIndex((site) =>
      sites.every((other) => other === site || pairs.outcome(site, other, row) === 1),
    );
    if (winner >= 0) {
      own.fill(0);
      own[winner] = 1;
      trust[row] = measuredTrust;
      confident[row] = 1;
    } else trust[row] = Math.max(...own);
    known[row] = winner >= 0 || pairs.learned ? 1 : 0;
  }
  const rowOfKnown = rowOf.map((row) => (row >= 0 && known[row] === 1 ? row : -1));
  return { pops, rowOf: rowOfKnown, probability, trust, sure: confident };
}
