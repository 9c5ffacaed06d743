import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { waitFor } from '../testing/wait.ts';
import { startHealthChecker } from './health.ts';
import { type ProbeResult, type ProbeTarget, startProbe } from './probe.ts';

const expectHeader = { name: 'x-nearcast-pop', value: 'fra' };

function ask(target: ProbeTarget, timeoutMs = 2_000): Promise<ProbeResult> {
  return new Promise((resolve) => startProbe(target, timeoutMs, systemClock, resolve));
}

async function serve(context: TestContext, answer: RequestListener): Promise<ProbeTarget & { kind: 'http' }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { kind: 'http', host: '127.0.0.1', port, path: '/healthz', hostHeader: 'edge.test', expectHeader };
}

test('probe: 200 with the right header is good, asked for with the given host and path', async (context) => {
  const asked: string[] = [];
  const target = await serve(context, (request, response) => {
    asked.push(`${request.headers.host}${request.url}`);
    response.writeHead(200, { 'x-nearcast-pop': 'fra' }).end('ok');
  });
  assert.deepEqual(await ask(target), { good: true });
  assert.deepEqual(asked, ['edge.test/healthz']);
});

const badAnswers: readonly [string, RequestListener, RegExp][] = [
  ['another status', (_, response) => response.writeHead(503).end(), /answered 503 to \/healthz/],
  [
    'no header',
    (_, response) => response.end('hello'),
    /something else answers on its port \(without x-nearcast-pop\)/,
  ],
  [
    'the header of another PoP',
    (_, response) => response.writeHead(200, { 'x-nearcast-pop': 'sin' }).end(),
    /x-nearcast-pop: sin/,
  ],
  ['silence', () => {}, /no answer within 150 ms/],
  [
    'a body that never ends',
    (_, response) => void response.writeHead(200, { 'x-nearcast-pop': 'fra' }).write('o'),
    /no answer within 150 ms/,
  ],
  ['a closed connection', (request) => request.socket.destroy(), /closed the connection|hang up/],
  ['garbage', (request) => void request.socket.end('\u0001\u0002\r\n\r\n'), /Parse Error|Expected HTTP/],
];
for (const [what, answer, expected] of badAnswers) {
  test(`probe: ${what} is bad, and not certain`, async (context) => {
    const result = await ask(await serve(context, answer), 150);
    assert.ok(!result.good && !result.certain);
    assert.match(result.why, expected);
  });
}

test('probe: a refused connection is certain, by HTTP and by TCP', async () => {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  assert.deepEqual(await ask({ kind: 'tcp', host: '127.0.0.1', port }), { good: true });
  server.close();
  await once(server, 'close');
  const refused = { good: false, why: 'it refuses connections', certain: true };
  assert.deepEqual(await ask({ kind: 'tcp', host: '127.0.0.1', port }), refused);
  assert.deepEqual(await ask({ kind: 'http', host: '127.0.0.1', port, path: '/', hostHeader: 'x' }), refused);
});

test('probe: a process that lives is good, one that is gone is bad for certain', async () => {
  assert.deepEqual(await ask({ kind: 'process', pid: process.pid }), { good: true });
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  assert.deepEqual(await ask({ kind: 'process', pid: child.pid as number }), {
    good: false,
    why: `process ${child.pid} is gone`,
    certain: true,
  });
});

test('health: asks every interval, one question at a time, and stops when told', async (context) => {
  let open = 0;
  let most = 0;
  let asked = 0;
  const target = await serve(context, (_, response) => {
    asked++;
    most = Math.max(most, ++open);
    response.on('close', () => open--);
  });
  const clock = new ManualClock();
  const results: ProbeResult[] = [];
  const stop = startHealthChecker({
    target,
    intervalMs: 100,
    timeoutMs: 250,
    clock,
    onResult: (result) => results.push(result),
  });
  await waitFor('the first question', () => asked === 1);
  clock.advance(249);
  assert.equal(results.length, 0, 'slower than its interval: no second question while the first is open');
  clock.advance(1);
  assert.equal(results.length, 1);
  clock.advance(0);
  await waitFor('the second question', () => asked === 2);
  assert.equal(most, 1);
  stop();
  clock.advance(10_000);
  assert.equal(results.length, 1);
  assert.equal(clock.nextInMs(), undefined, 'no timer is left');
});
