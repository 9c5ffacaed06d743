/**
 * The life of the edge process as a pure machine: adopted or started, watched, restarted, stopped. The shell is
 * `edge-supervisor.ts`.
 *
 * Why the edge is no mere child: it outlives an agent that crashes, and serves on. So an agent first looks whether an edge
 * is there already, adopts one that is as it would start it, and replaces one that is not.
 *
 *   state      means
 *   off        not asked for yet
 *   looking    finding out whether an earlier agent left an edge
 *   starting   a process is there (new or adopted); its lifeline is not held yet
 *   running    its lifeline is held
 *   waiting    it died or could not be started: a growing delay before the next start
 *   stopping   asked to finish its requests and exit
 *   stopped    for good
 *
 * A death in `running` is told (`down`) before anything else is done. Whatever is replaced is killed first: an edge that
 * lost its lifeline but lives would hold the port that its successor needs.
 */
import { unreachable } from '../base/assert.ts';
import type { Random } from '../base/random.ts';
import { backoffMs } from './backoff.ts';

export const supervision = {
  /** A process that is not there for its lifeline after this long is given up. */
  startLimitMs: 15_000,
  backoff: { firstMs: 100, maximumMs: 30_000 },
  /** After so long a run a death counts as the first again. */
  stableMs: 30_000,
  /** Beyond the grace for its requests, the time to exit before it is killed. */
  exitMs: 1_000,
} as const;

export type SupervisorState =
  | { readonly name: 'off' | 'looking' | 'stopped' }
  | { readonly name: 'starting'; readonly pid: number; readonly attempt: number }
  | { readonly name: 'running'; readonly pid: number; readonly attempt: number; readonly since: number }
  | { readonly name: 'waiting'; readonly attempt: number }
  | { readonly name: 'stopping'; readonly pid: number };

export type SupervisorEvent =
  | { readonly type: 'start' }
  /** What was found while `looking`: no edge, one to adopt, or one that must go. */
  | { readonly type: 'found-nothing' }
  | { readonly type: 'found-ours'; readonly pid: number }
  | { readonly type: 'found-unusable'; readonly pid: number; readonly why: string }
  | { readonly type: 'spawned'; readonly pid: number }
  | { readonly type: 'spawn-failed'; readonly why: string }
  | { readonly type: 'lifeline-held' }
  /** The lifeline ended or the process exited. */
  | { readonly type: 'died'; readonly why: string }
  /** It lives, but answers neither users nor its agent. */
  | { readonly type: 'mute'; readonly why: string }
  | { readonly type: 'timer' }
  | { readonly type: 'stop'; readonly graceMs: number };

export type SupervisorEffect =
  | { readonly type: 'look' }
  | { readonly type: 'spawn' }
  /** Join the lifeline as soon as it is there. */
  | { readonly type: 'join' }
  | { readonly type: 'kill'; readonly pid: number; readonly why: string }
  | { readonly type: 'ask-to-stop'; readonly graceMs: number }
  /** One timer: setting it replaces it, leaving the state that set it clears it. */
  | { readonly type: 'set-timer'; readonly delayMs: number }
  | { readonly type: 'clear-timer' }
  | { readonly type: 'up'; readonly pid: number }
  | { readonly type: 'down'; readonly why: string }
  | { readonly type: 'stopped' };

export interface SupervisorStep {
  readonly state: SupervisorState;
  readonly effects: readonly SupervisorEffect[];
}

/** Takes one event. An event that means nothing in a state (a late one) changes nothing. */
export function stepSupervisor(
  state: SupervisorState,
  event: SupervisorEvent,
  now: number,
  random: Random,
): SupervisorStep {
  if (event.type === 'stop') return stop(state, event.graceMs);
  switch (state.name) {
    case 'off':
      return event.type === 'start' ? { state: { name: 'looking' }, effects: [{ type: 'look' }] } : same(state);
    case 'looking':
      return looking(state, event, random);
    case 'starting':
      return starting(state, event, now, random);
    case 'running':
      return running(state, event, now, random);
    case 'waiting':
      return waiting(state, event, random);
    case 'stopping':
      return stopping(state, event);
    case 'stopped':
      // A process that a spawn under way brings after all must not stay.
      if (event.type !== 'spawned') return same(state);
      return { state, effects: [{ type: 'kill', pid: event.pid, why: 'the agent stops' }] };
    default:
      return unreachable(state);
  }
}

function same(state: SupervisorState): SupervisorStep {
  return { state, effects: [] };
}

function looking(state: SupervisorState, event: SupervisorEvent, random: Random): SupervisorStep {
  switch (event.type) {
    case 'found-nothing':
      return { state: { name: 'waiting', attempt: 0 }, effects: [{ type: 'spawn' }] };
    case 'found-ours':
      return join(event.pid, 0);
    case 'found-unusable':
      return retry([{ type: 'kill', pid: event.pid, why: event.why }], 0, random);
    case 'start':
    case 'spawned':
    case 'spawn-failed':
    case 'lifeline-held':
    case 'died':
    case 'mute':
    case 'timer':
    case 'stop':
      return same(state);
    default:
      return unreachable(event);
  }
}

function join(pid: number, attempt: number): SupervisorStep {
  return {
    state: { name: 'starting', pid, attempt },
    effects: [{ type: 'set-timer', delayMs: supervision.startLimitMs }, { type: 'join' }],
  };
}

function retry(effects: readonly SupervisorEffect[], attempt: number, random: Random): SupervisorStep {
  const delayMs = backoffMs(attempt, supervision.backoff, random);
  return {
    state: { name: 'waiting', attempt: attempt + 1 },
    effects: [...effects, { type: 'set-timer', delayMs }],
  };
}

function starting(
  state: SupervisorState & { name: 'starting' },
  event: SupervisorEvent,
  now: number,
  random: Random,
): SupervisorStep {
  switch (event.type) {
    case 'lifeline-held':
      return {
        state: { name: 'running', pid: state.pid, attempt: state.attempt, since: now },
        effects: [{ type: 'clear-timer' }, { type: 'up', pid: state.pid }],
      };
    case 'died':
      return retry([{ type: 'kill', pid: state.pid, why: event.why }], state.attempt, random);
    case 'timer': {
      const why = `its lifeline was not there within ${supervision.startLimitMs / 1000} s`;
      return retry([{ type: 'kill', pid: state.pid, why }], state.attempt, random);
    }
    case 'mute':
      return retry([{ type: 'kill', pid: state.pid, why: event.why }], state.attempt, random);
    case 'start':
    case 'found-nothing':
    case 'found-ours':
    case 'found-unusable':
    case 'spawned':
    case 'spawn-failed':
    case 'stop':
      return same(state);
    default:
      return unreachable(event);
  }
}

function running(
  state: SupervisorState & { name: 'running' },
  event: SupervisorEvent,
  now: number,
  random: Random,
): SupervisorStep {
  switch (event.type) {
    case 'died':
    case 'mute': {
      const attempt = now - state.since >= supervision.stableMs ? 0 : state.attempt;
      const effects: SupervisorEffect[] = [
        { type: 'down', why: event.why },
        { type: 'kill', pid: state.pid, why: event.why },
      ];
      return retry(effects, attempt, random);
    }
    case 'start':
    case 'found-nothing':
    case 'found-ours':
    case 'found-unusable':
    case 'spawned':
    case 'spawn-failed':
    case 'lifeline-held':
    case 'timer':
    case 'stop':
      return same(state);
    default:
      return unreachable(event);
  }
}

function waiting(state: SupervisorState & { name: 'waiting' }, event: SupervisorEvent, random: Random): SupervisorStep {
  switch (event.type) {
    case 'timer':
      return { state, effects: [{ type: 'spawn' }] };
    case 'spawned':
      return join(event.pid, state.attempt);
    case 'spawn-failed':
      return retry([], state.attempt, random);
    case 'start':
    case 'found-nothing':
    case 'found-ours':
    case 'found-unusable':
    case 'lifeline-held':
    case 'died':
    case 'mute':
    case 'stop':
      return same(state);
    default:
      return unreachable(event);
  }
}

function stop(state: SupervisorState, graceMs: number): SupervisorStep {
  const stopped: SupervisorState = { name: 'stopped' };
  switch (state.name) {
    case 'off':
    case 'looking':
    case 'waiting':
      return { state: stopped, effects: [{ type: 'clear-timer' }, { type: 'stopped' }] };
    case 'starting':
      return {
        state: stopped,
        effects: [
          { type: 'clear-timer' },
          { type: 'kill', pid: state.pid, why: 'the agent stops' },
          { type: 'stopped' },
        ],
      };
    case 'running':
      return {
        state: { name: 'stopping', pid: state.pid },
        effects: [
          { type: 'set-timer', delayMs: graceMs + supervision.exitMs },
          { type: 'ask-to-stop', graceMs },
        ],
      };
    case 'stopping':
      // Asked again: in a hurry.
      return { state, effects: [{ type: 'set-timer', delayMs: graceMs }] };
    case 'stopped':
      return same(state);
    default:
      return unreachable(state);
  }
}

function stopping(state: SupervisorState & { name: 'stopping' }, event: SupervisorEvent): SupervisorStep {
  switch (event.type) {
    case 'died':
      return { state: { name: 'stopped' }, effects: [{ type: 'clear-timer' }, { type: 'stopped' }] };
    case 'timer':
    case 'mute':
      return {
        state: { name: 'stopped' },
        effects: [
          { type: 'clear-timer' },
          { type: 'kill', pid: state.pid, why: 'it did not exit when asked' },
          { type: 'stopped' },
        ],
      };
    case 'start':
    case 'found-nothing':
    case 'found-ours':
    case 'found-unusable':
    case 'spawned':
    case 'spawn-failed':
    case 'lifeline-held':
    case 'stop':
      return same(state);
    default:
      return unreachable(event);
  }
}
