/**
 * What is known of an AS when two sites are to be compared, as numbers for the learner: its own outcomes against third
 * sites, those of its neighbours and of its class, and how it would hear each site alone.
 *
 * `without` names experiments that must not be read: the one to be predicted and, while learning, the one that stands for it.
 */
import { silentSites } from './evidence.ts';
import type { Facts } from './facts.ts';
import { FeatureColumns, type Side } from './feature-columns.ts';
import { classLogits, type OrderClasses } from './order-classes.ts';
import { ownOrder } from './own-order.ts';
import { unreached } from './site-view.ts';
import { siteStrengths } from './strength.ts';

export interface Comparing {
  readonly first: number;
  readonly second: number;
  readonly without: ReadonlySet<number>;
  readonly classes: readonly OrderClasses[];
}

/** What the parts below share. */
interface Work {
  readonly facts: Facts;
  readonly rows: Uint32Array;
  readonly to: FeatureColumns;
  /** Both sites, `a` first. */
  readonly sites: readonly [number, number];
  readonly without: ReadonlySet<number>;
  readonly silent: ReadonlySet<number>;
  readonly strengths: Float64Array;
}

/** The columns of `featureNames` for these rows. */
export function featuresOf(
  facts: Facts,
  rows: Uint32Array,
  { first, second, without, classes }: Comparing,
): readonly Float32Array[] {
  const { evidence, shares } = facts;
  const silent = silentSites(evidence, without);
  const used = [...evidence.experiments.entries()]
    .filter(([index, own]) => !without.has(index) && !silent.has(own.first) && !silent.has(own.second))
    .map(([index]) => index);
  const strengths = siteStrengths(evidence, { shares, used });
  const to = new FeatureColumns(rows.length);
  const gap = (strengths[first] as number) - (strengths[second] as number);
  to.difference('strength').fill(gap);
  to.common('strengthGap').fill(Math.abs(gap));
  to.difference('classes').set(classLogits(evidence, classes, rows, { first, second }));
  to.difference('order').set(ownOrder(evidence, rows, { first, second, without }));
  const work: Work = { facts, rows, to, sites: [first, second], without, silent, strengths };
  compareWithThirds(work);
  tellPresence(work);
  tellPaths(work);
  return to.columns;
}

const sides: readonly Side[] = [0, 1];

/** Outcomes of both sites against each third one: the AS's own, and those behind the same providers. */
function compareWithThirds(work: Work): void {
  const { facts, rows, to, sites, silent } = work;
  const own = [new Int8Array(rows.length), new Int8Array(rows.length)] as const;
  const near = [new Float32Array(rows.length), new Float32Array(rows.length)] as const;
  const likeWeights: [number, number] = [0, 0];
  const mostLike: [number, number] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let third = 0; third < facts.evidence.sites.length; third++) {
    if (sites.includes(third) || silent.has(third)) continue;
    for (const side of sides) {
      const found = compareOneSide(work, { side, third, own: own[side], near: near[side], mostLike: mostLike[side] });
      if (found === undefined) continue;
      likeWeights[side] += found;
      mostLike[side] = Math.max(mostLike[side], found);
    }
    countChains(to, own, near);
  }
  for (const side of sides) {
    if (likeWeights[side] === 0) continue;
    for (const name of ['like', 'upstreamLike'] as const) {
      const column = to.of(name, side);
      for (let i = 0; i < rows.length; i++) column[i] = (column[i] as number) / likeWeights[side];
    }
  }
}

interface OneSide {
  readonly side: Side;
  readonly third: number;
  /** Filled: 1 where the AS landed at this side's site and not at the third. */
  readonly own: Int8Array;
  /** Filled: the same among ASes behind its providers, from -1 to 1. */
  readonly near: Float32Array;
  /** The weight of the third site so far that is most like the other side's. */
  readonly mostLike: number;
}

/** The weight of this third site by how like the other side's it is; `undefined` where the two were not measured. */
function compareOneSide(work: Work, { side, third, own, near, mostLike }: OneSide): number | undefined {
  const { facts, rows, to, sites, without, strengths } = work;
  const found = facts.comparison(sites[side], third);
  if (found === undefined || without.has(found.index)) {
    own.fill(0);
    near.fill(0);
    return undefined;
  }
  const { index, sign } = found;
  const column = facts.evidence.outcomes[index] as Int8Array;
  const nearColumn = facts.upstream[index] as Float32Array;
  const expected = sign * (2 * (facts.shares[index] as number) - 1);
  // Against what nearly everyone did, one AS that did otherwise tells much; but not without bound.
  const weight = (side === 0 ? 1 : -1) / Math.sqrt(Math.max(1 - expected * expected, 0.05));
  const other = sites[side === 0 ? 1 : 0];
  const apart = Math.abs((strengths[other] as number) - (strengths[third] as number));
  const likeWeight = Math.max(meanLikeness(work, other, third), 0) ** 2 * Math.exp(-apart);
  const [wins, losses] = [to.of('wins', side), to.of('losses', side)];
  const [like, upstreamLike] = [to.of('like', side), to.of('upstreamLike', side)];
  const [surprise, upstreamSurprise] = [to.difference('surprise'), to.difference('upstreamSurprise')];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const won = sign * (column[row] as number);
    const nearWon = sign * (nearColumn[row] as number);
    own[i] = won;
    near[i] = nearWon;
    if (won > 0) add(wins, i, 1);
    if (won < 0) add(losses, i, 1);
    if (won !== 0) add(surprise, i, (won - expected) * weight);
    if (nearWon !== 0) add(upstreamSurprise, i, (nearWon - expected) * weight);
    add(like, i, likeWeight * won);
    add(upstreamLike, i, likeWeight * nearWon);
  }
  if (likeWeight > mostLike) to.of('mostLike', side).set(own);
  return likeWeight;
}

/** A third site that lost to the one and won over the other stands between them. */
function countChains(
  to: FeatureColumns,
  own: readonly [Int8Array, Int8Array],
  near: readonly [Float32Array, Float32Array],
): void {
  const [chain, upstreamChain] = [to.difference('chain'), to.difference('upstreamChain')];
  for (let i = 0; i < chain.length; i++) {
    const [won, otherWon] = [own[0][i] as number, own[1][i] as number];
    if (won * otherWon < 0) {
      add(to.of('chainFor', won > 0 ? 0 : 1), i, 1);
      add(chain, i, won);
    }
    const [mean, otherMean] = [near[0][i] as number, near[1][i] as number];
    add(upstreamChain, i, (mean - otherMean) * (Math.abs(mean) + Math.abs(otherMean)));
  }
}

/** How alike two sites did against the others, in the mean of experiments that may be read. */
function meanLikeness({ facts, without, silent }: Work, site: number, like: number): number {
  const { evidence, comparison, likeness } = facts;
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

/** An AS that was hardly asked tells nothing by its silence. */
const leastAnswers = 3;

/** Where an AS answered at all: against a silent site, only who can reach the other one does. */
function tellPresence({ facts, rows, to, sites, without, silent }: Work): void {
  const { evidence, ases } = facts;
  const read = [...evidence.experiments.keys()].filter((index) => !without.has(index));
  const largest = Math.max(...read.map((index) => ases[index] as number));
  // The largest experiments asked everyone; to be in one of the smaller says that the AS was in their sample.
  const smaller = read.filter((index) => (ases[index] as number) * 2 < largest);
  const answers = (indices: readonly number[], row: number): number => {
    let count = 0;
    for (const index of indices) count += Math.abs(evidence.outcomes[index]?.[row] as number);
    return count;
  };
  for (const side of sides) {
    const site = sites[side];
    const withSite = smaller.filter((index) => {
      const { first, second } = evidence.experiments[index] as { first: number; second: number };
      return first === site || second === site;
    });
    const againstSilent = withSite.filter((index) => {
      const { first, second } = evidence.experiments[index] as { first: number; second: number };
      return silent.has(first === site ? second : first);
    });
    const [reach, presence] = [to.of('reach', side), to.of('presence', side)];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      if (withSite.length > 0) presence[i] = answers(withSite, row) / withSite.length;
      if (againstSilent.length === 0 || answers(smaller, row) < leastAnswers) continue;
      reach[i] = answers(againstSilent, row) > 0 ? 1 : -1;
    }
  }
}

/** How the AS would hear each site alone. */
function tellPaths({ facts, rows, to, sites }: Work): void {
  const [one, other] = sites.map((site) => facts.siteColumns[site]);
  const sameEntry = to.common('sameEntry');
  for (let i = 0; one !== undefined && other !== undefined && i < rows.length; i++) {
    const row = rows[i] as number;
    const [wide, seen] = [one.entryWide[row] as number, one.entrySeen[row] as number];
    if (wide !== 0 && wide === other.entryWide[row]) add(sameEntry, i, 1);
    if (seen !== 0 && seen === other.entrySeen[row]) add(sameEntry, i, 1);
  }
  for (const side of sides) {
    const heard = facts.siteColumns[sites[side]];
    const sign = side === 0 ? 1 : -1;
    const [pathWide, pathSeen] = [to.of('pathWide', side), to.of('pathSeen', side)];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      pathWide[i] = heard?.lengthWide[row] ?? unreached;
      pathSeen[i] = heard?.lengthSeen[row] ?? unreached;
      add(to.difference('learnedWide'), i, sign * (heard?.learnedWide[row] ?? 0));
      add(to.difference('learnedSeen'), i, sign * (heard?.learnedSeen[row] ?? 0));
      add(to.difference('lengthWide'), i, sign * (pathWide[i] as number));
      add(to.difference('lengthSeen'), i, sign * (pathSeen[i] as number));
    }
  }
}

function add(column: Float32Array, at: number, value: number): void {
  column[at] = (column[at] as number) + value;
}
