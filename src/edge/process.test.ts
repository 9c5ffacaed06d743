import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { holdLifeline } from '../base/lifeline.ts';
import { edgeStatusSchema } from '../feed/edge-config.ts';
import { ask, rawClient, startOrigin } from '../testing/edge.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { waitFor } from '../testing/wait.ts';

const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

function writeConfig(directory: string, change: object = {}): string {
  const path = join(directory, 'edge.json');
  const config = {
    pop: 'fra',
    listen: [{ host: '127.0.0.1', port: 0 }],
    healthPath: '/healthz',
    services: {},
    domains: {},
    draining: false,
  };
  writeFileSync(path, JSON.stringify({ ...config, ...change }));
  return path;
}

function spawnEdge(context: TestContext, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child: ChildProcess = spawn(process.execPath, [main, 'edge', ...args], { env: { ...process.env, ...env } });
  let output = '';
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  context.after(() => child.kill('SIGKILL'));
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { child, exited, output: () => output };
}

interface Told {
  readonly status: number;
  readonly text: string;
}

function tell(socketPath: string, method: string, path: string): Promise<Told> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath, method, path }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on('error', reject);
    request.end();
  });
}

async function startEdge(
  context: TestContext,
  change: object = {},
  more: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
) {
  const directory = temporaryDirectory(context);
  const config = writeConfig(directory, change);
  const socket = join(directory, 'edge.sock');
  const running = spawnEdge(context, ['--config', config, '--admin', socket, ...more], env);
  const status = await waitFor('the edge serves', async () => {
    const told = await tell(socket, 'GET', '/status');
    return told.status === 200 && edgeStatusSchema.parse(JSON.parse(told.text));
  });
  return { ...running, directory, config, socket, status, port: status.listening[0]?.port ?? 0 };
}

describe('nearcast edge', () => {
  it('tells its status on a private socket, and answers health through its listener', async (t) => {
    const { status, socket, port, child } = await startEdge(t);
    assert.equal(status.pid, child.pid);
    assert.equal(status.pop, 'fra');
    assert.equal(statSync(socket).mode & 0o777, 0o600);
    assert.equal((await ask(t, port, { host: 'edge.nearcast.invalid', path: '/healthz' })).status, 200);
  });

  it('reloads, refuses what is bad, exposes metrics, knows no other call', async (t) => {
    const { socket, directory, status } = await startEdge(t);
    writeConfig(directory, { draining: true });
    const reloaded = edgeStatusSchema.parse(JSON.parse((await tell(socket, 'POST', '/reload')).text));
    assert.equal(reloaded.draining, true);
    assert.notEqual(reloaded.configSha256, status.configSha256);
    writeConfig(directory, { domains: { 'a.example': 'nothing', 'B.example': 'nothing' }, pop: '' });
    const refused = await tell(socket, 'POST', '/reload');
    assert.equal(refused.status, 400);
    assert.equal(JSON.parse(refused.text).problems[0].code, 'edge.config-invalid');
    writeConfig(directory, { domains: { 'a.example': 'nothing', 'B.example': 'nothing' } });
    const codes = JSON.parse((await tell(socket, 'POST', '/reload')).text).problems.map(
      (one: { code: string }) => one.code,
    );
    assert.deepEqual(codes, ['edge.domain-without-service', 'edge.domain-without-service', 'edge.domain-spelling']);
    assert.deepEqual(JSON.parse((await tell(socket, 'GET', '/status')).text).draining, true);
    assert.match((await tell(socket, 'GET', '/metrics')).text, /^nearcast_edge_reloads_refused_total 2$/m);
    assert.equal((await tell(socket, 'GET', '/stop')).status, 404);
    assert.equal((await tell(socket, 'POST', '/stop?graceMs=soon')).status, 400);
  });

  it('its lifeline is open as long as it lives, and ends at once when it is killed', async (t) => {
    const { socket, child } = await startEdge(t);
    let opened = false;
    let ended = false;
    const request = httpRequest({ socketPath: socket, path: '/lifeline' }, (response) => {
      opened = response.statusCode === 200;
      response.resume();
      response.on('close', () => {
        ended = true;
      });
      response.on('error', () => {});
    });
    request.on('error', () => {});
    request.end();
    await waitFor('the lifeline is open', () => opened);
    assert.equal(ended, false);
    child.kill('SIGKILL');
    await waitFor('the lifeline ends', () => ended);
  });

  it('replaces the socket of a dead edge, and refuses a second live one', async (t) => {
    const { socket, config, child, exited } = await startEdge(t);
    const second = spawnEdge(t, ['--config', config, '--admin', socket]);
    assert.equal(await second.exited, 1);
    assert.match(second.output(), /edge\.already-running/);
    assert.equal((await tell(socket, 'GET', '/status')).status, 200);
    child.kill('SIGKILL');
    await exited;
    spawnEdge(t, ['--config', config, '--admin', socket]);
    await waitFor('the third serves', async () => (await tell(socket, 'GET', '/status')).status === 200);
  });

  it('ends by /stop, SIGTERM and SIGINT with 0, its requests answered and its socket gone', async (t) => {
    let release: (() => void) | undefined;
    const url = await startOrigin(t, (_request, response) => {
      release = () => response.end('late');
    });
    const services = { api: { kind: 'web', originServers: [{ url, region: 'here' }] } };
    const ends: ((edge: { child: ChildProcess; socket: string }) => unknown)[] = [
      ({ socket }) => tell(socket, 'POST', '/stop?graceMs=5000'),
      ({ child }) => child.kill('SIGTERM'),
      ({ child }) => child.kill('SIGINT'),
    ];
    for (const end of ends) {
      const edge = await startEdge(t, { services, domains: { 'api.example': 'api' } });
      release = undefined;
      const client = rawClient(t, edge.port, 'GET / HTTP/1.1\r\nHost: api.example\r\n\r\n');
      await waitFor('the request is under way', () => release !== undefined);
      await end(edge);
      await waitFor('it takes no newcomers', async () => (await rawClient(t, edge.port).closed) === '');
      (release as (() => void) | undefined)?.();
      assert.match(await client.closed, /late/);
      assert.equal(await edge.exited, 0);
      assert.throws(() => statSync(edge.socket), /ENOENT/);
    }
  });

  it('ends when the lifeline it was given ends', async (t) => {
    const path = join(temporaryDirectory(t), 'lifeline');
    const lifeline = await holdLifeline(path);
    const { exited } = await startEdge(t, {}, [], { NEARCAST_LIFELINE: path });
    await lifeline.close();
    assert.equal(await exited, 0);
  });

  it('starts with nothing but a clear problem where it cannot', async (t) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    t.after(() => taken.close());
    const { port } = taken.address() as { port: number };
    const cases: [object | string, readonly string[], number, string][] = [
      ['{"pop":', [], 3, 'edge.config-not-json'],
      [{ pop: 7 }, [], 3, 'edge.config-invalid'],
      [{ listen: [{ host: '127.0.0.1', port }] }, [], 1, 'edge.address-in-use'],
      [{ listen: [{ host: '192.0.2.1', port: 0 }] }, [], 1, 'edge.address-not-here'],
      [{ services: { a: { kind: 'static', directory: '/nowhere' } } }, [], 3, 'edge.site-unreadable'],
      [{}, ['--access-log', '/nowhere/at/all.log'], 1, 'edge.access-log'],
      [{}, ['--admin', '/nowhere/edge.sock'], 1, 'edge.admin-socket'],
    ];
    for (const [change, more, code, problem] of cases) {
      const directory = temporaryDirectory(t);
      const config = writeConfig(directory, typeof change === 'string' ? {} : change);
      if (typeof change === 'string') writeFileSync(config, change);
      const edge = spawnEdge(t, ['--config', config, '--admin', join(directory, 'edge.sock'), ...more]);
      assert.equal(await edge.exited, code, edge.output());
      assert.match(edge.output(), new RegExp(`code: +${problem}`));
      assert.match(edge.output(), /where: [\s\S]*fix: /);
    }
  });

  it('logs a line a request, to a file that can be moved away', async (t) => {
    const directory = temporaryDirectory(t);
    const log = join(directory, 'access.log');
    const { port, child, socket } = await startEdge(t, {}, ['--access-log', log]);
    const read = (path: string) =>
      readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    await ask(t, port, { host: 'nobody.example', path: '/a"b?token=secret' });
    await waitFor('the first line', () => read(log).length === 1);
    const [line] = read(log);
    assert.equal(line.host, 'nobody.example');
    assert.equal(line.path, '/a"b');
    assert.equal(line.status, 421);
    assert.equal(line.pop, 'fra');
    renameSync(log, `${log}.1`);
    child.kill('SIGHUP');
    await waitFor('a new file', () => statSync(log));
    await ask(t, port, { host: 'second.example' });
    await tell(socket, 'POST', '/stop');
    await waitFor('the second line, written at the end', () => read(log)[0]?.host === 'second.example');
    assert.equal(read(`${log}.1`).length, 1);
  });

  it('serves on where the log’s disk is full, and counts what was lost', async (t) => {
    const { port, socket } = await startEdge(t, {}, ['--access-log', '/dev/full']);
    for (let i = 0; i < 3; i++) assert.equal((await ask(t, port, { host: 'x.example' })).status, 421);
    await waitFor('the counter moves', async () =>
      /^nearcast_edge_access_log_dropped_lines_total 3$/m.test((await tell(socket, 'GET', '/metrics')).text),
    );
    assert.equal((await ask(t, port, { host: 'x.example' })).status, 421);
  });
});
