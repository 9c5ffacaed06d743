import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import type { FeedBatch } from '../feed/records.ts';
import { type FakeControl, startFakeControl } from '../testing/fake-control.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { waitFor } from '../testing/wait.ts';
import { createControlClient } from './control-client.ts';
import { type FeedClient, type FeedClientOptions, followFeed } from './feed-client.ts';
import { createReplica, type Replica } from './replica.ts';

function domain(sequence: number, name: string): FeedBatch['records'][number] {
  return { kind: 'domain', sequence, name, value: { service: 'docs' } };
}

const snapshot: FeedBatch = {
  epoch: 'e1',
  snapshot: true,
  through: 2,
  records: [domain(1, 'a.test'), domain(2, 'b.test')],
};

interface Setup {
  readonly control: FakeControl;
  readonly replica: Replica;
  readonly feed: FeedClient;
}

async function follow(
  context: TestContext,
  prepare: (control: FakeControl) => void,
  options: Partial<FeedClientOptions> = {},
): Promise<Setup> {
  const control = await startFakeControl();
  prepare(control);
  const tokenFile = join(temporaryDirectory(context), 'token');
  writeFileSync(tokenFile, `${control.token}\n`);
  const client = createControlClient({ url: control.url, tokenFile });
  const replica = createReplica();
  const feed = followFeed({
    control: client,
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    position: () => replica.position(),
    objection: (batch) => replica.objection(batch),
    onBatch: (batch) => void replica.apply(batch),
    onProblems: () => {},
    ...options,
  });
  context.after(async () => {
    feed.stop();
    client.close();
    await control.close();
  });
  return { control, replica, feed };
}

const line = (batch: FeedBatch): string => `${JSON.stringify(batch)}\n`;

test('feed: starts with a snapshot, goes on by changes, and resumes after the last one when the connection breaks', async (context) => {
  const { control, replica, feed } = await follow(context, (fake) => {
    fake.onFeed = (response, query) => {
      if (query.get('after') === '0') response.write(line(snapshot));
    };
  });
  await waitFor('the snapshot', () => replica.position().through === 2);
  control.send({
    epoch: 'e1',
    snapshot: false,
    through: 3,
    records: [{ kind: 'domain', sequence: 3, name: 'a.test', value: null }],
  });
  await waitFor('the change', () => replica.position().through === 3);
  assert.deepEqual([...replica.domains().keys()], ['b.test']);
  control.breakConnections();
  await waitFor('a second connection', () => control.feedRequests.length === 2);
  assert.deepEqual(control.feedRequests, ['?after=0', '?epoch=e1&after=3']);
  assert.deepEqual(feed.problems(), []);
});

test('feed: a batch that comes in pieces, cut anywhere, is one batch', async (context) => {
  const { control, replica } = await follow(context, () => {});
  await waitFor('a connection', () => control.feedRequests.length === 1);
  for (const byte of line(snapshot)) control.sendText(byte);
  await waitFor('the snapshot', () => replica.position().through === 2);
});

test('feed: half a batch is never applied', async (context) => {
  const { control, replica } = await follow(context, (fake) => {
    fake.onFeed = (response) => {
      if (fake.feedRequests.length === 1) response.end(line(snapshot).slice(0, -20));
      else response.write(line(snapshot));
    };
  });
  await waitFor('the whole snapshot', () => replica.position().through === 2);
  assert.ok(control.feedRequests.length >= 2);
});

const refusals: readonly [what: string, sent: string, problem: RegExp, then: string][] = [
  ['garbage', '\u0000\u0001 garbage\n', /not JSON/, '?epoch=e1&after=2'],
  [
    'an unknown kind',
    line({ ...snapshot, snapshot: false, records: [{ ...domain(3, 'c.test'), kind: 'planet' } as never], through: 3 }),
    /kind/,
    '?epoch=e1&after=2',
  ],
  [
    'falling sequence numbers',
    line({ ...snapshot, snapshot: false, through: 9, records: [domain(5, 'c.test'), domain(4, 'd.test')] }),
    /must rise/,
    '?epoch=e1&after=2',
  ],
  [
    'a record behind `through`',
    line({ ...snapshot, snapshot: false, through: 3, records: [domain(9, 'c.test')] }),
    /through/,
    '?epoch=e1&after=2',
  ],
  [
    'another epoch without a snapshot',
    line({ epoch: 'e2', snapshot: false, through: 3, records: [domain(3, 'c.test')] }),
    /epoch e2/,
    '?after=0',
  ],
  [
    'a history that goes back',
    line({ epoch: 'e1', snapshot: false, through: 1, records: [] }),
    /already applied 2/,
    '?after=0',
  ],
];

for (const [what, sent, problem, then] of refusals) {
  test(`feed: refuses ${what} whole, keeps the last good state, says so, and asks again`, async (context) => {
    const { control, replica, feed } = await follow(context, (fake) => {
      fake.onFeed = (response) => {
        if (fake.feedRequests.length === 1) response.write(line(snapshot) + sent);
      };
    });
    await waitFor('the refusal', () => feed.problems().length === 1);
    assert.equal(feed.problems()[0]?.code, 'agent.feed-batch-refused');
    assert.match(feed.problems()[0]?.what ?? '', problem);
    assert.deepEqual([...replica.domains().keys()], ['a.test', 'b.test']);
    assert.equal(replica.position().through, 2);
    await waitFor('another try', () => control.feedRequests.length === 2);
    assert.equal(control.feedRequests[1], then);
    control.send({ epoch: 'e9', snapshot: true, through: 1, records: [domain(1, 'z.test')] });
    await waitFor('the snapshot that replaces all', () => replica.position().epoch === 'e9');
    assert.deepEqual([...replica.domains().keys()], ['z.test']);
    assert.deepEqual(feed.problems(), []);
  });
}

test('feed: an endless line is cut off', async (context) => {
  const { feed } = await follow(
    context,
    (fake) => {
      fake.onFeed = (response) => void response.write('x'.repeat(5_000));
    },
    { longestLineBytes: 4_000 },
  );
  await waitFor('the refusal', () => /longer/.test(feed.problems()[0]?.what ?? ''));
});

test('feed: silence without a heartbeat breaks the connection', async (context) => {
  const { control, replica } = await follow(
    context,
    (fake) => {
      fake.onFeed = (response) => {
        if (fake.feedRequests.length === 1) response.write(line(snapshot));
      };
    },
    { silenceMs: 100 },
  );
  await waitFor('a second connection', () => control.feedRequests.length >= 2);
  assert.equal(replica.position().through, 2);
});

test('feed: a wrong token is a problem that names the fix and not the token', async (context) => {
  const directory = temporaryDirectory(context);
  writeFileSync(join(directory, 'token'), 'wrong-secret');
  const control = await startFakeControl();
  const client = createControlClient({ url: control.url, tokenFile: join(directory, 'token') });
  const feed = followFeed({
    control: client,
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    position: () => ({ epoch: undefined, through: 0 }),
    objection: () => undefined,
    onBatch: () => {},
    onProblems: () => {},
  });
  context.after(() => {
    feed.stop();
    return control.close();
  });
  await waitFor('the problem', () => feed.problems()[0]?.code === 'agent.token-refused');
  assert.doesNotMatch(JSON.stringify(feed.problems()), /wrong-secret/);
});
