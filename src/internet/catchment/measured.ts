/**
 * What measurements say of a catchment, as predictions take it: for each AS with evidence, how likely each PoP is.
 *
 * Only the shape stands here; `internet/measured/` makes it from what an operator measured.
 */
export interface MeasuredShares {
  /** Indexes of the announcing PoPs that were measured, ascending. */
  readonly pops: readonly number[];
  /** Row by number of the AS; -1 where nothing is known of it. */
  readonly rowOf: Int32Array;
  /** Of PoP `pops[i]` in row `r` at `r * pops.length + i`; each row adds up to 1. */
  readonly probability: Float64Array;
  /** By row: how likely the PoP with the highest probability is the right one, for the AS as a whole. */
  readonly trust: Float64Array;
  /** By row: 1 where the most likely PoP was measured itself, or is known with confidence. */
  readonly sure: Uint8Array;
  /** By row: 1 where the AS itself was never measured, and others tell of it. */
  readonly inferred: Uint8Array;
}

/** Asked anew for each set of PoPs that announce; `undefined` where fewer than two of them were measured. */
export type MeasuredSource = (announcing: readonly number[]) => MeasuredShares | undefined;
