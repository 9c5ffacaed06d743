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
import { decodeMessage, encodeMessage } from '../message/codec.ts';
import { cease } from '../message/notification.ts';
import type { RouteRefreshMessage, UpdateMessage } from '../message/types.ts';
import { encodeUpdate } from '../message/update-encode.ts';
import { compilePolicy } from '../policy/evaluate.ts';
import { localPeer } from '../rib/decision.ts';
import { LocRib } from '../rib/loc-rib.ts';
import type { AdvertisedRoute, Decision, ReceivedRoute, Route } from '../rib/types.ts';
import { stepSession } from '../session/fsm.ts';
import type { Negotiated, SessionEffect, SessionEvent, SessionPhase, Side } from '../session/types.ts';
import { type ExportOutcome, exportRoute } from './export.ts';
import { importRoute } from './import.ts';
import { localRoute } from './local-route.ts';
import { Peer } from './peer.ts';
import type { NeighborStatus, PeerConfig, SpeakerConfig, SpeakerEffect, SpeakerEvent } from './types.ts';

/** A speaker without peers and routes. `random` jitters the sessions' timers. */
export function createSpeakerCore(config: SpeakerConfig, random: Random): SpeakerCore {
  return new SpeakerCore(config, random);
}

export class SpeakerCore {
  readonly config: SpeakerConfig;
  readonly #random: Random;
  readonly #peers = new Map<string, Peer>();
  readonly #locRib = new LocRib();
  #effects: SpeakerEffect[] = [];

  constructor(config: SpeakerConfig, random: Random) {
    this.config = config;
    this.#random = random;
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

  /** The best route of the longest prefix that holds `address`. */
  lookup(address: Address): Route | undefined {
    return this.#locRib.lookup(address);
  }

  /** The best route of exactly this prefix, and why each other one lost. */
  decision(prefix: Prefix): Decision | undefined {
    return this.#locRib.decision(prefix);
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
    return this.#peers.get(peer)?.adjRibIn.routes() ?? [];
  }

  /** What a peer has been told in its present session. */
  adjRibOut(peer: string): Iterable<AdvertisedRoute> {
    return this.#peers.get(peer)?.established?.adjRibOut.routes() ?? [];
  }

  /** How or why not a peer is told of a prefix's best route; `undefined` without such a route or an established session. */
  explainExport(peerId: string, prefix: Prefix): ExportOutcome | undefined {
    const [peer, best] = [this.#peers.get(peerId), this.#locRib.best(prefix)];
    if (peer?.established === undefined || best === undefined) return undefined;
    const outcome = this.#export(peer, best);
    if (outcome.verdict === 'suppress' || peer.established.adjRibOut.get(prefix) !== undefined) return outcome;
    const what = 'its attributes do not fit a message of 4096 bytes (RFC 4271 §4)';
    return { verdict: 'suppress', suppression: { reason: 'too-large', what } };
  }

  #take(event: SpeakerEvent): void {
    switch (event.type) {
      case 'add-peer':
        this.#addPeer(event.peer);
        return;
      case 'remove-peer':
        this.#stopPeer(event.peer, cease.peerDeconfigured, event.communication);
        this.#peers.delete(event.peer);
        return;
      case 'set-export-policy': {
        const peer = this.#peers.get(event.peer) ?? unknownPeer(event.peer);
        peer.exportPolicy = compilePolicy(event.policy);
        this.#touchAll(peer);
        return;
      }
      case 'announce':
        this.#locRib.set(localRoute(event.route, this.config));
        return;
      case 'withdraw':
        this.#locRib.delete(event.prefix, localPeer);
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
        this.#session(event.peer, { type: 'timer', timer: event.timer });
        return;
      default:
        unreachable(event);
    }
  }

  #addPeer(config: PeerConfig): void {
    const { id } = config;
    if (id === localPeer) {
      const fix = 'give the peer another id';
      fail({ code: 'speaker.peer-name', what: `a peer cannot be called "${id}": our own routes are`, fix });
    }
    if (this.#peers.has(id)) {
      const fix = 'remove the peer first, or give this one another id';
      fail({ code: 'speaker.peer-exists', what: `there is a peer "${id}" already`, fix });
    }
    this.#peers.set(id, new Peer(config, this.config));
    this.#session(id, { type: 'manual-start' });
  }

  #stopPeer(id: string, subcode: number, communication: string | undefined): void {
    this.#session(id, { type: 'manual-stop', subcode, ...(communication === undefined ? {} : { communication }) });
  }

  #bytes(id: string, side: Side, bytes: Uint8Array): void {
    const peer = this.#peers.get(id);
    const framer = peer?.framers.get(side);
    if (peer === undefined || framer === undefined) return;
    const { messages, error } = framer.push(bytes);
    for (const raw of messages) {
      // Read one by one: a message may change how the next is read. The session ignores what stands behind its end.
      const decoded = decodeMessage(raw, peer.codec);
      if (decoded.ok) this.#session(id, { type: 'message', side, message: decoded.message });
      else this.#session(id, { type: 'malformed', side, error: decoded.error });
    }
    if (error !== undefined) this.#session(id, { type: 'malformed', side, error });
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
        if (effect.wasEstablished) this.#forgetRoutes(peer);
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
    peer.establish(side, negotiated);
    this.#touchAll(peer);
    this.#effects.push({ type: 'session-up', peer: peer.config.id, negotiated });
  }

  /** RFC 4271 §8.2.2, Established: on leaving it the routes of the connection are deleted. */
  #forgetRoutes(peer: Peer): void {
    peer.established = undefined;
    for (const { received } of peer.adjRibIn.routes()) this.#locRib.delete(received.prefix, peer.config.id);
    peer.adjRibIn.clear();
  }

  #received(peer: Peer, message: UpdateMessage | RouteRefreshMessage): void {
    if (message.type === 'update') this.#update(peer, message);
    else if (message.family !== undefined) peer.established?.adjRibOut.resend(message.family); // RFC 2918 §4
  }

  #update(peer: Peer, { withdrawn, reach, attributes, errors }: UpdateMessage): void {
    const { established, config } = peer;
    if (established === undefined) return;
    if (errors.length > 0) peer.malformedUpdates++;
    peer.lastMalformed = errors[0] ?? peer.lastMalformed;
    const context = { localAsn: this.config.asn, peer: config, policy: peer.importPolicy };
    // Withdrawn first: a prefix that stands in both is announced (RFC 4271 §4.3).
    for (const prefix of withdrawn) {
      if (peer.adjRibIn.delete(prefix)) this.#locRib.delete(prefix, config.id);
    }
    for (const { nextHop, prefixes } of reach) {
      for (const prefix of prefixes) {
        const route = importRoute({ prefix, source: established.source, nextHop, attributes }, context);
        peer.adjRibIn.set(route);
        if (route.outcome.verdict === 'accept') this.#locRib.set(route.outcome.route);
        else this.#locRib.delete(prefix, config.id);
      }
    }
  }

  #touchAll(peer: Peer): void {
    if (peer.established === undefined) return;
    for (const { prefix } of this.#locRib.bestRoutes()) peer.established.adjRibOut.touch(prefix);
  }

  /** Decides what was touched and tells the peers. Best routes are told first, so that forwarding is ready before peers use it. */
  #settle(): void {
    const changes = this.#locRib.takeChanges();
    for (const { prefix, best } of changes) this.#effects.push({ type: 'best-changed', prefix, best });
    for (const peer of this.#peers.values()) {
      for (const { prefix } of changes) peer.established?.adjRibOut.touch(prefix);
      this.#tell(peer);
    }
  }

  #tell(peer: Peer): void {
    const { established } = peer;
    if (established === undefined) return;
    const { adjRibOut, side, negotiated } = established;
    const messages: Uint8Array[] = [];
    for (const update of adjRibOut.flush((prefix) => this.#wanted(peer, prefix))) {
      const encoded = encodeUpdate(update, negotiated.codec);
      messages.push(...encoded.messages);
      for (const prefix of encoded.tooLarge) adjRibOut.forget(prefix);
    }
    for (const family of established.endOfRibDue) {
      const marker = {
        type: 'update',
        withdrawn: [],
        reach: [],
        attributes: {},
        endOfRib: family,
        errors: [],
      } as const;
      messages.push(...encodeMessage(marker, negotiated.codec));
    }
    established.endOfRibDue = [];
    if (messages.length === 0) return;
    this.#effects.push({ type: 'send', peer: peer.config.id, side, bytes: new Uint8Array(Buffer.concat(messages)) });
  }

  #wanted(peer: Peer, prefix: Prefix): AdvertisedRoute | undefined {
    const best = this.#locRib.best(prefix);
    if (best === undefined) return undefined;
    const outcome = this.#export(peer, best);
    return outcome.verdict === 'announce' ? outcome.route : undefined;
  }

  #export(peer: Peer, best: Route): ExportOutcome {
    const families = peer.established?.negotiated.codec.families ?? [];
    return exportRoute(best, { localAsn: this.config.asn, peer: peer.config, policy: peer.exportPolicy, families });
  }
}

function unknownPeer(id: string): never {
  return fail({ code: 'speaker.peer-unknown', what: `there is no peer "${id}"`, fix: 'add the peer first' });
}
