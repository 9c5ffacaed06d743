/**
 * A BMP station as a pure machine: connections and bytes in, notices out (RFC 7854).
 *
 * Why pure: sockets stand around it in `../transport/station-server.ts`; a test, the fuzzer and a file of captured bytes use the same machine.
 */
import type { MonitoredRib } from '../message/types.ts';
import type { RouteBudget } from './peer-tables.ts';
import { MonitoredRouter } from './router.ts';
import type { RouterStatus, StationLimits, StationNotice, StationOutcome, StationRoute } from './types.ts';

export type * from './types.ts';

export class Station {
  readonly #maximumRouters: number;
  readonly #maximumPeers: number;
  readonly #keepsRoutes: boolean;
  readonly #budget: RouteBudget;
  readonly #routers = new Map<string, MonitoredRouter>();
  #serial = 0;

  constructor(limits: StationLimits = {}) {
    const { maximumRouters = 256, maximumPeers = 4096, maximumRoutes = 4_000_000 } = limits;
    this.#maximumRouters = maximumRouters;
    this.#maximumPeers = maximumPeers;
    this.#keepsRoutes = maximumRoutes > 0;
    this.#budget = { left: maximumRoutes };
  }

  /** A router has connected. Returns its id; `undefined` where there are as many as may be. */
  connected(remote: string): { readonly id: string; readonly notices: readonly StationNotice[] } | undefined {
    if (this.#routers.size >= this.#maximumRouters) return undefined;
    const id = `router${++this.#serial}`;
    const limits = { maximumPeers: this.#maximumPeers, keepsRoutes: this.#keepsRoutes };
    this.#routers.set(id, new MonitoredRouter(id, { remote, limits, budget: this.#budget }));
    return { id, notices: [{ type: 'router-up', router: id, remote }] };
  }

  /** The next bytes of a router's stream. Late bytes of one that is gone are ignored. */
  bytes(id: string, bytes: Uint8Array): StationOutcome {
    return this.#routers.get(id)?.bytes(bytes) ?? { notices: [], close: false };
  }

  /** The connection is gone: so is all that was known by it (RFC 7854 §3.2). */
  closed(id: string, why: string): readonly StationNotice[] {
    const router = this.#routers.get(id);
    if (router === undefined) return [];
    router.forget();
    this.#routers.delete(id);
    const words = router.terminated;
    return [{ type: 'router-down', router: id, why: words === undefined ? why : `it said goodbye: ${words}` }];
  }

  /** Whether a router has said anything that is BMP. */
  initiated(id: string): boolean {
    return this.#routers.get(id)?.initiated === true;
  }

  routers(): readonly RouterStatus[] {
    return Array.from(this.#routers.values(), (router) => router.status());
  }

  /** The routes of one table; `peer` is the key of its status. */
  routes(router: string, peer: string, rib: MonitoredRib): Iterable<StationRoute> {
    return this.#routers.get(router)?.routes(peer, rib) ?? [];
  }
}
