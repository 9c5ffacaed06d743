/**
 * How an AS chooses among routes that are equally good by preference and path length, named.
 *
 * The default of the other engines, the lowest neighbour ASN, stands for what nobody knows. Where more is known, a rule says it.
 */

/**
 * What it costs an AS to send there; lower is taken. `from` is the neighbour that offers the route, `undefined` where the
 * announcement enters at this very AS; `entry` is where the traffic would end.
 */
export type TieCost = (at: number, from: number | undefined, entry: number) => number;

export type TieRule =
  | { readonly kind: 'lowest-asn' }
  /** The least cost, then the lowest ASN: nearest by geography, or earliest exit, as the caller's costs say. */
  | { readonly kind: 'nearest'; readonly cost: TieCost }
  /** All of them, in equal shares: each AS's traffic ends at several entry points. Those that enter at the AS itself come first. */
  | { readonly kind: 'shares' };

/**
 * An AS that chooses apart in each of its regions, as large networks do (hot potato): routes are compared as one AS, and of
 * the equally good ones each part takes what is nearest to it.
 */
export interface RegionalSplit {
  readonly parts: number;
  readonly cost: (part: number, from: number | undefined, entry: number) => number;
  /** In which part a neighbour is met: it hears what that part has chosen. */
  readonly partTowards: (neighbour: number) => number;
}

export interface Rules {
  readonly tieRule: TieRule;
  /** By number of the AS. */
  readonly splits?: ReadonlyMap<number, RegionalSplit>;
}
