/** A network as the Internet meets it: PoPs, and the entry points through which each prefix of theirs becomes known. */
import type { Coordinates } from '../../network/intent.ts';
import type { EntryPoint } from '../propagation/announcement.ts';

export interface DeployedPop {
  readonly name: string;
  readonly location: Coordinates & { readonly name: string };
}

/**
 * One entry point with all PoPs that are heard there alike: same AS, same relation, same path length. BGP does not tell them
 * apart, so each router of that AS hands over where it is nearest (hot potato), and so do the users behind it.
 */
export interface EntryGroup {
  readonly entry: EntryPoint;
  /** Indexes into `pops`, ascending. */
  readonly pops: readonly number[];
}

/** One PoP at one entry point, before those that are alike are put together. */
export interface PopEntry {
  readonly pop: number;
  readonly entry: EntryPoint;
}

export interface Deployment {
  readonly asn: number;
  readonly pops: readonly DeployedPop[];
  readonly entries: readonly PopEntry[];
  /** Of `entries`; all that propagation needs. */
  readonly groups: readonly EntryGroup[];
}
