/**
 * A network of real speaker cores in virtual time: links with delays, cuts and silent losses, speakers that die and return.
 *
 * Why: what hundreds of routers do together, with faults in the middle of convergence, runs here in milliseconds and is the
 * same for the same seed. A link's name is the peer id at both of its ends. A router's number is its ASN where an AS has one
 * router; where it has several, theirs are other numbers.
 */
import { assert } from '../base/assert.ts';
import { type Random, seededRandom } from '../base/random.ts';
import { exportPolicyFor, importPolicyFor } from '../bgp/policy/gao-rexford.ts';
import type { Relation, Route } from '../bgp/rib/types.ts';
import type { Side } from '../bgp/session/types.ts';
import { createSpeakerCore, type SpeakerCore } from '../bgp/speaker/speaker.ts';
import type { LocalRoute, PeerConfig, PeerTimer, SpeakerEffect, SpeakerEvent } from '../bgp/speaker/types.ts';
import { type Address, formatAddress } from '../ip/address.ts';
import { formatPrefix, type Prefix } from '../ip/prefix.ts';
import { ByteStream } from './byte-stream.ts';
import { ManualClock } from './manual-clock.ts';

export interface SimulatedLink {
  readonly id: string;
  /** The numbers of the routers at its ends. */
  readonly ends: readonly [number, number];
  /** What each end is to the other one: `relations[0]` is what the second end is to the first. Within an AS: nothing. */
  readonly relations: readonly [Relation | undefined, Relation | undefined];
  /** Pieces that are sent from now on take at least this long. */
  delayMs: number;
  readonly addresses: readonly [Address, Address];
  /** How each end sees the other: what a router that returns is configured with. */
  readonly peers: [PeerConfig, PeerConfig];
  /** The ends at which the session was stopped by hand, until it is started there. */
  readonly stopped: [boolean, boolean];
  /** The ends at which it fell over a limit, likewise. */
  readonly fallen: [boolean, boolean];
  up: boolean;
}

export interface SimulatedRouter {
  readonly number: number;
  readonly asn: number;
  readonly routerId: Address;
  readonly clusterId: Address | undefined;
  readonly links: SimulatedLink[];
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
const stepsOfARouter = 20_000;
/** What says something of routes: UPDATE and ROUTE-REFRESH, by the type in a message's header (RFC 4271 §4.1, RFC 2918 §3). */
const saysSomething: readonly (number | undefined)[] = [2, 5];
const typeOffset = 18;
/** Few, so that what goes over all routes takes several turns with tables as small as these. */
const routesOfPart = 3;

export class BgpNetwork {
  readonly clock = new ManualClock();
  readonly random: Random;
  readonly routers = new Map<number, SimulatedRouter>();
  readonly links = new Map<string, SimulatedLink>();
  /** Which router has an address, by its text. */
  readonly owners = new Map<string, number>();
  /** When something last happened beyond keepalives. */
  #lastActivity = 0;
  #stepsSinceRest = 0;

  /** What every peering has beyond the plain. */
  readonly #options: Partial<PeerConfig>;

  constructor(seed: number, options: Partial<PeerConfig> = {}) {
    this.random = seededRandom(seed);
    this.#options = options;
  }

  /** A router of AS `asn`, by default the one of its number. */
  addRouter(number: number, { asn = number, clusterId }: { asn?: number; clusterId?: Address } = {}): void {
    const routerId = {
      family: 4,
      bytes: Uint8Array.of(10, 0, this.routers.size >> 8, this.routers.size & 0xff),
    } as const;
    const router: SimulatedRouter = {
      number,
      asn,
      routerId,
      clusterId,
      links: [],
      core: undefined,
      announced: new Map(),
      timers: new Map(),
      streams: new Map(),
    };
    this.routers.set(number, router);
    this.revive(number);
  }

  /** Connects two routers; `secondIs` says what `b` is to `a`. Peers get Gao-Rexford policies. */
  addLink(a: number, b: number, secondIs: Relation, delayMs: number): SimulatedLink {
    const inverse: Record<Relation, Relation> = { customer: 'provider', provider: 'customer', lateral: 'lateral' };
    const firstIs = inverse[secondIs];
    const policies = (relation: Relation) => ({
      relation,
      importPolicy: importPolicyFor(relation),
      exportPolicy: exportPolicyFor(relation),
    });
    return this.addPeering([a, b], [policies(secondIs), policies(firstIs)], delayMs);
  }

  /** Connects two routers, each of which has the other as a peer with these options. */
  addPeering(
    ends: readonly [number, number],
    options: readonly [Partial<PeerConfig>, Partial<PeerConfig>],
    delayMs: number,
  ): SimulatedLink {
    const index = this.links.size;
    const id = `${ends[0]}-${ends[1]}#${index}`;
    const address = (end: number): Address => ({
      family: 4,
      bytes: Uint8Array.of(198, 18 + (index >> 14), (index >> 6) & 0xff, ((index & 0x3f) << 2) | (1 + end)),
    });
    const peer = (own: 0 | 1, other: 0 | 1): PeerConfig => {
      const { bytes } = address(own);
      const nextHops = {
        ipv4: address(own),
        ipv6: { family: 6, bytes: Uint8Array.of(0x3f, 0xff, ...new Array(10).fill(0), ...bytes) },
      } as const;
      for (const nextHop of Object.values(nextHops)) this.owners.set(formatAddress(nextHop), ends[own]);
      return {
        ...this.#options,
        id,
        peerAsn: this.router(ends[other]).asn,
        address: address(other),
        holdTimeSeconds: 9,
        connectRetrySeconds: 5,
        families: ['ipv4-unicast', 'ipv6-unicast'],
        // On some links one end waits; on the others both connect, and collide.
        passive: own === 0 && delayMs % 2 < 1,
        nextHops,
        ...options[own],
      };
    };
    const link: SimulatedLink = {
      id,
      ends,
      relations: [options[0].relation, options[1].relation],
      delayMs,
      addresses: [address(0), address(1)],
      peers: [peer(0, 1), peer(1, 0)],
      stopped: [false, false],
      fallen: [false, false],
      up: true,
    };
    this.links.set(link.id, link);
    for (const end of [0, 1] as const) {
      this.router(ends[end]).links.push(link);
      this.step(ends[end], { type: 'add-peer', peer: link.peers[end] });
    }
    return link;
  }

  router(number: number): SimulatedRouter {
    const router = this.routers.get(number);
    assert(router, `a router ${number}`);
    return router;
  }

  announce(number: number, route: LocalRoute): void {
    this.router(number).announced.set(formatPrefix(route.prefix), route);
    this.step(number, { type: 'announce', route });
  }

  withdraw(number: number, prefix: Prefix): void {
    this.router(number).announced.delete(formatPrefix(prefix));
    this.step(number, { type: 'withdraw', prefix });
  }

  /** Changes how one end sees the other, for now and for its next life. */
  setPolicies(link: SimulatedLink, end: 0 | 1, policies: Pick<PeerConfig, 'importPolicy' | 'exportPolicy'>): void {
    link.peers[end] = { ...link.peers[end], ...policies };
    const { importPolicy, exportPolicy } = policies;
    if (this.router(link.ends[end]).core === undefined) return;
    if (importPolicy) this.step(link.ends[end], { type: 'set-import-policy', peer: link.id, policy: importPolicy });
    if (exportPolicy) this.step(link.ends[end], { type: 'set-export-policy', peer: link.id, policy: exportPolicy });
  }

  /** An operator's hand at one end of a session. */
  operate(link: SimulatedLink, end: 0 | 1, what: 'stop-peer' | 'start-peer' | 'reset-peer'): void {
    if (this.router(link.ends[end]).core === undefined) return;
    link.stopped[end] = what === 'stop-peer';
    link.fallen[end] = false;
    this.step(link.ends[end], { type: what, peer: link.id });
  }

  /** Takes a link down: `broken` is told to both ends at once, `silent` to nobody; a number: only that end hears no more. */
  cut(link: SimulatedLink, how: 'broken' | 'silent' | 0 | 1): void {
    link.up = false;
    for (const stream of this.#streamsOf(link)) {
      if (how === 'broken') stream.break();
      else stream.silence(how === 'silent' ? undefined : how);
    }
  }

  /** Brings a link back. Connections from before are dead, and who still has one learns it now. */
  restore(link: SimulatedLink): void {
    link.up = true;
    for (const stream of this.#streamsOf(link)) stream.break();
  }

  /** The process dies: its connections close, and all that it knew is gone. */
  kill(number: number): void {
    const router = this.router(number);
    router.core = undefined;
    for (const cancel of router.timers.values()) cancel();
    router.timers.clear();
    for (const { stream, end } of router.streams.values()) stream.close(end);
    router.streams.clear();
    this.#active();
  }

  /** Starts a dead router afresh, with its peers and what it is to announce. */
  revive(number: number): void {
    const router = this.router(number);
    assert(router.core === undefined, `router ${number} is dead`);
    const { asn, routerId, clusterId } = router;
    const seed = this.random.below(2 ** 31);
    router.core = createSpeakerCore(
      { asn, routerId, routesOfPart, ...(clusterId && { clusterId }) },
      seededRandom(seed),
    );
    for (const link of router.links) {
      const end = link.ends[0] === number ? 0 : 1;
      link.stopped[end] = false;
      link.fallen[end] = false;
      this.step(number, { type: 'add-peer', peer: link.peers[end] });
    }
    for (const route of router.announced.values()) this.step(number, { type: 'announce', route });
  }

  step(number: number, event: SpeakerEvent): void {
    const limit = stepsOfARouter * (5 + this.routers.size);
    assert(++this.#stepsSinceRest <= limit, `${limit} events and no rest`);
    const router = this.router(number);
    for (const effect of router.core?.step(event) ?? []) this.#carryOut(router, effect);
  }

  /** Lets time pass until every session that can be up is up, and nothing more was said for a while. */
  settle(limitMs = 900_000): void {
    const deadline = this.clock.now() + limitMs;
    this.#active();
    // What was sent may still be under way: a piece takes up to one and a half times a link's delay.
    const slowest = Math.max(0, ...[...this.links.values()].map(({ delayMs }) => delayMs));
    for (;;) {
      this.clock.advance(500);
      const quiet = this.clock.now() - this.#lastActivity > 3_000 + 2 * slowest;
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

  /** The links that should carry a session: up and wanted, with a living router at both ends. */
  liveLinks(): readonly SimulatedLink[] {
    return [...this.links.values()].filter(
      ({ up, stopped, fallen, ends }) =>
        up && ![...stopped, ...fallen].includes(true) && ends.every((number) => this.router(number).core),
    );
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
        link.ends.some((number) => {
          const phase = this.router(number).core?.sessionPhase(link.id);
          return phase !== undefined && (phase === 'established') !== live.has(link);
        }),
    );
  }

  #carryOut(router: SimulatedRouter, effect: SpeakerEffect): void {
    switch (effect.type) {
      case 'connect':
        this.#connect(router, this.#link(effect.peer));
        return;
      case 'send': {
        const connection = router.streams.get(`${effect.peer} ${effect.side}`);
        if (saysSomething.includes(effect.bytes[typeOffset])) this.#active();
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
      case 'prefix-limit': {
        // The session is started again by hand only: see the limits that a scenario sets.
        const { ends, fallen, peers } = this.#link(effect.peer);
        const end = ends[0] === router.number ? 0 : 1;
        const { action = 'stop' } = peers[end].limits?.in?.[effect.notice.family] ?? {};
        if (effect.notice.level === 'exceeded' && action === 'stop') fallen[end] = true;
        return;
      }
      case 'continue':
        this.#continue(router);
        return;
      case 'session-down':
        if (effect.wasEstablished) this.#active();
        return;
      case 'session-up':
      case 'best-changed':
      case 'update-received':
        this.#active();
        return;
    }
  }

  /** Others have their turn first: what is under way comes in between. */
  #continue(router: SimulatedRouter): void {
    const { core } = router;
    this.#active();
    this.clock.after(1 + this.random.below(20), () => {
      if (router.core === core) this.step(router.number, { type: 'continue' });
    });
  }

  #setTimer(router: SimulatedRouter, peer: string, timer: PeerTimer, delayMs: number): void {
    const key = `${peer} ${timer}`;
    router.timers.get(key)?.();
    const cancel = this.clock.after(delayMs, () => {
      router.timers.delete(key);
      this.step(router.number, { type: 'timer', peer, timer });
    });
    router.timers.set(key, cancel);
  }

  /** The far end accepts after one delay, the near end hears of it after another. */
  #connect(router: SimulatedRouter, link: SimulatedLink): void {
    const end = link.ends[0] === router.number ? 0 : 1;
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
        delayMs: () => link.delayMs,
        ends:
          end === 0
            ? [this.#end(router, link, 'outgoing'), this.#end(far, link, 'incoming')]
            : [this.#end(far, link, 'incoming'), this.#end(router, link, 'outgoing')],
      });
      const farEnd = end === 0 ? 1 : 0;
      // Until the near end knows, a change of mind there must still close the connection.
      router.streams.set(`${link.id} outgoing`, { stream, end });
      far.streams.set(`${link.id} incoming`, { stream, end: farEnd });
      answer(link.delayMs, () => this.step(router.number, { type: 'connected', peer: link.id, side: 'outgoing' }));
      this.step(far.number, { type: 'connected', peer: link.id, side: 'incoming' });
    });
  }

  #connectFailed(router: SimulatedRouter, link: SimulatedLink, why: string): void {
    this.step(router.number, { type: 'connect-failed', peer: link.id, why });
  }

  #end(
    router: SimulatedRouter,
    link: SimulatedLink,
    side: Side,
  ): { bytes: (bytes: Uint8Array) => void; closed: (why: string) => void } {
    const { core } = router; // A router that died and returned is another process.
    return {
      bytes: (bytes) => {
        if (router.core === core) this.step(router.number, { type: 'bytes', peer: link.id, side, bytes });
      },
      closed: (why) => {
        if (router.core !== core) return;
        router.streams.delete(`${link.id} ${side}`);
        if (side === 'outgoing') router.timers.get(`${link.id} connecting`)?.();
        this.step(router.number, { type: 'closed', peer: link.id, side, why });
      },
    };
  }

  #streamsOf(link: SimulatedLink): readonly ByteStream[] {
    const connections = link.ends.flatMap((number) =>
      (['outgoing', 'incoming'] as const).flatMap(
        (side) => this.router(number).streams.get(`${link.id} ${side}`) ?? [],
      ),
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
