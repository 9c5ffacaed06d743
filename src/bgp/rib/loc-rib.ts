/**
 * Loc-RIB: the usable routes to each prefix with the decision among them, and which best routes have changed.
 *
 * Why changes are collected: all that one event changes is decided once and told once, so a prefix that goes and comes back
 * within an event causes nothing.
 * A prefix with one candidate, as most have, keeps just that path; one with several keeps a list, the best in front. Why each
 * other one lost is worked out for whoever asks.
 */
import { assert } from '../../base/assert.ts';
import type { Address } from '../../ip/address.ts';
import type { Prefix } from '../../ip/prefix.ts';
import type { AddressFamily } from '../message/types.ts';
import { saySame } from './attributes-equal.ts';
import { Column, type IdRange } from './column.ts';
import { bestOf, type DecisionAmong, decide } from './decision.ts';
import type { PrefixTable } from './prefix-table.ts';
import { type Decision, inSamePlace, type Path, type Route, routeTo } from './types.ts';

/** An empty list: all are gone, which is still to be told. */
type Candidates = Path | readonly Path[];

const gone: Candidates = [];

/** The prefixes whose candidates changed. */
export interface Touched {
  readonly all: readonly number[];
  /** Those of them whose best route is another one. What is behind the best matters to peers that are told several paths. */
  readonly changed: readonly number[];
}

export class LocRib {
  readonly #table: PrefixTable;
  readonly #column: Column<Candidates>;
  /** Since the last `takeTouched`, each with the route that was best then. */
  #touched = new Map<number, Path | undefined>();
  /** The numbers under which peers that take several paths are told of candidates; made when first asked for. */
  readonly #pathIds = new Map<number, Map<string, number>>();

  constructor(table: PrefixTable) {
    this.#table = table;
    this.#column = new Column(table);
  }

  /** Puts in or replaces that path of its peer. */
  set(id: number, path: Path): void {
    const before = this.#column.get(id);
    this.#touch(id, before);
    if (before === undefined || (!isList(before) && inSamePlace(before, path))) {
      this.#column.set(id, path);
      return;
    }
    const others = listOf(before).filter((other) => !inSamePlace(other, path));
    this.#column.set(id, others.length === 0 ? path : [...others, path]);
  }

  /** Takes out the path that stands in the place of `path`. */
  delete(id: number, path: Path): void {
    const before = this.#column.get(id);
    if (before === undefined) return;
    const list = listOf(before);
    const left = list.filter((other) => !inSamePlace(other, path));
    if (left.length === list.length) return;
    this.#touch(id, before);
    this.#forgetPathId(id, path);
    const [only] = left;
    this.#column.set(id, only === undefined ? gone : left.length === 1 ? only : left);
  }

  #touch(id: number, before: Candidates | undefined): void {
    if (!this.#touched.has(id)) this.#touched.set(id, before === undefined ? undefined : listOf(before)[0]);
  }

  /** Decides anew where candidates changed, and returns those prefixes. Their numbers hold until the next `set`. */
  takeTouched(): Touched {
    const touched = this.#touched;
    if (touched.size === 0) return { all: [], changed: [] };
    this.#touched = new Map();
    const changed: number[] = [];
    for (const [id, before] of touched) {
      if (!sameRoute(before, this.#decide(id))) changed.push(id);
    }
    return { all: [...touched.keys()], changed };
  }

  /** Puts the best in front. */
  #decide(id: number): Path | undefined {
    const candidates = this.#column.get(id);
    if (candidates === undefined || !isList(candidates)) return candidates;
    const best = bestOf(candidates);
    if (best === undefined) this.#column.delete(id);
    else if (best !== candidates[0]) this.#column.set(id, [best, ...candidates.filter((path) => path !== best)]);
    return best;
  }

  /** As of the last `takeTouched`. */
  best(id: number): Path | undefined {
    const candidates = this.#column.get(id);
    return candidates !== undefined && isList(candidates) ? candidates[0] : candidates;
  }

  /** All candidates, in the order of the decision with the best first. */
  ranked(id: number): readonly Path[] {
    const candidates = this.#column.get(id);
    if (candidates === undefined) return [];
    if (!isList(candidates)) return [candidates];
    const { best, losers } = decide(candidates) as DecisionAmong<Path>;
    return [best, ...losers.map(({ route }) => route)];
  }

  decision(prefix: Prefix, family: AddressFamily): Decision | undefined {
    const candidates = this.#column.get(this.#table.find(prefix, family));
    return candidates && decide(listOf(candidates).map((path) => routeTo(prefix, path)));
  }

  /** Our number for one of the candidates to a prefix (RFC 7911 §3), which stays while the candidate does. */
  pathId(id: number, path: Path): number {
    assert(this.#column.get(id) !== undefined, 'a path of a prefix that is there');
    const numbers = this.#pathIds.get(id) ?? new Map<string, number>();
    this.#pathIds.set(id, numbers);
    const known = numbers.get(placeOf(path));
    if (known !== undefined) return known;
    const taken = new Set(numbers.values());
    let number = 1;
    while (taken.has(number)) number++;
    numbers.set(placeOf(path), number);
    return number;
  }

  #forgetPathId(id: number, path: Path): void {
    const numbers = this.#pathIds.get(id);
    if (numbers?.delete(placeOf(path)) && numbers.size === 0) this.#pathIds.delete(id);
  }

  /** The best route of the longest unicast prefix that holds `address`. */
  lookup(address: Address): Route | undefined {
    const id = this.#table.longestMatch(address, (id) => this.best(id) !== undefined);
    const best = this.best(id);
    return best && routeTo(this.#table.prefix(id), best);
  }

  /** The prefixes with a route, in no order. */
  ids(): Int32Array {
    return this.#column.ids();
  }

  /** Those of them in a range of numbers. */
  idsIn(range: IdRange): readonly number[] {
    return this.#column.idsIn(range);
  }

  /** The best routes, in address order. */
  *bestRoutes(): Generator<Route> {
    for (const id of this.#table.sort(this.ids())) {
      const best = this.best(id);
      if (best !== undefined) yield routeTo(this.#table.prefix(id), best);
    }
  }
}

function isList(candidates: Candidates): candidates is readonly Path[] {
  return Array.isArray(candidates);
}

function listOf(candidates: Candidates): readonly Path[] {
  return isList(candidates) ? candidates : [candidates];
}

function sameRoute(a: Path | undefined, b: Path | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a === b || (inSamePlace(a, b) && saySame(a, b));
}

function placeOf({ source, pathId }: Path): string {
  return `${pathId ?? '-'} ${source.peer}`;
}
