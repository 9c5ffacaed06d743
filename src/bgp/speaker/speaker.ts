/**
 * The BGP speaker: sessions, RIBs and policies composed into one machine of events and effects.
 *
 * How a step runs: the event goes to the session it concerns; what the session received changes the Adj-RIB-In and the
 * candidates of the Loc-RIB; at the end of the step all touched prefixes are decided once and each peer is sent the
 * difference between what it was told and what it should know. So all changes of one step are packed together, and what
 * changes back within a step is never sent.
 *
 * Deliberate deviations:
 * - No MinRouteAdvertisementInterval (RFC 4271 §9.2.1.1 wants 30 s for external peers): a withdrawal or a fail-over that
 *   waits is an outage here. Steadiness is the caller's, who decides how often it announces.
 * - End-of-RIB is sent for each family after the first full table, whether or not the peer asked for graceful restart:
 *   RFC 4724 §2 recommends it for convergence in general, and to others it is an UPDATE that says nothing.
 */
import { unreachable } from '../../base/assert.ts';
import { fail } from '../../base/problem.ts';
import type { Random } from '../../base/random.ts';
import type { Address } from '../../ip/address.ts';
import type { Prefix } from '../../ip/prefix.ts';
import { encodeMessage } from '../message/codec.ts';
import { unicastFamily } from '../message/family/table.ts';
import { cease } from '../message/notification.ts';
import type { AddressFamily, RouteRefreshMessage, UpdateMessage } from '../message/types.ts';
import type { UpdateInPlace } from '../message/update-in-place.ts';
import { LocRib } from '../rib/loc-rib.ts';
import { PrefixTable } from '../rib/prefix-table.ts';
import { type AdvertisedRoute, type Decision, type ReceivedRoute, type Route, routeTo } from '../rib/types.ts';
import { keptOverRestart } from '../session/capabilities.ts';
import { stepSession } from '../session/fsm.ts';
import type { Negotiated, SessionEffect, SessionEvent, SessionPhase, Side } from '../session/types.ts';
import { looksBehindBest, messagesFor } from './advertise.ts';
import { checkNewPeer } from './check-config.ts';
import { type ExplainedExport, type ExplainedImport, explainExport, explainImport, explainTold } from './explain.ts';
import type { ExportOutcome } from './export.ts';
import { ExportGroups } from './export-group.ts';
import { checkInLimit, checkOutLimit } from './limits.ts';
import { OwnRoutes } from './local-route.ts';
import { Peer } from './peer.ts';
import { readBytes } from './read-bytes.ts';
import { type AfterEach, receiveInPlace, receiveUpdate } from './received.ts';
import {
  familyDone,
  isStaleTimer,
  refreshBegins,
  type StaleTimers,
  sessionBack,
  sessionLost,
  sessionUnwanted,
  staleTimer,
} from './stale.ts';
import { Sweeps } from './sweeps.ts';
import type { NeighborStatus, PeerConfig, PeerTimer, SpeakerConfig, SpeakerEffect, SpeakerEvent } from './types.ts';
import { advertisedRoutes, receivedRoutes } from './views.ts';

/** A speaker without peers and routes. `random` jitters the sessions' timers. */
export function createSpeakerCore(config: SpeakerConfig, random: Random): SpeakerCore {
  return new SpeakerCore(config, random);
}

export class SpeakerCore {
  readonly config: SpeakerConfig;
  /** Whether `best-changed` is told. A full table makes a million of them, so whoever does not listen says so. */
  tellsBest: () => boolean = () => true;
  readonly #random: Random;
  readonly #peers = new Map<string, Peer>();
  /** The prefixes of all tables. */
  readonly #table: PrefixTable;
  readonly #locRib: LocRib;
  readonly #groups: ExportGroups;
  readonly #sweeps: Sweeps;
  readonly #own: OwnRoutes;
  #effects: SpeakerEffect[] = [];

  constructor(config: SpeakerConfig, random: Random) {
    this.config = config;
    this.#random = random;
    this.#table = new PrefixTable(random);
    this.#locRib = new LocRib(this.#table);
    this.#groups = new ExportGroups(this.#table);
    this.#sweeps = new Sweeps(this.#locRib, config.routesOfPart);
    this.#own = new OwnRoutes(this.#table, this.#locRib, config);
  }

  /**
   * Takes one event and returns what is to be done, in this order. Events of a peer that is gone are late news and ignored.
   * Problem codes, with nothing changed: `speaker.peer-exists`, `speaker.peer-name`, `speaker.peer-unknown`, and those of
   * `compilePolicy`.
   */
  step(event: SpeakerEvent): readonly SpeakerEffect[] {
    this.#take(event);
    this.#settle();
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** The best route of each prefix, in address order. */
  bestRoutes(): Iterable<Route> {
    return this.#locRib.bestRoutes();
  }

  /** The best route of the longest unicast prefix that holds `address`. */
  lookup(address: Address): Route | undefined {
    return this.#locRib.lookup(address);
  }

  /** The best route of exactly this prefix, and why each other one lost. */
  decision(prefix: Prefix, family = unicastFamily(prefix.family)): Decision | undefined {
    return this.#locRib.decision(prefix, family);
  }

  neighbors(): readonly NeighborStatus[] {
    return Array.from(this.#peers.values(), (peer) => peer.status());
  }

  /** `undefined` for a peer that is not configured. */
  sessionPhase(peer: string): SessionPhase | undefined {
    return this.#peers.get(peer)?.session.phase;
  }

  /** What a peer has sent, with what import made of it. */
  adjRibIn(peer: string): Iterable<ReceivedRoute> {
    const known = this.#peers.get(peer);
    return known === undefined ? [] : receivedRoutes(known);
  }

  /** What a peer has been told in its present session. */
  adjRibOut(peer: string): Iterable<AdvertisedRoute> {
    const known = this.#peers.get(peer);
    return known === undefined ? [] : advertisedRoutes(known);
  }

  /** How or why not a peer is told of a prefix; `undefined` without a route to it or an established session. */
  explainExport(peerId: string, prefix: Prefix, family = unicastFamily(prefix.family)): ExportOutcome | undefined {
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return undefined;
    return explainTold(peer, this.#locRib, this.#table.find(prefix, family), this.#sweeps.isUnderWay('export', peer));
  }

  /** Every path that a peer has sent to a prefix, what became of it, and each step of the import policy. */
  explainImport(peerId: string, prefix: Prefix, family = unicastFamily(prefix.family)): readonly ExplainedImport[] {
    const peer = this.#peers.get(peerId);
    return peer === undefined ? [] : explainImport(peer, prefix, family);
  }

  /** Each step of the export policy that a peer's copy of a prefix's best route goes through. */
  explainExportPolicy(
    peerId: string,
    prefix: Prefix,
    family = unicastFamily(prefix.family),
  ): ExplainedExport | undefined {
    const [peer, best] = [this.#peers.get(peerId), this.#locRib.decision(prefix, family)?.best];
    return peer === undefined || best === undefined ? undefined : explainExport(peer, best);
  }

  /** Whether a peer's routes would outlive the loss of its connection: then a new connection of it replaces the old one. */
  restartsGracefully(peerId: string): boolean {
    return keptOverRestart(this.#peers.get(peerId)?.established?.negotiated.gracefulRestart).length > 0;
  }

  #take(event: SpeakerEvent): void {
    switch (event.type) {
      case 'add-peer':
        this.#addPeer(event.peer);
        return;
      case 'remove-peer':
        this.#removePeer(event.peer, event.communication);
        return;
      case 'set-export-policy': {
        const peer = this.#peers.get(event.peer) ?? unknownPeer(event.peer);
        peer.setExportPolicy(event.policy);
        this.#joinGroup(peer);
        this.#touchAll(peer);
        return;
      }
      case 'set-import-policy': {
        const peer = this.#peers.get(event.peer) ?? unknownPeer(event.peer);
        peer.setImportPolicy(event.policy);
        this.#importAgain(peer);
        return;
      }
      case 'validation-changed':
        this.#groups.clear();
        for (const peer of this.#peers.values()) {
          this.#importAgain(peer);
          this.#joinGroup(peer);
          this.#touchAll(peer);
        }
        return;
      case 'request-refresh':
        this.#requestRefresh(this.#peers.get(event.peer) ?? unknownPeer(event.peer), event.family);
        return;
      case 'bfd-down':
        this.#bfdDown(event.peer);
        return;
      case 'bfd-up':
        if (this.#peers.get(event.peer)?.heldByBfd !== true) return;
        this.#holdForBfd(event.peer, false);
        this.#session(event.peer, { type: 'manual-start' });
        return;
      case 'start-peer':
        if (!this.#peers.has(event.peer)) unknownPeer(event.peer);
        this.#holdForBfd(event.peer, false);
        this.#session(event.peer, { type: 'manual-start' });
        return;
      case 'stop-peer':
        if (!this.#peers.has(event.peer)) unknownPeer(event.peer);
        this.#stopPeer(event.peer, cease.administrativeShutdown, event.communication);
        return;
      case 'reset-peer':
        if (!this.#peers.has(event.peer)) unknownPeer(event.peer);
        this.#stopPeer(event.peer, cease.administrativeReset, event.communication);
        this.#session(event.peer, { type: 'manual-start' });
        return;
      case 'announce':
        this.#own.announce(event.route);
        return;
      case 'withdraw':
        this.#own.withdraw(event);
        return;
      case 'stop':
        for (const id of this.#peers.keys()) this.#stopPeer(id, cease.administrativeShutdown, event.communication);
        return;
      case 'connected':
        this.#peers.get(event.peer)?.openConnection(event.side);
        this.#session(event.peer, { type: 'connected', side: event.side });
        return;
      case 'connect-failed':
        this.#session(event.peer, { type: 'connect-failed', why: event.why });
        return;
      case 'closed': {
        const { side, why } = event;
        this.#peers.get(event.peer)?.framers.delete(side);
        this.#session(event.peer, { type: 'closed', side, ...(why === undefined ? {} : { why }) });
        return;
      }
      case 'bytes':
        this.#bytes(event.peer, event.side, event.bytes);
        return;
      case 'timer':
        this.#timer(event.peer, event.timer);
        return;
      case 'continue':
        this.#sweeps.goOn();
        return;
      default:
        unreachable(event);
    }
  }

  #addPeer(config: PeerConfig): void {
    const { id } = config;
    checkNewPeer(config, this.config, this.#peers.has(id));
    this.#peers.set(id, new Peer(config, this.config, this.#table));
    if (config.waitForBfd === true) this.#holdForBfd(id, true);
    else this.#session(id, { type: 'manual-start' });
  }

  #removePeer(id: string, communication: string | undefined): void {
    this.#stopPeer(id, cease.peerDeconfigured, communication);
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    this.#sweeps.forget(peer, 'import', 'export');
    this.#peers.delete(id);
  }

  #bfdDown(id: string): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    const hold = peer.config.waitForBfd === true;
    if (hold && peer.session.started) this.#holdForBfd(id, true);
    this.#session(id, {
      type: 'automatic-stop',
      subcode: cease.bfdDown, // RFC 9384 §3
      what: 'we closed: BFD says that the peer cannot be reached',
      restart: hold ? 'by-hand' : 'soon',
    });
  }

  #holdForBfd(id: string, held: boolean): void {
    const peer = this.#peers.get(id);
    if (peer !== undefined) peer.heldByBfd = held;
  }

  #stopPeer(id: string, subcode: number, communication: string | undefined): void {
    this.#holdForBfd(id, false);
    this.#session(id, { type: 'manual-stop', subcode, ...(communication === undefined ? {} : { communication }) });
  }

  #bytes(id: string, side: Side, bytes: Uint8Array): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    for (const event of readBytes(peer, side, bytes, this.config.tellUpdates === true)) this.#session(id, event);
  }

  #timer(id: string, timer: PeerTimer): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    if (isStaleTimer(timer)) staleTimer(peer, this.#locRib, timer, this.#timersOf(peer));
    else this.#session(id, { type: 'timer', timer });
  }

  #timersOf({ config: { id: peer } }: Peer): StaleTimers {
    return {
      set: (timer, delayMs) => this.#effects.push({ type: 'set-timer', peer, timer, delayMs }),
      clear: (timer) => this.#effects.push({ type: 'clear-timer', peer, timer }),
    };
  }

  #session(id: string, event: SessionEvent): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    const { state, effects } = stepSession(peer.session, event, this.#random);
    peer.session = state;
    for (const effect of effects) this.#carryOut(peer, effect);
  }

  #carryOut(peer: Peer, effect: SessionEffect): void {
    const id = peer.config.id;
    switch (effect.type) {
      case 'connect':
        this.#effects.push({ type: 'connect', peer: id });
        return;
      case 'send':
        for (const bytes of encodeMessage(effect.message, peer.codec)) {
          this.#effects.push({ type: 'send', peer: id, side: effect.side, bytes });
        }
        return;
      case 'close':
        peer.framers.delete(effect.side);
        this.#effects.push({ type: 'close', peer: id, side: effect.side });
        return;
      case 'set-timer': {
        // Each UPDATE of a burst restarts the hold timer; once is enough.
        const last = this.#effects.at(-1);
        if (last?.type === 'set-timer' && last.peer === id && last.timer === effect.timer) this.#effects.pop();
        this.#effects.push({ type: 'set-timer', peer: id, timer: effect.timer, delayMs: effect.delayMs });
        return;
      }
      case 'clear-timer':
        this.#effects.push({ type: 'clear-timer', peer: id, timer: effect.timer });
        return;
      case 'established':
        this.#sessionUp(peer, effect.side, effect.negotiated);
        return;
      case 'down':
        this.#sessionDown(peer, effect);
        peer.lastDown = effect.reason;
        this.#effects.push({
          type: 'session-down',
          peer: id,
          wasEstablished: effect.wasEstablished,
          reason: effect.reason,
        });
        return;
      case 'received':
        this.#received(peer, effect.message);
        return;
      default:
        unreachable(effect);
    }
  }

  #sessionUp(peer: Peer, side: Side, negotiated: Negotiated): void {
    peer.establish(side, negotiated, (agreed) => this.#groups.join(peer, agreed));
    sessionBack(peer, this.#locRib, negotiated, this.#timersOf(peer));
    this.#touchAll(peer);
    this.#effects.push({ type: 'session-up', peer: peer.config.id, side, negotiated });
  }

  /** RFC 4271 §8.2.2, Established: on leaving it the routes of the connection are deleted, unless both agreed otherwise. */
  #sessionDown(peer: Peer, { wasEstablished, reason }: Extract<SessionEffect, { type: 'down' }>): void {
    const timers = this.#timersOf(peer);
    if (wasEstablished) {
      this.config.observer?.lost(peer.config.id, reason);
      peer.limitsTold.clear();
      this.#groups.leave(peer);
      this.#sweeps.forget(peer, 'export');
      sessionLost(peer, this.#locRib, reason, timers);
    }
    if (reason.kind === 'stopped' || reason.kind === 'automatic-stop') sessionUnwanted(peer, this.#locRib, timers);
  }

  #received(peer: Peer, message: UpdateMessage | UpdateInPlace | RouteRefreshMessage): void {
    if (message.type === 'update') {
      const goOn = (family: AddressFamily) => this.#withinLimit(peer, family);
      if ('inPlace' in message) receiveInPlace(peer, this.#locRib, message, goOn);
      else this.#update(peer, message, goOn);
      return;
    }
    const { family, subtype } = message;
    if (family === undefined || peer.established === undefined) return;
    if (subtype === undefined) peer.established.refreshDue = [...peer.established.refreshDue, family];
    else if (subtype === 'begin') refreshBegins(peer, family, this.#timersOf(peer));
    else if (subtype === 'end') familyDone(peer, this.#locRib, family, this.#timersOf(peer));
  }

  #update(peer: Peer, message: UpdateMessage, goOn: AfterEach): void {
    const { errors, endOfRib } = message;
    if (errors.length > 0) peer.malformedUpdates++;
    peer.lastMalformed = errors[0] ?? peer.lastMalformed;
    if (this.config.tellUpdates === true) {
      this.#effects.push({ type: 'update-received', peer: peer.config.id, update: message });
    }
    receiveUpdate(peer, this.#locRib, message, goOn);
    if (endOfRib === undefined) return;
    familyDone(peer, this.#locRib, endOfRib, this.#timersOf(peer));
    this.config.observer?.receivedAll(peer.config.id, endOfRib);
  }

  /** Tells, and ends the session, where a family has grown beyond its limit; returns whether the session goes on. */
  #withinLimit(peer: Peer, family: AddressFamily): boolean {
    const { notice, stop } = checkInLimit(peer, family, this.#sweeps.isUnderWay('import', peer));
    if (notice !== undefined) this.#effects.push({ type: 'prefix-limit', peer: peer.config.id, notice });
    if (stop !== undefined) this.#session(peer.config.id, stop);
    return stop === undefined;
  }

  #importAgain(peer: Peer): void {
    peer.importAnew();
    this.#sweeps.begin('import', peer);
  }

  #requestRefresh(peer: Peer, only: AddressFamily | undefined): void {
    const { established } = peer;
    if (established?.negotiated.routeRefresh !== true) return; // RFC 2918 §4: to those only that know it
    const { side, negotiated } = established;
    for (const family of negotiated.codec.families) {
      if (only !== undefined && family !== only) continue;
      this.#carryOut(peer, { type: 'send', side, message: { type: 'route-refresh', family } });
    }
  }

  /** Another policy, other answers: other peers are told the same. */
  #joinGroup(peer: Peer): void {
    const { established } = peer;
    if (established !== undefined) established.group = this.#groups.join(peer, established.negotiated);
  }

  #touchAll(peer: Peer): void {
    if (peer.established === undefined) return;
    peer.established.adjRibOut.touch(this.#own.ids()); // first of all: what we are here for
    this.#sweeps.begin('export', peer);
  }

  /** A part of what concerns all routes, where one is due. */
  #sweep(): void {
    for (const { kind, peer } of this.#sweeps.run()) {
      // Held back while policies old and new were mixed.
      if (kind === 'import') for (const family of peer.config.families) this.#withinLimit(peer, family);
    }
  }

  /** Decides what was touched and tells the peers. Best routes are told first, so that forwarding is ready before peers use it. */
  #settle(): void {
    this.#sweep();
    const { all, changed } = this.#locRib.takeTouched();
    if (this.tellsBest()) for (const id of changed) this.#bestChanged(id);
    for (const peer of this.#peers.values()) {
      const touched = looksBehindBest(peer) ? all : changed;
      if (touched.length > 0) peer.established?.adjRibOut.touch(touched);
      this.#tell(peer);
    }
    if (this.#sweeps.asks()) this.#effects.push({ type: 'continue' });
  }

  #bestChanged(id: number): void {
    const [prefix, best] = [this.#table.prefix(id), this.#locRib.best(id)];
    this.#effects.push({
      type: 'best-changed',
      prefix,
      family: this.#table.family(id),
      best: best && routeTo(prefix, best),
    });
  }

  #tell(peer: Peer): void {
    const bytes = messagesFor(peer, this.#locRib, !this.#sweeps.isUnderWay('export', peer));
    const { established, config } = peer;
    if (established === undefined || bytes === undefined) return;
    this.#effects.push({ type: 'send', peer: config.id, side: established.side, bytes });
    const notice = checkOutLimit(peer);
    if (notice !== undefined) this.#effects.push({ type: 'prefix-limit', peer: config.id, notice });
  }
}

function unknownPeer(id: string): never {
  return fail({ code: 'speaker.peer-unknown', what: `there is no peer "${id}"`, fix: 'add the peer first' });
}
