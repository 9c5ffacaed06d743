/** The feed as an agent meets it: over HTTP, with tokens, across restarts of control. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, afterEach, beforeEach, test } from 'node:test';
import { ControlFixture, type FeedConnection } from '../../testing/control-fixture.ts';
import { waitFor } from '../../testing/wait.ts';

let fixture: ControlFixture;
const open: FeedConnection[] = [];
beforeEach(async () => {
  fixture = new ControlFixture();
  await fixture.start();
});
afterEach(async () => {
  for (const feed of open.splice(0)) feed.close();
  await fixture.end();
});
after(() => assert.equal(open.length, 0));

function feedOf(pop: string, query = '?after=0'): FeedConnection {
  const feed = fixture.feed(pop, query);
  open.push(feed);
  return feed;
}
const firstOf = (feed: FeedConnection) => waitFor('a batch', () => feed.batches[0]);
const keysOf = (feed: FeedConnection, i: number): string[] =>
  (feed.batches[i]?.records ?? []).map((record) => `${record.kind} ${record.name}`);

test('an agent gets its own PoP, all services and all domains; never another PoP', async () => {
  await fixture.json('/api/v1/pops/sin/drain', 'POST', { force: true });
  for (const [pop, drains] of [
    ['fra', []],
    ['sin', ['drain sin']],
  ] as const) {
    const feed = feedOf(pop);
    const batch = await firstOf(feed);
    assert.equal(batch.snapshot, true);
    assert.deepEqual(keysOf(feed, 0).sort(), [
      'domain api.example.com',
      'domain docs.example.com',
      ...drains,
      `pop ${pop}`,
      'service api',
      'service docs',
    ]);
  }
});

test('a change comes at once, to whom it concerns; the others only learn the number', async () => {
  const [fra, sin] = [feedOf('fra'), feedOf('sin')];
  await Promise.all([firstOf(fra), firstOf(sin)]);
  const answer = await fixture.json('/api/v1/pops/fra/drain', 'POST', { force: true, reason: 'test' });
  const { sequence } = JSON.parse(answer.text);
  const own = await waitFor('the drain', () => fra.batches[1]);
  assert.deepEqual(own.records, [{ sequence, kind: 'drain', name: 'fra', value: { reason: 'test' } }]);
  const other = await waitFor('the number', () => sin.batches[1]);
  assert.deepEqual(other.records, []);
  assert.equal(other.through, sequence);
});

test('an agent resumes after what it has, across a restart of control', async () => {
  const batch = await firstOf(feedOf('fra'));
  const resumed = `?epoch=${batch.epoch}&after=${batch.through}`;
  await fixture.control?.close();
  await fixture.start();
  const status = JSON.parse((await fixture.ask('/api/v1/status')).text);
  assert.equal(status.epoch, batch.epoch);
  assert.equal(status.sequence, batch.through, 'an unchanged network file changes nothing');
  const feed = feedOf('fra', resumed);
  await fixture.json('/api/v1/pops/fra/drain', 'POST', { force: true });
  const next = await firstOf(feed);
  assert.equal(next.snapshot, false);
  assert.deepEqual(keysOf(feed, 0), ['drain fra']);
});

test('a store that was made anew has another epoch, and its agents start over', async () => {
  const before = await firstOf(feedOf('fra'));
  const token = fixture.token('fra');
  await fixture.control?.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${fixture.state}/control.db${suffix}`, { force: true });
  await fixture.start();
  assert.equal(fixture.token('fra'), token, 'the token file rules: agents need no new one');
  const batch = await firstOf(feedOf('fra', `?epoch=${before.epoch}&after=${before.through}`));
  assert.notEqual(batch.epoch, before.epoch);
  assert.equal(batch.snapshot, true);
});

test('what vanishes from the network file vanishes from the feed, and a PoP that is gone loses its token', async () => {
  const fra = feedOf('fra');
  await firstOf(fra);
  fixture.writeNetwork((text) =>
    text
      .replace(/ {2}sin:[\s\S]*?(?=services:)/, '')
      .replace(/ {2}api:\n[\s\S]*?(?=domains:)/, '')
      .replace(/ {2}api.example.*\n/, ''),
  );
  const sinToken = fixture.authorization('sin');
  assert.equal(await fixture.control?.reload(), true);
  const batch = await waitFor('the changes', () => fra.batches[1]);
  assert.deepEqual(
    batch.records.map(({ kind, name, value }) => [kind, name, value]),
    [
      ['domain', 'api.example.com', null],
      ['service', 'api', null],
    ],
  );
  assert.equal((await fixture.ask('/api/v1/agent/feed?after=0', { headers: sinToken })).status, 401);
});

test('the end of control ends the feed', async () => {
  const feed = feedOf('fra');
  await firstOf(feed);
  await fixture.control?.close();
  await waitFor('the end', () => feed.ended);
});

test('a PoP is down as soon as its agent’s connection closes, and not before', async () => {
  const phaseOf = async (pop: string): Promise<string> =>
    JSON.parse((await fixture.ask(`/api/v1/pops/${pop}`)).text).phase;
  assert.equal(await phaseOf('fra'), 'starting');
  const feed = feedOf('fra');
  await firstOf(feed);
  assert.equal((await fixture.report({ pop: 'fra' })).status, 200);
  assert.equal(await phaseOf('fra'), 'announcing');
  const again = feedOf('fra');
  await firstOf(again);
  feed.close();
  await waitFor('the old connection to close', () => feed.ended);
  assert.equal(await phaseOf('fra'), 'announcing', 'an agent that reconnects is not down');
  again.close();
  await waitFor('down', async () => (await phaseOf('fra')) === 'down', 1_000);
  const status = JSON.parse((await fixture.ask('/api/v1/pops/fra')).text);
  assert.deepEqual([status.agentPid, status.edgePid, status.announced], [null, null, []]);
});
