/**
 * Whether one anycast address may be announced: a pure machine, one for each address of the PoP.
 *
 * Why one an address: IPv4 may be well where IPv6 is not. Why pure: every cell can be listed in a test, and a simulation
 * runs it in virtual time. `step(state, event, now)` first lets time pass (lease, hold-down), then takes the event.
 *
 *   phase      means                                                       announce?
 *   unknown    control has not said what this PoP is (or no longer says)   no
 *   preparing  waiting for: address bound, edge alive, edge listening      no
 *   rising     the edge is checked; `rise` good checks in a row needed     no
 *   held       well again, but it failed too often: waits (hold-down.ts)   no
 *   up         healthy, by a lease that each good check renews             yes
 *   stopped    the agent stops; nothing brings it back                     no
 *
 *   event           what happened
 *   intent          what the PoP is, with its health numbers; `undefined`: no longer one
 *   bound/unbound   the address is on an interface (or is managed elsewhere) / is not
 *   edge-alive      the edge's lifeline is held
 *   edge-dead       the lifeline ended: certain death, `up` ends at once
 *   edge-ready      its listening socket for this address is there / edge-unready: it is not (certain, too)
 *   check           a health check ended, good or bad; a refused connection is certain death, too
 *   tick            nothing but time
 *   stop            the agent stops
 *
 * The lease (design rule 2): `leaseMs` after the newest good check, `up` ends even when no bad check was heard, so a
 * checker that hangs withdraws. An agent whose whole process hangs is caught by the peers' hold timers instead.
 *
 * Room for permits: a judged failure (`fall` bad checks, a lost lease) passes through `judged`, certain death does not. The
 * floor of design rule 1 will stand in `judged` alone.
 */
import { unreachable } from '../base/assert.ts';
import type { HealthIntent } from '../network/intent.ts';
import { addFailure, type FailureHistory, heldUntil } from './hold-down.ts';

export type DecisionPhase = 'unknown' | 'preparing' | 'rising' | 'held' | 'up' | 'stopped';
export type HealthNumbers = Pick<HealthIntent, 'intervalMs' | 'timeoutMs' | 'rise' | 'fall'>;

export interface DecisionState {
  readonly phase: DecisionPhase;
  readonly health: HealthNumbers | undefined;
  readonly bound: boolean;
  readonly alive: boolean;
  readonly ready: boolean;
  /** Good, or bad, checks in a row; at most one of them is not 0. */
  readonly good: number;
  readonly bad: number;
  /** When the lease ends; means nothing unless `up`. */
  readonly leaseEnds: number;
  readonly failures: FailureHistory;
  /** It was `up` once since the intent came: from then on, not being announced is a withdrawal, not a start. */
  readonly wasUp: boolean;
  /** Why it is in this phase, for people. */
  readonly reason: string;
}

export type DecisionEvent =
  | { readonly type: 'intent'; readonly health: HealthNumbers | undefined }
  | { readonly type: 'bound' }
  | { readonly type: 'unbound'; readonly why: string }
  | { readonly type: 'edge-alive' }
  | { readonly type: 'edge-dead'; readonly why: string }
  | { readonly type: 'edge-ready' }
  | { readonly type: 'edge-unready'; readonly why: string }
  | { readonly type: 'check'; readonly good: true }
  /** `certain`: nobody listens any more; that needs no second bad check. */
  | { readonly type: 'check'; readonly good: false; readonly why: string; readonly certain: boolean }
  | { readonly type: 'tick' }
  | { readonly type: 'stop'; readonly reason: string };

export type DecisionEffect =
  /** From now on, announce the address's prefix or don't. */
  | { readonly type: 'announce'; readonly announce: boolean; readonly reason: string }
  /** Send `tick` at this time, instead of at any asked for before; `undefined`: at no time. */
  | { readonly type: 'wake'; readonly at: number | undefined };

/** How long one good check lets the address stay announced: one check more than it takes to be judged unhealthy. */
export function leaseMs(health: HealthNumbers): number {
  return (health.fall + 1) * (health.intervalMs + health.timeoutMs);
}

export function initialDecision(): DecisionState {
  return {
    phase: 'unknown',
    health: undefined,
    bound: false,
    alive: false,
    ready: false,
    good: 0,
    bad: 0,
    leaseEnds: 0,
    failures: [],
    wasUp: false,
    reason: 'waiting for control to say what this PoP is',
  };
}

export function announces(state: DecisionState): boolean {
  return state.phase === 'up';
}

/** Takes one event at time `now` (milliseconds that never go back). */
export function stepDecision(
  before: DecisionState,
  event: DecisionEvent,
  now: number,
): { readonly state: DecisionState; readonly effects: readonly DecisionEffect[] } {
  const state = takeEvent(passTime(before, now), event, now);
  const effects: DecisionEffect[] = [];
  if (announces(state) !== announces(before)) {
    effects.push({ type: 'announce', announce: announces(state), reason: state.reason });
  }
  if (wakeAt(state) !== wakeAt(before)) effects.push({ type: 'wake', at: wakeAt(state) });
  return { state, effects };
}

function wakeAt(state: DecisionState): number | undefined {
  if (state.phase === 'up') return state.leaseEnds;
  if (state.phase === 'held') return heldUntil(state.failures);
  return undefined;
}

function passTime(state: DecisionState, now: number): DecisionState {
  if (state.phase === 'up' && now >= state.leaseEnds) {
    return judged(state, 'health checks no longer answer the agent: the lease ended', now);
  }
  if (state.phase === 'held' && now >= heldUntil(state.failures)) return rise(state, now);
  return state;
}

function takeEvent(state: DecisionState, event: DecisionEvent, now: number): DecisionState {
  if (state.phase === 'stopped') return state;
  switch (event.type) {
    case 'tick':
      return state;
    case 'stop':
      return { ...state, phase: 'stopped', good: 0, bad: 0, reason: event.reason };
    case 'intent':
      return takeIntent(state, event.health);
    case 'bound':
      return prepare({ ...state, bound: true });
    case 'unbound':
      return certain({ ...state, bound: false }, event.why, now);
    case 'edge-alive':
      return prepare({ ...state, alive: true });
    case 'edge-dead':
      return certain({ ...state, alive: false, ready: false }, event.why, now);
    case 'edge-ready':
      return prepare({ ...state, ready: true });
    case 'edge-unready':
      return certain({ ...state, ready: false }, event.why, now);
    case 'check':
      return event.good ? takeGood(state, now) : takeBad(state, event, now);
    default:
      return unreachable(event);
  }
}

function takeIntent(state: DecisionState, health: HealthNumbers | undefined): DecisionState {
  if (health === undefined) {
    const reason = 'control says that this PoP is not in the network';
    return { ...state, phase: 'unknown', health, good: 0, bad: 0, wasUp: false, reason };
  }
  // New numbers apply from the next check on; they don't by themselves take a healthy address down.
  if (state.phase !== 'unknown') return { ...state, health };
  return prepare({ ...state, health, phase: 'preparing', reason: waitsFor(state) ?? '' });
}

function waitsFor(state: DecisionState): string | undefined {
  if (!state.bound) return 'waiting for the anycast address to be bound';
  if (!state.alive) return 'waiting for the edge to start';
  if (!state.ready) return 'waiting for the edge to listen';
  return undefined;
}

/** From `preparing` to `rising` once nothing is missing; elsewhere only the facts change. */
function prepare(state: DecisionState): DecisionState {
  if (state.phase !== 'preparing') return state;
  const missing = waitsFor(state);
  if (missing === undefined) {
    return { ...state, phase: 'rising', good: 0, bad: 0, reason: 'waiting for the first health checks' };
  }
  // After a death its reason is worth more than what is waited for.
  return state.wasUp ? state : { ...state, reason: missing };
}

/** What the address needs is gone for certain: no check has to confirm it, and no permit is needed. */
function certain(state: DecisionState, why: string, now: number): DecisionState {
  if (state.phase === 'unknown' || state.phase === 'stopped') return state;
  return {
    ...state,
    phase: 'preparing',
    good: 0,
    bad: 0,
    reason: why,
    failures: state.phase === 'up' ? addFailure(state.failures, now) : state.failures,
  };
}

/** Unhealthy by judgement: the edge lives, but checks say no (or say nothing). */
function judged(state: DecisionState, why: string, now: number): DecisionState {
  return fallen(state, why, now);
}

function fallen(state: DecisionState, why: string, now: number): DecisionState {
  return { ...state, phase: 'rising', good: 0, reason: why, failures: addFailure(state.failures, now) };
}

function takeGood(before: DecisionState, now: number): DecisionState {
  const state = { ...before, good: before.good + 1, bad: 0 };
  switch (state.phase) {
    case 'unknown':
    case 'preparing':
    case 'stopped':
      return before; // a check that was on its way when the edge died
    case 'rising':
    case 'held':
      return rise(state, now);
    case 'up':
      return renew(state, now);
    default:
      return unreachable(state.phase);
  }
}

/** `up`, `held` or still `rising`, by the good checks in a row and the hold-down. */
function rise(state: DecisionState, now: number): DecisionState {
  const health = state.health;
  if (health === undefined || state.good < health.rise) return { ...state, phase: 'rising' };
  const until = heldUntil(state.failures);
  if (now < until) {
    const reason = `well again, but it failed ${state.failures.length} times lately: held down for another ${Math.ceil((until - now) / 1000)} s`;
    return { ...state, phase: 'held', reason: state.phase === 'held' ? state.reason : reason };
  }
  return renew({ ...state, phase: 'up', wasUp: true, reason: 'healthy' }, now);
}

function renew(state: DecisionState, now: number): DecisionState {
  return state.health === undefined ? state : { ...state, leaseEnds: now + leaseMs(state.health) };
}

function takeBad(
  before: DecisionState,
  check: { readonly why: string; readonly certain: boolean },
  now: number,
): DecisionState {
  const state = { ...before, good: 0, bad: before.bad + 1 };
  const reason = `edge: ${check.why}${state.bad > 1 ? ` (${state.bad} in a row)` : ''}`;
  switch (state.phase) {
    case 'unknown':
    case 'preparing':
    case 'stopped':
      return before;
    case 'rising':
    case 'held':
      return { ...state, phase: 'rising', reason };
    case 'up':
      if (check.certain) return fallen(state, reason, now);
      return state.bad >= (state.health?.fall ?? 1) ? judged(state, reason, now) : state;
    default:
      return unreachable(state.phase);
  }
}
