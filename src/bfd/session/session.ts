/**
 * One BFD session in asynchronous mode, as a machine without socket or clock (RFC 5880 §6.8).
 *
 * How: `step` takes an event and the time and returns what to send and tell; `wakeAt` says when it wants to be woken. There are
 * no timers to set and clear, only three instants (next packet, detection, forgetting the peer's sequence number), so what the
 * clock of a busy machine does late or early changes nothing but the moment.
 *
 * Deliberate deviations:
 * - A poll sequence runs only while the session is up (§6.8.3 asks for one at any change). Below Up each side uses 1 s and
 *   takes the other's values from every packet, so there is nothing that a poll would protect.
 * - Demand mode is obeyed when the peer asks for it and never asked for; the echo function is neither offered nor used.
 */
import { assert, unreachable } from '../../base/assert.ts';
import type { Random } from '../../base/random.ts';
import { encodePacket } from '../packet/codec.ts';
import { diagnostic } from '../packet/diagnostic.ts';
import type { ControlPacket, SessionState } from '../packet/types.ts';
import type { BfdSessionConfig, BfdTimers } from '../types.ts';
import { Authenticator } from './authentication.ts';
import { PollSequence } from './poll.ts';
import { detectionTimeMs, jitteredMs, msOf, slowTransmitUs, usOf } from './timing.ts';
import { transition } from './transition.ts';
import type { SessionEffect, SessionEvent } from './types.ts';

/** What the peer last said of itself; the values before its first packet are those of RFC 5880 §6.8.1. */
interface Remote {
  readonly state: SessionState;
  readonly diagnostic: number;
  readonly discriminator: number;
  readonly desiredMinTxUs: number;
  readonly requiredMinRxUs: number;
  readonly detectMultiplier: number;
  readonly demand: boolean;
}

const unknownRemote: Remote = {
  state: 'down',
  diagnostic: 0,
  discriminator: 0,
  desiredMinTxUs: 0,
  requiredMinRxUs: 1,
  detectMultiplier: 0,
  demand: false,
};

export interface SessionIdentity extends Pick<BfdSessionConfig, 'timers' | 'passive' | 'authentication'> {
  /** Not 0, and no other session's here. */
  readonly discriminator: number;
}

export class Session {
  readonly discriminator: number;
  readonly #random: Random;
  readonly #passive: boolean;
  readonly #authenticator: Authenticator | undefined;
  readonly #poll = new PollSequence();
  #timers: BfdTimers;
  #state: SessionState = 'down';
  #diagnostic: number = diagnostic.none;
  #remote: Remote = unknownRemote;
  #lastSentAt: number;
  /** What the wait before the next packet was drawn for; another interval draws another. */
  #drawnForUs: number | undefined;
  #transmitAt: number | undefined;
  #lastReceivedAt: number | undefined;
  #forgetSequenceAt: number | undefined;
  #maximumLatenessMs = 0;
  #effects: SessionEffect[] = [];

  constructor(identity: SessionIdentity, now: number, random: Random) {
    assert(identity.discriminator !== 0, 'a discriminator');
    this.discriminator = identity.discriminator;
    this.#random = random;
    this.#timers = identity.timers;
    this.#passive = identity.passive === true;
    this.#authenticator = identity.authentication && new Authenticator(identity.authentication, random);
    this.#poll.reset(this.#wanted());
    this.#lastSentAt = now;
    this.#reschedule(now);
  }

  get state(): SessionState {
    return this.#state;
  }

  /** What the session is about, for people. */
  facts() {
    return {
      state: this.#state,
      remoteState: this.#remote.state,
      diagnostic: this.#diagnostic,
      remoteDiagnostic: this.#remote.diagnostic,
      localDiscriminator: this.discriminator,
      remoteDiscriminator: this.#remote.discriminator,
      transmitIntervalMs: this.#transmitAt === undefined ? undefined : msOf(this.#transmitIntervalUs()),
      detectionTimeMs: this.#lastReceivedAt === undefined ? undefined : this.#detectionTimeMs(),
      maximumLatenessMs: this.#maximumLatenessMs,
    };
  }

  /** When to bring the next `wake` or `silence`, on the clock of `now`; `undefined`: not before another event. */
  wakeAt(): number | undefined {
    const instants = [this.#transmitAt, this.detectAt(), this.#forgetSequenceAt].filter((at) => at !== undefined);
    return instants.length === 0 ? undefined : Math.min(...instants);
  }

  /** When the peer will count as gone unless a packet comes. */
  detectAt(): number | undefined {
    return this.#lastReceivedAt === undefined ? undefined : this.#lastReceivedAt + this.#detectionTimeMs();
  }

  /** How long the peer takes to notice that we are gone, as far as we know; for who waits until it has. */
  remoteDetectionTimeMs(): number {
    return this.#timers.detectMultiplier * msOf(this.#transmitIntervalUs());
  }

  step(event: SessionEvent, now: number): readonly SessionEffect[] {
    this.#effects = [];
    switch (event.type) {
      case 'received':
        this.#receive(event.packet, event.bytes, now);
        break;
      case 'wake':
        this.#wake(now);
        break;
      case 'silence':
        this.#silence(now);
        break;
      case 'set-timers':
        this.#timers = event.timers;
        this.#poll.want(this.#wanted(), this.#state === 'up');
        this.#transmit(now, false); // §6.8.7: what differs from the last packet is said between the periodic ones
        break;
      case 'administrative':
        this.#administrative(event.down, now);
        break;
      default:
        unreachable(event);
    }
    this.#reschedule(now);
    return this.#effects;
  }

  /** RFC 5880 §6.8.6, in its order; what the bytes alone tell was checked by the decoder. */
  #receive(packet: ControlPacket, bytes: Uint8Array, now: number): void {
    const fault = this.#rejectAuthentication(packet, bytes);
    if (fault !== undefined) {
      this.#effects.push({ type: 'discarded', why: fault });
      return;
    }
    this.#remote = {
      state: packet.state,
      diagnostic: packet.diagnostic,
      discriminator: packet.myDiscriminator,
      desiredMinTxUs: packet.desiredMinTxUs,
      requiredMinRxUs: packet.requiredMinRxUs,
      detectMultiplier: packet.detectMultiplier,
      demand: packet.demand,
    };
    this.#lastReceivedAt = now;
    this.#forgetSequenceAt = undefined;
    const polledAgain = packet.final && this.#poll.finish(this.#wanted());
    if (this.#state === 'admin-down') return;
    const next = transition(this.#state, packet.state);
    if (next !== undefined) this.#enter(next.state, next.diagnostic);
    if (packet.poll) {
      this.#transmit(now, true); // "without respect to the transmission timer"
    } else if (next !== undefined || polledAgain) {
      this.#transmit(now, false);
    }
  }

  #rejectAuthentication(packet: ControlPacket, bytes: Uint8Array): string | undefined {
    if (this.#authenticator === undefined) {
      return packet.authentication === undefined ? undefined : 'authenticated, but this session has no authentication';
    }
    if (packet.authentication === undefined) return 'not authenticated';
    return this.#authenticator.reject(bytes, packet.authentication, this.#timers.detectMultiplier);
  }

  #wake(now: number): void {
    if (this.#forgetSequenceAt !== undefined && now >= this.#forgetSequenceAt) {
      this.#authenticator?.forgetSequence();
      this.#forgetSequenceAt = undefined;
    }
    if (this.#transmitAt !== undefined && now >= this.#transmitAt) {
      this.#maximumLatenessMs = Math.max(this.#maximumLatenessMs, now - this.#transmitAt);
      this.#transmit(now, false);
    }
  }

  /** §6.8.4. The peer's discriminator is forgotten in every state (§6.8.1), and with it what else it said. */
  #silence(now: number): void {
    const detectAt = this.detectAt();
    if (detectAt === undefined || now < detectAt) return;
    // §6.8.1, bfd.AuthSeqKnown: "at least twice the Detection Time"; one has passed.
    if (this.#authenticator !== undefined) this.#forgetSequenceAt = now + this.#detectionTimeMs();
    this.#remote = unknownRemote;
    this.#lastReceivedAt = undefined;
    if (this.#state !== 'init' && this.#state !== 'up') return;
    this.#enter('down', diagnostic.detectionTimeExpired);
    this.#transmit(now, false);
  }

  /** §6.8.16. */
  #administrative(down: boolean, now: number): void {
    if (down === (this.#state === 'admin-down')) return;
    if (down) this.#enter('admin-down', diagnostic.administrativelyDown);
    else this.#enter('down', diagnostic.none);
    this.#transmit(now, false);
  }

  #enter(to: SessionState, why: number): void {
    const from = this.#state;
    this.#state = to;
    this.#diagnostic = why;
    // §6.8.3: slow while not up. Up itself makes it faster, which is a change to be polled.
    if (to === 'up') this.#poll.want(this.#wanted(), true);
    else this.#poll.reset(this.#wanted());
    const { state: remoteState, diagnostic: remoteDiagnostic } = this.#remote;
    this.#effects.push({ type: 'changed', from, to, diagnostic: why, remoteState, remoteDiagnostic });
  }

  /** What our packets say that we want, in this state. */
  #wanted(): { readonly desiredMinTxUs: number; readonly requiredMinRxUs: number } {
    const desiredMinTxUs = usOf(this.#timers.desiredMinTxMs);
    return {
      desiredMinTxUs: this.#state === 'up' ? desiredMinTxUs : Math.max(slowTransmitUs, desiredMinTxUs),
      requiredMinRxUs: usOf(this.#timers.requiredMinRxMs),
    };
  }

  #transmitIntervalUs(): number {
    return Math.max(this.#poll.used.desiredMinTxUs, this.#remote.requiredMinRxUs); // §6.8.7
  }

  #detectionTimeMs(): number {
    return detectionTimeMs({
      remoteMultiplier: this.#remote.detectMultiplier,
      requiredMinRxUs: this.#poll.used.requiredMinRxUs,
      remoteDesiredMinTxUs: this.#remote.desiredMinTxUs,
    });
  }

  /** §6.8.7, the four cases in which nothing is sent "periodically". */
  #isSilent(): boolean {
    if (this.#passive && this.#remote.discriminator === 0) return true;
    if (this.#remote.requiredMinRxUs === 0) return true;
    const bothUp = this.#state === 'up' && this.#remote.state === 'up';
    return this.#remote.demand && bothUp && !this.#poll.running;
  }

  #transmit(now: number, final: boolean): void {
    if (!final && this.#isSilent()) return;
    const packet: ControlPacket = {
      diagnostic: this.#diagnostic,
      state: this.#state,
      poll: this.#poll.running && !final,
      final,
      controlPlaneIndependent: false, // this process is both planes
      demand: false,
      detectMultiplier: this.#timers.detectMultiplier,
      myDiscriminator: this.discriminator,
      yourDiscriminator: this.#remote.discriminator,
      ...this.#wanted(),
      requiredMinEchoRxUs: 0, // no echo, please: §6.8.1
    };
    const bytes = this.#authenticator === undefined ? encodePacket(packet) : this.#authenticator.sign(packet);
    this.#effects.push({ type: 'send', bytes });
    // An answer to a poll stands outside the rhythm of periodic packets.
    if (final) return;
    this.#lastSentAt = now;
    this.#transmitAt = undefined;
    this.#drawnForUs = undefined;
  }

  /** Draws the time of the next packet where one was sent, or where the interval changed ("MUST be recalculated", §6.8.7). */
  #reschedule(now: number): void {
    if (this.#isSilent()) {
      this.#transmitAt = undefined;
      this.#drawnForUs = undefined;
      return;
    }
    const intervalUs = this.#transmitIntervalUs();
    if (this.#drawnForUs === intervalUs) return;
    this.#drawnForUs = intervalUs;
    const wait = jitteredMs(intervalUs, this.#timers.detectMultiplier, this.#random);
    this.#transmitAt = Math.max(now, this.#lastSentAt + wait);
  }
}
