/**
 * Drains or resumes a PoP and waits until it is done, telling each phase on the way.
 *
 * Done means: the agent has applied this very change, and is in the phase that it asks for. The phase alone would not
 * do: a PoP that was just resumed still reports `drained` for a moment.
 */
import type { Clock } from '../base/clock.ts';
import { exitCode } from '../base/exit-codes.ts';
import { fail, ProblemError } from '../base/problem.ts';
import { drainAnswerSchema, type PopStatus, popStatusSchema } from '../control/api/schemas.ts';
import type { ApiClient } from './client.ts';
import { printable } from './table.ts';

export interface PopChange {
  readonly client: ApiClient;
  readonly verb: 'drain' | 'resume';
  readonly name: string;
  readonly force?: boolean;
  readonly reason?: string;
  /** Absent: only ask, and do not wait. */
  readonly waitMs?: number;
  readonly clock: Clock;
  readonly print: (line: string) => void;
}

const pollMs = 100;
const goals = { drain: 'drained', resume: 'announcing' } as const;

/** Code: `cli.pop-not-done` where the time runs out; what was asked for goes on then. */
export async function changePop(change: PopChange): Promise<void> {
  const { client, verb, name, clock, print } = change;
  const path = `/api/v1/pops/${encodeURIComponent(name)}`;
  const body = {
    ...(change.force === undefined ? {} : { force: change.force }),
    ...(change.reason === undefined ? {} : { reason: change.reason }),
  };
  const { sequence, changed, pop } = await client.post(`${path}/${verb}`, body, drainAnswerSchema);
  if (!changed) print(`${name}: ${verb === 'drain' ? 'was asked to drain already' : 'is not asked to drain'}`);
  if (change.waitMs === undefined) {
    if (changed) print(`${name}: asked to ${verb}; nearcast pop list shows how it goes`);
    return;
  }
  const isDone = (now: PopStatus): boolean => now.phase === goals[verb] && now.feed.through >= sequence;
  const deadline = clock.now() + change.waitMs;
  let shown = '';
  for (let now = pop; ; now = await nextStatus(client, path, now)) {
    const line = printable(`${name}: ${now.phase}${now.reason === '' ? '' : ` (${now.reason})`}`);
    // Until the agent has the change, its phase is that of before.
    const fresh = now.feed.through >= sequence || now.phase === 'down';
    if (fresh && line !== shown) print(line);
    if (fresh) shown = line;
    if (isDone(now)) return;
    if (clock.now() >= deadline) notDone(change, now);
    await new Promise<void>((resolve) => void clock.after(pollMs, resolve));
  }
}

/** A control that restarts meanwhile does not end the waiting. */
async function nextStatus(client: ApiClient, path: string, last: PopStatus): Promise<PopStatus> {
  try {
    return await client.get(path, popStatusSchema);
  } catch (error) {
    if (error instanceof ProblemError && error.exitCode === exitCode.unreachable) return last;
    throw error;
  }
}

function notDone(change: PopChange, now: PopStatus): never {
  const { verb, name } = change;
  const fix =
    now.phase === 'down'
      ? `its agent is away; the ${verb} takes effect when it is back`
      : `it goes on: nearcast pop list shows how; ${verb === 'drain' ? `nearcast pop resume ${name} takes it back` : 'its agent’s log tells more'}`;
  return fail(
    {
      code: 'cli.pop-not-done',
      what: `${name} is not ${goals[verb]} after ${Math.round((change.waitMs ?? 0) / 1000)} s; it is ${now.phase}: ${now.reason}`,
      where: `pops.${name}`,
      fix,
    },
    exitCode.failure,
  );
}
