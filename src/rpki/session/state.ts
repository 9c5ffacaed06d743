/** The state of one session as a plain value, and the draft of its successor that one step works on. */
import type { Random } from '../../base/random.ts';
import { errorReportFor } from '../pdu/codec.ts';
import { type Intervals, type Pdu, type RtrFault, type RtrVersion, rtrErrorName } from '../pdu/types.ts';
import { defaultIntervals, retryMs } from './intervals.ts';
import type { RtrEffect, RtrFailure, RtrPhase, RtrTimer, Source } from './types.ts';

export interface RtrConfig {
  /** Where negotiation starts: the highest version to ask for. */
  readonly highestVersion: RtrVersion;
  /** How long a cache may be silent while it owes an answer. */
  readonly responseSeconds: number;
}

export const defaultRtrConfig: RtrConfig = { highestVersion: 2, responseSeconds: 60 };

export interface RtrState {
  readonly config: RtrConfig;
  readonly phase: RtrPhase;
  /** Asked for with the last query, and once `agreed` the session's. */
  readonly version: RtrVersion;
  /** The highest that this cache has not refused. */
  readonly ceiling: RtrVersion;
  /** The cache has answered in `version` on this connection (RFC 8210 §7). */
  readonly agreed: boolean;
  /** What is asked, or being answered. */
  readonly query: 'reset' | 'serial';
  /** The session ID of the answer that is coming in. */
  readonly answering: number | undefined;
  /** What the next Serial Query goes on from; `undefined`: a Reset Query is due. */
  readonly source: Source | undefined;
  readonly intervals: Intervals;
  /** A Serial Notify that came while an answer was on its way. */
  readonly notified: number | undefined;
  /** A payload has come since the response timer was set. */
  readonly progress: boolean;
  /** Attempts in a row that brought no data. */
  readonly failures: number;
  readonly timers: readonly RtrTimer[];
}

export function initialRtrState(config: RtrConfig = defaultRtrConfig): RtrState {
  return {
    config,
    phase: 'stopped',
    version: config.highestVersion,
    ceiling: config.highestVersion,
    agreed: false,
    query: 'reset',
    answering: undefined,
    source: undefined,
    intervals: defaultIntervals,
    notified: undefined,
    progress: false,
    failures: 0,
    timers: [],
  };
}

type Draft = { -readonly [Key in keyof RtrState]: RtrState[Key] };

/** One step's draft of the next state, with its effects in the order in which they must be carried out. */
export class Work {
  readonly next: Draft;
  readonly effects: RtrEffect[] = [];
  readonly #random: Random;

  constructor(state: RtrState, random: Random) {
    this.next = { ...state };
    this.#random = random;
  }

  setTimer(timer: RtrTimer, delayMs: number): void {
    if (!this.next.timers.includes(timer)) this.next.timers = [...this.next.timers, timer];
    this.effects.push({ type: 'set-timer', timer, delayMs });
  }

  clearTimer(timer: RtrTimer): void {
    if (!this.next.timers.includes(timer)) return;
    this.next.timers = this.next.timers.filter((other) => other !== timer);
    this.effects.push({ type: 'clear-timer', timer });
  }

  send(pdu: Pdu): void {
    this.effects.push({ type: 'send', version: this.next.version, pdu });
  }

  /** From data held in the version that it came in (its session ID means nothing in another), else in the highest. */
  connect(): void {
    const { source, ceiling } = this.next;
    this.next.phase = 'connecting';
    this.next.version = source?.version ?? ceiling;
    this.next.agreed = false;
    this.next.notified = undefined;
    this.effects.push({ type: 'connect' });
  }

  /** Asks for what is new since the data held, or for everything (RFC 8210 §5.3, §5.4, §8). */
  ask(): void {
    const { source, config } = this.next;
    this.clearTimer('refresh');
    this.next.phase = 'querying';
    this.next.query = source === undefined ? 'reset' : 'serial';
    if (source === undefined) this.send({ type: 'reset-query' });
    else this.send({ type: 'serial-query', sessionId: source.sessionId, serial: source.serial });
    this.setTimer('response', config.responseSeconds * 1000);
  }

  /** Ends the connection, and what was on its way over it. The data held stays. */
  disconnect(byUs: boolean): void {
    if (this.next.phase === 'loading') this.effects.push({ type: 'abandon' });
    this.next.answering = undefined;
    this.clearTimer('response');
    this.clearTimer('refresh');
    if (byUs) this.effects.push({ type: 'close' });
  }

  /** Ends the connection, says why, and tries again later. */
  fail(failure: RtrFailure, { byUs }: { readonly byUs: boolean }): void {
    if (this.next.phase === 'querying') this.next.source = undefined; // what got no answer is not asked twice
    this.disconnect(byUs);
    this.next.phase = 'waiting';
    this.next.failures++;
    this.effects.push({ type: 'failed', failure });
    this.setTimer('retry', retryMs(this.next.intervals, this.next.failures, this.#random));
  }

  /** Tells the cache what is wrong and ends the session (RFC 8210 §5.11, §12: all but No Data Available are fatal). */
  refuse(fault: RtrFault): void {
    if (!fault.inErrorReport) this.send(errorReportFor(fault));
    this.fail({ kind: 'fault', what: `${rtrErrorName(fault.code)}: ${fault.what} (${fault.rfc})` }, { byUs: true });
  }
}
