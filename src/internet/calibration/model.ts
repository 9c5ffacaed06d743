/**
 * Learns, from experiments whose answer is known, how to compare two sites that were never measured together.
 *
 * Each known experiment stands once for the unknown one: its features are made without its own column, and the trees learn
 * how such features turn out. The experiments are dealt into folds; each fold's trees never see the fold's experiments, so
 * their answers there are honest, and from those answers it is read how far an answer can be trusted (confidence.ts). An
 * unknown experiment is answered by the mean of the folds' trees, which is steadier than one model of all.
 */
import { type Random, seededRandom } from '../../base/random.ts';
import { type BoostedTrees, defaultTreeOptions, scoreRows, type TreeOptions, trainTrees } from './boosted-trees.ts';
import { type Calibration, calibrate, capByRecord, type JudgedAnswer } from './confidence.ts';
import { measuredRows, silentSites } from './evidence.ts';
import type { Facts } from './facts.ts';
import { featureNames, swapped } from './feature-columns.ts';
import { type Comparing, featuresOf } from './features.ts';
import { type ClassOptions, defaultClassOptions, fitOrderClasses, type OrderClasses } from './order-classes.ts';

export interface ModelOptions {
  readonly seed: number;
  /** ASes of each experiment that are learned from. */
  readonly rowsPerExperiment: number;
  readonly folds: number;
  readonly trees: TreeOptions;
  readonly classes: ClassOptions;
}

export const defaultModelOptions: ModelOptions = {
  seed: 1,
  rowsPerExperiment: 1200,
  folds: 5,
  trees: defaultTreeOptions,
  classes: defaultClassOptions,
};

export interface PairModel {
  readonly facts: Facts;
  readonly without: ReadonlySet<number>;
  readonly classes: readonly OrderClasses[];
  readonly trees: readonly BoostedTrees[];
  readonly silent: ReadonlySet<number>;
  readonly calibration: Calibration;
  /** No logit is larger where both sites are heard by way of one AS: how far apart they are inside it, no outcome tells. */
  readonly oneEntryCap: number;
}

/** Order classes are asked for again with the same experiments left out; whoever trains several models shares one of these. */
export type ClassesWithout = (without: ReadonlySet<number>) => readonly OrderClasses[];

export function classesByExclusion(facts: Facts, { seed, classes }: ModelOptions): ClassesWithout {
  const made = new Map<string, readonly OrderClasses[]>();
  return (without) => {
    const left = [...without].sort((a, b) => a - b);
    const key = left.join(',');
    let found = made.get(key);
    if (found === undefined) {
      // Who answered against a silent site says nothing about orders.
      const silent = silentSites(facts.evidence, without);
      const used = [...facts.evidence.experiments.entries()]
        .filter(([index, { first, second }]) => !without.has(index) && !silent.has(first) && !silent.has(second))
        .map(([index]) => index);
      found = fitOrderClasses(facts.evidence, used, seededRandom(seedOf(seed, left)), classes);
      made.set(key, found);
    }
    return found;
  };
}

/** Learns from all experiments but `without`, whose columns are not read. */
export function trainPairModel(
  facts: Facts,
  without: ReadonlySet<number>,
  classesWithout: ClassesWithout,
  options: ModelOptions = defaultModelOptions,
): PairModel {
  const { evidence } = facts;
  const silent = silentSites(evidence, without);
  const known = [...evidence.experiments.keys()].filter((index) => {
    const { first, second } = evidence.experiments[index] as { first: number; second: number };
    return !without.has(index) && !silent.has(first) && !silent.has(second) && (facts.ases[index] as number) > 0;
  });
  const lessons = known.map((index) => {
    const random = seededRandom(seedOf(options.seed, [...without, index]));
    const left = new Set([...without, index]);
    const column = evidence.outcomes[index] as Int8Array;
    const rows = sampleMeasured(column, options.rowsPerExperiment, random);
    const { first, second } = evidence.experiments[index] as { first: number; second: number };
    const columns = featuresOf(facts, rows, { first, second, without: left, classes: classesWithout(left) });
    return { columns, labels: Uint8Array.from(rows, (row) => (column[row] === 1 ? 1 : 0)) };
  });
  const random = seededRandom(seedOf(options.seed, [...without]));
  const foldOf = dealFolds(lessons.length, options.folds, random);
  const trees: BoostedTrees[] = [];
  const judged: JudgedByKind[][] = [];
  for (let fold = 0; fold < Math.max(...foldOf) + 1; fold++) {
    const seen = joined(
      lessons.filter((_, i) => foldOf[i] !== fold),
      random,
    );
    const model = trainTrees(seen, random, options.trees);
    trees.push(model);
    for (const { columns, labels } of lessons.filter((_, i) => foldOf[i] === fold)) {
      const logits = logitsOf([model], columns);
      const oneEntry = columns[sameEntryColumn] as Float32Array;
      judged.push(
        Array.from(logits, (logit, i) => ({
          logit,
          right: logit > 0 === (labels[i] === 1),
          oneEntry: oneEntry[i] !== 0,
        })),
      );
    }
  }
  const { calibration, oneEntryCap } = trustByKind(judged);
  return { facts, without, classes: classesWithout(without), trees, silent, calibration, oneEntryCap };
}

interface JudgedByKind extends JudgedAnswer {
  readonly oneEntry: boolean;
}

/**
 * Answers where both sites are heard by way of one AS are judged by their own record, where they are the exception; where
 * every site enters by the same provider they are the rule, and are judged with the others.
 */
function trustByKind(judged: readonly (readonly JudgedByKind[])[]): Pick<PairModel, 'calibration' | 'oneEntryCap'> {
  const parts = judged.map((answers) => answers.filter(({ oneEntry }) => oneEntry).length / answers.length);
  const part = parts.reduce((sum, own) => sum + own / parts.length, 0);
  if (part > 0.5) return { calibration: calibrate(judged), oneEntryCap: Number.POSITIVE_INFINITY };
  const calibration = calibrate(judged.map((answers) => answers.filter(({ oneEntry }) => !oneEntry)));
  const such = judged.map((answers) => answers.filter(({ oneEntry }) => oneEntry));
  return { calibration, oneEntryCap: capByRecord(calibration, such) };
}

/** For each row the logit that it prefers `first`; not yet a probability (confidence.ts). */
export function compareSites(
  model: PairModel,
  rows: Uint32Array,
  { first, second }: Pick<Comparing, 'first' | 'second'>,
): Float64Array {
  const { facts, without, classes, trees, silent, oneEntryCap } = model;
  const foregone = silentAnswer(silent, { first, second });
  if (foregone !== undefined) return new Float64Array(rows.length).fill(foregone);
  const columns = featuresOf(facts, rows, { first, second, without, classes });
  const oneEntry = columns[sameEntryColumn] as Float32Array;
  return logitsOf(trees, columns).map((logit, i) =>
    oneEntry[i] === 0 ? logit : Math.min(Math.max(logit, -oneEntryCap), oneEntryCap),
  );
}

const sameEntryColumn = featureNames.indexOf('sameEntry');

const silentLogit = 6;

/** A site that nobody was ever seen at attracts nobody: no model is needed. `undefined` where both sites do, or neither. */
export function silentAnswer(
  silent: ReadonlySet<number>,
  { first, second }: Pick<Comparing, 'first' | 'second'>,
): number | undefined {
  if (silent.has(first) === silent.has(second)) return undefined;
  return silent.has(second) ? silentLogit : -silentLogit;
}

/** Asked both ways round, so that the order in which the sites are named does not matter. */
function logitsOf(trees: readonly BoostedTrees[], columns: readonly Float32Array[]): Float64Array {
  const other = swapped(columns);
  const sum = new Float64Array(columns[0]?.length ?? 0);
  for (const model of trees) {
    const [straight, back] = [scoreRows(model, columns), scoreRows(model, other)];
    for (let i = 0; i < sum.length; i++) {
      sum[i] = (sum[i] as number) + ((straight[i] as number) - (back[i] as number)) / (2 * trees.length);
    }
  }
  return sum;
}

/** Rows of all experiments, each experiment with the same weight, each row one way round or the other by chance. */
function joined(
  lessons: readonly { readonly columns: readonly Float32Array[]; readonly labels: Uint8Array }[],
  random: Random,
) {
  const size = lessons.reduce((sum, { labels }) => sum + labels.length, 0);
  const columns = (lessons[0]?.columns ?? []).map(() => new Float32Array(size));
  const labels = new Uint8Array(size);
  const weights = new Float32Array(size);
  let from = 0;
  for (const lesson of lessons) {
    const count = lesson.labels.length;
    const turned = Uint8Array.from({ length: count }, () => (random.next() < 0.5 ? 1 : 0));
    const other = swapped(lesson.columns);
    for (const [f, column] of columns.entries()) {
      const [straight, back] = [lesson.columns[f] as Float32Array, other[f] as Float32Array];
      for (let i = 0; i < count; i++) column[from + i] = (turned[i] === 0 ? straight[i] : back[i]) as number;
    }
    for (let i = 0; i < count; i++) labels[from + i] = (lesson.labels[i] as number) ^ (turned[i] as number);
    weights.fill(size / (lessons.length * count), from, from + count);
    from += count;
  }
  return { columns, labels, weights };
}

function dealFolds(count: number, folds: number, random: Random): readonly number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  const foldOf = new Array<number>(count);
  for (const [place, index] of order.entries()) foldOf[index] = place % folds;
  return foldOf;
}

/** A seed of its own for each set of experiments left out. */
function seedOf(seed: number, left: readonly number[]): number {
  return left.reduce((mixed, index) => Math.imul(mixed ^ (index + 1), 0x9e3779b1) >>> 0, seed >>> 0);
}

/** A sample of the rows that an experiment measured, in random order. */
function sampleMeasured(column: Int8Array, most: number, random: Random): Uint32Array {
  const rows = measuredRows(column);
  const size = Math.min(most, rows.length);
  for (let i = 0; i < size; i++) {
    const j = i + random.below(rows.length - i);
    [rows[i], rows[j]] = [rows[j] as number, rows[i] as number];
  }
  return rows.slice(0, size);
}
