/**
 * Adj-RIB-Out: what one peer has been told, and the prefixes for which that may no longer be right (RFC 4271 §3.2).
 *
 * Why state and difference, not a queue of updates: whatever happened in between, comparing what the peer knows with what
 * it should know gives the fewest messages. A duplicate is never sent, and only what was announced is withdrawn
 * (RFC 4271 §9.2 asks for no redundant updates). The state is kept until the session ends, because the peer then forgets all.
 * Most peers are told one path a prefix; one that takes several (RFC 7911) is told a list, each path with its number.
 * Paths are whatever the speaker hands in: prefixes with the same one go out together.
 */
import type { Address } from '../../ip/address.ts';
import { byFamily } from '../message/family/table.ts';
import type { AddressFamily, PathAttributes } from '../message/types.ts';
import { saySame } from './attributes-equal.ts';
import { Column } from './column.ts';
import type { PrefixTable } from './prefix-table.ts';

/** What a peer is told of a prefix. */
export interface OutPath {
  readonly nextHop: Address;
  readonly attributes: PathAttributes;
}

/** One of several paths to a prefix. */
export interface NumberedPath<P> {
  readonly path: P;
  readonly pathId: number;
}

export type Told<P> = P | readonly NumberedPath<P>[];

/** How many prefixes of each family the peer may be told at most; absent: any number. */
export type OutLimits = Readonly<Partial<Record<AddressFamily, number>>>;

/** Prefixes by their numbers in the table, each with a path identifier (0 where it goes without). */
export class PathList {
  readonly ids: number[] = [];
  readonly pathIds: number[] = [];

  push(id: number, pathId: number): void {
    this.ids.push(id);
    this.pathIds.push(pathId);
  }
}

/** What brings the peer up to date, withdrawals first. */
export interface Difference<P> {
  readonly withdrawn: PathList;
  readonly announced: ReadonlyMap<P, PathList>;
}

export class AdjRibOut<P extends OutPath> {
  readonly #table: PrefixTable;
  readonly #limits: OutLimits;
  readonly #told: Column<Told<P>>;
  readonly #prefixes = byFamily(() => 0);
  /** What may no longer be right, list by list as it was touched. */
  #dirty: Iterable<number>[] = [];
  /** Families that the peer asked to hear again. */
  readonly #resend = new Set<AddressFamily>();
  /** What the limit kept back, to be looked at again when there is room. */
  readonly #withheld: Column<true>;

  constructor(table: PrefixTable, limits: OutLimits = {}) {
    this.#table = table;
    this.#limits = limits;
    this.#told = new Column(table);
    this.#withheld = new Column(table);
  }

  /** How many prefixes the peer has been told. */
  get size(): number {
    return this.#told.size;
  }

  /** How many prefixes the limit keeps back. */
  get withheld(): number {
    return this.#withheld.size;
  }

  /** What the peer has been told of a prefix; `undefined` where nothing. */
  get(id: number): Told<P> | undefined {
    return this.#told.get(id);
  }

  isWithheld(id: number): boolean {
    return this.#withheld.get(id) !== undefined;
  }

  /** The prefixes that the peer has been told. */
  ids(): Int32Array {
    return this.#told.ids();
  }

  count(family: AddressFamily): number {
    return this.#prefixes[family];
  }

  /** What the peer should know of these prefixes may have changed. */
  touch(ids: Iterable<number>): void {
    this.#dirty.push(ids);
  }

  /** The peer asked to hear everything of this family again (RFC 2918 §4). */
  resend(family: AddressFamily): void {
    this.#resend.add(family);
    this.touch(this.ids().filter((id) => this.#table.family(id) === family));
  }

  /** It could not be said after all: the peer has not been told of this path. */
  forget(id: number, pathId: number): void {
    const told = this.#told.get(id);
    const left = told !== undefined && isList(told) ? told.filter((path) => path.pathId !== pathId) : [];
    this.#put(id, left.length === 0 ? undefined : left);
  }

  /** The session is over, and the peer has forgotten all. */
  clear(): void {
    this.#told.clear();
    this.#withheld.clear();
  }

  /** What brings the peer to what `wanted` says of each touched prefix (`undefined`: nothing). Takes it as told. */
  flush(wanted: (id: number) => Told<P> | undefined): Difference<P> {
    const withdrawn = new PathList();
    const announced = new Map<P, PathList>();
    const announce = (path: P, id: number, pathId: number): void => {
      const list = announced.get(path) ?? new PathList();
      if (list.ids.length === 0) announced.set(path, list);
      list.push(id, pathId);
    };
    const fresh: { readonly id: number; readonly after: Told<P> }[] = [];
    const limited = Object.keys(this.#limits).length > 0;
    for (const id of this.#takeDirty()) {
      const before = this.#told.get(id);
      const after = wanted(id);
      this.#withheld.delete(id);
      if (before === undefined) {
        // With a limit, what is new comes last: what goes makes room for it.
        if (after !== undefined && limited) fresh.push({ id, after });
        else if (after !== undefined) this.#admit(id, after, announce);
        continue;
      }
      const resend = this.#resend.has(this.#table.family(id));
      this.#compare(id, before, after, resend, withdrawn, announce);
      this.#put(id, after);
    }
    this.#resend.clear();
    for (const { id, after } of fresh) this.#admit(id, after, announce);
    if (this.#withheld.size > 0) {
      for (const id of this.#withheld.ids()) {
        if (this.#isFull(id)) continue;
        const after = wanted(id);
        if (after !== undefined) this.#admit(id, after, announce);
        this.#withheld.delete(id);
      }
    }
    return { withdrawn, announced };
  }

  /** Each once. */
  #takeDirty(): Iterable<number> {
    const dirty = this.#dirty;
    this.#dirty = [];
    const [only = []] = dirty;
    return dirty.length < 2 ? only : new Set(dirty.flatMap((ids) => [...ids]));
  }

  #compare(
    id: number,
    before: Told<P>,
    after: Told<P> | undefined,
    resend: boolean,
    withdrawn: PathList,
    announce: (path: P, id: number, pathId: number) => void,
  ): void {
    if (!isList(before) && after !== undefined && !isList(after)) {
      if (resend || !saySame(before, after)) announce(after, id, 0);
      return;
    }
    const [old, now] = [numbered(before), after === undefined ? [] : numbered(after)];
    for (const { pathId } of old) if (!now.some((other) => other.pathId === pathId)) withdrawn.push(id, pathId);
    for (const { path, pathId } of now) {
      const known = old.find((other) => other.pathId === pathId);
      if (resend || known === undefined || !saySame(known.path, path)) announce(path, id, pathId);
    }
  }

  #admit(id: number, after: Told<P>, announce: (path: P, id: number, pathId: number) => void): void {
    if (this.#isFull(id)) {
      this.#withheld.set(id, true);
      return;
    }
    if (isList(after)) for (const { path, pathId } of after) announce(path, id, pathId);
    else announce(after, id, 0);
    this.#put(id, after);
  }

  #isFull(id: number): boolean {
    const family = this.#table.family(id);
    const limit = this.#limits[family];
    return limit !== undefined && this.#prefixes[family] >= limit;
  }

  #put(id: number, told: Told<P> | undefined): void {
    const family = this.#table.family(id);
    const change = (told === undefined ? 0 : 1) - (this.#told.get(id) === undefined ? 0 : 1);
    this.#prefixes[family] += change;
    if (told === undefined) this.#told.delete(id);
    else this.#told.set(id, told);
  }
}

function isList<P>(told: Told<P>): told is readonly NumberedPath<P>[] {
  return Array.isArray(told);
}

/** A path that goes without a number has 0. */
export function numbered<P>(told: Told<P>): readonly NumberedPath<P>[] {
  return isList(told) ? told : [{ path: told, pathId: 0 }];
}
