/**
 * A network of real speaker cores in virtual time: links with delays, cuts and silent losses, speakers that die and return.
 *
 * Why: what hundreds of routers do together, with faults in the middle of convergence, runs here in milliseconds and is the
 * same for the same seed. A link's name is the peer id at both of its ends.
 */
import { assert } from '../base/assert.ts';
import { type Random, seededRandom } from '../base/random.ts';
import { exportPolicyFor, importPolicyFor } from '../bgp/policy/gao-rexford.ts';
import type { Relation, Route } from '../bgp/rib/types.ts';
import type { Side } from '../bgp/session/types.ts';
import { createSpeakerCore, type SpeakerCore } from '../bgp/speaker/speaker.ts';
import type { LocalRoute, PeerConfig, PeerTimer, SpeakerEffect, SpeakerEvent } from '../bgp/speaker/types.ts';
import type { Address } from '../ip/address.ts';
import { formatPrefix, type Prefix } from '../ip/prefix.ts';
import { ByteStream } from './byte-stream.ts';
import { ManualClock } from './manual-clock.ts';

export interface SimulatedLink {
  readonly id: string;
  /** The ASNs at its ends. */
  readonly ends: readonly [number, number];
  /** What each end is to the other one: `relations[0]` is what the second end is to the first. */
  readonly relations: readonly [Relation | undefined, Relation | undefined];
  readonly delayMs: number;
  readonly addresses: readonly [Address, Address];
  up: boolean;
}

export interface SimulatedRouter {
  readonly asn: number;
  readonly routerId: Address;
  /** `undefined` while it is dead. */
  core: SpeakerCore | undefined;
  /** What it is to announce, by prefix; a router that returns announces it again. */
  readonly announced: Map<string, LocalRoute>;
  readonly timers: Map<string, () => void>;
  /** Its open connections, by link and side. */
  readonly streams: Map<string, { readonly stream: ByteStream; readonly end: 0 | 1 }>;
}

/** The longest TCP's connect waits where nothing answers. */
const connectTimeoutMs = 10_000;
/** A network that talks this much has something that never ends. */
const stepLimit = 100_000;
/** A KEEPALIVE's length: what is longer says something. */
const keepaliveBytes = 19;

export class BgpNetwork {
  readonly clock = new ManualClock();
  readonly random: Random;
  readonly routers = new Map<number, SimulatedRouter>();
  readonly links = new Map<string, SimulatedLink>();
  /** When something last happened beyond keepalives. */
  #lastActivity = 0;
  #stepsSinceRest = 0;

  /** What every peering has beyond the plain. */
  readonly #options: Partial<PeerConfig>;

  constructor(seed: number, options: Partial<PeerConfig> = {}) {
    this.random = seededRandom(seed);
    this.#options = options;
  }

  addRouter(asn: number): void {
    const routerId = {
      family: 4,
      bytes: Uint8Array.of(10, 0, this.routers.size >> 8, this.routers.size & 0xff),
    } as const;
    const router: SimulatedRouter = {
      asn,
      routerId,
      core: undefined,
      announced: new Map(),
      timers: new Map(),
      streams: new Map(),
    };
    this.routers.set(asn, router);
    this.revive(asn);
  }

  /** Connects two routers; `secondIs` says what `b` is to `a`. Peers get Gao-Rexford policies. */
  addLink(a: number, b: number, secondIs: Relation, delayMs: number): SimulatedLink {
    const index = this.links.size;
    const address = (end: number): Address => ({
      family: 4,
      bytes: Uint8Array.of(198, 18 + (index >> 14), (index >> 6) & 0xff, ((index & 0x3f) << 2) | (1 + end)),
    });
    const inverse: Record<Relation, Relation> = { customer: 'provider', provider: 'customer', lateral: 'lateral' };
    const link: SimulatedLink = {
      id: `${a}-${b}#${index}`,
      ends: [a, b],
      relations: [secondIs, inverse[secondIs]],
      delayMs,
      addresses: [address(0), address(1)],
      up: true,
    };
    this.links.set(link.id, link);
    for (const end of [0, 1] as const) this.#configure(link, end);
    return link;
  }

  router(asn: number): SimulatedRouter {
    const router = this.routers.get(asn);
    assert(router, `a router of AS ${asn}`);
    return router;
  }

  announce(asn: number, route: LocalRoute): void {
    this.router(asn).announced.set(formatPrefix(route.prefix), route);
    this.step(asn, { type: 'announce', route });
  }

  withdraw(asn: number, prefix: Prefix): void {
    this.router(asn).announced.delete(formatPrefix(prefix));
    this.step(asn, { type: 'withdraw', prefix });
  }

  /** Takes a link down: `broken` is told to both ends at once, `silent` to nobody. */
  cut(link: SimulatedLink, how: 'broken' | 'silent'): void {
    link.up = false;
    for (const stream of this.#streamsOf(link)) {
      if (how === 'broken') stream.break();
      else stream.silence();
    }
  }

  /** Brings a link back. Connections from before are dead, and who still has one learns it now. */
  restore(link: SimulatedLink): void {
    link.up = true;
    for (const stream of this.#streamsOf(link)) stream.break();
  }

  /** The process dies: its connections close, and all that it knew is gone. */
  kill(asn: number): void {
    const router = this.router(asn);
    router.core = undefined;
    for (const cancel of router.timers.values()) cancel();
    router.timers.clear();
    for (const { stream, end } of router.streams.values()) stream.close(end);
    router.streams.clear();
    this.#active();
  }

  /** Starts a dead router afresh, with its peers and what it is to announce. */
  revive(asn: number): void {
    const router = this.router(asn);
    assert(router.core === undefined, `AS ${asn} is dead`);
    const seed = this.random.below(2 ** 31);
    router.core = createSpeakerCore({ asn, routerId: router.routerId }, seededRandom(seed));
    for (const link of this.links.values()) {
      for (const end of [0, 1] as const) if (link.ends[end] === asn) this.#configure(link, end);
    }
    for (const route of router.announced.values()) this.step(asn, { type: 'announce', route });
  }

  step(asn: number, event: SpeakerEvent): void {
    assert(++this.#stepsSinceRest <= stepLimit, `${stepLimit} events and no rest`);
    const router = this.router(asn);
    for (const effect of router.core?.step(event) ?? []) this.#carryOut(router, effect);
  }

  /** Lets time pass until every session that can be up is up, and nothing more was said for a while. */
  settle(limitMs = 900_000): void {
    const deadline = this.clock.now() + limitMs;
    this.#active();
    for (;;) {
      this.clock.advance(500);
      const quiet = this.clock.now() - this.#lastActivity > 3_000;
      if (quiet && this.#waiting().length === 0) {
        this.#stepsSinceRest = 0;
        return;
      }
      if (this.clock.now() > deadline) {
        const waiting = this.#waiting().map((link) => link.id);
        throw new Error(
          `no rest after ${limitMs} ms of virtual time; not as they should be: ${waiting.join(', ') || 'none'}`,
        );
      }
    }
  }

  /** The links that should carry a session: up, with a living router at both ends. */
  liveLinks(): readonly SimulatedLink[] {
    return [...this.links.values()].filter((link) => link.up && link.ends.every((asn) => this.router(asn).core));
  }

  /** The routers that are alive, with their cores. */
  living(): readonly { readonly router: SimulatedRouter; readonly core: SpeakerCore }[] {
    return [...this.routers.values()].flatMap((router) => (router.core ? [{ router, core: router.core }] : []));
  }

  /** The link that a route was learned over; `undefined` for a router's own. */
  linkOf(route: Route): SimulatedLink | undefined {
    return this.links.get(route.source.peer);
  }

  /** Links whose sessions are not yet what the links are, or over which a peer has still to say routes again. */
  #waiting(): readonly SimulatedLink[] {
    const live = new Set(this.liveLinks());
    const stale = new Set(
      this.living().flatMap(({ core }) =>
        core.neighbors().flatMap(({ id, staleRoutes }) => (staleRoutes > 0 ? [id] : [])),
      ),
    );
    return [...this.links.values()].filter(
      (link) =>
        stale.has(link.id) ||
        link.ends.some((asn) => {
          const phase = this.router(asn).core?.sessionPhase(link.id);
          return phase !== undefined && (phase === 'established') !== live.has(link);
        }),
    );
  }

  #configure(link: SimulatedLink, end: 0 | 1): void {
    const other = end === 0 ? 1 : 0;
    const relation = link.relations[end];
    assert(relation, 'a relation');
    const [own, theirs] = [link.addresses[end], link.addresses[other]];
    const peer: PeerConfig = {
      ...this.#options,
      id: link.id,
      peerAsn: link.ends[other],
      address: theirs,
      holdTimeSeconds: 9,
      connectRetrySeconds: 5,
      families: ['ipv4-unicast', 'ipv6-unicast'],
      // On some links one end waits; on the others both connect, and collide.
      passive: end === 0 && link.delayMs % 2 < 1,
      relation,
      importPolicy: importPolicyFor(relation),
      exportPolicy: exportPolicyFor(relation),
      nextHops: {
        ipv4: own,
        ipv6: { family: 6, bytes: Uint8Array.of(0x3f, 0xff, ...new Array(10).fill(0), ...own.bytes) },
      },
    };
    this.step(link.ends[end], { type: 'add-peer', peer });
  }

  #carryOut(router: SimulatedRouter, effect: SpeakerEffect): void {
    switch (effect.type) {
      case 'connect':
        this.#connect(router, this.#link(effect.peer));
        return;
      case 'send': {
        const connection = router.streams.get(`${effect.peer} ${effect.side}`);
        if (effect.bytes.length > keepaliveBytes) this.#active();
        connection?.stream.send(connection.end, effect.bytes);
        return;
      }
      case 'close': {
        const key = `${effect.peer} ${effect.side}`;
        const connection = router.streams.get(key);
        router.streams.delete(key);
        router.timers.get(`${effect.peer} connecting`)?.();
        connection?.stream.close(connection.end);
        return;
      }
      case 'set-timer':
        this.#setTimer(router, effect.peer, effect.timer, effect.delayMs);
        return;
      case 'clear-timer':
        router.timers.get(`${effect.peer} ${effect.timer}`)?.();
        router.timers.delete(`${effect.peer} ${effect.timer}`);
        return;
      case 'session-up':
      case 'session-down':
      case 'best-changed':
      case 'update-received':
        this.#active();
        return;
    }
  }

  #setTimer(router: SimulatedRouter, peer: string, timer: PeerTimer, delayMs: number): void {
    const key = `${peer} ${timer}`;
    router.timers.get(key)?.();
    const cancel = this.clock.after(delayMs, () => {
      router.timers.delete(key);
      this.step(router.asn, { type: 'timer', peer, timer });
    });
    router.timers.set(key, cancel);
  }

  /** The far end accepts after one delay, the near end hears of it after another. */
  #connect(router: SimulatedRouter, link: SimulatedLink): void {
    const end = link.ends[0] === router.asn ? 0 : 1;
    const far = this.router(link.ends[end === 0 ? 1 : 0]);
    const key = `${link.id} connecting`;
    const answer = (delayMs: number, action: () => void): void => {
      router.timers.get(key)?.();
      router.timers.set(key, this.clock.after(delayMs, action));
    };
    if (!link.up) {
      answer(connectTimeoutMs, () => this.#connectFailed(router, link, 'timed out'));
      return;
    }
    answer(link.delayMs, () => {
      if (!link.up || far.core === undefined || far.streams.has(`${link.id} incoming`)) {
        answer(link.delayMs, () => this.#connectFailed(router, link, 'refused'));
        return;
      }
      const stream = new ByteStream({
        clock: this.clock,
        random: this.random,
        delayMs: link.delayMs,
        ends:
          end === 0
            ? [this.#end(router, link, 'outgoing'), this.#end(far, link, 'incoming')]
            : [this.#end(far, link, 'incoming'), this.#end(router, link, 'outgoing')],
      });
      const farEnd = end === 0 ? 1 : 0;
      // Until the near end knows, a change of mind there must still close the connection.
      router.streams.set(`${link.id} outgoing`, { stream, end });
      far.streams.set(`${link.id} incoming`, { stream, end: farEnd });
      answer(link.delayMs, () => this.step(router.asn, { type: 'connected', peer: link.id, side: 'outgoing' }));
      this.step(far.asn, { type: 'connected', peer: link.id, side: 'incoming' });
    });
  }

  #connectFailed(router: SimulatedRouter, link: SimulatedLink, why: string): void {
    this.step(router.asn, { type: 'connect-failed', peer: link.id, why });
  }

  #end(
    router: SimulatedRouter,
    link: SimulatedLink,
    side: Side,
  ): { bytes: (bytes: Uint8Array) => void; closed: (why: string) => void } {
    const { core } = router; // A router that died and returned is another process.
    return {
      bytes: (bytes) => {
        if (router.core === core) this.step(router.asn, { type: 'bytes', peer: link.id, side, bytes });
      },
      closed: (why) => {
        if (router.core !== core) return;
        router.streams.delete(`${link.id} ${side}`);
        if (side === 'outgoing') router.timers.get(`${link.id} connecting`)?.();
        this.step(router.asn, { type: 'closed', peer: link.id, side, why });
      },
    };
  }

  #streamsOf(link: SimulatedLink): readonly ByteStream[] {
    const connections = link.ends.flatMap((asn) =>
      (['outgoing', 'incoming'] as const).flatMap((side) => this.router(asn).streams.get(`${link.id} ${side}`) ?? []),
    );
    return [...new Set(connections.map(({ stream }) => stream))];
  }

  #link(id: string): SimulatedLink {
    const link = this.links.get(id);
    assert(link, `a link ${id}`);
    return link;
  }

  #active(): void {
    this.#lastActivity = this.clock.now();
  }
}
