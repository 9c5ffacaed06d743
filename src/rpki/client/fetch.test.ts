import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { exitCode } from '../../base/exit-codes.ts';
import { ProblemError } from '../../base/problem.ts';
import { seededRandom } from '../../base/random.ts';
import { FakeCache } from '../../testing/rtr-cache.ts';
import { encodePdu } from '../pdu/codec.ts';
import { type CacheAddress, formatCache, parseCacheAddress } from './address.ts';
import { fetchRpkiData } from './fetch.ts';

async function startServer(context: TestContext, serve: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const fetch = (ports: readonly number[], timeoutMs = 20_000, tls?: CacheAddress['tls']) => {
  const caches = ports.map(
    (port): CacheAddress => ({ host: '127.0.0.1', port, ...(tls === undefined ? {} : { tls }) }),
  );
  return fetchRpkiData({ caches, clock: systemClock, random: seededRandom(1) }, timeoutMs);
};

async function problems(fetched: Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await fetched.then(
    () => assert.fail('it gave data'),
    (reason: unknown) => reason,
  );
  assert(error instanceof ProblemError);
  for (const { fix, where } of error.problems) assert(fix !== undefined && where !== undefined);
  return [...error.problems.map(({ code, what }) => `${code}: ${what}`), `exit ${error.exitCode}`];
}

async function closedPort(): Promise<number> {
  const cache = await FakeCache.start();
  const { port } = cache;
  await cache.stop();
  return port;
}

test('nothing listens there', async () => {
  assert.deepEqual(await problems(fetch([await closedPort(), await closedPort()])), [
    'rpki.cache-unreachable: the RPKI cache gave no data: nothing listens there',
    'rpki.cache-unreachable: the RPKI cache gave no data: nothing listens there',
    `exit ${exitCode.unreachable}`,
  ]);
});

test('the name does not exist', async () => {
  const caches = [{ host: 'cache.invalid', port: 323 }];
  const fetched = fetchRpkiData({ caches, clock: systemClock, random: seededRandom(1) }, 20_000);
  assert.match((await problems(fetched))[0] as string, /^rpki\.cache-unreachable: .*the name cannot be resolved$/);
});

test('it accepts and says nothing', async (context) => {
  const port = await startServer(context, () => {});
  assert.deepEqual(await problems(fetch([port], 200)), [
    'rpki.cache-silent: the RPKI cache has not answered within 0.2 s',
    `exit ${exitCode.unreachable}`,
  ]);
});

test('it begins and does not end', async (context) => {
  const bytes = encodePdu(2, { type: 'cache-response', sessionId: 1 });
  const port = await startServer(context, (socket) => socket.write(bytes));
  assert.deepEqual(await problems(fetch([port], 500)), [
    'rpki.cache-silent: the RPKI cache has not sent all its data within 0.5 s',
    `exit ${exitCode.unreachable}`,
  ]);
});

test('it hangs up', async (context) => {
  const port = await startServer(context, (socket) => socket.once('data', () => socket.end()));
  assert.deepEqual(await problems(fetch([port])), [
    'rpki.cache-closed: the RPKI cache gave no data: the cache closed the connection',
    `exit ${exitCode.unreachable}`,
  ]);
});

test('it speaks HTTP', async (context) => {
  const port = await startServer(context, (socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')),
  );
  const [first, last] = await problems(fetch([port]));
  assert.match(
    first as string,
    /^rpki\.cache-protocol: the RPKI cache gave no data: Corrupt Data: a PDU length of \d+/,
  );
  assert.equal(last, `exit ${exitCode.failure}`);
});

test('it speaks no TLS', async (context) => {
  const port = await startServer(context, (socket) => socket.once('data', () => socket.end('nonsense')));
  const [first] = await problems(fetch([port], 20_000, {}));
  assert.match(first as string, /^rpki\.cache-unreachable: the RPKI cache gave no data: /);
});

test('it has no data, or an error of its own, or no version that we know', async (context) => {
  const report = (code: number, text: string) =>
    encodePdu(0, { type: 'error-report', code, pdu: new Uint8Array(), text });
  for (const [code, text, expected] of [
    [2, '', 'rpki.cache-no-data: the RPKI cache gave no data: the cache reports No Data Available'],
    [1, 'disk full', 'rpki.cache-error: the RPKI cache gave no data: the cache reports Internal Error "disk full"'],
    [4, 'v9', 'rpki.cache-version: the RPKI cache gave no data: the cache reports Unsupported Protocol Version "v9"'],
  ] as const) {
    const port = await startServer(context, (socket) => socket.once('data', () => socket.end(report(code, text))));
    assert.deepEqual(await problems(fetch([port])), [expected, `exit ${exitCode.failure}`]);
  }
});

test('a cache that fails before one that serves is a warning', async (context) => {
  const cache = await FakeCache.start();
  context.after(() => cache.stop());
  const { data, cache: used, warnings } = await fetch([await closedPort(), cache.port]);
  assert.equal(data.vrps.size, 0);
  assert.equal(used.address.port, cache.port);
  assert.deepEqual(
    warnings.map(({ code, severity }) => [code, severity]),
    [['rpki.cache-unreachable', 'warning']],
  );
});

test('addresses', () => {
  const parse = (text: string, tls?: CacheAddress['tls']) => formatCache(parseCacheAddress(text, tls));
  assert.equal(parse('rtr.example.net:3323'), 'rtr.example.net:3323');
  assert.equal(parse('rtr.example.net'), 'rtr.example.net:323');
  assert.equal(parse('rtr.example.net', {}), 'rtr.example.net:324 (TLS)');
  assert.equal(parse('[2001:db8::1]:3323'), '[2001:db8::1]:3323');
  assert.equal(parse('2001:db8::1'), '[2001:db8::1]:323');
  assert.equal(parse('[2001:db8::1]'), '[2001:db8::1]:323');
  for (const text of ['', ':323', 'a:0', 'a:65536', 'a:b', 'a b', 'http://a', '[::1', '[a]:323', 'a:1:2']) {
    assert.throws(() => parse(text), ProblemError, text);
  }
});
