/** The phase of a PoP and why, for people and for control: made from what its parts say. Pure. */
import type { SessionStatus } from '../announcer/announcer.ts';
import type { PopPhase } from '../feed/report.ts';
import type { DecisionState } from './decision.ts';
import type { DrainState } from './drain.ts';

export interface PhaseInput {
  /** Set once the agent stops. */
  readonly stopping: string | undefined;
  readonly drain: DrainState;
  readonly decisions: readonly DecisionState[];
  readonly sessions: readonly SessionStatus[];
  /** Some peer heard a prefix of us since this agent started. */
  readonly wasAnnouncing: boolean;
  /** Why the edge does not run. */
  readonly edgeTrouble: string | undefined;
}

/** The prefixes that at least one established session announces. */
export function heardPrefixes(sessions: readonly SessionStatus[]): string[] {
  const established = sessions.filter((session) => session.phase === 'established');
  return [...new Set(established.flatMap((session) => session.announced))];
}

export function popPhase(input: PhaseInput): { readonly phase: PopPhase; readonly reason: string } {
  const { drain, decisions, sessions } = input;
  if (input.stopping !== undefined) return { phase: 'withdrawn', reason: `the agent stops: ${input.stopping}` };
  if (drain.stage !== 'serving') return drainPhase(drain);
  const ill = decisions.find((decision) => decision.phase !== 'up');
  const illReason = input.edgeTrouble ?? ill?.reason ?? 'healthy';
  if (heardPrefixes(sessions).length > 0)
    return { phase: 'announcing', reason: ill === undefined ? 'healthy' : illReason };
  const away: PopPhase = input.wasAnnouncing ? 'withdrawn' : 'starting';
  if (decisions.length === 0) return { phase: away, reason: 'waiting for control to say what this PoP is' };
  if (ill !== undefined && !decisions.some((decision) => decision.phase === 'up'))
    return { phase: away, reason: illReason };
  return { phase: away, reason: noSession(sessions) };
}

function drainPhase(drain: DrainState): { phase: PopPhase; reason: string } {
  const why = drain.reason === '' ? '' : `: ${drain.reason}`;
  switch (drain.stage) {
    case 'drained':
      return { phase: 'drained', reason: `drained${why}` };
    case 'withdrawn':
      return { phase: 'draining', reason: `withdrawn, waiting until the edge is quiet${why}` };
    case 'depreferenced':
    case 'leaving':
    case 'serving':
      return { phase: 'draining', reason: `depreferenced, waiting until traffic has left${why}` };
  }
}

function noSession(sessions: readonly SessionStatus[]): string {
  const announcing = sessions.filter((session) => session.announced.length > 0);
  if (announcing.length === 0) return 'no session has anything to announce';
  const first = announcing[0] as SessionStatus;
  return `no BGP session is established (${first.name}: ${first.lastDown ?? first.phase})`;
}
