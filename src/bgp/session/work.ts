/**
 * The working copy of a session during one event: what `fsm.ts` decides is done here, to the copy and to the list of effects.
 *
 * Why: the acts that many cells share (open, release, give up) are written once, each leaving connections and timers in step.
 * The state that came in is never touched.
 */
import type { Random } from '../../base/random.ts';
import type { Message, NotificationMessage } from '../message/types.ts';
import { connectRetryMs, idleHoldMs, keepaliveMs, openHoldTimeMs } from './delays.ts';
import { openMessage } from './open.ts';
import {
  type Connection,
  hasSpoken,
  isOpen,
  noConnection,
  otherSide,
  phaseOf,
  type SessionState,
  sides,
} from './state.ts';
import type { DownReason, Negotiated, SessionConfig, SessionEffect, SessionTimer, Side } from './types.ts';

export class Work {
  readonly config: SessionConfig;
  readonly effects: SessionEffect[] = [];
  readonly random: Random;
  started: boolean;
  failures: number;
  keepalivesSent: number;
  #connections: Readonly<Record<Side, Connection>>;
  #timers: readonly SessionTimer[];

  constructor(state: SessionState, random: Random) {
    this.config = state.config;
    this.random = random;
    this.started = state.started;
    this.failures = state.failures;
    this.keepalivesSent = state.keepalivesSent;
    this.#connections = state.connections;
    this.#timers = state.timers;
  }

  finish(): SessionState {
    const { config, started, failures, keepalivesSent } = this;
    const [connections, timers] = [this.#connections, this.#timers];
    return {
      config,
      phase: phaseOf({ started, timers, connections }),
      started,
      connections,
      timers,
      failures,
      keepalivesSent,
    };
  }

  connection(side: Side): Connection {
    return this.#connections[side];
  }

  put(side: Side, connection: Connection): void {
    this.#connections = { ...this.#connections, [side]: connection };
  }

  runs(timer: SessionTimer): boolean {
    return this.#timers.includes(timer);
  }

  setTimer(timer: SessionTimer, delayMs: number): void {
    if (!this.runs(timer)) this.#timers = [...this.#timers, timer];
    this.effects.push({ type: 'set-timer', timer, delayMs });
  }

  /** Takes note that a timer has fired. */
  fired(timer: SessionTimer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }

  clearTimer(timer: SessionTimer): void {
    if (!this.runs(timer)) return;
    this.fired(timer);
    this.effects.push({ type: 'clear-timer', timer });
  }

  send(side: Side, message: Message): void {
    this.effects.push({ type: 'send', side, message });
  }

  down(reason: DownReason, wasEstablished: boolean): void {
    this.effects.push({ type: 'down', wasEstablished, reason });
  }

  /** RFC 4271 §8.2.2 Idle, events 1 and 3 to 5: Connect, or Active where we only wait for the peer. */
  begin(): void {
    if (!this.config.passive) this.connect();
  }

  connect(): void {
    this.setTimer('connect-retry', connectRetryMs(this.config, this.failures, this.random));
    this.put('outgoing', { phase: 'connecting' });
    this.effects.push({ type: 'connect' });
  }

  /** Ends an attempt to connect that is under way. */
  abandonAttempt(): void {
    if (this.connection('outgoing').phase !== 'connecting') return;
    this.put('outgoing', noConnection);
    this.effects.push({ type: 'close', side: 'outgoing' });
  }

  /** The TCP connection stands (events 16 and 17): speaks first, or waits for the peer to (RFC 4271 §8.2.2). */
  begun(side: Side): void {
    const { delayOpenSeconds } = this.config;
    if (delayOpenSeconds === undefined) {
      this.open(side);
      return;
    }
    if (side === 'outgoing') this.clearTimer('connect-retry');
    this.setTimer(`delay-open:${side}`, delayOpenSeconds * 1000);
    this.put(side, { phase: 'delay-open' });
  }

  /** RFC 4271 §8.2.2 sends an OPEN and sets a large hold timer. */
  open(side: Side): void {
    if (side === 'outgoing') this.clearTimer('connect-retry');
    this.clearTimer(`delay-open:${side}`);
    this.send(side, openMessage(this.config));
    this.setTimer(`hold:${side}`, openHoldTimeMs);
    const late = this.connection(otherSide(side)).phase === 'established';
    this.put(side, { phase: 'open-sent', ...(late && { late }) });
  }

  /** RFC 4271 §8.2.2: hold and keepalive timers run only where the negotiated hold time is not zero. */
  restartHold(side: Side, { holdTimeSeconds }: Negotiated): void {
    if (holdTimeSeconds === 0) this.clearTimer(`hold:${side}`);
    else this.setTimer(`hold:${side}`, holdTimeSeconds * 1000);
  }

  sendKeepalive(side: Side, { keepaliveSeconds }: Negotiated): void {
    this.send(side, { type: 'keepalive' });
    if (keepaliveSeconds > 0) this.setTimer(`keepalive:${side}`, keepaliveMs(keepaliveSeconds, this.random));
  }

  /** Forgets a side's connection; `close` where the peer has not closed it already. */
  drop(side: Side, how: 'close' | 'closed-by-peer'): void {
    if (how === 'close') this.effects.push({ type: 'close', side });
    this.clearTimer(`hold:${side}`);
    this.clearTimer(`keepalive:${side}`);
    this.clearTimer(`delay-open:${side}`);
    this.put(side, noConnection);
  }

  /** Says why, where it has spoken at all, then closes. A NOTIFICATION ends the connection that it is sent on (RFC 4271 §4.5). */
  notify(side: Side, notification: NotificationMessage): void {
    if (hasSpoken(this.connection(side))) this.send(side, notification);
    this.drop(side, 'close');
  }

  /**
   * After a side was dropped: back to Active, to connect again by and by and to listen meanwhile. Nothing is told where the
   * peering's other connection is still on its way.
   */
  retreat(reason: DownReason, side: Side, wasEstablished = false): void {
    const otherIsOpen = isOpen(this.connection(otherSide(side)));
    if (!otherIsOpen || wasEstablished) {
      this.failures++;
      this.down(reason, wasEstablished);
    }
    const settled = sides.some((side) => 'negotiated' in this.connection(side));
    const seeking = this.connection('outgoing').phase !== 'none' || this.runs('connect-retry');
    if (settled || seeking || this.config.passive) return;
    this.setTimer('connect-retry', connectRetryMs(this.config, this.failures, this.random));
  }

  /**
   * After a side was dropped for an error: to Idle for a while that grows (DampPeerOscillations, RFC 4271 §8.1.1). Where the
   * peering's other connection has come as far as an OPEN, that one goes on: it has a state machine of its own (§8.2.1).
   */
  giveUp(reason: DownReason, side: Side, wasEstablished: boolean): void {
    if (isOpen(this.connection(otherSide(side)))) {
      this.retreat(reason, side, wasEstablished);
      return;
    }
    this.clearTimer('connect-retry');
    this.abandonAttempt();
    this.failures++;
    this.down(reason, wasEstablished);
    this.setTimer('idle-hold', idleHoldMs(this.config, this.failures, this.random));
  }
}
