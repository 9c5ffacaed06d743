/**
 * Adj-RIB-In: what one peer has announced, as it announced it, with what import made of each route (RFC 4271 §3.2).
 *
 * Why rejected routes stay: an operator asks "did they send it at all?", and the answer needs the route and the reason.
 */

import { formatPrefix, type Prefix } from '../../ip/prefix.ts';
import type { ReceivedRoute } from './types.ts';

export class AdjRibIn {
  readonly #routes = new Map<string, ReceivedRoute>();

  get size(): number {
    return this.#routes.size;
  }

  get(prefix: Prefix): ReceivedRoute | undefined {
    return this.#routes.get(formatPrefix(prefix));
  }

  /** Replaces the peer's earlier route to the prefix: an announcement is an implicit withdrawal (RFC 4271 §3.1). */
  set(route: ReceivedRoute): void {
    this.#routes.set(formatPrefix(route.received.prefix), route);
  }

  /** Whether there was one; a withdrawal of what was never announced is no error (RFC 4271 §9). */
  delete(prefix: Prefix): boolean {
    return this.#routes.delete(formatPrefix(prefix));
  }

  routes(): Iterable<ReceivedRoute> {
    return this.#routes.values();
  }

  clear(): void {
    this.#routes.clear();
  }
}
