/** A BFD session as its owner sees it: what it is told, what it tells. Values only, so they cross the border of a process. */
import type { Problem } from '../base/problem.ts';
import type { AuthenticationType, SessionState } from './packet/types.ts';

/** What we propose. What is used is the slower of each side's wish (RFC 5880 §6.8.7), and 1 s until the session is up. */
export interface BfdTimers {
  readonly desiredMinTxMs: number;
  readonly requiredMinRxMs: number;
  /** So many of our packets may be lost in a row before the peer takes us for gone. */
  readonly detectMultiplier: number;
}

export interface AuthenticationKey {
  /** 0 to 255, the same at both ends. */
  readonly id: number;
  /** 1 to 16 bytes, for SHA1 up to 20. */
  readonly secret: string;
}

export interface AuthenticationConfig {
  readonly type: AuthenticationType;
  /** The first signs; each is accepted, so that keys can be changed at one end after the other. */
  readonly keys: readonly [AuthenticationKey, ...AuthenticationKey[]];
}

export interface BfdSessionConfig {
  readonly id: string;
  /** An address of this machine, for a link-local one with its zone (`fe80::1%eth0`); packets come from it and to it. */
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** Absent: the peer is on the same link, and only packets that no router forwarded are heard (RFC 5881 §5). */
  readonly multihop?: {
    /** Packets that come in with a lower TTL are dropped; 1 drops none. */
    readonly minimumTtl: number;
  };
  readonly timers: BfdTimers;
  /** Say nothing before the peer does (RFC 5880 §6.1). */
  readonly passive?: boolean;
  readonly authentication?: AuthenticationConfig;
}

/** A session that came up or went down: what its clients act on. Steps on the way up are not told. */
export type BfdChange =
  | { readonly type: 'up'; readonly session: string }
  | {
      readonly type: 'down';
      readonly session: string;
      /** Why, as in our packets (RFC 5880 §4.1). */
      readonly diagnostic: number;
      /** What the peer last gave as its reason. */
      readonly remoteDiagnostic: number;
      /**
       * One side was told to stop BFD. That says nothing of the path: clients keep their own sessions (RFC 5882 §3.2).
       */
      readonly administrative: boolean;
      /** For people: `1 (Control Detection Time Expired)`. */
      readonly what: string;
    };

export interface BfdCounters {
  readonly sent: number;
  readonly received: number;
  /** Packets that were discarded, all reasons together (RFC 5880 §6.8.6). */
  readonly discarded: number;
  /** Times that the session left Up. */
  readonly downs: number;
}

export interface BfdSessionStatus {
  readonly id: string;
  readonly state: SessionState;
  readonly remoteState: SessionState;
  readonly diagnostic: number;
  readonly remoteDiagnostic: number;
  readonly localDiscriminator: number;
  readonly remoteDiscriminator: number;
  /** How often we send, before jitter; `undefined` while we send nothing. */
  readonly transmitIntervalMs: number | undefined;
  /** After so long without a packet the session is down; `undefined` before the first packet. */
  readonly detectionTimeMs: number | undefined;
  readonly counters: BfdCounters;
  /** Why the last packet was discarded. */
  readonly lastDiscard?: string;
  /** The latest that a packet left after its time: how well this machine keeps the pace that it promised. */
  readonly maximumLatenessMs: number;
}

export interface BfdStatus {
  /** The BFD process runs with SCHED_FIFO; else why not. */
  readonly realtime: true | string;
  readonly sessions: readonly BfdSessionStatus[];
}

export interface Bfd {
  /** Starts a session. Rejects with a Problem: those of `checkSession`, `bfd.session-exists`, `bfd.in-use`, `bfd.not-local`. */
  addSession(config: BfdSessionConfig): Promise<void>;
  /** Changes the timers of a running session, by a poll sequence (RFC 5880 §6.8.3); it stays up. */
  setTimers(id: string, timers: BfdTimers): Promise<void>;
  /** Holds a session in AdminDown, or lets it go (RFC 5880 §6.8.16). */
  setAdministrativelyDown(id: string, down: boolean): Promise<void>;
  /** Tells the peer AdminDown and forgets the session, whose id is free at once. */
  removeSession(id: string): Promise<void>;
  /** Returns what ends the subscription. */
  onChange(listener: (change: BfdChange) => void): () => void;
  /** Whether the session is up, as far as this process has heard. */
  isUp(id: string): boolean;
  status(): Promise<BfdStatus>;
  /** Removes all sessions, and leaves no socket, no timer and no process. */
  stop(): Promise<void>;
}

/** What a process that failed leaves behind: its sessions are then neither up nor down. */
export type BfdFailure = Problem;
