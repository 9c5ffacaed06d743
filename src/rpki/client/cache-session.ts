/**
 * Runs the state machine of one cache: a connection, timers and the staged update around a pure core.
 *
 * The data held is replaced in one assignment when an answer is whole, so whoever reads it never sees half of one.
 */
import { unreachable } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { RpkiData } from '../data/rpki-data.ts';
import { Staging } from '../data/staging.ts';
import { decodePdu, encodePdu } from '../pdu/codec.ts';
import { PduFramer } from '../pdu/framer.ts';
import { stepRtr } from '../session/session.ts';
import { initialRtrState, type RtrConfig, type RtrState } from '../session/state.ts';
import type { RtrEffect, RtrEvent, RtrFailure, RtrTimer, Source } from '../session/types.ts';
import type { CacheAddress } from './address.ts';
import { type CacheConnection, type ConnectCache, connectCache } from './connection.ts';

export interface CacheSessionOptions {
  readonly address: CacheAddress;
  readonly clock: Clock;
  readonly random: Random;
  readonly config?: RtrConfig;
  readonly connect?: ConnectCache;
  /** Called after each event that changed the data, the phase or the last failure. */
  readonly changed: () => void;
}

export class CacheSession {
  readonly address: CacheAddress;
  readonly #options: CacheSessionOptions;
  #state: RtrState;
  #connection: CacheConnection | undefined;
  #staging: Staging | undefined;
  readonly #timers = new Map<RtrTimer, () => void>();
  #data: RpkiData | undefined;
  #source: Source | undefined;
  /** Data has come over the connection that stands. */
  #inSync = false;
  #failure: RtrFailure | undefined;
  #updatedAtMs: number | undefined;
  readonly #closing = new Set<Promise<void>>();

  constructor(options: CacheSessionOptions) {
    this.address = options.address;
    this.#options = options;
    this.#state = initialRtrState(options.config);
  }

  get data(): RpkiData | undefined {
    return this.#data;
  }

  /** Where the data came from last; `undefined` without data. */
  get source(): Source | undefined {
    return this.#source;
  }

  get state(): RtrState {
    return this.#state;
  }

  get inSync(): boolean {
    return this.#inSync;
  }

  /** Of the last attempt; `undefined` once data has come. */
  get failure(): RtrFailure | undefined {
    return this.#failure;
  }

  /** By the clock's `wallTime`. */
  get updatedAtMs(): number | undefined {
    return this.#updatedAtMs;
  }

  get running(): boolean {
    return this.#state.phase !== 'stopped';
  }

  start(): void {
    this.#step({ type: 'start' });
  }

  /** Drops the data, too. Resolves when no socket is left. */
  async stop(): Promise<void> {
    this.#data = undefined;
    this.#source = undefined;
    this.#failure = undefined;
    this.#updatedAtMs = undefined;
    this.#step({ type: 'stop' });
    await Promise.all(this.#closing);
  }

  #step(event: RtrEvent): void {
    const before = this.#state;
    const { state, effects } = stepRtr(before, event, this.#options.random);
    this.#state = state;
    let changed = before.phase !== state.phase;
    for (const effect of effects) changed = this.#carryOut(effect) || changed;
    if (changed) this.#options.changed();
  }

  /** Whether someone may want to know. */
  #carryOut(effect: RtrEffect): boolean {
    switch (effect.type) {
      case 'connect':
        this.#connect();
        return false;
      case 'send':
        this.#connection?.send(encodePdu(effect.version, effect.pdu));
        return false;
      case 'close':
        this.#leave(true);
        return false;
      case 'set-timer': {
        const { timer, delayMs } = effect;
        this.#timers.get(timer)?.();
        this.#timers.set(
          timer,
          this.#options.clock.after(delayMs, () => this.#due(timer)),
        );
        return false;
      }
      case 'clear-timer':
        this.#timers.get(effect.timer)?.();
        this.#timers.delete(effect.timer);
        return false;
      case 'begin':
        this.#staging = effect.from === 'data' ? new Staging(this.#data) : new Staging();
        return false;
      case 'stage': {
        const fault = this.#staging?.apply(effect.version, effect.pdu);
        if (fault !== undefined) this.#step({ type: 'fault', fault });
        return false;
      }
      case 'abandon':
        this.#staging = undefined;
        return false;
      case 'commit':
        this.#data = this.#staging?.finish();
        this.#staging = undefined;
        this.#source = effect.source;
        this.#inSync = true;
        this.#failure = undefined;
        this.#updatedAtMs = this.#options.clock.wallTime();
        return true;
      case 'expire':
        this.#data = undefined;
        this.#source = undefined;
        this.#inSync = false;
        return true;
      case 'failed':
        this.#failure = effect.failure;
        this.#leave(false);
        return true;
      default:
        return unreachable(effect);
    }
  }

  #connect(): void {
    this.#leave(false);
    const framer = new PduFramer();
    const current = (): boolean => this.#connection === connection;
    const { connect = connectCache, clock, address } = this.#options;
    const connection = connect(address, clock, {
      connected: () => this.#ifCurrent(connection, { type: 'connected' }),
      failed: (why) => this.#ifCurrent(connection, { type: 'connect-failed', why }),
      closed: (why) => this.#ifCurrent(connection, { type: 'closed', why }),
      bytes: (bytes) => {
        if (!current()) return;
        const fault = framer.push(bytes, (pdu) => {
          const decoded = decodePdu(pdu);
          this.#step(
            decoded.ok
              ? { type: 'pdu', version: decoded.version, pdu: decoded.pdu }
              : { type: 'fault', fault: decoded.fault },
          );
          return current();
        });
        if (fault !== undefined && current()) this.#step({ type: 'fault', fault });
      },
    });
    this.#connection = connection;
    this.#closing.add(connection.gone);
    void connection.gone.then(() => this.#closing.delete(connection.gone));
  }

  #ifCurrent(connection: CacheConnection, event: RtrEvent): void {
    if (this.#connection === connection) this.#step(event);
  }

  #leave(close: boolean): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#inSync = false;
    if (close) connection?.close();
  }

  #due(timer: RtrTimer): void {
    this.#timers.delete(timer);
    this.#step({ type: 'timer', timer });
  }
}
