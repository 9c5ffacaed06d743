/**
 * How far an answer can be trusted, read from answers to questions whose truth is known.
 *
 * Why by experiment: most errors come in crowds, where a whole experiment turned out otherwise than others suggest. So each
 * experiment counts the same, and "confident" is a level of the logit above which answers were right often enough in the
 * mean of experiments. A curve that never falls (Ayer et al., 1955: pool adjacent violators) turns logits into probabilities.
 */

/** An answer to a question that the model had not seen. */
export interface JudgedAnswer {
  readonly logit: number;
  readonly right: boolean;
}

export interface Calibration {
  /** Ascending absolute logits with the probability of being right from there on. */
  readonly steps: readonly { readonly from: number; readonly probability: number }[];
  /** From this absolute logit on an answer is called confident; infinite where none ever deserves it. */
  readonly confidentFrom: number;
}

/** Of answers that need no model. */
export const certain: Calibration = { steps: [{ from: 0, probability: 0.995 }], confidentFrom: 0 };

/** Above the promised 95 %, for the next experiment is never quite like the known ones. */
const aimedAccuracy = 0.965;
const levels = 40;
const leastLogit = 1e-6;

/** A kind of question starts with the record of a coin that was thrown in this many experiments. */
const coins = 3;
/** An experiment counts in the record of a kind as far as it has this many answers of it. */
const fullRecord = 100;

/**
 * How large a logit may get for a kind of question that few experiments ask: as far as its record goes, by experiments.
 * Infinite where the record is as good as the surest answers.
 */
export function capByRecord(
  { steps, confidentFrom }: Calibration,
  experiments: readonly (readonly JudgedAnswer[])[],
): number {
  let [right, weight] = [coins / 2, coins];
  for (const answers of experiments) {
    if (answers.length === 0) continue;
    const counts = Math.min(1, answers.length / fullRecord);
    right += (counts * answers.filter((answer) => answer.right).length) / answers.length;
    weight += counts;
  }
  const record = right / weight;
  const above = steps.find(({ probability }) => probability > record);
  const cap = Math.min(
    above === undefined ? Number.POSITIVE_INFINITY : above.from,
    // What is confident in the mean holds surer and less sure answers; a short record is none of them.
    record >= aimedAccuracy ? Number.POSITIVE_INFINITY : confidentFrom,
  );
  // Never zero: which of the two is likelier stays told.
  return Math.max(cap * (1 - 1e-6), leastLogit);
}

/** One list of answers an experiment. */
export function calibrate(experiments: readonly (readonly JudgedAnswer[])[]): Calibration {
  const answers = experiments
    .flatMap((answers) =>
      answers.map(({ logit, right }) => ({ size: Math.abs(logit), right, weight: 1 / answers.length })),
    )
    .sort((a, b) => a.size - b.size);
  if (answers.length === 0) return { steps: [{ from: 0, probability: 0.5 }], confidentFrom: Number.POSITIVE_INFINITY };
  const total = answers.reduce((sum, { weight }) => sum + weight, 0);
  const bands: { from: number; right: number; weight: number }[] = [];
  let band = { from: 0, right: 0, weight: 0 };
  for (const { size, right, weight } of answers) {
    if (band.weight >= total / levels && size > band.from) {
      bands.push(band);
      band = { from: size, right: 0, weight: 0 };
    }
    band.weight += weight;
    if (right) band.right += weight;
  }
  bands.push(band);

  let confidentFrom = Number.POSITIVE_INFINITY;
  let [right, weight] = [0, 0];
  for (const { from, ...own } of bands.toReversed()) {
    right += own.right;
    weight += own.weight;
    if (right / weight >= aimedAccuracy) confidentFrom = Math.max(from, 2 * leastLogit);
  }

  const pooled: typeof bands = [];
  for (const own of bands) {
    let last = { ...own };
    for (let before = pooled.at(-1); before !== undefined; before = pooled.at(-1)) {
      if (before.right / before.weight < last.right / last.weight) break;
      last = { from: before.from, right: before.right + last.right, weight: before.weight + last.weight };
      pooled.pop();
    }
    pooled.push(last);
  }
  const steps = pooled.map(({ from, right, weight }) => ({ from, probability: clip(right / weight) }));
  return { steps, confidentFrom };
}

/** The probability that the answer of this logit is right. */
export function trustIn({ steps }: Calibration, logit: number): number {
  const size = Math.abs(logit);
  let found = 0.5;
  for (const { from, probability } of steps) if (size >= from) found = probability;
  return found;
}

export function isConfident({ confidentFrom }: Calibration, logit: number): boolean {
  return Math.abs(logit) >= confidentFrom;
}

/** An answer is never worse than a coin, and never certain. */
function clip(probability: number): number {
  return Math.min(Math.max(probability, 0.5), 0.995);
}
