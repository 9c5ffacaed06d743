/**
 * The columns of features by name: differences, pairs, and what two sites have in common.
 *
 * Three kinds, so that swapping the sites is a matter of columns: a difference changes its sign, a pair changes places, a
 * common one stays.
 */

/** `a` minus `b`. */
const differences = [
  'strength', // of the sites, over all ASes
  'chain', // other sites that stand between the two in this AS's order
  'order', // by chains of any length (own-order.ts)
  'surprise', // how much more it preferred `a` to third sites than most ASes did, less the same for `b`
  'upstreamSurprise', // the same among ASes behind the same providers
  'upstreamChain',
  'learnedWide', // customer, lateral or provider route (site-view.ts)
  'lengthWide',
  'learnedSeen',
  'lengthSeen',
  'classes', // by its class's order (order-classes.ts)
] as const;

/** One for `a` and one for `b`. */
const pairs = [
  'chainFor',
  'wins',
  'losses',
  'pathWide',
  'pathSeen',
  'like', // what it did in experiments against sites that are like the other one
  'mostLike',
  'upstreamLike',
  'reach', // answered against a silent site: it can reach this one
  'presence', // part of the smaller experiments with this site that it answered in
] as const;

const common = [
  'strengthGap',
  'sameEntry', // both routes come in by one AS, whose inner distances decide
] as const;

export const featureNames: readonly string[] = [
  ...differences,
  ...pairs.flatMap((name) => [`${name} a`, `${name} b`]),
  ...common,
];

/** Side 0 is `a`, side 1 is `b`. */
export type Side = 0 | 1;

export class FeatureColumns {
  readonly columns: readonly Float32Array[];

  constructor(rows: number) {
    this.columns = featureNames.map(() => new Float32Array(rows));
  }

  difference(name: (typeof differences)[number]): Float32Array {
    return this.columns[differences.indexOf(name)] as Float32Array;
  }

  of(name: (typeof pairs)[number], side: Side): Float32Array {
    return this.columns[differences.length + 2 * pairs.indexOf(name) + side] as Float32Array;
  }

  common(name: (typeof common)[number]): Float32Array {
    return this.columns[differences.length + 2 * pairs.length + common.indexOf(name)] as Float32Array;
  }
}

/** The columns of the same rows with the two sites in the other order. */
export function swapped(columns: readonly Float32Array[]): Float32Array[] {
  return columns.map((column, at) => {
    if (at < differences.length) return column.map((value) => -value);
    if (at >= differences.length + 2 * pairs.length) return column;
    const place = at - differences.length;
    return columns[differences.length + (place ^ 1)] as Float32Array;
  });
}
