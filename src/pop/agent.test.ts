import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gracefulShutdown } from '../announcer/plan.ts';
import { silentLogger } from '../base/log.ts';
import { ProblemError } from '../base/problem.ts';
import { seededRandom } from '../base/random.ts';
import type { EdgeConfig } from '../feed/edge-config.ts';
import type { FeedBatch, FeedRecord } from '../feed/records.ts';
import type { AgentReport, PopPhase } from '../feed/report.ts';
import type { PopIntent } from '../network/intent.ts';
import { createFakeAnnouncer, type FakeAnnouncer } from '../testing/fake-announcer.ts';
import { type FakeControl, startFakeControl } from '../testing/fake-control.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { waitFor } from '../testing/wait.ts';
import { type Agent, startAgent } from './agent.ts';
import { argumentsOf } from './process-identity.ts';

const fakeEdge = fileURLToPath(new URL('../testing/fake-edge.ts', import.meta.url));
const skip = existsSync('/proc/self/cmdline')
  ? false
  : 'processes are identified by /proc, which this system does not have';

const session = 'fra/0/ipv4';
const prefix = '192.0.2.0/24';
const intent: PopIntent = {
  pop: 'fra',
  asn: 64500,
  routerId: '203.0.113.1',
  location: { name: 'Frankfurt, DE', latitude: 50.1, longitude: 8.7 },
  addresses: [{ address: '192.0.2.1', prefix }],
  httpPort: 80,
  sessions: [
    {
      name: session,
      family: 4,
      peerAsn: 65537,
      neighborAddress: '203.0.113.254',
      neighborPort: 179,
      sourceAddress: '203.0.113.1',
      holdTimeSeconds: 9,
      announcements: [{ prefix, prepend: 1, communities: ['64500:1'], largeCommunities: [] }],
    },
  ],
  health: { http: '/healthz', intervalMs: 40, timeoutMs: 200, rise: 2, fall: 3 },
  drain: { depreferenceMs: 20_000, quietMs: 10_000 },
};

const manifest = JSON.stringify({ files: [{ path: 'index.html', sha256: digest('hello'), bytes: 5 }] });
const records: FeedRecord[] = [
  { kind: 'pop', sequence: 1, name: 'fra', value: intent },
  { kind: 'service', sequence: 2, name: 'docs', value: { kind: 'static', manifest: digest(manifest) } },
  {
    kind: 'service',
    sequence: 3,
    name: 'api',
    value: {
      kind: 'web',
      originServers: [
        { url: 'http://127.0.0.1:7491', region: 'us-east', location: { latitude: 39, longitude: -77 } },
        { url: 'http://127.0.0.1:7492', region: 'eu', location: { latitude: 50, longitude: 9 } },
      ],
    },
  },
  { kind: 'domain', sequence: 4, name: 'docs.example.com', value: { service: 'docs' } },
  { kind: 'domain', sequence: 5, name: 'api.example.com', value: { service: 'api' } },
];
const snapshot: FeedBatch = { epoch: 'e1', snapshot: true, through: 5, records };

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function change(sequence: number, record: Omit<FeedRecord, 'sequence'>): FeedBatch {
  return { epoch: 'e1', snapshot: false, through: sequence, records: [{ ...record, sequence } as FeedRecord] };
}

interface World {
  readonly control: FakeControl;
  readonly directory: string;
  readonly state: string;
  start(): { agent: Agent; announcer: FakeAnnouncer; phase(): PopPhase };
}

async function world(context: TestContext): Promise<World> {
  const control = await startFakeControl();
  control.onFeed = (response, query) => {
    if (query.get('after') === '0') response.write(`${JSON.stringify(snapshot)}\n`);
  };
  for (const text of [manifest, 'hello']) control.blobs.set(digest(text), Buffer.from(text));
  const directory = temporaryDirectory(context);
  const state = join(directory, 'state');
  writeFileSync(join(directory, 'token'), control.token);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  server.close();
  context.after(() => control.close());
  return {
    control,
    directory,
    state,
    start() {
      const announcer = createFakeAnnouncer();
      const agent = startAgent({
        pop: 'fra',
        controlUrl: control.url,
        tokenFile: join(directory, 'token'),
        stateDirectory: state,
        edgeCommand: [process.execPath, fakeEdge],
        loopback: { sessions: {}, listen: { '192.0.2.1': { host: '127.0.0.1', port } } },
        logger: silentLogger,
        random: seededRandom(1),
        announcer,
      });
      context.after(() => agent.stop('the test ends'));
      return { agent, announcer, phase: () => agent.report().phase };
    },
  };
}

function edgePid(agent: Agent): number {
  const pid = agent.report().edgePid;
  assert.ok(pid !== null);
  return pid;
}

test('agent: announces once the edge is ready and well, with the origin servers nearest first', {
  skip,
}, async (context) => {
  const { control, state, start } = await world(context);
  const { announcer, phase } = start();
  assert.equal(phase(), 'starting');
  await waitFor('announcing', () => phase() === 'announcing');
  assert.deepEqual(announcer.log, [`${session} up`, `${session} + ${prefix}`]);
  assert.deepEqual(announcer.heard(session), intent.sessions[0]?.announcements);
  const config = JSON.parse(readFileSync(join(state, 'edge.json'), 'utf8')) as EdgeConfig;
  assert.deepEqual(Object.keys(config.services), ['api', 'docs']);
  const { docs, api } = config.services;
  assert.ok(docs?.kind === 'static' && readFileSync(join(docs.directory, 'index.html'), 'utf8') === 'hello');
  assert.deepEqual(api?.kind === 'web' && api.originServers.map(({ region }) => region), ['eu', 'us-east']);
  const report = await waitFor('the report', () => control.reports.findLast(({ phase }) => phase === 'announcing'));
  assert.deepEqual(report.announced, [prefix]);
  assert.deepEqual(report.problems, []);
  assert.equal(report.through, 5);
});

test('agent: withdraws at once when the edge is killed, and comes back', { skip }, async (context) => {
  const { start } = await world(context);
  const { agent, announcer, phase } = start();
  await waitFor('announcing', () => phase() === 'announcing');
  process.kill(edgePid(agent), 'SIGKILL');
  const killedAt = performance.now();
  await waitFor('the withdrawal', () => announcer.heard(session).length === 0);
  assert.ok(performance.now() - killedAt < intent.health.timeoutMs, 'no check is waited for');
  assert.equal(phase(), 'withdrawn');
  assert.match(agent.report().reason, /the edge died/);
  await waitFor('announcing again', () => phase() === 'announcing');
  assert.equal(agent.report().edgeRestarts, 1);
});

test('agent: withdraws when the edge is alive but mute, and comes back when it speaks', { skip }, async (context) => {
  const { start } = await world(context);
  const { agent, phase } = start();
  await waitFor('announcing', () => phase() === 'announcing');
  const pid = edgePid(agent);
  process.kill(pid, 'SIGSTOP');
  await waitFor('the withdrawal', () => phase() === 'withdrawn');
  assert.match(agent.report().reason, /no answer within 200 ms \(3 in a row\)/);
  process.kill(pid, 'SIGCONT');
  await waitFor('announcing again', () => phase() === 'announcing');
  assert.equal(agent.report().edgePid, pid);
});

test('agent: drains in order and resumes', { skip }, async (context) => {
  const { control, state, start } = await world(context);
  const { announcer, phase } = start();
  await waitFor('announcing', () => phase() === 'announcing');
  const draining = (): boolean => (JSON.parse(readFileSync(join(state, 'edge.json'), 'utf8')) as EdgeConfig).draining;
  control.send(change(6, { kind: 'drain', name: 'fra', value: { reason: 'maintenance' } }));
  await waitFor('the depreference', () => announcer.heard(session)[0]?.prepend === 6);
  assert.deepEqual(announcer.heard(session)[0]?.communities, ['64500:1', gracefulShutdown]);
  assert.equal(phase(), 'draining');
  assert.equal(draining(), false, 'the route moves before clients are asked to follow');
  await waitFor('drained', () => phase() === 'drained');
  assert.equal(draining(), true);
  assert.deepEqual(announcer.heard(session), []);
  control.send(change(7, { kind: 'drain', name: 'fra', value: null }));
  await waitFor('announcing', () => phase() === 'announcing');
  assert.equal(draining(), false);
  assert.deepEqual(announcer.log.slice(-3), [
    `${session} ~ ${prefix}`,
    `${session} - ${prefix}`,
    `${session} + ${prefix}`,
  ]);
});

test('agent: with control away it starts from disk, and a drained PoP stays drained', { skip }, async (context) => {
  const { control, state, start } = await world(context);
  const first = start();
  await waitFor('announcing', () => first.phase() === 'announcing');
  control.send(change(6, { kind: 'drain', name: 'fra', value: { reason: 'maintenance' } }));
  await waitFor('the drain on disk', () => readFileSync(join(state, 'state.json'), 'utf8').includes('maintenance'));
  await first.agent.stop('restart');
  await control.close();
  const second = start();
  await waitFor('drained', () => second.phase() === 'drained');
  await waitFor('the edge', () => second.agent.report().edgePid !== null);
  assert.deepEqual(second.announcer.log, [`${session} up`], 'nothing was announced on the way');
});

test('agent: stops in order: withdraws, tells why, then ends the edge', { skip }, async (context) => {
  const { control, start } = await world(context);
  const { agent, announcer, phase } = start();
  await waitFor('announcing', () => phase() === 'announcing');
  const pid = edgePid(agent);
  const stopping = agent.stop('maintenance');
  assert.deepEqual(announcer.heard(session), [], 'withdrawn before anything is waited for');
  process.kill(pid, 0); // the edge still lives: throws where it does not
  await stopping;
  assert.deepEqual(announcer.log.slice(-3), [
    `${session} - ${prefix}`,
    `${session} down`,
    'stop Nearcast PoP fra stops: maintenance',
  ]);
  await waitFor('the end of the edge', () => argumentsOf(pid) === undefined);
  const last = control.reports.at(-1) as AgentReport;
  assert.deepEqual([last.phase, last.announced, last.edgePid], ['withdrawn', [], null]);
});

test('agent: a PoP that is taken out of the network withdraws', { skip }, async (context) => {
  const { control, start } = await world(context);
  const { announcer, phase } = start();
  await waitFor('announcing', () => phase() === 'announcing');
  control.send(change(6, { kind: 'pop', name: 'fra', value: null }));
  await waitFor('the end of its session', () => announcer.log.at(-1) === `${session} down`);
  assert.equal(phase(), 'withdrawn');
});

test('agent: an address that the loopback map does not know is a problem, and its prefix is not announced', {
  skip,
}, async (context) => {
  const { control, start } = await world(context);
  const { agent, phase } = start();
  await waitFor('announcing', () => phase() === 'announcing');
  const addresses = [...intent.addresses, { address: '2001:db8::1', prefix: '2001:db8::/48' }];
  control.send(change(6, { kind: 'pop', name: 'fra', value: { ...intent, addresses } }));
  const problem = await waitFor('the problem', () => agent.report().problems[0]);
  assert.equal(problem.code, 'agent.loopback-map-address');
  assert.deepEqual(agent.report().announced, [prefix]);
});

test('agent: a second one on the same state directory is refused', { skip }, async (context) => {
  const { start } = await world(context);
  start();
  assert.throws(start, (error) => error instanceof ProblemError && error.problems[0]?.code === 'agent.state-in-use');
});
