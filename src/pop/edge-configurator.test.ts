import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '../base/log.ts';
import type { EdgeConfig, EdgeStatus } from '../feed/edge-config.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { waitFor } from '../testing/wait.ts';
import type { AdminAnswer, EdgeAdmin } from './edge-admin.ts';
import { createEdgeConfigurator } from './edge-configurator.ts';

function config(domain: string): EdgeConfig {
  return {
    pop: 'fra',
    listen: [{ host: '127.0.0.1', port: 80 }],
    healthPath: '/',
    services: {},
    domains: { [domain]: 'docs' },
    draining: false,
  };
}

/** An edge that reads the file when asked; its answers can be held back or replaced. */
function setUp(context: TestContext) {
  const directory = temporaryDirectory(context);
  const path = join(directory, 'edge.json');
  const clock = new ManualClock();
  const calls: string[] = [];
  const statuses: [domain: string, newest: boolean][] = [];
  let held = Promise.resolve();
  let override: AdminAnswer<EdgeStatus> | undefined;
  let current = '{}';
  async function answer(call: string): Promise<AdminAnswer<EdgeStatus>> {
    calls.push(call);
    await held;
    if (override !== undefined) return override;
    if (call === 'reload') current = readFileSync(path, 'utf8');
    const configSha256 = createHash('sha256').update(current).digest('hex');
    const value = {
      pid: 7,
      pop: 'fra',
      configSha256,
      listening: [],
      draining: false,
      openConnections: 0,
      connectionsTotal: 0,
      activeRequests: 0,
      requestsTotal: 0,
    };
    return { kind: 'ok', value };
  }
  const admin: EdgeAdmin = {
    status: () => answer('status'),
    reload: () => answer('reload'),
    stop: async () => ({ kind: 'nobody' }),
    lifeline: () => () => {},
  };
  const configurator = createEdgeConfigurator({
    path,
    admin,
    clock,
    logger: silentLogger,
    onStatus: (_, newest) => statuses.push([Object.keys((JSON.parse(current) as EdgeConfig).domains)[0] ?? '', newest]),
    onProblems: () => {},
  });
  return {
    directory,
    path,
    clock,
    calls,
    statuses,
    configurator,
    startWithFile: () => (current = readFileSync(path, 'utf8')),
    hold(): () => void {
      let release = (): void => {};
      held = new Promise((resolve) => (release = resolve));
      return release;
    },
    answerWith: (next: AdminAnswer<EdgeStatus> | undefined) => (override = next),
  };
}

test('edge configuration: an edge that started with the newest file is not asked to read it again', async (context) => {
  const edge = setUp(context);
  edge.configurator.apply(config('a.test'));
  edge.startWithFile();
  edge.configurator.edgeUp();
  await waitFor('the status', () => edge.statuses.length === 1);
  assert.deepEqual([edge.calls, edge.statuses], [['status'], [['a.test', true]]]);
});

test('edge configuration: one that was adopted with an older file is; the same configuration again is not sent', async (context) => {
  const edge = setUp(context);
  edge.configurator.apply(config('a.test'));
  edge.configurator.edgeUp();
  await waitFor('the status', () => edge.statuses.length === 1);
  edge.configurator.apply(config('a.test'));
  assert.deepEqual([edge.calls, edge.statuses], [['status', 'reload'], [['a.test', true]]]);
});

test('edge configuration: while one is on its way the next waits, and what is overtaken is never sent', async (context) => {
  const edge = setUp(context);
  edge.configurator.apply(config('a.test'));
  edge.configurator.edgeUp();
  await waitFor('the status', () => edge.statuses.length === 1);
  const release = edge.hold();
  for (const domain of ['b.test', 'c.test', 'd.test']) edge.configurator.apply(config(domain));
  release();
  await waitFor('the newest', () => edge.statuses.at(-1)?.[1] === true && edge.statuses.at(-1)?.[0] === 'd.test');
  assert.deepEqual(edge.calls, ['status', 'reload', 'reload', 'reload']);
});

test('edge configuration: a refusal is a problem, the next good one mends it', async (context) => {
  const edge = setUp(context);
  edge.configurator.apply(config('a.test'));
  edge.answerWith({ kind: 'wrong', why: 'domains: no such service' });
  edge.configurator.edgeUp();
  await waitFor('the problem', () => edge.configurator.problems()[0]?.code === 'agent.edge-config-refused');
  assert.match(edge.configurator.problems()[0]?.what ?? '', /no such service/);
  edge.answerWith(undefined);
  edge.configurator.apply(config('b.test'));
  await waitFor('the mending', () => edge.configurator.problems().length === 0);
});

test('edge configuration: an edge that does not answer is asked again after a while, not at once', async (context) => {
  const edge = setUp(context);
  edge.answerWith({ kind: 'mute' });
  edge.configurator.apply(config('a.test'));
  edge.configurator.edgeUp();
  await waitFor('a timer', () => edge.clock.nextInMs());
  assert.deepEqual(edge.calls, ['status', 'reload', 'status']);
  edge.answerWith(undefined);
  edge.clock.advance(1_000);
  await waitFor('the status', () => edge.statuses.length === 1);
  edge.configurator.stop();
  assert.equal(edge.clock.nextInMs(), undefined);
});

test('edge configuration: one that cannot be written is a problem, and written when it can be', async (context) => {
  const edge = setUp(context);
  // A directory in the place of the file: refused like a full disk, for root too.
  mkdirSync(join(edge.path, 'x'), { recursive: true });
  edge.configurator.apply(config('b.test'));
  assert.equal(edge.configurator.problems()[0]?.code, 'agent.edge-config-not-written');
  rmSync(edge.path, { recursive: true });
  edge.clock.advance(1_000);
  assert.deepEqual(edge.configurator.problems(), []);
  assert.match(readFileSync(edge.path, 'utf8'), /b\.test/);
});
