/**
 * Classes of ASes that order the sites alike: a mixture of Bradley-Terry models, fitted by expectation maximization.
 *
 * Why: who sits behind one transit provider, or hears a site over one peer, orders the sites in one way, and ten such ways
 * explain most ASes. An AS shows its class by the experiments it was measured in; the class tells the pair that was not.
 * One order for all ASes misses the tenth that always prefers the site its big peer connects; a bell curve of preferences
 * misses it, too, for it is a second crowd and no tail.
 */
import type { Random } from '../../base/random.ts';
import type { Evidence } from './evidence.ts';
import { solve } from './linear.ts';

export interface OrderClasses {
  readonly count: number;
  /** Strength of a site in a class at `class * sites + site`. */
  readonly strengths: Float64Array;
  readonly weights: Float64Array;
  /** Experiments that an AS's class may be read from. */
  readonly used: readonly number[];
}

export interface ClassOptions {
  readonly count: number;
  readonly rounds: number;
  /** How far a class's strengths may stray from everyone's, in logits. */
  readonly spread: number;
  /** ASes that are looked at while fitting: a sample is as good as all. */
  readonly sample: number;
  /** Fits from different random strengths; each finds other classes, and their mean opinion is steadier than any. */
  readonly starts: number;
}

export const defaultClassOptions: ClassOptions = { count: 16, rounds: 25, spread: 1.5, sample: 4000, starts: 5 };

const globalSpread = 3;
const weightPrior = 0.5;
/** Of the global fit: each experiment counts as this many ASes. */
const globalRows = 1000;

/** Classes from the experiments `used`, one set a start, the same for the same random source. */
export function fitOrderClasses(
  evidence: Evidence,
  used: readonly number[],
  random: Random,
  options: ClassOptions = defaultClassOptions,
): readonly OrderClasses[] {
  const rows = tellingRows(evidence, used);
  return Array.from({ length: options.starts }, () => fitOnce(evidence, { used, rows }, random, options));
}

interface Data {
  readonly used: readonly number[];
  /** Rows to sample from; their order is changed. */
  readonly rows: Uint32Array;
}

function fitOnce(evidence: Evidence, { used, rows }: Data, random: Random, options: ClassOptions): OrderClasses {
  const sites = evidence.sites.length;
  const { count, rounds, spread } = options;
  const codes = distinct(codesOf(evidence, used, sampled(rows, random, options.sample)));
  const experiments = used.map((index) => evidence.experiments[index] as { first: number; second: number });

  const totals = new Float64Array(used.length * 2);
  for (let i = 0; i < codes.weight.length; i++) {
    for (let at = codes.start[i] as number; at < (codes.start[i + 1] as number); at++) {
      const code = codes.list[at] as number;
      totals[code] = (totals[code] as number) + (codes.weight[i] as number);
    }
  }
  for (let e = 0; e < used.length; e++) {
    const scale = globalRows / Math.max(1, (totals[2 * e] as number) + (totals[2 * e + 1] as number));
    totals[2 * e] = (totals[2 * e] as number) * scale;
    totals[2 * e + 1] = (totals[2 * e + 1] as number) * scale;
  }
  const everyone = new Float64Array(sites);
  const zero = new Float64Array(sites);
  for (let step = 0; step < 20; step++)
    newtonStep(everyone, experiments, (code) => totals[code] as number, zero, globalSpread);

  const strengths = new Float64Array(count * sites);
  for (let at = 0; at < strengths.length; at++)
    strengths[at] = (everyone[at % sites] as number) + spread * normal(random);
  const weights = new Float64Array(count).fill(1 / count);
  const classes: OrderClasses = { count, strengths, weights, used };
  const share = new Float64Array(count);
  for (let round = 0; round < rounds; round++) {
    const logs = logLikelihoods(classes, experiments, sites);
    const counted = new Float64Array(used.length * 2 * count);
    const mass = new Float64Array(count).fill(weightPrior);
    for (let i = 0; i < codes.weight.length; i++) {
      const [from, to] = [codes.start[i] as number, codes.start[i + 1] as number];
      responsibilities(classes, logs, codes.list, from, to, share);
      for (let k = 0; k < count; k++) share[k] = (share[k] as number) * (codes.weight[i] as number);
      for (let k = 0; k < count; k++) mass[k] = (mass[k] as number) + (share[k] as number);
      for (let at = from; at < to; at++) {
        const base = (codes.list[at] as number) * count;
        for (let k = 0; k < count; k++) counted[base + k] = (counted[base + k] as number) + (share[k] as number);
      }
    }
    const all = mass.reduce((sum, value) => sum + value, 0);
    for (let k = 0; k < count; k++) {
      weights[k] = (mass[k] as number) / all;
      const own = strengths.subarray(k * sites, (k + 1) * sites);
      for (let step = 0; step < 2; step++) {
        newtonStep(own, experiments, (code) => counted[code * count + k] as number, everyone, spread);
      }
    }
  }
  return classes;
}

/** How likely each AS's classes prefer `first`, as a logit within ±9: the mean over starts. */
export function classLogits(
  evidence: Evidence,
  starts: readonly OrderClasses[],
  rows: Uint32Array,
  pair: { readonly first: number; readonly second: number },
): Float32Array {
  const mean = new Float32Array(rows.length);
  for (const classes of starts) {
    for (const [i, logit] of logitsOfStart(evidence, classes, rows, pair).entries()) {
      mean[i] = (mean[i] as number) + logit / starts.length;
    }
  }
  return mean;
}

function logitsOfStart(
  evidence: Evidence,
  classes: OrderClasses,
  rows: Uint32Array,
  { first, second }: { readonly first: number; readonly second: number },
): Float32Array {
  const sites = evidence.sites.length;
  const experiments = classes.used.map((index) => evidence.experiments[index] as { first: number; second: number });
  const logs = logLikelihoods(classes, experiments, sites);
  const codes = codesOf(evidence, classes.used, rows);
  const prefers = Float64Array.from({ length: classes.count }, (_, k) =>
    sigmoid((classes.strengths[k * sites + first] as number) - (classes.strengths[k * sites + second] as number)),
  );
  const share = new Float64Array(classes.count);
  return Float32Array.from(rows, (_, i) => {
    responsibilities(classes, logs, codes.list, codes.start[i] as number, codes.start[i + 1] as number, share);
    let p = 0;
    for (let k = 0; k < classes.count; k++) p += (share[k] as number) * (prefers[k] as number);
    const clipped = Math.min(Math.max(p, 1e-4), 1 - 1e-4);
    return Math.log(clipped / (1 - clipped));
  });
}

export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** An AS tells nothing about orders by one outcome. */
const leastOutcomes = 2;

function tellingRows({ asns, outcomes }: Evidence, used: readonly number[]): Uint32Array {
  const count = new Uint8Array(asns.length);
  for (const index of used) {
    const column = outcomes[index] as Int8Array;
    for (let row = 0; row < count.length; row++) {
      if (column[row] !== 0 && (count[row] as number) < leastOutcomes) count[row] = (count[row] as number) + 1;
    }
  }
  return Uint32Array.from(count.keys()).filter((row) => count[row] === leastOutcomes);
}

function sampled(rows: Uint32Array, random: Random, most: number): Uint32Array {
  const size = Math.min(most, rows.length);
  for (let i = 0; i < size; i++) {
    const j = i + random.below(rows.length - i);
    [rows[i], rows[j]] = [rows[j] as number, rows[i] as number];
  }
  return rows.subarray(0, size);
}

/** Outcomes of each row as numbers: `2 e` the first site of the e-th experiment won, `2 e + 1` the second. */
function codesOf(evidence: Evidence, used: readonly number[], rows: Uint32Array) {
  const start = new Uint32Array(rows.length + 1);
  const list = new Uint16Array(rows.length * used.length);
  let at = 0;
  for (let i = 0; i < rows.length; i++) {
    for (let e = 0; e < used.length; e++) {
      const outcome = evidence.outcomes[used[e] as number]?.[rows[i] as number] as number;
      if (outcome !== 0) list[at++] = 2 * e + (outcome > 0 ? 0 : 1);
    }
    start[i + 1] = at;
  }
  return { start, list: list.subarray(0, at) };
}

/** Each list of outcomes once, with the number of rows that have it: most ASes do what many others do. */
function distinct({ start, list }: ReturnType<typeof codesOf>) {
  const placeOf = new Map<string, number>();
  const weights: number[] = [];
  const first: number[] = [];
  for (let i = 0; i + 1 < start.length; i++) {
    const key = String.fromCharCode(...list.subarray(start[i], start[i + 1]));
    const place = placeOf.get(key);
    if (place !== undefined) weights[place] = (weights[place] as number) + 1;
    else {
      placeOf.set(key, weights.length);
      weights.push(1);
      first.push(i);
    }
  }
  const own = new Uint32Array(weights.length + 1);
  for (const [place, i] of first.entries()) {
    own[place + 1] = (own[place] as number) + (start[i + 1] as number) - (start[i] as number);
  }
  const kept = new Uint16Array(own.at(-1) as number);
  for (const [place, i] of first.entries()) kept.set(list.subarray(start[i], start[i + 1]), own[place] as number);
  return { start: own, list: kept, weight: Float64Array.from(weights) };
}

/** Of each outcome in each class, at `code * classes + class`; behind them, of each class. */
function logLikelihoods(
  { count, strengths, weights }: OrderClasses,
  experiments: readonly { first: number; second: number }[],
  sites: number,
): Float64Array {
  const logs = new Float64Array((experiments.length * 2 + 1) * count);
  for (let k = 0; k < count; k++) logs[experiments.length * 2 * count + k] = Math.log(weights[k] as number);
  for (const [e, { first, second }] of experiments.entries()) {
    for (let k = 0; k < count; k++) {
      const z = (strengths[k * sites + first] as number) - (strengths[k * sites + second] as number);
      const log = z > 0 ? -Math.log1p(Math.exp(-z)) : z - Math.log1p(Math.exp(z));
      logs[2 * e * count + k] = log;
      logs[(2 * e + 1) * count + k] = log - z;
    }
  }
  return logs;
}

function responsibilities(
  { count }: OrderClasses,
  logs: Float64Array,
  list: Uint16Array,
  from: number,
  to: number,
  share: Float64Array,
): void {
  const prior = logs.length - count;
  for (let k = 0; k < count; k++) share[k] = logs[prior + k] as number;
  for (let at = from; at < to; at++) {
    const base = (list[at] as number) * count;
    for (let k = 0; k < count; k++) share[k] = (share[k] as number) + (logs[base + k] as number);
  }
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < count; k++) most = Math.max(most, share[k] as number);
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const value = Math.exp((share[k] as number) - most);
    share[k] = value;
    sum += value;
  }
  for (let k = 0; k < count; k++) share[k] = (share[k] as number) / sum;
}

/** One step towards the most likely strengths, in place; `countOf` tells how often an outcome (by code) was seen. */
function newtonStep(
  strengths: Float64Array,
  experiments: readonly { first: number; second: number }[],
  countOf: (code: number) => number,
  mean: Float64Array,
  spread: number,
): void {
  const sites = strengths.length;
  const precision = 1 / (spread * spread);
  const curvature = new Float64Array(sites * sites);
  const slope = new Float64Array(sites);
  for (let site = 0; site < sites; site++) {
    curvature[site * sites + site] = precision;
    slope[site] = precision * ((mean[site] as number) - (strengths[site] as number));
  }
  for (const [e, { first, second }] of experiments.entries()) {
    const [wins, losses] = [countOf(2 * e), countOf(2 * e + 1)];
    if (wins + losses === 0) continue;
    const p = sigmoid((strengths[first] as number) - (strengths[second] as number));
    const g = wins * (1 - p) - losses * p;
    const h = (wins + losses) * p * (1 - p);
    slope[first] = (slope[first] as number) + g;
    slope[second] = (slope[second] as number) - g;
    curvature[first * sites + first] = (curvature[first * sites + first] as number) + h;
    curvature[second * sites + second] = (curvature[second * sites + second] as number) + h;
    curvature[first * sites + second] = (curvature[first * sites + second] as number) - h;
    curvature[second * sites + first] = (curvature[second * sites + first] as number) - h;
  }
  const step = solve(curvature, slope);
  // Far from the optimum a full step overshoots.
  for (let site = 0; site < sites; site++) {
    strengths[site] = (strengths[site] as number) + Math.min(2, Math.max(-2, step[site] as number));
  }
}

/** Box and Muller's way from two even numbers to a normal one. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
