import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fromHex } from '../../base/bytes.ts';
import { systemClock } from '../../base/clock.ts';
import { seededRandom } from '../../base/random.ts';
import { formatPrefix, mustPrefix } from '../../ip/prefix.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { FakeCache, type FakeCacheOptions } from '../../testing/rtr-cache.ts';
import { waitFor } from '../../testing/wait.ts';
import { encodePdu } from '../pdu/codec.ts';
import type { PayloadPdu } from '../pdu/types.ts';
import type { CacheAddress } from './address.ts';
import { RpkiClient } from './client.ts';

const vrp = (prefix: string, asn: number): PayloadPdu => {
  const parsed = mustPrefix(prefix);
  return { type: 'prefix', announce: true, vrp: { prefix: parsed, maxLength: parsed.length, asn } };
};
const aspa = (customer: number, ...providers: number[]): PayloadPdu => ({
  type: 'aspa',
  announce: true,
  customer,
  providers,
});

async function startCache(context: TestContext, options: FakeCacheOptions = {}): Promise<FakeCache> {
  const cache = await FakeCache.start(options);
  context.after(() => cache.stop());
  return cache;
}

function startClient(context: TestContext, caches: readonly { port: number }[], clock = systemClock): RpkiClient {
  const addresses: CacheAddress[] = caches.map(({ port }) => ({ host: '127.0.0.1', port }));
  const client = new RpkiClient({ caches: addresses, clock, random: seededRandom(1) });
  context.after(() => client.stop());
  client.start();
  return client;
}

const vrpTexts = (client: RpkiClient): string =>
  [...(client.data?.vrps.entries() ?? [])].map(({ prefix, asn }) => `${formatPrefix(prefix)} ${asn}`).join(', ');

test('a full answer, then changes on notify, each in use only when it is whole', async (context) => {
  const cache = await startCache(context, { serial: 0xffff_fffe });
  cache.set([vrp('192.0.2.0/24', 1), vrp('2001:db8::/32', 2), aspa(10, 20)]);
  const client = startClient(context, [cache]);
  await waitFor('data', () => client.data);
  assert.equal(vrpTexts(client), '192.0.2.0/24 1, 2001:db8::/32 2');
  assert.deepEqual(client.data?.aspas.providersOf(10), [20]);
  const before = client.data;

  cache.set([vrp('192.0.2.0/24', 3), aspa(10, 20, 30), aspa(11, 20)]); // the serial wraps to 0
  cache.notify();
  await waitFor('the changes', () => client.data !== before);
  assert.equal(vrpTexts(client), '192.0.2.0/24 3');
  assert.deepEqual(client.data?.aspas.providersOf(10), [20, 30]);
  assert.equal(before?.vrps.size, 2, 'who holds the old value keeps it');
  cache.set([]);
  cache.notify();
  await waitFor('the withdrawals', () => client.data?.vrps.size === 0 && client.data.aspas.size === 0);
  assert.deepEqual(cache.heard, ['v2 reset-query', 'v2 serial-query', 'v2 serial-query']);
  const [status] = client.status();
  assert.deepEqual(
    [status?.phase, status?.inUse, status?.version, status?.serial, status?.failures],
    ['ready', true, 2, 1, 0],
  );
});

for (const highestVersion of [1, 0] as const) {
  test(`a cache of version ${highestVersion} is asked in that one`, async (context) => {
    const cache = await startCache(context, { highestVersion });
    cache.set([vrp('192.0.2.0/24', 1), aspa(10, 20)]);
    const client = startClient(context, [cache]);
    await waitFor('data', () => client.data);
    assert.deepEqual(cache.heard, ['v2 reset-query', `v${highestVersion} reset-query`]);
    assert.equal(client.status()[0]?.version, highestVersion);
    assert.equal(client.data?.aspas.size, 0);
    cache.set([vrp('192.0.2.0/24', 2)]);
    cache.notify();
    await waitFor('the change', () => vrpTexts(client) === '192.0.2.0/24 2');
  });
}

test('ASPA as older drafts had it: the cache is asked in version 1, at once', async (context) => {
  const cache = await startCache(context);
  cache.set([vrp('192.0.2.0/24', 1)]);
  const captured = fromHex('020b0000000000140100000100 00fbfe0000fbf5'.replace(' ', '')); // StayRTR 0.5.1
  assert(captured !== undefined);
  cache.answer = (version) =>
    version === 2 ? [encodePdu(2, { type: 'cache-response', sessionId: 1 }), captured] : undefined;
  const client = startClient(context, [cache]);
  await waitFor('data', () => client.data);
  assert.deepEqual(
    cache.heard.filter((each) => each.includes('query')),
    ['v2 reset-query', 'v1 reset-query'],
  );
});

test('a cache that lost its history says so, and is asked for everything; the data stays meanwhile', async (context) => {
  const cache = await startCache(context);
  cache.set([vrp('192.0.2.0/24', 1)]);
  const clock = new ManualClock();
  const client = startClient(context, [cache], clock);
  await waitFor('data', () => client.data);
  cache.restart(2);
  await waitFor('the loss to be seen', () => client.status()[0]?.phase === 'waiting');
  assert.equal(vrpTexts(client), '192.0.2.0/24 1');
  cache.set([vrp('192.0.2.0/24', 2)]);
  clock.advance(5000);
  await waitFor('the new data', () => vrpTexts(client) === '192.0.2.0/24 2');
  assert.deepEqual(cache.heard, ['v2 reset-query', 'v2 serial-query', 'v2 reset-query']);
});

for (const how of ['reports Corrupt Data', 'hangs up'] as const) {
  test(`a cache that ${how} at a Serial Query of its past is asked for everything, at once`, async (context) => {
    const cache = await startCache(context);
    cache.set([vrp('192.0.2.0/24', 1)]);
    const client = startClient(context, [cache], new ManualClock());
    await waitFor('data', () => client.data);
    cache.answer = (version, pdu) => {
      if (pdu.type !== 'serial-query') return undefined;
      if (how === 'hangs up') cache.hangUp();
      return [encodePdu(version, { type: 'error-report', code: 0, pdu: new Uint8Array(), text: 'desynchronized' })];
    };
    cache.set([vrp('192.0.2.0/24', 2)]);
    cache.notify();
    await waitFor('the new data', () => vrpTexts(client) === '192.0.2.0/24 2');
    assert.deepEqual(cache.heard, ['v2 reset-query', 'v2 serial-query', 'v2 reset-query']);
  });
}

test('an update with a fault in it is refused whole, and the fault reported', async (context) => {
  const cache = await startCache(context);
  cache.set([vrp('192.0.2.0/24', 1)]);
  const clock = new ManualClock();
  const client = startClient(context, [cache], clock);
  await waitFor('data', () => client.data);
  cache.answer = (version, pdu) =>
    pdu.type === 'serial-query'
      ? [
          encodePdu(version, { type: 'cache-response', sessionId: 1 }),
          encodePdu(version, vrp('198.51.100.0/24', 5)),
          encodePdu(version, vrp('192.0.2.0/24', 1)), // a second time
        ]
      : undefined;
  cache.set([]);
  cache.notify();
  await waitFor('the report', () => cache.heard.includes('v2 error-report 7'));
  await waitFor('the failure', () => client.status()[0]?.failure);
  assert.match(client.status()[0]?.failure?.what ?? '', /Duplicate Announcement Received: 192\.0\.2\.0\/24-24 AS1 was/);
  assert.equal(vrpTexts(client), '192.0.2.0/24 1');
  clock.advance(5000);
  await waitFor('a full answer', () => client.data?.vrps.size === 0);
  assert.equal(cache.heard.at(-1), 'v2 reset-query');
});

test('the next cache takes over from one that is away, and gives way when it is back', async (context) => {
  const first = await startCache(context);
  const { port } = first;
  const second = await startCache(context);
  first.set([vrp('192.0.2.0/24', 1)]);
  second.set([vrp('192.0.2.0/24', 2)]);
  const clock = new ManualClock();
  const client = startClient(context, [first, second], clock);
  await waitFor('data of the first', () => vrpTexts(client) === '192.0.2.0/24 1');
  assert.equal(second.connections, 0, 'the second is not asked while the first serves');
  await first.stop();
  await waitFor('data of the second', () => vrpTexts(client) === '192.0.2.0/24 2');
  assert.deepEqual(
    client.status().map(({ inUse }) => inUse),
    [false, true],
  );
  const back = await startCache(context, { port, sessionId: 9 });
  back.set([vrp('192.0.2.0/24', 3)]);
  clock.advance(5000);
  await waitFor('data of the first again', () => vrpTexts(client) === '192.0.2.0/24 3');
  await waitFor('the second to be left', () => second.connections === 0);
  assert.equal(client.status()[1]?.phase, 'stopped');
});

test('data that cannot be refreshed expires, and comes back with the cache', async (context) => {
  const intervals = { refreshSeconds: 100, retrySeconds: 10, expireSeconds: 700 };
  const cache = await startCache(context, { intervals });
  const { port } = cache;
  cache.set([vrp('192.0.2.0/24', 1)]);
  const clock = new ManualClock();
  const client = startClient(context, [cache], clock);
  await waitFor('data', () => client.data);
  await cache.stop();
  await waitFor('the loss to be seen', () => client.status()[0]?.phase === 'waiting');
  clock.advance(699_000);
  assert.equal(client.data?.vrps.size, 1);
  clock.advance(1000);
  assert.equal(client.data, undefined);
  const back = await startCache(context, { port });
  back.set([vrp('192.0.2.0/24', 2)]);
  await waitFor('the next attempts', () => {
    clock.advance(10_000);
    return vrpTexts(client) === '192.0.2.0/24 2';
  });
});

test('data is asked for again after the refresh interval, without a notify', async (context) => {
  const cache = await startCache(context, {
    intervals: { refreshSeconds: 100, retrySeconds: 10, expireSeconds: 700 },
  });
  cache.set([vrp('192.0.2.0/24', 1)]);
  const clock = new ManualClock();
  const client = startClient(context, [cache], clock);
  await waitFor('data', () => client.data);
  cache.set([vrp('192.0.2.0/24', 2)]);
  clock.advance(99_999);
  assert.deepEqual(cache.heard, ['v2 reset-query']);
  clock.advance(1);
  await waitFor('the change', () => vrpTexts(client) === '192.0.2.0/24 2');
});

test('listeners are told of changes; after stop nothing is left, not even data', async (context) => {
  const cache = await startCache(context);
  cache.set([vrp('192.0.2.0/24', 1)]);
  const clock = new ManualClock();
  const client = startClient(context, [cache], clock);
  const told = { data: 0, status: 0 };
  const unsubscribe = client.subscribe((dataChanged) => told[dataChanged ? 'data' : 'status']++);
  await waitFor('data', () => client.data);
  assert.equal(told.data, 1);
  assert(told.status > 0);
  cache.set([vrp('192.0.2.0/24', 1)]); // another serial, the same data
  cache.notify();
  await waitFor('the empty answer', () => client.status()[0]?.serial === 3);
  assert.equal(told.data, 1);
  unsubscribe();
  const stopped = client.stop();
  assert.equal(client.data, undefined);
  await waitFor('the cache to see the end', () => cache.connections === 0);
  await stopped;
  assert.equal(clock.nextInMs(), undefined, 'no timer is left');
});
