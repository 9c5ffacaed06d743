/**
 * Adj-RIB-In: what one peer has announced, as it announced it, with what import made of each route (RFC 4271 §3.2).
 *
 * Why rejected routes stay: an operator asks "did they send it at all?", and the answer needs the route and the reason.
 * Stale routes are those that the peer has still to say again, after a restart (RFC 4724 §4.2) or in a refresh between its
 * BoRR and EoRR (RFC 7313 §4): only then are they counted one by one.
 */

import { formatPrefix, type Prefix } from '../../ip/prefix.ts';
import { unicastFamily } from '../message/family/table.ts';
import type { AddressFamily, Nlri } from '../message/types.ts';
import type { ReceivedRoute, RibObserver } from './types.ts';

export interface RouteCount {
  /** Rejected ones, too. */
  readonly received: number;
  readonly accepted: number;
}

export type InChange = Parameters<RibObserver['received']>[1];

export class AdjRibIn {
  readonly #observe: ((change: InChange) => void) | undefined;
  readonly #routes = new Map<string, ReceivedRoute>();
  readonly #received: Record<AddressFamily, number> = { 'ipv4-unicast': 0, 'ipv6-unicast': 0 };
  readonly #accepted: Record<AddressFamily, number> = { 'ipv4-unicast': 0, 'ipv6-unicast': 0 };
  readonly #stale = new Map<AddressFamily, Map<string, Nlri>>();

  constructor(observe?: (change: InChange) => void) {
    this.#observe = observe;
  }

  get size(): number {
    return this.#routes.size;
  }

  get(nlri: Nlri): ReceivedRoute | undefined {
    return this.#routes.get(nlriKey(nlri));
  }

  /** All paths to this prefix: one, but where the peer sends several (RFC 7911). */
  pathsTo(prefix: Prefix): readonly ReceivedRoute[] {
    const only = this.#routes.get(formatPrefix(prefix));
    if (only !== undefined) return [only];
    const text = `${formatPrefix(prefix)} `;
    return [...this.#routes].filter(([key]) => key.startsWith(text)).map(([, route]) => route);
  }

  /** Replaces the peer's earlier route: an announcement is an implicit withdrawal (RFC 4271 §3.1). */
  set(route: ReceivedRoute): void {
    const key = nlriKey(nlriOf(route));
    const before = this.#forget(key);
    this.#routes.set(key, route);
    this.#observe?.({ nlri: nlriOf(route), ...(before && { before }), after: route });
    this.#count(route, 1);
  }

  /** Whether there was one; a withdrawal of what was never announced is no error (RFC 4271 §9). */
  delete(nlri: Nlri): boolean {
    const key = nlriKey(nlri);
    const before = this.#forget(key);
    if (before !== undefined) this.#observe?.({ nlri, before });
    return this.#routes.delete(key);
  }

  routes(): Iterable<ReceivedRoute> {
    return this.#routes.values();
  }

  count(family: AddressFamily): RouteCount {
    return { received: this.#received[family], accepted: this.#accepted[family] };
  }

  /** From now on each route of the family is stale until it is announced again. */
  markStale(family: AddressFamily): void {
    const stale = new Map<string, Nlri>();
    for (const [key, route] of this.#routes) if (familyOf(route) === family) stale.set(key, nlriOf(route));
    this.#stale.set(family, stale);
  }

  isStale(nlri: Nlri): boolean {
    return this.#stale.get(unicastFamily(nlri.family))?.has(nlriKey(nlri)) ?? false;
  }

  staleCount(family: AddressFamily): number {
    return this.#stale.get(family)?.size ?? 0;
  }

  /** The routes of the family that are stale; they stay so. */
  stale(family: AddressFamily): readonly ReceivedRoute[] {
    return [...(this.#stale.get(family)?.keys() ?? [])].flatMap((key) => this.#routes.get(key) ?? []);
  }

  /** Puts another outcome in the place of a stale route's, and leaves it stale. */
  replaceStale(route: ReceivedRoute): void {
    const nlri = nlriOf(route);
    this.set(route);
    this.#stale.get(familyOf(route))?.set(nlriKey(nlri), nlri);
  }

  /** What has not been announced again since `markStale`, for the caller to delete; no route of the family is stale then. */
  takeStale(family: AddressFamily): readonly Nlri[] {
    const left = [...(this.#stale.get(family)?.values() ?? [])];
    this.#stale.delete(family);
    return left;
  }

  #forget(key: string): ReceivedRoute | undefined {
    const before = this.#routes.get(key);
    if (before === undefined) return undefined;
    this.#count(before, -1);
    this.#stale.get(familyOf(before))?.delete(key);
    return before;
  }

  #count(route: ReceivedRoute, by: 1 | -1): void {
    const family = familyOf(route);
    this.#received[family] += by;
    if (route.outcome.verdict === 'accept') this.#accepted[family] += by;
  }
}

export function nlriOf({ received: { prefix, pathId } }: ReceivedRoute): Nlri {
  return pathId === undefined ? prefix : { ...prefix, pathId };
}

function nlriKey(nlri: Nlri): string {
  return nlri.pathId === undefined ? formatPrefix(nlri) : `${formatPrefix(nlri)} ${nlri.pathId}`;
}

function familyOf({ received }: ReceivedRoute): AddressFamily {
  return unicastFamily(received.prefix.family);
}
