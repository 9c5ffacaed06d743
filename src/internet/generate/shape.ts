/**
 * What the real Internet's degrees look like, as quantiles: the shape that generated Internets are given.
 *
 * Measured on CAIDA's AS relationships of 2025-09-01: a share of the ASes, and the degree that this share stays below. Shares
 * and round numbers, no data of the file itself.
 */

/** Pairs of share and value, both growing; between them values grow by equal factors. */
export type Quantiles = readonly (readonly [share: number, value: number])[];

/** ASes with customers, of all. */
export const transitShare = 0.158;
/** ASes that buy from nobody and sell to most: about this many in an Internet of real size. */
export const cliqueSize = 16;
/** Lateral links of those to others than one another. */
export const cliqueLaterals = 50;

/** Customers of an AS that has any. */
export const customersOfTransit: Quantiles = [
  [0, 0.6],
  [0.4, 1],
  [0.5, 1.9],
  [0.75, 6],
  [0.9, 18],
  [0.95, 41],
  [0.98, 100],
  [0.99, 173],
  [0.995, 264],
  [0.999, 1034],
  [1, 6700],
];
export const providersOfTransit: Quantiles = [
  [0, 1],
  [0.2, 1.4],
  [0.55, 2.4],
  [0.75, 4],
  [0.9, 6],
  [0.95, 7.5],
  [0.98, 10],
  [0.99, 12],
  [0.995, 17],
  [1, 60],
];
export const providersOfStub: Quantiles = [
  [0, 1],
  [0.45, 1.45],
  [0.6, 2],
  [0.8, 2.5],
  [0.9, 3.2],
  [0.95, 4.2],
  [0.98, 5.3],
  [0.99, 6.5],
  [0.995, 8],
  [0.999, 16],
  [1, 50],
];
export const lateralsOfTransit: Quantiles = [
  [0, 0.05],
  [0.35, 0.5],
  [0.5, 2],
  [0.75, 21],
  [0.9, 85],
  [0.95, 174],
  [0.98, 444],
  [0.99, 912],
  [0.995, 1568],
  [0.999, 3206],
  [1, 9700],
];
export const lateralsOfStub: Quantiles = [
  [0, 0.001],
  [0.85, 0.4],
  [0.9, 1],
  [0.95, 12],
  [0.98, 26],
  [0.99, 61],
  [0.995, 107],
  [0.999, 390],
  [1, 3800],
];

/** The value that this share stays below. */
export function quantile(quantiles: Quantiles, share: number): number {
  const above = quantiles.findIndex(([bound]) => share <= bound);
  const [high, most] = quantiles[Math.max(1, above)] as readonly [number, number];
  const [low, least] = quantiles[Math.max(1, above) - 1] as readonly [number, number];
  return least * (most / least) ** ((share - low) / (high - low));
}
