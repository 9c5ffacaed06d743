/**
 * The store: a log of changes to keyed records, of which the newest per key is what the network is meant to be.
 *
 * Why a log: the feed to the agents, the audit trail and the present state are then three readings of one table and
 * cannot disagree. Rows are only ever added; what a newer row of the same key superseded is forgotten by `compact`.
 * Kinds and values are the feed's (feed/records.ts); the store does not look into them.
 */
import type { FeedKind } from '../../feed/records.ts';

export interface Change {
  readonly kind: FeedKind;
  readonly name: string;
  /** The record's value as JSON text; null: the key is gone. */
  readonly json: string | null;
}

export interface LogRow extends Change {
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Who changed it: `network-file`, `api`. */
  readonly actor: string;
  /** Why, in the words of who changed it; null where nothing was said. */
  readonly note: string | null;
}

export interface Author {
  readonly actor: string;
  readonly at: number;
  readonly note?: string;
}

export interface ReadOptions {
  /** Only rows with a greater sequence number. */
  readonly after: number;
  /** The state as it was at this sequence number: newer rows do not exist, and supersede nothing. */
  readonly through: number;
  readonly limit: number;
  /** A PoP's name: of the kinds `pop` and `drain`, only its own records. */
  readonly visibleTo?: string;
  /** Leave out keys that are gone. */
  readonly presentOnly?: boolean;
}

/** All calls are synchronous. Each throws a ProblemError where the disk or the file fails: `control.store-…`. */
export interface Store {
  /** Made at random with the store: sequence numbers of another epoch mean nothing here. */
  readonly epoch: string;
  /** The newest sequence number; 0 where nothing was ever written. */
  through(): number;
  /**
   * What happened before this number is forgotten as far as it was superseded: who resumes from below needs a snapshot,
   * and as of a number below nothing can be read.
   */
  floor(): number;
  /** Appends all changes or none. Returns the new `through`. */
  append(changes: readonly Change[], author: Author): number;
  /** The newest row of a key; also of one that is gone. */
  latest(kind: FeedKind, name: string): LogRow | undefined;
  /** The keys of a kind that are there, by name; only names after `afterName`, `limit` at most. */
  list(kind: FeedKind, page?: { readonly afterName: string; readonly limit: number }): readonly LogRow[];
  count(kind: FeedKind): number;
  /** The newest row of each key, in the order of their sequence numbers. */
  read(options: ReadOptions): readonly LogRow[];
  /** All rows, superseded ones too, in order. */
  history(options: { readonly after: number; readonly limit: number }): readonly LogRow[];
  /** The values that a kind's rows have or had, as far as they are kept. */
  valuesEver(kind: FeedKind): readonly string[];
  /** Forgets what was superseded before the last `keep` sequence numbers. Returns how many rows went. */
  compact(keep: number): number;
  /** SHA-256 of a PoP's agent token, hex. */
  tokenHash(pop: string): string | undefined;
  setTokenHash(pop: string, sha256: string | null): void;
  tokenHashes(): ReadonlyMap<string, string>;
  close(): void;
}
