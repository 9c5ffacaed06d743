/** What is announced, and where the Internet first hears it: the input of every propagation engine. */
import { assert } from '../../base/assert.ts';

/** One place where an announcement enters the Internet: a session of a PoP with an AS, or the origin AS itself. */
export interface EntryPoint {
  /** The AS that hears it (its number in the graph). */
  readonly at: number;
  /**
   * What the announcing network is to that AS; `self`: the AS is the origin, as one of the graph.
   */
  readonly as: 'customer' | 'lateral' | 'provider' | 'self';
  /** ASes in the path on arrival: 1, and one more for each prepended copy; 0 where `as` is `self`. */
  readonly pathLength: number;
  /** The neighbour's ASN, for the tie-break by lowest next-hop ASN. */
  readonly originAsn: number;
  /** The AS keeps it to itself (NO_EXPORT, RFC 1997). */
  readonly noExport?: boolean;
  /** Neighbours (numbers) that the AS does not tell: "avoid" by action community. */
  readonly notTo?: readonly number[];
  /**
   * ASes (numbers) that take no route of this entry point, whoever tells them: poisoned by their ASN in the path that is
   * announced here (RFC 4271 §9.1.2; each adds to `pathLength`), or validating an origin that is valid elsewhere only.
   */
  readonly refusedBy?: readonly number[];
  /**
   * The AS discards what it would send here (BLACKHOLE, RFC 7999). Results name the entry point all the same: whose traffic
   * ends at it, reaches nobody.
   */
  readonly blackhole?: boolean;
}

export interface Announcement {
  /** Named by their place in this list in all results; 65,534 at most. */
  readonly entries: readonly EntryPoint[];
  /**
   * ASes (numbers) that take no route to this prefix: those poisoned by their ASN in the path (RFC 4271 §9.1.2 loop
   * detection), and those that enforce origin validation where the announcement is invalid (RFC 6811).
   */
  readonly refusedBy?: Iterable<number>;
}

/** Every engine's first check. An AS that is not in the graph is a bug of the caller, who has looked it up. */
export function assertEntries(entries: readonly EntryPoint[], ases: number): void {
  assert(entries.length < 0xffff, 'an entry point has a number of 16 bits');
  for (const { at, pathLength } of entries) {
    assert(Number.isInteger(at) && at >= 0 && at < ases, 'an entry point is at an AS of the graph');
    assert(Number.isInteger(pathLength) && pathLength >= 0 && pathLength < 0x8000, 'a path length of 15 bits');
  }
}
