/**
 * Drain: moving a PoP's users away without losing a request, and back. A pure machine.
 *
 * The order is the point. The route moves first, so that whoever connects anew lands at another PoP; only then does the
 * edge ask its keep-alive clients to connect anew (`Connection: close` on their next response). Asking earlier would only
 * bring them back here.
 *
 *   stage          routes        edge                    ends when
 *   serving        announced     normal                  drain wanted
 *   depreferenced  last choice   normal                  no new connection for `quietWindowMs`, or half of depreferenceMs
 *   leaving        last choice   asks clients to leave   no request for `quietWindowMs`, or depreferenceMs in all
 *   withdrawn      withdrawn     asks clients to leave   no request for `quietWindowMs`, or quietMs
 *   drained        withdrawn     asks clients to leave   –
 *
 * Events: `wanted` (with whether anything is announced now: what is not announced needs no depreferencing), `unwanted`
 * (resume, from any stage, back to serving at once), `traffic` (a reading of the edge's counters), `no-edge` (there is no
 * edge, so no traffic), `tick`. Where networks ignore both persuasions the time limits end the stages.
 */

import type { AnnouncementMode } from '../announcer/plan.ts';
import { unreachable } from '../base/assert.ts';
import type { PopIntent } from '../network/intent.ts';

export type DrainStage = 'serving' | 'depreferenced' | 'leaving' | 'withdrawn' | 'drained';
export type DrainTimes = PopIntent['drain'];

export interface DrainState {
  readonly stage: DrainStage;
  /** Why it was asked for; empty while serving. */
  readonly reason: string;
  /** When this stage began; for `leaving`, when `depreferenced` began: they share one limit. */
  readonly since: number;
  /** The newest reading, and since when connections and requests have not risen; reset when a stage begins. */
  readonly reading: TrafficReading | undefined;
  readonly noConnectionSince: number;
  readonly noRequestSince: number;
}

/** The edge's counters; they restart from 0 with the edge. */
export interface TrafficReading {
  readonly connectionsTotal: number;
  readonly requestsTotal: number;
  readonly activeRequests: number;
}

export type DrainEvent =
  | { readonly type: 'wanted'; readonly reason: string; readonly announced: boolean }
  | { readonly type: 'unwanted' }
  | { readonly type: 'traffic'; readonly reading: TrafficReading }
  | { readonly type: 'no-edge' }
  | { readonly type: 'tick' };

/** So long without news counts as quiet. Longer than a convergence on the lab's network, shorter than patience. */
export const quietWindowMs = 500;
/** How often the shell reads the edge's counters while `watches` says so. */
export const trafficIntervalMs = 100;

export function initialDrain(): DrainState {
  return { stage: 'serving', reason: '', since: 0, reading: undefined, noConnectionSince: 0, noRequestSince: 0 };
}

/** The most that a prefix may be announced as, in this stage. */
export function drainMode(stage: DrainStage): AnnouncementMode {
  switch (stage) {
    case 'serving':
      return 'announce';
    case 'depreferenced':
    case 'leaving':
      return 'depreference';
    case 'withdrawn':
    case 'drained':
      return 'withdraw';
    default:
      return unreachable(stage);
  }
}

/** Whether the edge should ask its clients to connect anew. */
export function edgeDrains(stage: DrainStage): boolean {
  return stage === 'leaving' || stage === 'withdrawn' || stage === 'drained';
}

/** Whether the stage ends by traffic or time, so that the shell must read counters and send ticks. */
export function watches(stage: DrainStage): boolean {
  return stage === 'depreferenced' || stage === 'leaving' || stage === 'withdrawn';
}

/** The state after `event` at `now`. */
export function stepDrain(state: DrainState, event: DrainEvent, times: DrainTimes, now: number): DrainState {
  switch (event.type) {
    case 'wanted':
      if (state.stage !== 'serving') return { ...state, reason: event.reason };
      return enter({ ...state, reason: event.reason }, event.announced ? 'depreferenced' : 'withdrawn', now);
    case 'unwanted':
      return state.stage === 'serving' ? state : initialDrain();
    case 'traffic':
      return advance(read(state, event.reading, now), times, now);
    case 'no-edge':
      return watches(state.stage) ? enter(state, 'drained', now) : state;
    case 'tick':
      return advance(state, times, now);
    default:
      return unreachable(event);
  }
}

function enter(state: DrainState, stage: DrainStage, now: number): DrainState {
  const since = stage === 'leaving' ? state.since : now;
  return { ...state, stage, since, noConnectionSince: now, noRequestSince: now };
}

function read(state: DrainState, reading: TrafficReading, now: number): DrainState {
  const last = state.reading;
  const newConnections = last === undefined || reading.connectionsTotal !== last.connectionsTotal;
  const requests = last === undefined || reading.requestsTotal !== last.requestsTotal || reading.activeRequests > 0;
  return {
    ...state,
    reading,
    noConnectionSince: newConnections ? now : state.noConnectionSince,
    noRequestSince: requests ? now : state.noRequestSince,
  };
}

function advance(state: DrainState, times: DrainTimes, now: number): DrainState {
  const elapsed = now - state.since;
  // Without a reading nobody knows that it is quiet: then only the limits count.
  const noConnections = state.reading !== undefined && now - state.noConnectionSince >= quietWindowMs;
  const noRequests = state.reading !== undefined && now - state.noRequestSince >= quietWindowMs;
  switch (state.stage) {
    case 'serving':
    case 'drained':
      return state;
    case 'depreferenced':
      if (elapsed >= times.depreferenceMs) return enter(state, 'withdrawn', now);
      return noConnections || elapsed >= times.depreferenceMs / 2 ? enter(state, 'leaving', now) : state;
    case 'leaving':
      return noRequests || elapsed >= times.depreferenceMs ? enter(state, 'withdrawn', now) : state;
    case 'withdrawn':
      return noRequests || elapsed >= times.quietMs ? enter(state, 'drained', now) : state;
    default:
      return unreachable(state.stage);
  }
}
