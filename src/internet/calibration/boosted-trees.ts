/**
 * Gradient-boosted decision trees for a yes or no: many small trees, each correcting the sum of those before it.
 *
 * Why trees: what decides differs by case (a chain of measured orders, else a path length, else what similar sites did), and
 * a tree is a list of cases. Values are sorted into a few bins once; a tree grows where it gains most, leaf by leaf, and
 * only a leaf with many rows may split, so that no tree learns one experiment by heart.
 * Sources: Friedman, "Greedy function approximation", 2001; histograms as in Ke et al., "LightGBM", NIPS 2017.
 */
import { assert } from '../../base/assert.ts';
import type { Random } from '../../base/random.ts';

export interface TreeOptions {
  readonly trees: number;
  readonly leaves: number;
  readonly learningRate: number;
  readonly leastRows: number;
  /** Pull of a leaf's value to zero: as many rows of weight 1 and curvature 1. */
  readonly pull: number;
  /** Part of the features that each tree may use. */
  readonly featurePart: number;
}

export const defaultTreeOptions: TreeOptions = {
  trees: 40,
  leaves: 16,
  learningRate: 0.1,
  leastRows: 300,
  pull: 100,
  featurePart: 0.6,
};

export interface TrainingRows {
  /** One array a feature. */
  readonly columns: readonly Float32Array[];
  /** 1 or 0. */
  readonly labels: Uint8Array;
  readonly weights: Float32Array;
}

/** Nodes in one list each; a leaf has feature -1. Children of a node are `child` (at most the threshold) and `child + 1`. */
interface Tree {
  readonly feature: Int16Array;
  readonly threshold: Float32Array;
  readonly child: Uint16Array;
  readonly value: Float64Array;
}

export interface BoostedTrees {
  readonly trees: readonly Tree[];
}

const bins = 32;

export function trainTrees(
  rows: TrainingRows,
  random: Random,
  options: TreeOptions = defaultTreeOptions,
): BoostedTrees {
  const { columns, labels, weights } = rows;
  const size = labels.length;
  assert(columns.every((column) => column.length === size) && weights.length === size, 'columns of one length');
  const edges = columns.map(binEdges);
  const binned = columns.map((column, f) => binOf(column, edges[f] as Float32Array));
  const score = new Float64Array(size);
  const gradient = new Float32Array(size);
  const curvature = new Float32Array(size);
  const trees: Tree[] = [];
  const leafOf = new Uint16Array(size);
  for (let t = 0; t < options.trees; t++) {
    for (let i = 0; i < size; i++) {
      const p = 1 / (1 + Math.exp(-(score[i] as number)));
      gradient[i] = (weights[i] as number) * ((labels[i] as number) - p);
      curvature[i] = (weights[i] as number) * p * (1 - p);
    }
    const features = columns.map((_, f) => f).filter(() => random.next() < options.featurePart);
    const tree = growTree({ binned, edges, features, gradient, curvature, leafOf, options });
    trees.push(tree);
    for (let i = 0; i < size; i++) score[i] = (score[i] as number) + (tree.value[leafOf[i] as number] as number);
  }
  return { trees };
}

/** The logit of yes for each row. */
export function scoreRows(model: BoostedTrees, columns: readonly Float32Array[]): Float64Array {
  const scores = new Float64Array(columns[0]?.length ?? 0);
  for (const { feature, threshold, child, value } of model.trees) {
    for (let i = 0; i < scores.length; i++) {
      let node = 0;
      for (let f = feature[0] as number; f >= 0; f = feature[node] as number) {
        const goesRight = ((columns[f] as Float32Array)[i] as number) > (threshold[node] as number);
        node = (child[node] as number) + (goesRight ? 1 : 0);
      }
      scores[i] = (scores[i] as number) + (value[node] as number);
    }
  }
  return scores;
}

/** Upper edges of the bins: quantiles of a sample of the values, each once. */
function binEdges(column: Float32Array): Float32Array {
  const step = Math.max(1, Math.floor(column.length / 8000));
  const sample = Float32Array.from(
    { length: Math.ceil(column.length / step) },
    (_, i) => column[i * step] as number,
  ).sort();
  const edges = new Set<number>();
  for (let bin = 1; bin < bins; bin++) edges.add(sample[Math.floor((bin * sample.length) / bins)] ?? 0);
  const top = sample.at(-1) ?? 0;
  return Float32Array.from([...edges].filter((edge) => edge < top));
}

/** In each column, the number of edges below the value. */
function binOf(column: Float32Array, edges: Float32Array): Uint8Array {
  const binned = new Uint8Array(column.length);
  for (let i = 0; i < column.length; i++) {
    const value = column[i] as number;
    let [low, high] = [0, edges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((edges[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    binned[i] = low;
  }
  return binned;
}

interface Growing {
  readonly binned: readonly Uint8Array[];
  readonly edges: readonly Float32Array[];
  readonly features: readonly number[];
  readonly gradient: Float32Array;
  readonly curvature: Float32Array;
  /** Filled: the leaf that each row ended in. */
  readonly leafOf: Uint16Array;
  readonly options: TreeOptions;
}

interface Leaf {
  readonly node: number;
  readonly rows: Uint32Array;
  /** Sums of gradient, curvature and rows by feature and bin. */
  readonly sums: Float64Array;
  readonly split: Split | undefined;
}

interface Split {
  readonly gain: number;
  readonly feature: number;
  readonly bin: number;
}

function growTree(growing: Growing): Tree {
  const { binned, edges, options, leafOf } = growing;
  const nodes = 2 * options.leaves - 1;
  const tree: Tree = {
    feature: new Int16Array(nodes).fill(-1),
    threshold: new Float32Array(nodes),
    child: new Uint16Array(nodes),
    value: new Float64Array(nodes),
  };
  const every = new Uint32Array(leafOf.length);
  for (let i = 0; i < every.length; i++) every[i] = i;
  const leaves: Leaf[] = [makeLeaf(growing, 0, every, histogram(growing, every))];
  let used = 1;
  while (leaves.length < options.leaves) {
    let best = -1;
    for (const [i, { split }] of leaves.entries()) {
      if (split !== undefined && split.gain > (leaves[best]?.split?.gain ?? 0)) best = i;
    }
    if (best === -1) break;
    const [leaf] = leaves.splice(best, 1) as [Leaf];
    const { feature, bin } = leaf.split as Split;
    tree.feature[leaf.node] = feature;
    tree.threshold[leaf.node] = edges[feature]?.[bin] as number;
    tree.child[leaf.node] = used;
    const column = binned[feature] as Uint8Array;
    const [left, right] = parted(leaf.rows, column, bin);
    // The smaller side is counted; the larger is what remains.
    const small = histogram(growing, left.length <= right.length ? left : right);
    const large = leaf.sums;
    for (let at = 0; at < large.length; at++) large[at] = (large[at] as number) - (small[at] as number);
    const [ofLeft, ofRight] = left.length <= right.length ? [small, large] : [large, small];
    leaves.push(makeLeaf(growing, used, left, ofLeft), makeLeaf(growing, used + 1, right, ofRight));
    used += 2;
  }
  for (const { node, rows } of leaves) {
    let [g, h] = [0, options.pull];
    for (let at = 0; at < rows.length; at++) {
      const i = rows[at] as number;
      g += growing.gradient[i] as number;
      h += growing.curvature[i] as number;
      leafOf[i] = node;
    }
    tree.value[node] = (options.learningRate * g) / h;
  }
  return tree;
}

/** Rows whose bin is at most `bin`, and the others; both in order. */
function parted(rows: Uint32Array, column: Uint8Array, bin: number): readonly [Uint32Array, Uint32Array] {
  const [left, right] = [new Uint32Array(rows.length), new Uint32Array(rows.length)];
  let [l, r] = [0, 0];
  for (let at = 0; at < rows.length; at++) {
    const i = rows[at] as number;
    if ((column[i] as number) <= bin) left[l++] = i;
    else right[r++] = i;
  }
  return [left.subarray(0, l), right.subarray(0, r)];
}

function histogram({ binned, features, gradient, curvature }: Growing, rows: Uint32Array): Float64Array {
  const sums = new Float64Array(features.length * bins * 3);
  for (const [f, feature] of features.entries()) {
    const column = binned[feature] as Uint8Array;
    const base = f * bins;
    for (let at = 0; at < rows.length; at++) {
      const i = rows[at] as number;
      const cell = (base + (column[i] as number)) * 3;
      sums[cell] = (sums[cell] as number) + (gradient[i] as number);
      sums[cell + 1] = (sums[cell + 1] as number) + (curvature[i] as number);
      sums[cell + 2] = (sums[cell + 2] as number) + 1;
    }
  }
  return sums;
}

function makeLeaf(growing: Growing, node: number, rows: Uint32Array, sums: Float64Array): Leaf {
  const { features, edges, options } = growing;
  const { pull, leastRows } = options;
  let best: Split | undefined;
  for (const [f, feature] of features.entries()) {
    let [g, h, n] = [0, 0, 0];
    for (let bin = 0; bin < bins; bin++) {
      g += sums[(f * bins + bin) * 3] as number;
      h += sums[(f * bins + bin) * 3 + 1] as number;
      n += sums[(f * bins + bin) * 3 + 2] as number;
    }
    const whole = (g * g) / (h + pull);
    let [gl, hl, nl] = [0, 0, 0];
    for (let bin = 0; bin < (edges[feature]?.length ?? 0); bin++) {
      gl += sums[(f * bins + bin) * 3] as number;
      hl += sums[(f * bins + bin) * 3 + 1] as number;
      nl += sums[(f * bins + bin) * 3 + 2] as number;
      if (nl < leastRows || n - nl < leastRows) continue;
      const gain = (gl * gl) / (hl + pull) + ((g - gl) * (g - gl)) / (h - hl + pull) - whole;
      if (gain > (best?.gain ?? 1e-6)) best = { gain, feature, bin };
    }
  }
  return { node, rows, sums, split: best };
}
