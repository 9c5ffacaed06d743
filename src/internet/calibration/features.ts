/**
 * What is known of an AS when two sites are to be compared, as numbers for the learner.
 *
 * Features come in three kinds, so that swapping the sites is a matter of columns: a difference changes its sign, a pair
 * changes places, a common one stays. `without` names experiments that must not be read: the one to be predicted and, while
 * learning, the one that stands for it.
 */
import { measuredRows, silentSites } from './evidence.ts';
import type { Facts } from './facts.ts';
import { classLogits, type OrderClasses } from './order-classes.ts';
import { unreached } from './site-view.ts';
import { siteStrengths } from './strength.ts';

/** `a` minus `b`. */
const differences = [
  'strength', // of the sites, over all ASes
  'chain', // other sites that stand between the two in this AS's order
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

const common = ['strengthGap'] as const;

export const featureNames: readonly string[] = [
  ...differences,
  ...pairs.flatMap((name) => [`${name} a`, `${name} b`]),
  ...common,
];

export interface Comparing {
  readonly first: number;
  readonly second: number;
  readonly without: ReadonlySet<number>;
  readonly classes: OrderClasses;
}

/** The columns of `featureNames` for these rows. */
export function featuresOf(facts: Facts, rows: Uint32Array, comparing: Comparing): Float32Array[] {
  const { first: a, second: b, without, classes } = comparing;
  const { evidence, comparison, shares, upstream, ases, siteColumns } = facts;
  const columns = featureNames.map(() => new Float32Array(rows.length));
  const difference = (name: (typeof differences)[number]): Float32Array =>
    columns[differences.indexOf(name)] as Float32Array;
  const pair = (name: (typeof pairs)[number]): readonly [Float32Array, Float32Array] => {
    const at = differences.length + 2 * pairs.indexOf(name);
    return [columns[at] as Float32Array, columns[at + 1] as Float32Array];
  };

  const silent = silentSites(evidence, without);
  const read = [...evidence.experiments.keys()].filter((index) => !without.has(index));
  const used = read.filter((index) => {
    const { first, second } = evidence.experiments[index] as { first: number; second: number };
    return !silent.has(first) && !silent.has(second);
  });
  const strengths = siteStrengths(evidence, { shares, used });
  const gap = (strengths[a] as number) - (strengths[b] as number);
  difference('strength').fill(gap);
  (columns.at(-1) as Float32Array).fill(Math.abs(gap));
  difference('classes').set(classLogits(evidence, classes, rows, { first: a, second: b }));

  const open = (one: number, other: number) => {
    const found = comparison(one, other);
    return found === undefined || without.has(found.index) ? undefined : found;
  };
  const thirds = [...evidence.sites.keys()].filter((site) => site !== a && site !== b && !silent.has(site));
  const outcomes = [new Int8Array(rows.length), new Int8Array(rows.length)] as const;
  const upstreams = [new Float32Array(rows.length), new Float32Array(rows.length)] as const;
  const likeWeights = [0, 0];
  const mostLike = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const third of thirds) {
    for (const [side, site] of [a, b].entries() as ArrayIterator<[0 | 1, number]>) {
      const [outcome, near] = [outcomes[side], upstreams[side]];
      const found = open(site, third);
      if (found === undefined) {
        outcome.fill(0);
        near.fill(0);
        continue;
      }
      const { index, sign } = found;
      const column = evidence.outcomes[index] as Int8Array;
      const nearColumn = upstream[index] as Float32Array;
      const expected = sign * (2 * (shares[index] as number) - 1);
      const weight = (side === 0 ? 1 : -1) / Math.sqrt(Math.max(1 - expected * expected, 0.05));
      const other = side === 0 ? b : a;
      const likeness = meanLikeness(facts, { site: other, like: third, without, silent });
      const apart = Math.abs((strengths[other] as number) - (strengths[third] as number));
      const likeWeight = Math.max(likeness, 0) ** 2 * Math.exp(-apart);
      likeWeights[side] = (likeWeights[side] as number) + likeWeight;
      const isMostLike = likeWeight > (mostLike[side] as number);
      if (isMostLike) mostLike[side] = likeWeight;
      const wins = pair('wins')[side];
      const losses = pair('losses')[side];
      const like = pair('like')[side];
      const upstreamLike = pair('upstreamLike')[side];
      const nearest = pair('mostLike')[side];
      const surprise = difference('surprise');
      const upstreamSurprise = difference('upstreamSurprise');
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i] as number;
        const won = sign * (column[row] as number);
        const nearWon = sign * (nearColumn[row] as number);
        outcome[i] = won;
        near[i] = nearWon;
        if (won > 0) add(wins, i, 1);
        if (won < 0) add(losses, i, 1);
        if (won !== 0) add(surprise, i, (won - expected) * weight);
        if (nearWon !== 0) add(upstreamSurprise, i, (nearWon - expected) * weight);
        add(like, i, likeWeight * won);
        add(upstreamLike, i, likeWeight * nearWon);
        if (isMostLike) nearest[i] = won;
      }
    }
    const chain = difference('chain');
    const upstreamChain = difference('upstreamChain');
    const [chainForA, chainForB] = pair('chainFor');
    for (let i = 0; i < rows.length; i++) {
      const [won, otherWon] = [outcomes[0][i] as number, outcomes[1][i] as number];
      if (won > 0 && otherWon < 0) {
        add(chainForA, i, 1);
        add(chain, i, 1);
      } else if (won < 0 && otherWon > 0) {
        add(chainForB, i, 1);
        add(chain, i, -1);
      }
      const [near, otherNear] = [upstreams[0][i] as number, upstreams[1][i] as number];
      add(upstreamChain, i, (near - otherNear) * (Math.abs(near) + Math.abs(otherNear)));
    }
  }
  for (const side of [0, 1] as const) {
    const weight = likeWeights[side] as number;
    if (weight === 0) continue;
    for (const name of ['like', 'upstreamLike'] as const) {
      const column = pair(name)[side];
      for (let i = 0; i < rows.length; i++) column[i] = (column[i] as number) / weight;
    }
  }

  const largest = Math.max(...read.map((index) => ases[index] as number));
  const smaller = read.filter((index) => (ases[index] as number) * 2 < largest);
  const answered = rows.map((row) =>
    smaller.reduce((count, index) => count + Math.abs(evidence.outcomes[index]?.[row] as number), 0),
  );
  for (const [side, site] of [a, b].entries() as ArrayIterator<[0 | 1, number]>) {
    const withSite = smaller.filter((index) => {
      const { first, second } = evidence.experiments[index] as { first: number; second: number };
      return first === site || second === site;
    });
    const againstSilent = withSite.filter((index) => {
      const { first, second } = evidence.experiments[index] as { first: number; second: number };
      return silent.has(first === site ? second : first);
    });
    const [reach, presence] = [pair('reach')[side], pair('presence')[side]];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      let count = 0;
      for (const index of withSite) count += Math.abs(evidence.outcomes[index]?.[row] as number);
      presence[i] = withSite.length === 0 ? 0 : count / withSite.length;
      // An AS that was hardly asked tells nothing by its silence.
      if (againstSilent.length === 0 || (answered[i] as number) < leastAnswers) continue;
      reach[i] = againstSilent.some((index) => evidence.outcomes[index]?.[row] !== 0) ? 1 : -1;
    }
    const heard = siteColumns[site];
    const [pathWide, pathSeen] = [pair('pathWide')[side], pair('pathSeen')[side]];
    const sign = side === 0 ? 1 : -1;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      pathWide[i] = heard?.lengthWide[row] ?? unreached;
      pathSeen[i] = heard?.lengthSeen[row] ?? unreached;
      add(difference('learnedWide'), i, sign * (heard?.learnedWide[row] ?? 0));
      add(difference('learnedSeen'), i, sign * (heard?.learnedSeen[row] ?? 0));
      add(difference('lengthWide'), i, sign * (pathWide[i] as number));
      add(difference('lengthSeen'), i, sign * (pathSeen[i] as number));
    }
  }
  return columns;
}

const leastAnswers = 3;

function add(column: Float32Array, at: number, value: number): void {
  column[at] = (column[at] as number) + value;
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

/** How alike two sites did against the others, in the mean of experiments that may be read. */
function meanLikeness(
  { evidence, comparison, likeness }: Facts,
  asked: {
    readonly site: number;
    readonly like: number;
    readonly without: ReadonlySet<number>;
    readonly silent: ReadonlySet<number>;
  },
): number {
  const { site, like, without, silent } = asked;
  let [sum, count] = [0, 0];
  for (let against = 0; against < evidence.sites.length; against++) {
    if (against === site || against === like || silent.has(against)) continue;
    const [one, other] = [comparison(against, site), comparison(against, like)];
    if (one === undefined || other === undefined || without.has(one.index) || without.has(other.index)) continue;
    sum += likeness(against, site, like);
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

/** A sample of the rows that an experiment measured, in random order. */
export function sampleMeasured(column: Int8Array, most: number, below: (limit: number) => number): Uint32Array {
  const rows = measuredRows(column);
  const size = Math.min(most, rows.length);
  for (let i = 0; i < size; i++) {
    const j = i + below(rows.length - i);
    [rows[i], rows[j]] = [rows[j] as number, rows[i] as number];
  }
  return rows.slice(0, size);
}
