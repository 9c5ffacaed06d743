/**
 * From comparing sites two by two to a probability for each of any number of sites.
 *
 * What was measured of two sites is taken over what the model thinks of them. The two-by-two probabilities are coupled by
 * Price et al. ("Pairwise neural network classifiers with probabilistic outputs", NIPS 1994), which is exact where they come
 * from one strength for each site.
 */
import { trustIn } from './confidence.ts';
import { compareSites, type PairModel } from './model.ts';

/** How far a measurement is trusted: two ways to measure the same experiment agree for about as many ASes. */
const measuredTrust = 0.95;

export interface SiteDistribution {
  /** Sites by number, as they were asked for. */
  readonly sites: readonly number[];
  /** Probability of site `s` for row `i` at `i * sites.length + s`; each row adds up to 1. */
  readonly probability: Float64Array;
  /** Whether the most likely site of a row deserves trust: each comparison that it wins is measured, or confident. */
  readonly confident: Uint8Array;
}

/** Where each row lands when these sites announce together. */
export function distributeSites(model: PairModel, rows: Uint32Array, sites: readonly number[]): SiteDistribution {
  const { facts, calibration } = model;
  const count = sites.length;
  /** Probability that `a` beats `b`, by row; and whether it can be trusted. */
  const beats = new Map<number, ComparedSites>();
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const [first, second] = [sites[a] as number, sites[b] as number];
      const logits = compareSites(model, rows, { first, second });
      const measured = facts.comparison(first, second);
      const known = measured !== undefined && !model.without.has(measured.index) ? measured : undefined;
      const column = known === undefined ? undefined : facts.evidence.outcomes[known.index];
      const sure = new Uint8Array(rows.length);
      const p = Float64Array.from(logits, (logit, i) => {
        const outcome = (known?.sign ?? 1) * (column?.[rows[i] as number] ?? 0);
        sure[i] = outcome !== 0 || Math.abs(logit) >= calibration.confidentFrom ? 1 : 0;
        if (outcome !== 0) return outcome > 0 ? measuredTrust : 1 - measuredTrust;
        const trust = trustIn(calibration, logit);
        return logit > 0 ? trust : 1 - trust;
      });
      beats.set(a * count + b, { p, sure });
      beats.set(b * count + a, { p: p.map((value) => 1 - value), sure });
    }
  }
  return { sites, ...coupleComparisons(rows.length, count, beats) };
}

/** Of two sites, by row: the probability that the first beats the second, and whether the answer can be trusted. */
export interface ComparedSites {
  readonly p: Float64Array;
  readonly sure: Uint8Array;
}

/** `beats`: site `a` against `b`, by their places, at `a * count + b`. */
export function coupleComparisons(
  rows: number,
  count: number,
  beats: ReadonlyMap<number, ComparedSites>,
): Pick<SiteDistribution, 'probability' | 'confident'> {
  const probability = new Float64Array(rows * count);
  const confident = new Uint8Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let a = 0; a < count; a++) {
      let inverse = 2 - count;
      for (let b = 0; b < count; b++) if (b !== a) inverse += 1 / (beats.get(a * count + b)?.p[i] ?? 1);
      const value = 1 / inverse;
      probability[i * count + a] = value;
      sum += value;
    }
    let best = 0;
    for (let a = 0; a < count; a++) {
      const at = i * count + a;
      probability[at] = (probability[at] as number) / sum;
      if ((probability[at] as number) > (probability[i * count + best] as number)) best = a;
    }
    let sure = 1;
    for (let b = 0; b < count; b++) if (b !== best && beats.get(best * count + b)?.sure[i] !== 1) sure = 0;
    confident[i] = sure;
  }
  return { probability, confident };
}
