/**
 * A path as one peer sent it, and what import made of it: one object each for all prefixes that have both alike.
 *
 * Why interned: a full table has ten times as many prefixes as sets of attributes. Interned by the bytes in which the peer
 * said them, so that what is said again is neither read nor kept again, and counted, so that what no prefix has any more is
 * forgotten.
 */
import { type Address, addressesEqual } from '../../ip/address.ts';
import type { Announced } from '../message/update-in-place.ts';
import type { ImportRejection, Path, RouteSource } from './types.ts';

/** What import makes of a path, for a prefix. */
export type ImportOutcome =
  | { readonly verdict: 'accept'; readonly path: Path; readonly term?: string }
  | { readonly verdict: 'reject'; readonly rejection: ImportRejection };

export class ReceivedPath {
  readonly path: Path;
  /** What the peer's bytes said it by; absent where they said more, so that nobody looks for them again. */
  readonly key: string | undefined;
  /** How many prefixes have it. */
  uses = 0;
  /** What the importer that judged it last keeps of that; another one begins anew. */
  importer: object | undefined;
  judged: ImportedPath | JudgedByPrefix | undefined;
  /** What every importer makes of it for a prefix that is no unicast one; made when first asked for. */
  notUnicast: ImportedPath | undefined;
  /** The same without a number, where the path has one (RFC 7911). */
  readonly #plain: ReceivedPath | undefined;
  #numbered: Map<number, ReceivedPath> | undefined;

  constructor(path: Path, key?: string, plain?: ReceivedPath) {
    this.path = path;
    this.key = key;
    this.#plain = plain;
  }

  /** The same with the peer's number for it (RFC 7911); the very path where it has none. */
  withPathId(pathId: number | undefined): ReceivedPath {
    if (pathId === undefined) return this;
    this.#numbered ??= new Map();
    let path = this.#numbered.get(pathId);
    if (path === undefined) {
      path = new ReceivedPath({ ...this.path, pathId }, this.key, this);
      this.#numbered.set(pathId, path);
    }
    return path;
  }

  /** Counts a prefix in or out; returns whether any is left that has it, with whatever number. */
  use(by: 1 | -1): boolean {
    this.uses += by;
    if (this.#plain === undefined) return this.uses > 0;
    if (this.uses === 0) this.#plain.#numbered?.delete(this.path.pathId as number);
    return this.#plain.use(by);
  }
}

/** Where the policy looks at prefixes: the path before it, and each outcome by what of the policy matched. */
export interface JudgedByPrefix {
  readonly usable: Path;
  readonly outcomes: Map<string, ImportedPath>;
}

/** A received path with an outcome of import. */
export class ImportedPath {
  readonly received: ReceivedPath;
  readonly outcome: ImportOutcome;
  /** The peer has still to say it again, or it goes. */
  readonly stale: boolean;
  #whenStale: ImportedPath | undefined;

  constructor(received: ReceivedPath, outcome: ImportOutcome, stale = false) {
    this.received = received;
    this.outcome = outcome;
    this.stale = stale;
  }

  get pathId(): number | undefined {
    return this.received.path.pathId;
  }

  /** The same for prefixes of which the peer has not said it again. */
  get whenStale(): ImportedPath {
    if (this.stale) return this;
    this.#whenStale ??= new ImportedPath(this.received, this.outcome, true);
    return this.#whenStale;
  }
}

/** The paths that one peer has sent in its present session, by the bytes that it said them in. */
export class ReceivedPaths {
  readonly #paths = new Map<string, ReceivedPath>();
  #nextHop: Address | undefined;
  #last: ReceivedPath | undefined;

  get size(): number {
    return this.#paths.size;
  }

  get(key: string): ReceivedPath | undefined {
    // Asked twice for each message, before and after the session has seen it.
    if (this.#last?.key !== key) this.#last = this.#paths.get(key);
    return this.#last;
  }

  /** Takes what a message said for the first time. Next hops are few, and most often the one before. */
  add(source: RouteSource, { family, nextHop, attributes }: Announced, key: string): ReceivedPath {
    if (this.#nextHop === undefined || !addressesEqual(this.#nextHop, nextHop)) this.#nextHop = nextHop;
    const path = new ReceivedPath({ family, source, nextHop: this.#nextHop, attributes }, key);
    this.#paths.set(key, path);
    return path;
  }

  /** Forgets a path that no prefix has. One of an earlier session may have stood under the same bytes. */
  drop({ key, path }: ReceivedPath): void {
    this.#last = undefined;
    if (key !== undefined && this.#paths.get(key)?.path.attributes === path.attributes) this.#paths.delete(key);
  }

  /** The bytes of another session mean something else. */
  clear(): void {
    this.#paths.clear();
    this.#last = undefined;
  }
}
