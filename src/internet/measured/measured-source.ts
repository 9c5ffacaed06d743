/**
 * What an operator measured between pairs of PoPs, made into how likely each AS lands at each PoP that announces.
 *
 * An AS that was seen to prefer one PoP to each of the others lands there, whole. Where some of its comparisons are missing, the
 * model of the calibration room tells them, with its confidence, from what the AS and those like it did elsewhere. It tells of
 * ASes that were never measured, too, by their providers' other customers and by what most do: never with confidence, and
 * still far better than routing on the topology. A handful of experiments teach no model: then only what was measured counts.
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
import type { Deployment } from '../deployment/types.ts';
import { type AsGraph, numberOfAsn } from '../topology/as-graph.ts';
import { popsOfSites } from './sites.ts';
import { withAses } from './with-ases.ts';

export interface Measurements {
  readonly evidence: Evidence;
  /** What collectors saw of each site alone, by name. */
  readonly views?: ReadonlyMap<string, SiteViews>;
  /** Of the file, for messages. */
  readonly file: string;
}

export interface MeasuredWorld {
  readonly deployment: Deployment;
  readonly graph: AsGraph;
  /** ASNs that matter, measured or not. */
  readonly others?: Iterable<number>;
}

/** With fewer, there is nothing to tell from how a model of the others does on one of them. */
const leastExperiments = 3;
/** A share among fewer says little. */
const fewAses = 50;
/** Two ways to measure the same experiment agree for about as many ASes. */
const measuredTrust = 0.95;

/** Problems: those of `popsOfSites`. */
export function measuredSource(
  { evidence, views, file }: Measurements,
  { deployment, graph, others = [] }: MeasuredWorld,
  options: ModelOptions = defaultModelOptions,
): MeasuredSource {
  const siteOfPop = popsOfSites(evidence, deployment, file);
  const surroundings = { graph, ...(views === undefined ? {} : { views }) };
  const facts = gatherFacts(evidence, surroundings);
  const learned = learn(facts, options);
  // Learned from the measured alone; asked of the others, too.
  const all = learned === undefined ? evidence : withAses(evidence, others);
  const known = learned === undefined ? facts : gatherFacts(all, surroundings);
  const pairs = new Pairs(known, learned && { ...learned, facts: known });
  const rowOf = rowsByNumber(all, graph);
  return (announcing) => {
    const pops = announcing.filter((pop) => siteOfPop.has(pop));
    if (pops.length < 2) return undefined;
    return sharesAmong(pairs, { pops, sites: pops.map((pop) => siteOfPop.get(pop) as number), rowOf });
  };
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
  /** By row: 1 where some experiment has the AS. */
  readonly measured: Uint8Array;
  readonly #model: PairModel | undefined;
  readonly #rows: Uint32Array;
  readonly #known = new Map<string, ComparedSites>();

  constructor(facts: Facts, model: PairModel | undefined) {
    this.facts = facts;
    this.#model = model;
    this.#rows = Uint32Array.from(facts.evidence.asns.keys());
    const { outcomes } = facts.evidence;
    this.measured = Uint8Array.from(this.#rows, (row) => (outcomes.some((column) => column[row] !== 0) ? 1 : 0));
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
    const p = Float64Array.from(this.#rows, (row) => probability[2 * row] as number);
    return { p: this.#temper(p, { a, b }), sure: confident.map((sure, row) => (this.measured[row] === 1 ? sure : 0)) };
  }

  /** Half of what is said of an AS that was never measured is what most of the others do: alone, the model is too sure of it. */
  #temper(p: Float64Array, { a, b }: { readonly a: number; readonly b: number }): Float64Array {
    const usual = this.#measuredShare(a, b) ?? this.#meanOfMeasured(p);
    return p.map((value, row) => (this.measured[row] === 1 ? value : (value + usual) / 2));
  }

  /** `undefined` where the two were not compared, or among few. */
  #measuredShare(a: number, b: number): number | undefined {
    const { comparison, shares, ases } = this.facts;
    const found = comparison(a, b);
    if (found === undefined || (ases[found.index] as number) < fewAses) return undefined;
    const share = shares[found.index] as number;
    return found.sign === 1 ? share : 1 - share;
  }

  #meanOfMeasured(p: Float64Array): number {
    const told = p.filter((_, row) => this.measured[row] === 1);
    return told.reduce((sum, value) => sum + value, 0) / told.length;
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
  const inferred = pairs.measured.map((measured) => 1 - measured);
  return { pops, rowOf: rowOfKnown, probability, trust, sure: confident, inferred };
}
