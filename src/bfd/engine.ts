/**
 * All BFD sessions of one process: their sockets, one timer for each, and the way from a packet to its session.
 *
 * Runs in the process that `program.ts` is, and as well in any other. Time and randomness are arguments.
 *
 * Why the verdict waits: when this process was kept from running, a session's detection time may be over while the packets that
 * would have kept it up lie in the socket. So before a session is declared down, the sockets are read until nothing is left.
 */
import type { Clock } from '../base/clock.ts';
import { ProblemError } from '../base/problem.ts';
import type { Random } from '../base/random.ts';
import { formatAddress } from '../ip/address.ts';
import { addressOf, checkSession, checkTimers, problem } from './check.ts';
import { decodePacket } from './packet/codec.ts';
import { describeDiagnostic, diagnostic } from './packet/diagnostic.ts';
import { Session } from './session/session.ts';
import type { SessionEffect, SessionEvent } from './session/types.ts';
import { type Hops, ports, type Received, Receivers } from './transport/receivers.ts';
import { openTransmitter, type Transmitter } from './transport/transmitter.ts';
import type { BfdChange, BfdSessionConfig, BfdSessionStatus, BfdTimers } from './types.ts';

export interface EngineOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly changed: (change: BfdChange) => void;
  /** Calls `action` once what has arrived by now was read. */
  readonly afterReading: (action: () => void) => void;
}

interface Entry {
  readonly config: BfdSessionConfig;
  readonly hops: Hops;
  readonly session: Session;
  transmitter: Transmitter | undefined;
  removed: boolean;
  /** When the clock wakes the session; at that time or earlier it wants to be woken. */
  armedFor: number | undefined;
  disarm: () => void;
  judging: boolean;
  readonly counters: { sent: number; received: number; discarded: number; downs: number };
  lastDiscard: string | undefined;
}

/** Turns of the loop that a verdict waits at most while packets keep coming in. */
const maximumReadings = 50;

export class Engine {
  readonly #options: EngineOptions;
  readonly #receivers: Receivers;
  readonly #entries = new Map<string, Entry>();
  readonly #byDiscriminator = new Map<number, Entry>();
  readonly #byPeer = new Map<string, Entry>();
  #packetsRead = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#receivers = new Receivers((bytes, from) => this.#received(bytes, from));
  }

  async add(config: BfdSessionConfig): Promise<void> {
    const problems = checkSession(config);
    if (problems.length > 0) throw new ProblemError(problems);
    const { clock, random } = this.#options;
    const hops = config.multihop === undefined ? 'single' : 'multihop';
    const peer = peerKey({ local: config.localAddress, hops, source: config.remoteAddress });
    if (this.#entries.has(config.id) || this.#byPeer.has(peer)) {
      const what = `there is already a BFD session ${config.id}, or one between these addresses`;
      throw new ProblemError([problem(config.id, 'session-exists', what, 'remove the other first')]);
    }
    const discriminator = this.#freeDiscriminator();
    const entry: Entry = {
      config,
      hops,
      session: new Session({ ...config, discriminator }, clock.now(), random),
      transmitter: undefined,
      removed: false,
      armedFor: undefined,
      disarm: () => {},
      judging: false,
      counters: { sent: 0, received: 0, discarded: 0, downs: 0 },
      lastDiscard: undefined,
    };
    this.#entries.set(config.id, entry);
    this.#byDiscriminator.set(discriminator, entry);
    this.#byPeer.set(peer, entry);
    try {
      await this.#open(entry);
    } catch (error) {
      await this.#forget(entry);
      throw error;
    }
    if (!entry.removed) this.#arm(entry);
  }

  async #open(entry: Entry): Promise<void> {
    const { id, localAddress, remoteAddress, multihop } = entry.config;
    const source = addressOf(remoteAddress);
    if (source === undefined) return; // checked above
    // RFC 5881 §5: single hop "MUST be discarded if the received TTL or Hop Limit is not equal to 255".
    await this.#receivers.admit(id, localAddress, entry.hops, { source, minimumTtl: multihop?.minimumTtl ?? 255 });
    const remote = { host: remoteAddress, port: ports[entry.hops] };
    const transmitter = await openTransmitter(localAddress, remote, this.#options.random);
    if (entry.removed) await transmitter.close();
    else entry.transmitter = transmitter;
  }

  setTimers(id: string, timers: BfdTimers): void {
    const problems = checkTimers(id, timers);
    if (problems.length > 0) throw new ProblemError(problems);
    this.#step(this.#mustEntry(id), { type: 'set-timers', timers });
  }

  setAdministrativelyDown(id: string, down: boolean): void {
    this.#step(this.#mustEntry(id), { type: 'administrative', down });
  }

  async remove(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#step(entry, { type: 'administrative', down: true });
    await this.#forget(entry);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((id) => this.remove(id)));
  }

  status(): readonly BfdSessionStatus[] {
    return [...this.#entries.values()].map(({ config, session, counters, lastDiscard }) => ({
      id: config.id,
      ...session.facts(),
      counters: { ...counters },
      ...(lastDiscard === undefined ? {} : { lastDiscard }),
    }));
  }

  async #forget(entry: Entry): Promise<void> {
    const { id, localAddress, remoteAddress } = entry.config;
    entry.removed = true;
    entry.disarm();
    this.#entries.delete(id);
    this.#byDiscriminator.delete(entry.session.discriminator);
    this.#byPeer.delete(peerKey({ local: localAddress, hops: entry.hops, source: remoteAddress }));
    await Promise.all([this.#receivers.dismiss(id, localAddress, entry.hops), entry.transmitter?.close()]);
  }

  /** RFC 5880 §6.8.6: by your discriminator where the packet has one, else by who sent it. */
  #received(bytes: Uint8Array, from: Parameters<Received>[1]): void {
    this.#packetsRead++;
    const bySource = this.#byPeer.get(peerKey(from));
    if (bySource === undefined) return; // the filter lets only peers in; this one has just been removed
    bySource.counters.received++;
    const decoded = decodePacket(bytes);
    if (!decoded.ok) {
      discard(bySource, decoded.error.what);
      return;
    }
    const { packet } = decoded;
    if (packet.yourDiscriminator !== 0 && this.#byDiscriminator.get(packet.yourDiscriminator) !== bySource) {
      discard(bySource, `your discriminator ${packet.yourDiscriminator} is not of this session`);
      return;
    }
    this.#step(bySource, { type: 'received', packet, bytes });
  }

  #step(entry: Entry, event: SessionEvent): void {
    for (const effect of entry.session.step(event, this.#options.clock.now())) this.#carryOut(entry, effect);
    if (!entry.removed) this.#arm(entry);
  }

  #carryOut(entry: Entry, effect: SessionEffect): void {
    switch (effect.type) {
      case 'send':
        if (entry.transmitter === undefined) return;
        entry.counters.sent++;
        entry.transmitter.send(effect.bytes);
        return;
      case 'discarded':
        discard(entry, effect.why);
        return;
      case 'changed':
        if (effect.to === 'up') this.#options.changed({ type: 'up', session: entry.config.id });
        else if (effect.from === 'up') {
          entry.counters.downs++;
          this.#options.changed(downChange(entry.config.id, effect));
        }
        return;
    }
  }

  #arm(entry: Entry): void {
    const at = entry.session.wakeAt();
    if (at === undefined || (entry.armedFor !== undefined && entry.armedFor <= at)) return;
    entry.disarm();
    entry.armedFor = at;
    entry.disarm = this.#options.clock.after(Math.max(0, at - this.#options.clock.now()), () => {
      entry.armedFor = undefined;
      this.#woken(entry);
    });
  }

  #woken(entry: Entry): void {
    this.#step(entry, { type: 'wake' }); // first of all: we must not seem silent while we judge another's silence
    const detectAt = entry.session.detectAt();
    const due = detectAt !== undefined && this.#options.clock.now() >= detectAt;
    if (due && !entry.judging) this.#judge(entry, maximumReadings);
  }

  #judge(entry: Entry, readings: number): void {
    entry.judging = true;
    const before = this.#packetsRead;
    this.#options.afterReading(() => {
      entry.judging = false;
      if (entry.removed) return;
      if (this.#packetsRead !== before && readings > 1) this.#judge(entry, readings - 1);
      else this.#step(entry, { type: 'silence' });
    });
  }

  #freeDiscriminator(): number {
    for (;;) {
      // RFC 5880 §6.3: unique and not 0; §10 wants it hard to guess.
      const discriminator = 1 + this.#options.random.below(0xffff_ffff);
      if (!this.#byDiscriminator.has(discriminator)) return discriminator;
    }
  }

  #mustEntry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry;
    throw new ProblemError([problem(id, 'no-session', `there is no BFD session ${id}`, 'add it first')]);
  }
}

function discard(entry: Entry, why: string): void {
  entry.counters.discarded++;
  entry.lastDiscard = why;
}

function peerKey(of: { readonly local: string; readonly hops: Hops; readonly source: string }): string {
  const source = addressOf(of.source);
  return `${of.hops} ${of.local} ${source === undefined ? of.source : formatAddress(source)}`;
}

function downChange(session: string, effect: Extract<SessionEffect, { type: 'changed' }>): BfdChange {
  const bySignal = effect.diagnostic === diagnostic.neighborSignaledDown;
  const administrative = effect.to === 'admin-down' || (bySignal && effect.remoteState === 'admin-down');
  const theirs =
    bySignal && effect.remoteDiagnostic !== 0 ? `; the neighbor: ${describeDiagnostic(effect.remoteDiagnostic)}` : '';
  return {
    type: 'down',
    session,
    diagnostic: effect.diagnostic,
    remoteDiagnostic: effect.remoteDiagnostic,
    administrative,
    what: `${describeDiagnostic(effect.diagnostic)}${theirs}`,
  };
}
