/**
 * Predicts every experiment from the others and compares with what was measured.
 *
 * One experiment at a time, so that whoever waits can be shown what there is, and can stop with it. The experiment's own
 * column is read once, at the end, to judge.
 */
import { ScalarPropagation } from '../propagation/scalar.ts';
import type { AsGraph } from '../topology/as-graph.ts';
import { biggerSite, plainModel, usualWinner } from './baselines.ts';
import { type Calibration, certain, isConfident, trustIn } from './confidence.ts';
import { type Evidence, measuredRows, silentSites } from './evidence.ts';
import { type Facts, gatherFacts } from './facts.ts';
import {
  type ClassesWithout,
  classesByExclusion,
  compareSites,
  defaultModelOptions,
  type ModelOptions,
  silentAnswer,
  trainPairModel,
} from './model.ts';
import { ownOrder } from './own-order.ts';
import type { SiteViews } from './site-view.ts';

export interface ConfidenceBand {
  /** The band begins at this probability of being right, as the model gave it. */
  readonly from: number;
  /** Part of the experiment's ASes. */
  readonly coverage: number;
  /** `null` where nothing fell into it. */
  readonly accuracy: number | null;
}

export interface ExperimentResult {
  readonly experiment: string;
  readonly ases: number;
  /** One of the sites attracts nobody in any experiment: everyone guesses it, so it counts in no mean. */
  readonly silent: boolean;
  /** Share of the first site: measured, and predicted. */
  readonly share: number;
  readonly predictedShare: number;
  readonly biggerSite: number;
  readonly usualWinner: number;
  /** The routing model on the topology alone; `null` without paths that show where sites connect. */
  readonly plain: number | null;
  readonly ownOrder: number;
  readonly ours: number;
  /** `null` without a table of users. */
  readonly oursByUsers: number | null;
  readonly confident: { readonly coverage: number; readonly accuracy: number | null };
  readonly bands: readonly ConfidenceBand[];
}

export interface EvaluationInput {
  readonly evidence: Evidence;
  readonly graph: AsGraph;
  /** By site name; without them the routing model has no say. */
  readonly views?: ReadonlyMap<string, SiteViews>;
  /** By ASN. */
  readonly users?: ReadonlyMap<number, number>;
  readonly options?: ModelOptions;
  /** Experiments to predict, by name; all where it is left out. The others serve as evidence in any case. */
  readonly only?: ReadonlySet<string>;
}

const bandEdges = [0.5, 0.7, 0.9, 0.95, 1.01] as const;

/** Results in the order of the experiments. */
export function* evaluateExperiments(input: EvaluationInput): Generator<ExperimentResult> {
  const { evidence, graph, views, users, options = defaultModelOptions, only } = input;
  const facts = gatherFacts(evidence, { graph, ...(views === undefined ? {} : { views }) });
  const classesWithout = classesByExclusion(facts, options);
  const engine = new ScalarPropagation(graph);
  const silent = silentSites(evidence, new Set());
  for (const [index, { name, first, second }] of evidence.experiments.entries()) {
    if (only?.has(name) === false) continue;
    const column = evidence.outcomes[index] as Int8Array;
    const rows = measuredRows(column);
    const { logits, calibration } = answer(facts, index, rows, classesWithout, options);
    const usual = usualWinner(facts, index);
    const order = ownOrder(evidence, rows, { first, second, without: new Set([index]) });
    const sides = [first, second].map((site) => views?.get(evidence.sites[site] as string));
    const plain = plainModel(evidence, rows, { graph, engine, views: sides });

    const truth = Int8Array.from(rows, (row) => column[row] as number);
    const right = Uint8Array.from(truth, (outcome, i) => ((logits[i] as number) > 0 === outcome > 0 ? 1 : 0));
    const trust = Float64Array.from(logits, (logit) => trustIn(calibration, logit));
    const sure = Array.from(logits, (logit) => isConfident(calibration, logit));
    yield {
      experiment: name,
      ases: rows.length,
      silent: silent.has(first) || silent.has(second),
      share: meanOf(truth, (outcome) => (outcome > 0 ? 1 : 0)) ?? 0.5,
      predictedShare: meanOf(logits, (logit) => (logit > 0 ? 1 : 0)) ?? 0.5,
      biggerSite: biggerSite(facts.shares[index] as number),
      usualWinner: meanOf(truth, (outcome) => (outcome === usual ? 1 : 0)) ?? 0,
      plain: plain === undefined ? null : meanOf(truth, (outcome, i) => (outcome === plain[i] ? 1 : 0)),
      ownOrder: meanOf(truth, (outcome, i) => (outcome === (order[i] || usual) ? 1 : 0)) ?? 0,
      ours: meanOf(right, (hit) => hit) ?? 0,
      oursByUsers: users === undefined ? null : weighted(right, rows, evidence, users),
      confident: part(right, (i) => sure[i] as boolean),
      bands: bandEdges.slice(0, -1).map((from, band) => ({
        from,
        ...part(right, (i) => (trust[i] as number) >= from && (trust[i] as number) < (bandEdges[band + 1] as number)),
      })),
    };
  }
}

function answer(
  facts: Facts,
  index: number,
  rows: Uint32Array,
  classesWithout: ClassesWithout,
  options: ModelOptions,
): { readonly logits: Float64Array; readonly calibration: Calibration } {
  const { first, second } = facts.evidence.experiments[index] as { first: number; second: number };
  const without = new Set([index]);
  const foregone = silentAnswer(silentSites(facts.evidence, without), { first, second });
  if (foregone !== undefined) return { logits: new Float64Array(rows.length).fill(foregone), calibration: certain };
  const model = trainPairModel(facts, without, classesWithout, options);
  return { logits: compareSites(model, rows, { first, second }), calibration: model.calibration };
}

/** Experiments whose bigger site has less than this are worth predicting. */
const trivialShare = 0.95;

export interface MeanResult extends Omit<ExperimentResult, 'experiment' | 'silent' | 'share' | 'predictedShare'> {
  readonly experiments: number;
}

/** Means over the experiments without silent sites, each counting the same; and over those that are not nearly one-sided. */
export function meansOf(results: readonly ExperimentResult[]): {
  readonly mean: MeanResult | null;
  readonly meanNonTrivial: MeanResult | null;
} {
  const counted = results.filter(({ silent }) => !silent);
  return { mean: meanResult(counted), meanNonTrivial: meanResult(counted.filter((r) => r.biggerSite < trivialShare)) };
}

function meanResult(results: readonly ExperimentResult[]): MeanResult | null {
  if (results.length === 0) return null;
  const of = (read: (result: ExperimentResult) => number | null): number | null => {
    const values = results.map(read).filter((value) => value !== null);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return {
    experiments: results.length,
    ases: of(({ ases }) => ases) as number,
    biggerSite: of((r) => r.biggerSite) as number,
    usualWinner: of((r) => r.usualWinner) as number,
    plain: of((r) => r.plain),
    ownOrder: of((r) => r.ownOrder) as number,
    ours: of((r) => r.ours) as number,
    oursByUsers: of((r) => r.oursByUsers),
    confident: {
      coverage: of((r) => r.confident.coverage) as number,
      accuracy: ratio(results.map((r) => r.confident)),
    },
    bands: bandEdges.slice(0, -1).map((from, band) => {
      const all = results.map((r) => r.bands[band] as ConfidenceBand);
      return { from, coverage: of((r) => r.bands[band]?.coverage ?? 0) as number, accuracy: ratio(all) };
    }),
  };
}

/** Accuracy of what was covered, each experiment counting the same: an experiment that is covered little counts little. */
function ratio(parts: readonly { readonly coverage: number; readonly accuracy: number | null }[]): number | null {
  const covered = parts.reduce((sum, { coverage }) => sum + coverage, 0);
  const right = parts.reduce((sum, { coverage, accuracy }) => sum + coverage * (accuracy ?? 0), 0);
  return covered === 0 ? null : right / covered;
}

function part(right: Uint8Array, covers: (i: number) => boolean) {
  let [count, hits] = [0, 0];
  for (let i = 0; i < right.length; i++) {
    if (!covers(i)) continue;
    count++;
    hits += right[i] as number;
  }
  return { coverage: right.length === 0 ? 0 : count / right.length, accuracy: count === 0 ? null : hits / count };
}

function meanOf<T extends Int8Array | Uint8Array | Float64Array>(
  values: T,
  of: (value: number, i: number) => number,
): number | null {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += of(values[i] as number, i);
  return values.length === 0 ? null : sum / values.length;
}

function weighted(
  right: Uint8Array,
  rows: Uint32Array,
  { asns }: Evidence,
  users: ReadonlyMap<number, number>,
): number | null {
  let [all, hits] = [0, 0];
  for (let i = 0; i < rows.length; i++) {
    const weight = users.get(asns[rows[i] as number] as number) ?? 0;
    all += weight;
    hits += weight * (right[i] as number);
  }
  return all === 0 ? null : hits / all;
}
