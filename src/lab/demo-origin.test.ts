/** Demonstration origin servers: two labs' on one port outlive one another, and somebody's own server is left alone. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { systemRandom } from '../base/random.ts';
import { startDemoOrigin } from './demo-origin.ts';
import { portAllocator } from './ports.ts';

async function freeUrl(): Promise<string> {
  return `http://127.0.0.1:${await portAllocator(systemRandom())()}`;
}

async function started(context: TestContext, url: string, region: string) {
  const origin = await startDemoOrigin(url, region);
  assert.ok(origin);
  context.after(() => origin.close());
  return origin;
}

/** Who answers, each time on a connection of its own. */
async function answersFrom(url: string, times: number): Promise<ReadonlySet<string>> {
  const regions = new Set<string>();
  for (let count = 0; count < times; count++) {
    const response = await fetch(url, { headers: { connection: 'close' } });
    regions.add(((await response.json()) as { originServer: string }).originServer);
  }
  return regions;
}

test('when the first lab ends, the second still has its origin servers', {
  skip: process.platform !== 'linux' && 'ports are shared on Linux only',
}, async (context) => {
  const url = await freeUrl();
  const first = await started(context, url, 'first');
  await started(context, url, 'second');
  assert.ok((await answersFrom(url, 20)).size >= 1);
  await first.close();
  assert.deepEqual([...(await answersFrom(url, 20))], ['second']);
});

test('where a server of somebody else listens, it is the origin server', async (context) => {
  const url = await freeUrl();
  const server = createServer((_request, response) => response.end()).listen(Number(new URL(url).port), '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  assert.equal(await startDemoOrigin(url, 'eu'), undefined);
});
