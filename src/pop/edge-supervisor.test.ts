import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { waitFor } from '../testing/wait.ts';
import { createEdgeSupervisor, type EdgeSupervisor } from './edge-supervisor.ts';
import { argumentsOf } from './process-identity.ts';

const fakeEdge = fileURLToPath(new URL('../testing/fake-edge.ts', import.meta.url));
const skip = existsSync('/proc/self/cmdline')
  ? false
  : 'processes are identified by /proc, which this system does not have';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

interface Place {
  readonly directory: string;
  readonly socketPath: string;
  readonly command: [string, ...string[]];
  supervise(): { supervisor: EdgeSupervisor; events: string[] };
}

async function prepare(context: TestContext): Promise<Place> {
  const directory = temporaryDirectory(context);
  const socketPath = join(directory, 'edge.sock');
  const config = {
    pop: 'fra',
    listen: [{ host: '127.0.0.1', port: await freePort() }],
    healthPath: '/healthz',
    services: {},
    domains: {},
    draining: false,
  };
  writeFileSync(join(directory, 'edge.json'), JSON.stringify(config));
  const command: [string, ...string[]] = [
    process.execPath,
    fakeEdge,
    '--config',
    join(directory, 'edge.json'),
    '--admin',
    socketPath,
  ];
  return {
    directory,
    socketPath,
    command,
    supervise() {
      const events: string[] = [];
      const supervisor = createEdgeSupervisor({
        pop: 'fra',
        command,
        socketPath,
        stateDirectory: directory,
        clock: systemClock,
        random: seededRandom(1),
        logger: silentLogger,
        onUp: (pid) => events.push(`up ${pid}`),
        onDown: (why) => events.push(`down ${why}`),
      });
      context.after(() => supervisor.stop(0));
      return { supervisor, events };
    },
  };
}

/** An edge as another agent would have left it. */
async function leave(context: TestContext, place: Place, more: readonly string[] = []): Promise<ChildProcess> {
  const [program, ...args] = place.command;
  const child = spawn(program, [...args, ...more], { stdio: 'ignore' });
  context.after(() => child.kill('SIGKILL'));
  await waitFor('the edge that was left', () => existsSync(place.socketPath));
  writeFileSync(join(place.directory, 'edge.pid'), `${child.pid}\n`);
  return child;
}

test('supervision: starts the edge, sees its death at once, starts another, stops it gracefully', {
  skip,
}, async (context) => {
  const { supervisor, events } = (await prepare(context)).supervise();
  supervisor.start();
  await waitFor('the edge', () => events.length === 1);
  const first = supervisor.pid() as number;
  assert.equal(events[0], `up ${first}`);
  const killedAt = performance.now();
  process.kill(first, 'SIGKILL');
  await waitFor('the news of its death', () => events.length === 2);
  assert.ok(performance.now() - killedAt < 500, 'no polling interval is in the way');
  assert.match(events[1] ?? '', /^down the edge died: (its lifeline ended|it exited by SIGKILL)/);
  await waitFor('another edge', () => events.length === 3);
  assert.notEqual(supervisor.pid(), first);
  assert.equal(supervisor.restarts(), 1);
  const last = supervisor.pid() as number;
  await supervisor.stop(1_000);
  await waitFor('its end', () => argumentsOf(last) === undefined);
  assert.equal(events.length, 3, 'a stop that was asked for is no death');
});

test('supervision: adopts the edge that an earlier agent left', { skip }, async (context) => {
  const place = await prepare(context);
  const child = await leave(context, place);
  const { supervisor, events } = place.supervise();
  supervisor.start();
  await waitFor('the adoption', () => events.length === 1);
  assert.deepEqual(events, [`up ${child.pid}`]);
  child.kill('SIGKILL');
  await waitFor('its death, seen though it is no child', () => events.length >= 2);
  await waitFor('a new one', () => events.length === 3);
});

for (const [what, more, stopIt] of [
  ['of another PoP', ['--pop', 'sin'], false],
  ['with other options', ['--access-log', 'elsewhere'], false],
  ['that is mute', [], true],
] as const) {
  test(`supervision: replaces an edge ${what}`, { skip }, async (context) => {
    const place = await prepare(context);
    const child = await leave(context, place, more);
    if (stopIt) child.kill('SIGSTOP');
    const exited = once(child, 'exit');
    const { supervisor, events } = place.supervise();
    supervisor.start();
    assert.deepEqual(await exited, [null, 'SIGKILL']);
    await waitFor('its successor', () => events.length === 1);
    assert.notEqual(supervisor.pid(), child.pid);
    assert.equal((await supervisor.admin.status(1_000)).kind, 'ok');
  });
}

test('supervision: a process that is not an edge on our socket is left alone, whatever the pid file says', {
  skip,
}, async (context) => {
  const place = await prepare(context);
  const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  context.after(() => bystander.kill('SIGKILL'));
  writeFileSync(join(place.directory, 'edge.pid'), `${bystander.pid}\n`);
  const { supervisor, events } = place.supervise();
  supervisor.start();
  await waitFor('the edge', () => events.length === 1);
  assert.notEqual(supervisor.pid(), bystander.pid);
  assert.ok(argumentsOf(bystander.pid as number) !== undefined);
});

test('supervision: a mute edge is replaced when told', { skip }, async (context) => {
  const { supervisor, events } = (await prepare(context)).supervise();
  supervisor.start();
  await waitFor('the edge', () => events.length === 1);
  const first = supervisor.pid() as number;
  process.kill(first, 'SIGSTOP');
  supervisor.mute('it answered nobody');
  await waitFor('its successor', () => events.length === 3);
  assert.equal(argumentsOf(first), undefined);
  assert.equal(events[1], 'down it answered nobody');
});

test('supervision: an edge that cannot start is tried again, and its last words are told', {
  skip,
}, async (context) => {
  const place = await prepare(context);
  const good = JSON.stringify({
    pop: 'fra',
    listen: [{ host: '127.0.0.1', port: await freePort() }],
    healthPath: '/',
    services: {},
    domains: {},
    draining: false,
  });
  writeFileSync(join(place.directory, 'edge.json'), '{');
  const { supervisor, events } = place.supervise();
  supervisor.start();
  const trouble = await waitFor('the trouble', () => supervisor.trouble());
  assert.match(
    trouble,
    /does not start: it exited with code 3 \("error: the configuration cannot be used: SyntaxError"\)/,
  );
  writeFileSync(join(place.directory, 'edge.json'), good);
  await waitFor('the edge', () => events.length === 1);
  assert.equal(supervisor.trouble(), undefined);
});
