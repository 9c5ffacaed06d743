/**
 * Crowds of users that choose a site by liking and path length: shares under prepends that nobody measured.
 *
 * Each crowd likes the sites to some degree and minds each prepend to some degree; a configuration's shares are the crowds'
 * choices (multinomial logit) added up by size. A few crowds fitted to all measured configurations at once know where a
 * site's users go when it is prepended or withdrawn, which no single configuration tells.
 * The fit is Adam (Kingma and Ba, 2015) on the cross entropy, from several seeded starts whose predictions are averaged.
 */
import { type Random, seededRandom } from '../../base/random.ts';
import { type ShareConfiguration, withdrawn } from './read-shares.ts';

export interface ShareModelOptions {
  readonly crowds: number;
  readonly steps: number;
  readonly starts: number;
  readonly seed: number;
  /** Pull of likings to zero and of sensitivities to one prepend being worth `e` to one. */
  readonly pull: number;
}

export const defaultShareOptions: ShareModelOptions = { crowds: 8, steps: 800, starts: 3, seed: 1, pull: 2e-4 };

export interface ShareModel {
  readonly sites: number;
  readonly crowds: number;
  /** One a start: sizes, then sensitivities (logarithms both), then likings by crowd and site. */
  readonly starts: readonly Float64Array[];
}

type Known = Pick<ShareConfiguration, 'prepends' | 'shares'>;

export function fitShares(known: readonly Known[], options: ShareModelOptions = defaultShareOptions): ShareModel {
  const sites = known[0]?.shares.length ?? 0;
  const { crowds, starts, seed } = options;
  return {
    sites,
    crowds,
    starts: Array.from({ length: starts }, (_, start) => descend(known, sites, seededRandom(seed + start), options)),
  };
}

/** The share of each site; they add up to 1. */
export function predictShares(model: ShareModel, prepends: readonly number[]): number[] {
  const sum = new Float64Array(model.sites);
  for (const parameters of model.starts) {
    const { shares } = forward(parameters, prepends, model);
    for (let s = 0; s < sum.length; s++) sum[s] = (sum[s] as number) + (shares[s] as number) / model.starts.length;
  }
  return [...sum];
}

/** How near, in share that moved, a measured configuration must be for its error to tell of another's. */
const nearShare = 0.1;
/** Evidence that the model is right as it is, as many configurations. */
const doubt = 0.3;

/**
 * The shares under these prepends, from measured configurations: what the crowds choose, corrected by how far the model is
 * off at configurations that it takes for nearly the same. A prepend too many to matter is such a case: the model smooths
 * over what the measurement of one prepend less tells exactly.
 */
export function sharesUnder(
  prepends: readonly number[],
  known: readonly Known[],
  options: ShareModelOptions = defaultShareOptions,
): number[] {
  const model = fitShares(known, options);
  const raw = predictShares(model, prepends);
  const shift = raw.map(() => 0);
  let total = doubt;
  for (const other of known) {
    const fitted = predictShares(model, other.prepends);
    const apart = fitted.reduce((sum, share, s) => sum + Math.abs(share - (raw[s] as number)), 0) / 2;
    const weight = Math.exp(-((apart / nearShare) ** 2));
    total += weight;
    for (let s = 0; s < shift.length; s++) {
      shift[s] = (shift[s] as number) + weight * ((other.shares[s] as number) - (fitted[s] as number));
    }
  }
  const corrected = raw.map((share, s) =>
    prepends[s] === withdrawn ? 0 : Math.max(0, share + (shift[s] as number) / total),
  );
  const sum = corrected.reduce((all, share) => all + share, 0);
  return corrected.map((share) => share / sum);
}

/** Members of a group: the sites that lose more than half of their baseline share in every other configuration of it. */
export function withGroupMembers(
  configuration: ShareConfiguration,
  known: readonly ShareConfiguration[],
): readonly number[] {
  const { group, prepends } = configuration;
  if (group === undefined) return prepends;
  const baseline = known.find(({ name }) => name === 'baseline');
  const others = known.filter((other) => other.group?.name === group.name);
  if (baseline === undefined || others.length === 0) return prepends;
  return prepends.map((_, site) => {
    const before = baseline.shares[site] as number;
    const lost = others.every(({ shares }) => (shares[site] as number) < before / 2);
    return lost && before > leastShare ? group.prepends : 0;
  });
}

const leastShare = 0.005;

interface Shape {
  readonly sites: number;
  readonly crowds: number;
}

function forward(parameters: Float64Array, prepends: readonly number[], { sites, crowds }: Shape) {
  const least = Math.min(...prepends);
  const sizes = parameters.slice(0, crowds);
  toSoftmax(sizes);
  const choices: Float64Array[] = [];
  const shares = new Float64Array(sites);
  for (let k = 0; k < crowds; k++) {
    const sensitivity = Math.exp(parameters[crowds + k] as number);
    const choice = parameters.slice(2 * crowds + k * sites, 2 * crowds + (k + 1) * sites);
    for (let s = 0; s < sites; s++) {
      const count = prepends[s] as number;
      choice[s] = count === withdrawn ? -1e3 : (choice[s] as number) - sensitivity * (count - least);
    }
    toSoftmax(choice);
    choices.push(choice);
    for (let s = 0; s < sites; s++) shares[s] = (shares[s] as number) + (sizes[k] as number) * (choice[s] as number);
  }
  return { sizes, choices, shares, least };
}

function descend(known: readonly Known[], sites: number, random: Random, options: ShareModelOptions): Float64Array {
  const { crowds, steps, pull } = options;
  const size = crowds * (2 + sites);
  const at = Float64Array.from({ length: size }, (_, i) => (i < 2 * crowds ? 0 : 4 * (random.next() - 0.5)));
  const [mean, square] = [new Float64Array(size), new Float64Array(size)];
  for (let step = 1; step <= steps; step++) {
    const slope = at.map((value) => pull * value);
    for (const { prepends, shares } of known) addSlope(slope, at, prepends, shares, { sites, crowds }, known.length);
    const rate = 0.05 * Math.min(1, (3 * (steps - step)) / steps + 0.05);
    for (let i = 0; i < size; i++) {
      const g = slope[i] as number;
      mean[i] = 0.9 * (mean[i] as number) + 0.1 * g;
      square[i] = 0.999 * (square[i] as number) + 0.001 * g * g;
      const [m, v] = [(mean[i] as number) / (1 - 0.9 ** step), (square[i] as number) / (1 - 0.999 ** step)];
      at[i] = (at[i] as number) - (rate * m) / (Math.sqrt(v) + 1e-8);
    }
  }
  return at;
}

/** Adds the slope of the cross entropy of one configuration. */
function addSlope(
  slope: Float64Array,
  at: Float64Array,
  prepends: readonly number[],
  truth: readonly number[],
  shape: Shape,
  configurations: number,
): void {
  const { sites, crowds } = shape;
  const { sizes, choices, shares, least } = forward(at, prepends, shape);
  const pullTo = truth.map((share, s) => share / Math.max(shares[s] as number, 1e-6) / configurations);
  for (let k = 0; k < crowds; k++) {
    const choice = choices[k] as Float64Array;
    const weight = sizes[k] as number;
    let mean = 0;
    for (let s = 0; s < sites; s++) mean += (pullTo[s] as number) * (choice[s] as number);
    // Of the size: what this crowd explains beside what all explain together (which is 1).
    slope[k] = (slope[k] as number) - weight * (mean - 1 / configurations);
    const sensitivity = Math.exp(at[crowds + k] as number);
    for (let s = 0; s < sites; s++) {
      const g = weight * (choice[s] as number) * ((pullTo[s] as number) - mean);
      const i = 2 * crowds + k * sites + s;
      slope[i] = (slope[i] as number) - g;
      if (prepends[s] === withdrawn) continue;
      slope[crowds + k] = (slope[crowds + k] as number) + g * sensitivity * ((prepends[s] as number) - least);
    }
  }
}

/** In place: powers of e that add up to 1. */
function toSoftmax(values: Float64Array): void {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] as number);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const power = Math.exp((values[i] as number) - most);
    values[i] = power;
    sum += power;
  }
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) / sum;
}
