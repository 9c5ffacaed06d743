/**
 * Adj-RIB-In: what one peer has announced, as it announced it, with what import made of each route (RFC 4271 §3.2).
 *
 * Why rejected routes stay: an operator asks "did they send it at all?", and the answer needs the route and the reason.
 * Stale routes are those that the peer has still to say again, after a restart (RFC 4724 §4.2) or in a refresh between its
 * BoRR and EoRR (RFC 7313 §4).
 * Nothing is kept for a prefix but which of the interned paths it has: one, or where the peer sends several (RFC 7911) a list.
 */
import { byFamily } from '../message/family/table.ts';
import type { AddressFamily } from '../message/types.ts';
import { Column, type IdRange } from './column.ts';
import type { PrefixTable } from './prefix-table.ts';
import { type ImportedPath, ReceivedPaths } from './received-path.ts';

type Paths = ImportedPath | readonly ImportedPath[];

interface Counts {
  received: number;
  accepted: number;
  stale: number;
}

export interface RouteCount {
  /** Rejected ones, too. */
  readonly received: number;
  readonly accepted: number;
}

/** Hears of each path that is new, another or gone. */
export type InObserver = (id: number, before: ImportedPath | undefined, after: ImportedPath | undefined) => void;

export class AdjRibIn {
  /** Where the session finds what it has read before. */
  readonly paths = new ReceivedPaths();
  readonly #table: PrefixTable;
  readonly #observe: InObserver | undefined;
  readonly #column: Column<Paths>;
  readonly #counts = byFamily((): Counts => ({ received: 0, accepted: 0, stale: 0 }));

  constructor(table: PrefixTable, observe?: InObserver) {
    this.#table = table;
    this.#observe = observe;
    this.#column = new Column(table);
  }

  get size(): number {
    return Object.values(this.#counts).reduce((sum, { received }) => sum + received, 0);
  }

  /** One path to a prefix; `undefined` where the peer has not sent it. */
  get(id: number, pathId?: number): ImportedPath | undefined {
    const paths = this.#column.get(id);
    if (paths === undefined || isList(paths)) return paths?.find((path) => path.pathId === pathId);
    return paths.pathId === pathId ? paths : undefined;
  }

  /** All paths to this prefix: one, but where the peer sends several (RFC 7911). */
  pathsTo(id: number): readonly ImportedPath[] {
    const paths = this.#column.get(id);
    if (paths === undefined) return [];
    return isList(paths) ? paths : [paths];
  }

  /** Replaces the peer's earlier route: an announcement is an implicit withdrawal (RFC 4271 §3.1). */
  set(id: number, path: ImportedPath): void {
    const before = this.#put(id, path);
    this.#observe?.(id, before, path);
  }

  /** Returns what stood there. */
  #put(id: number, path: ImportedPath): ImportedPath | undefined {
    const before = this.#column.get(id);
    this.#count(id, path, 1);
    if (before === undefined) {
      this.#column.set(id, path);
      return undefined;
    }
    const known = this.get(id, path.pathId);
    if (known !== undefined) this.#count(id, known, -1);
    if (known === before) this.#column.set(id, path);
    else if (known === undefined) this.#column.set(id, [...this.pathsTo(id), path]);
    else
      this.#column.set(
        id,
        this.pathsTo(id).map((one) => (one === known ? path : one)),
      );
    return known;
  }

  /** The path that was there; a withdrawal of what was never announced is no error (RFC 4271 §9). */
  delete(id: number, pathId?: number): ImportedPath | undefined {
    const before = this.get(id, pathId);
    if (before === undefined) return undefined;
    const left = this.pathsTo(id).filter((path) => path !== before);
    this.#count(id, before, -1); // asks for the prefix's family, so before the prefix may go
    const [only] = left;
    if (only === undefined) this.#column.delete(id);
    else this.#column.set(id, left.length === 1 ? only : left);
    this.#observe?.(id, before, undefined);
    return before;
  }

  /** The prefixes of which the peer has announced something, as of now. */
  ids(): Int32Array {
    return this.#column.ids();
  }

  /** Those of them in a range of numbers. */
  idsIn(range: IdRange): readonly number[] {
    return this.#column.idsIn(range);
  }

  count(family: AddressFamily): RouteCount {
    const { received, accepted } = this.#counts[family];
    return { received, accepted };
  }

  staleCount(family: AddressFamily): number {
    return this.#counts[family].stale;
  }

  /** From now on each route of the family is stale until it is announced again. */
  markStale(family: AddressFamily): void {
    for (const id of this.ids()) {
      if (this.#table.family(id) !== family) continue;
      for (const path of this.pathsTo(id)) this.#put(id, path.whenStale);
    }
  }

  /** The routes of the family that are stale, as of now. */
  *stale(family: AddressFamily): Generator<{ readonly id: number; readonly path: ImportedPath }> {
    if (this.staleCount(family) === 0) return;
    for (const id of this.ids()) {
      if (this.#table.family(id) !== family) continue;
      for (const path of this.pathsTo(id)) if (path.stale) yield { id, path };
    }
  }

  #count(id: number, { received, outcome, stale }: ImportedPath, by: 1 | -1): void {
    const counts = this.#counts[this.#table.family(id)];
    counts.received += by;
    if (outcome.verdict === 'accept') counts.accepted += by;
    if (stale) counts.stale += by;
    if (!received.use(by)) this.paths.drop(received);
  }
}

function isList(paths: Paths): paths is readonly ImportedPath[] {
  return Array.isArray(paths);
}
