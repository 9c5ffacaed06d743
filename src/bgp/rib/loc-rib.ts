/**
 * Loc-RIB: the usable routes to each prefix with the decision among them, and which best routes have changed.
 *
 * Why changes are collected: all that one event changes is decided once and told once, so a prefix that goes and comes back
 * within an event causes nothing.
 */
import { assert } from '../../base/assert.ts';
import type { Address } from '../../ip/address.ts';
import { formatPrefix, type Prefix } from '../../ip/prefix.ts';
import { PrefixTrie } from '../../ip/trie.ts';
import { saySame } from './attributes-key.ts';
import { decide } from './decision.ts';
import { type Decision, type Route, routeKey } from './types.ts';

interface Destination {
  readonly prefix: Prefix;
  /** By `routeKey`. */
  readonly candidates: Map<string, Route>;
  /** As of the last `takeTouched`. */
  decision: Decision | undefined;
  /** The numbers under which peers that take several paths are told of candidates, by `routeKey`; made when first asked for. */
  pathIds?: Map<string, number>;
}

export interface BestChange {
  readonly prefix: Prefix;
  /** `undefined` where no route is left. */
  readonly best: Route | undefined;
}

export interface Touched extends BestChange {
  /** False where only what is behind the best changed, which peers that are told several paths want to know. */
  readonly bestChanged: boolean;
}

export class LocRib {
  readonly #destinations = new PrefixTrie<Destination>();
  /** Destinations whose candidates changed since the last `takeTouched`, by their prefix's text. */
  #touched = new Map<string, Destination>();

  /** Puts in or replaces that path of its peer. */
  set(route: Route): void {
    let destination = this.#destinations.get(route.prefix);
    if (destination === undefined) {
      destination = { prefix: route.prefix, candidates: new Map(), decision: undefined };
      this.#destinations.set(route.prefix, destination);
    }
    destination.candidates.set(routeKey(route), route);
    this.#touched.set(formatPrefix(route.prefix), destination);
  }

  /** `key` as `routeKey` makes it: the peer's id where it sends one path a prefix. */
  delete(prefix: Prefix, key: string): void {
    const destination = this.#destinations.get(prefix);
    if (!destination?.candidates.delete(key)) return;
    destination.pathIds?.delete(key);
    this.#touched.set(formatPrefix(prefix), destination);
  }

  /** As `takeTouched`, without the prefixes whose best route is the one that it was. */
  takeChanges(): readonly BestChange[] {
    return this.takeTouched()
      .filter(({ bestChanged }) => bestChanged)
      .map(({ prefix, best }) => ({ prefix, best }));
  }

  /** Decides anew where candidates changed, and returns those prefixes. */
  takeTouched(): readonly Touched[] {
    const changes: Touched[] = [];
    const touched = this.#touched;
    this.#touched = new Map();
    for (const destination of touched.values()) {
      const before = destination.decision?.best;
      destination.decision = decide([...destination.candidates.values()]);
      const best = destination.decision?.best;
      if (best === undefined) this.#destinations.delete(destination.prefix);
      changes.push({ prefix: destination.prefix, best, bestChanged: !sameRoute(before, best) });
    }
    return changes;
  }

  decision(prefix: Prefix): Decision | undefined {
    return this.#destinations.get(prefix)?.decision;
  }

  best(prefix: Prefix): Route | undefined {
    return this.decision(prefix)?.best;
  }

  /** Our number for one of the candidates to its prefix (RFC 7911 §3), which stays while the candidate does. */
  pathId(route: Route): number {
    const destination = this.#destinations.get(route.prefix);
    assert(destination !== undefined, 'a path of a prefix that is there');
    destination.pathIds ??= new Map();
    const key = routeKey(route);
    const known = destination.pathIds.get(key);
    if (known !== undefined) return known;
    const taken = new Set(destination.pathIds.values());
    let id = 1;
    while (taken.has(id)) id++;
    destination.pathIds.set(key, id);
    return id;
  }

  /** The best route of the longest prefix that holds `address`. */
  lookup(address: Address): Route | undefined {
    return this.#destinations.longestMatch(address)?.value.decision?.best;
  }

  /** The best routes, in address order. */
  *bestRoutes(): Generator<Route> {
    for (const { value } of this.#destinations.entries()) {
      if (value.decision !== undefined) yield value.decision.best;
    }
  }
}

function sameRoute(a: Route | undefined, b: Route | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return routeKey(a) === routeKey(b) && saySame(a, b);
}
