/**
 * The announcer: what speaks BGP for a PoP, behind one interface. The embedded speaker is one; a BIRD would be another.
 *
 * Why: the agent decides *what* each session should announce; it hands over the whole wish as a plan, and the announcer
 * works out the differences. So a plan applied twice changes nothing, and nothing that a plan leaves alone is touched.
 * Promises of every implementation (`announcer.contract.ts` tests them):
 *   - `apply` sends withdrawals before it returns, or hands them to the router that does;
 *   - a session that a plan does not change is neither reset nor sent anything;
 *   - only prefixes of the plan are ever announced; what a peer announces is accepted only where the plan says so
 *     (RFC 8212), and then passed on to nobody;
 *   - graceful restart is never negotiated: peers must drop our routes the moment we die.
 */
import type { Problem } from '../base/problem.ts';
import type { BmpIntent } from '../network/bmp-intent.ts';
import type { AnnouncementIntent, SessionIntent } from '../network/intent.ts';
import type { RpkiIntent } from '../network/rpki-intent.ts';
import type { BgpTables } from './tables/tables.ts';

export interface AnnouncerPlan {
  readonly asn: number;
  readonly routerId: string;
  readonly sessions: readonly SessionPlan[];
  /** Absent: nobody validates. */
  readonly rpki?: RpkiIntent;
  /** Absent: no station is told of sessions and tables. */
  readonly bmp?: BmpIntent;
}

/** A session as it should be now. `announcements` empty: the session stays up and announces nothing. */
export type SessionPlan = Omit<SessionIntent, 'announcements'> & {
  readonly announcements: readonly AnnouncementIntent[];
};

export interface SessionStatus {
  readonly name: string;
  readonly peerAsn: number;
  readonly neighborAddress: string;
  readonly phase: 'idle' | 'connect' | 'active' | 'open-sent' | 'open-confirm' | 'established';
  /** The prefixes that the plan announces on this session; heard by the peer only while it is established. */
  readonly announced: readonly string[];
  /** Why it was last down, for people. */
  readonly lastDown?: string;
  /** Absent: no BFD is wanted beside it. */
  readonly bfd?: BfdState;
}

/** `unknown`: BFD cannot run, one side was told to stop it, or nothing was heard yet. */
export type BfdState = 'up' | 'down' | 'unknown';

/** What validates received routes, and by what data. */
export interface ValidationStatus {
  readonly aspa: boolean;
  /** waiting: no data yet, or it has expired · current · stale: the cache that gave the data is away. */
  readonly state: 'waiting' | 'current' | 'stale';
  readonly vrps: number;
  readonly aspas: number;
  /** In order of preference. */
  readonly caches: readonly CacheView[];
}

export interface CacheView {
  /** `10.0.0.1:323`, `rtr.example.net:324 (TLS)`. */
  readonly cache: string;
  readonly phase: 'stopped' | 'connecting' | 'querying' | 'loading' | 'ready' | 'waiting';
  readonly inUse: boolean;
  readonly inSync: boolean;
  /** Of the protocol RTR. */
  readonly version?: number;
  readonly serial?: number;
  readonly vrps: number;
  readonly aspas: number;
  readonly updatedAgoSeconds?: number;
  readonly failure?: string;
}

/** A monitoring station (BMP), and whether it is told. */
export interface StationView {
  /** `10.0.0.1:11019`. */
  readonly station: string;
  readonly connected: boolean;
  /** Connections that were made. */
  readonly connections: number;
  /** Changes of routes that wait for it. */
  readonly waiting: number;
  /** Why there is no connection. */
  readonly failure?: string;
}

export interface AnnouncerStop {
  /** Why, for the peer's people: the shutdown communication of the Cease notification (RFC 9003). */
  readonly communication: string;
  /** How long to wait at most until the peers have it. */
  readonly timeoutMs: number;
}

export interface Announcer {
  /** Makes the sessions and what they announce as planned. Never throws for what an operator can cause: see `problems`. */
  apply(plan: AnnouncerPlan): void;
  /** One entry for each session of the plan, in its order; one that could not be started is idle. */
  sessions(): readonly SessionStatus[];
  /** What keeps sessions of the current plan from being started, and caches from being asked. */
  problems(): readonly Problem[];
  /** `undefined` where nobody validates. */
  validation(): ValidationStatus | undefined;
  /** The monitoring stations in the plan's order; `undefined` where there are none. */
  stations(): readonly StationView[] | undefined;
  /** Its BGP tables, for who asks; absent where the implementation cannot show them. */
  readonly tables?: BgpTables;
  /** Calls `listener` after each change of a session's phase, and of what else `problems`, `validation` and `stations` tell. Returns what ends it. */
  onChange(listener: () => void): () => void;
  /** Withdraws all, tells each peer why, waits until they have it, and ends all sessions. Applies nothing afterwards. */
  stop(stop: AnnouncerStop): Promise<void>;
}
