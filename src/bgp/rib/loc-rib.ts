/**
 * Loc-RIB: the usable routes to each prefix with the decision among them, and which best routes have changed.
 *
 * Why changes are collected: all that one event changes is decided once and told once, so a prefix that goes and comes back
 * within an event causes nothing.
 */
import type { Address } from '../../ip/address.ts';
import { formatPrefix, type Prefix } from '../../ip/prefix.ts';
import { PrefixTrie } from '../../ip/trie.ts';
import { saySame } from './attributes-key.ts';
import { decide } from './decision.ts';
import type { Decision, Route } from './types.ts';

interface Destination {
  readonly prefix: Prefix;
  /** By peer. */
  readonly candidates: Map<string, Route>;
  /** As of the last `takeChanges`. */
  decision: Decision | undefined;
}

export interface BestChange {
  readonly prefix: Prefix;
  /** `undefined` where no route is left. */
  readonly best: Route | undefined;
}

export class LocRib {
  readonly #destinations = new PrefixTrie<Destination>();
  /** Destinations whose candidates changed since the last `takeChanges`, by their prefix's text. */
  #touched = new Map<string, Destination>();

  /** Puts in or replaces the route of its peer. */
  set(route: Route): void {
    let destination = this.#destinations.get(route.prefix);
    if (destination === undefined) {
      destination = { prefix: route.prefix, candidates: new Map(), decision: undefined };
      this.#destinations.set(route.prefix, destination);
    }
    destination.candidates.set(route.source.peer, route);
    this.#touched.set(formatPrefix(route.prefix), destination);
  }

  delete(prefix: Prefix, peer: string): void {
    const destination = this.#destinations.get(prefix);
    if (destination?.candidates.delete(peer)) this.#touched.set(formatPrefix(prefix), destination);
  }

  /** Decides anew where candidates changed, and returns the prefixes whose best route is another one now. */
  takeChanges(): readonly BestChange[] {
    const changes: BestChange[] = [];
    const touched = this.#touched;
    this.#touched = new Map();
    for (const destination of touched.values()) {
      const before = destination.decision?.best;
      destination.decision = decide([...destination.candidates.values()]);
      const best = destination.decision?.best;
      if (best === undefined) this.#destinations.delete(destination.prefix);
      if (!sameRoute(before, best)) changes.push({ prefix: destination.prefix, best });
    }
    return changes;
  }

  decision(prefix: Prefix): Decision | undefined {
    return this.#destinations.get(prefix)?.decision;
  }

  best(prefix: Prefix): Route | undefined {
    return this.decision(prefix)?.best;
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
  return a.source.peer === b.source.peer && saySame(a, b);
}
