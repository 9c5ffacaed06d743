import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import { exitCode } from '../base/exit-codes.ts';
import { ProblemError } from '../base/problem.ts';
import type { PopStatus } from '../control/api/schemas.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { waitFor } from '../testing/wait.ts';
import type { ApiClient } from './client.ts';
import { changePop } from './pop-change.ts';

function pop(phase: PopStatus['phase'], through: number): PopStatus {
  return {
    name: 'fra',
    location: 'Frankfurt, DE',
    phase,
    reason: '',
    announced: [],
    drainWanted: true,
    agentPid: null,
    edgePid: null,
    edgeRestarts: 0,
    sessions: [],
    feed: { connected: true, through, current: true },
    reportAgeMs: 0,
    problems: [],
  };
}

/** Answers `steps` one poll after another, the last one for ever. */
function run(verb: 'drain' | 'resume', steps: readonly (PopStatus | Error)[], waitMs?: number, changed = true) {
  const clock = new ManualClock();
  const lines: string[] = [];
  const posted: unknown[] = [];
  let step = 0;
  const client: ApiClient = {
    url: '',
    get: async <S extends z.ZodType>() => {
      const answer = steps[Math.min(++step, steps.length - 1)];
      if (answer instanceof Error) throw answer;
      return answer as z.output<S>;
    },
    post: async <S extends z.ZodType>(path: string, body: unknown) => {
      posted.push([path, body]);
      return { sequence: 10, changed, pop: steps[0] } as z.output<S>;
    },
    lines: () => assert.fail('a drain asks for no lines'),
  };
  const change = { client, verb, name: 'fra', clock, print: (line: string) => void lines.push(line) };
  const result = changePop(waitMs === undefined ? change : { ...change, waitMs });
  let settled = false;
  const done = result.finally(() => {
    settled = true;
  });
  done.catch(() => {});
  /** Lets the polls go on until the change is done, in virtual time. */
  const finish = async (): Promise<void> => {
    await waitFor('the end', () => {
      if (!settled) clock.advance(100);
      return settled;
    });
    await done;
  };
  return { lines, posted, finish };
}

test('it waits until the agent has this very change, and tells each phase once', async () => {
  // At first the agent still reports `drained` from the last time.
  const steps = [pop('drained', 9), pop('announcing', 9), pop('draining', 10), pop('draining', 10), pop('drained', 10)];
  const { lines, posted, finish } = run('drain', steps, 60_000);
  await finish();
  assert.deepEqual(lines, ['fra: draining', 'fra: drained']);
  assert.deepEqual(posted, [['/api/v1/pops/fra/drain', {}]]);
});

test('a resume waits for announcing', async () => {
  const { lines, finish } = run('resume', [pop('drained', 10), pop('starting', 10), pop('announcing', 11)], 60_000);
  await finish();
  assert.deepEqual(lines, ['fra: drained', 'fra: starting', 'fra: announcing']);
});

test('without waiting it only asks', async () => {
  const { lines, finish } = run('drain', [pop('announcing', 9)]);
  await finish();
  assert.match(lines.join(), /asked to drain/);
});

test('what was so already is said, and waited for all the same', async () => {
  const { lines, finish } = run('drain', [pop('draining', 10), pop('drained', 10)], 60_000, false);
  await finish();
  assert.deepEqual(lines, ['fra: was asked to drain already', 'fra: draining', 'fra: drained']);
});

test('control may restart meanwhile; other failures end the waiting', async () => {
  const away = new ProblemError([{ code: 'cli.control-away', severity: 'error', what: 'away' }], exitCode.unreachable);
  const good = run('drain', [pop('draining', 10), away, away, pop('drained', 10)], 60_000);
  await good.finish();
  assert.deepEqual(good.lines, ['fra: draining', 'fra: drained']);
  const gone = new ProblemError([{ code: 'control.unknown-pop', severity: 'error', what: 'gone' }]);
  await assert.rejects(run('drain', [pop('draining', 10), gone], 60_000).finish(), /gone/);
});

test('when the time is up it says where things stand', async () => {
  for (const [phase, fix] of [
    ['draining', /it goes on/],
    ['down', /agent is away/],
  ] as const) {
    await assert.rejects(run('drain', [pop(phase, 10)], 1_000).finish(), (error: unknown) => {
      assert.ok(error instanceof ProblemError);
      assert.equal(error.problems[0]?.code, 'cli.pop-not-done');
      assert.match(error.problems[0]?.fix ?? '', fix);
      return true;
    });
  }
});
