/**
 * What an announcer's BGP tables hold, as plain values for people and programs: neighbours, routes, and why.
 *
 * Why values of their own: who asks is another process, far away, which knows nothing of speakers and peers. Times are ages
 * in seconds, so that no two clocks need to agree. Attributes and capabilities are as `nearcast bgp decode` shows them.
 */
import type { Prefix } from '../../ip/prefix.ts';
import type { AspaState, OriginState } from '../../ip/route-validation.ts';
import type { BfdState, SessionStatus } from '../announcer.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface NeighborView {
  /** The session's name. */
  readonly name: string;
  readonly peerAsn: number;
  readonly localAsn: number;
  readonly family: 4 | 6;
  readonly neighborAddress: string;
  readonly neighborPort: number;
  readonly sourceAddress: string;
  readonly phase: SessionStatus['phase'];
  readonly establishedForSeconds?: number;
  /** Times that it was established since the session was started or changed. */
  readonly establishedCount: number;
  readonly lastDown?: { readonly what: string; readonly communication?: string; readonly agoSeconds?: number };
  /** Negotiated; while it is not established, what we propose. */
  readonly holdTimeSeconds: number;
  readonly keepaliveSeconds?: number;
  readonly routerId?: string;
  readonly multihop?: number;
  readonly password: boolean;
  readonly offered: readonly Json[];
  /** Absent while it is not established. */
  readonly peerCapabilities?: readonly Json[];
  /** What becomes of routes that it sends. */
  readonly accepts: 'nothing' | 'all' | 'all-but-invalid' | 'invalid-last';
  readonly routes: {
    readonly received: number;
    readonly accepted: number;
    readonly announced: number;
    readonly withheld: number;
    readonly stale: number;
  };
  readonly messages: {
    readonly received: Readonly<Record<string, number>>;
    readonly sent: Readonly<Record<string, number>>;
  };
  readonly malformedUpdates: number;
  readonly lastMalformed?: string;
  readonly bfd?: {
    readonly state: BfdState;
    readonly strict: boolean;
    readonly intervalMs: number;
    readonly multiplier: number;
  };
  /** What keeps it from being started. */
  readonly problem?: string;
}

/** all: each path that is known · best: one a prefix · received: as one neighbour, or each, sent it · advertised: as told. */
export type Table = 'all' | 'best' | 'received' | 'advertised';

export interface RouteQuestion {
  readonly table: Table;
  /** A session's name; absent: all. */
  readonly neighbor?: string;
  readonly family?: 4 | 6;
  /** exact: this prefix · longer: it and all inside it · shorter: it and all that hold it. */
  readonly prefix?: { readonly prefix: Prefix; readonly match: 'exact' | 'longer' | 'shorter' };
}

export interface RouteView {
  readonly prefix: string;
  readonly pathId?: number;
  /** The session that it came by, or in the table `advertised` went by; `local` for our own. */
  readonly neighbor: string;
  /** Absent for our own. */
  readonly peerAsn?: number;
  /** Absent for our own that is not advertised: each neighbour is told our address towards it. */
  readonly nextHop?: string;
  readonly attributes: Json;
  readonly state: 'best' | 'usable' | 'refused' | 'advertised';
  /** Why it is refused, or not the best. */
  readonly why?: string;
  /** Absent where nobody validates. */
  readonly origin?: OriginState;
  /** By ASPA; absent where nobody verifies, and for our own. */
  readonly path?: AspaState;
}

export interface PolicyView {
  readonly verdict: 'accept' | 'reject';
  /** The term that decided; `null` where none did. */
  readonly term: string | null;
  readonly steps: readonly {
    readonly term: string;
    readonly matched: boolean;
    readonly verdict?: 'accept' | 'reject';
    /** The first condition that did not hold. */
    readonly failed?: { readonly condition: string; readonly wanted: unknown; readonly found: string };
  }[];
}

export interface PathView extends RouteView {
  readonly routerId?: string;
  readonly neighborAddress?: string;
  /** Why RPKI says so. */
  readonly originReason?: string;
  readonly pathReason?: string;
  /** What import made of it: absent for our own, and where no policy was asked. */
  readonly policy?: PolicyView;
}

/** What one neighbour is told of the prefix. */
export interface ToldView {
  readonly neighbor: string;
  readonly peerAsn: number;
  readonly neighborAddress: string;
  readonly told: boolean;
  /** As it went out. */
  readonly nextHop?: string;
  readonly attributes?: Json;
  /** Why not. */
  readonly why?: string;
  readonly policy?: PolicyView;
}

export interface RouteExplanation {
  readonly prefix: string;
  /** The best first, then usable ones by rank, then refused ones. */
  readonly paths: readonly PathView[];
  readonly told: readonly ToldView[];
}

export interface BgpTables {
  neighbors(): readonly NeighborView[];
  /**
   * The routes asked for, in no order. `undefined` in between stands for routes that were passed over, so that whoever reads
   * can give way to other work; the tables may change meanwhile, and the answer then mixes both.
   */
  routes(question: RouteQuestion): Iterable<RouteView | undefined>;
  explain(prefix: Prefix): RouteExplanation;
  /** Prefixes in the tables that hold all of this one, shortest first, itself included. */
  covering(prefix: Prefix): readonly Prefix[];
}
