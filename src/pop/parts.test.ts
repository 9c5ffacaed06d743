import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProblemError } from '../base/problem.ts';
import { seededRandom } from '../base/random.ts';
import type { EdgeStatus } from '../feed/edge-config.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { temporaryDirectory } from '../testing/temporary.ts';
import { backoffMs } from './backoff.ts';
import { initialDecision } from './decision.ts';
import { initialDrain } from './drain.ts';
import type { AdminAnswer } from './edge-admin.ts';
import { createLineSplitter } from './lines.ts';
import { readLoopbackMap } from './loopback-map.ts';
import { muteLimitMs, watchForMuteness } from './mute-watch.ts';
import { nearestFirst } from './origin-order.ts';
import { popPhase } from './phase.ts';

test('lines: however the bytes are cut, the lines are the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''))),
      fc.array(fc.nat(7)),
      (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const splitter = createLineSplitter(1_000_000);
        const got: string[] = [];
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const size = 1 + (cuts[n % Math.max(1, cuts.length)] ?? 0);
          got.push(...(splitter.push(bytes.subarray(at, at + size)) ?? ['too long']));
          at += size;
        }
        assert.deepEqual(got, lines);
      },
    ),
  );
});

test('lines: one that is longer than the limit is refused, whether it ends or not', () => {
  assert.equal(createLineSplitter(3).push(Buffer.from('abcd')), undefined);
  assert.equal(createLineSplitter(3).push(Buffer.from('abcd\n')), undefined);
  assert.deepEqual(createLineSplitter(3).push(Buffer.from('abc\n')), ['abc']);
});

test('backoff: between half and all of a doubling delay', () => {
  const random = seededRandom(3);
  for (let attempt = 0; attempt < 50; attempt++) {
    const full = Math.min(5_000, 50 * 2 ** attempt);
    const delay = backoffMs(attempt, { firstMs: 50, maximumMs: 5_000 }, random);
    assert.ok(delay >= full / 2 && delay <= full, `attempt ${attempt}: ${delay}`);
  }
});

test('origin servers: nearest to the PoP first, in the order of the file where equal', () => {
  const server = (region: string, latitude: number, longitude: number) => ({
    url: `http://${region}.test`,
    region,
    location: { latitude, longitude },
  });
  const servers = [
    server('us-west', 45.6, -121.2),
    server('us-east', 39, -77.5),
    server('eu-a', 50.1, 8.7),
    server('eu-b', 50.1, 8.7),
  ];
  const order = (latitude: number, longitude: number) =>
    nearestFirst(servers, { latitude, longitude }).map(({ region }) => region);
  assert.deepEqual(order(52.5, 13.4), ['eu-a', 'eu-b', 'us-east', 'us-west']);
  // Across the date line: Tokyo is nearer to Oregon than to Virginia or Frankfurt.
  assert.equal(order(35.7, 139.7)[0], 'us-west');
});

test('loopback map: what is wrong is a problem that shows the shape', (context) => {
  const file = join(temporaryDirectory(context), 'map.json');
  for (const text of [
    '',
    '{}',
    '{"sessions":{"a":{"host":"127.0.0.1","port":0}},"listen":{}}',
    '{"sessions":{},"listen":{},"more":1}',
  ]) {
    writeFileSync(file, text);
    assert.throws(
      () => readLoopbackMap(file),
      (error) => error instanceof ProblemError && error.problems[0]?.code === 'agent.loopback-map',
      text,
    );
  }
  writeFileSync(file, '{"sessions":{},"listen":{"192.0.2.1":{"host":"127.0.0.1","port":8080}}}');
  assert.deepEqual(readLoopbackMap(file).listen['192.0.2.1'], { host: '127.0.0.1', port: 8080 });
});

for (const [what, answer, expected] of [
  ['mute to its agent, too, is told of', { kind: 'mute' }, 1],
  ['that still answers its agent is left alone', { kind: 'wrong', why: 'x' }, 0],
  ['that is gone is the lifeline’s business', { kind: 'nobody' }, 0],
] as const satisfies readonly [string, AdminAnswer<EdgeStatus>, number][]) {
  test(`muteness: an edge without a good check for 30 s ${what}`, async () => {
    const clock = new ManualClock();
    const told: string[] = [];
    const stop = watchForMuteness({
      clock,
      admin: { status: async () => answer },
      lastGood: () => 0,
      onMute: (why) => told.push(why),
    });
    clock.advance(muteLimitMs - 1);
    await Promise.resolve();
    assert.equal(told.length, 0);
    clock.advance(1);
    await Promise.resolve();
    await Promise.resolve();
    assert.equal(told.length, expected);
    stop();
    assert.equal(clock.nextInMs(), undefined);
  });
}

test('phase: each situation has its phase and its reason', () => {
  const waiting = { ...initialDecision(), reason: 'waiting for the edge to start' };
  const up = { ...initialDecision(), phase: 'up' as const, reason: 'healthy' };
  const ill = { ...initialDecision(), phase: 'rising' as const, reason: 'edge: no answer' };
  const established = {
    name: 's',
    peerAsn: 1,
    neighborAddress: 'n',
    phase: 'established' as const,
    announced: ['192.0.2.0/24'],
  };
  const connecting = { ...established, phase: 'connect' as const, lastDown: 'it refuses' };
  const silent = { ...established, announced: [] };
  const usual = {
    stopping: undefined,
    drain: initialDrain(),
    decisions: [up],
    sessions: [established],
    wasAnnouncing: false,
    edgeTrouble: undefined,
  };
  const drained = { ...initialDrain(), stage: 'drained' as const, reason: 'maintenance' };
  const cases: [Partial<typeof usual> | object, string, RegExp][] = [
    [{}, 'announcing', /^healthy$/],
    [{ decisions: [up, ill] }, 'announcing', /no answer/],
    [{ decisions: [waiting], sessions: [silent] }, 'starting', /waiting for the edge/],
    [
      { decisions: [waiting], sessions: [silent], edgeTrouble: 'the edge does not start' },
      'starting',
      /does not start/,
    ],
    [{ decisions: [ill], sessions: [silent], wasAnnouncing: true }, 'withdrawn', /no answer/],
    [{ sessions: [connecting] }, 'starting', /no BGP session is established \(s: it refuses\)/],
    [{ sessions: [connecting], wasAnnouncing: true }, 'withdrawn', /no BGP session/],
    [{ sessions: [silent] }, 'starting', /nothing to announce|no session has anything/],
    [{ decisions: [], sessions: [] }, 'starting', /waiting for control/],
    [{ drain: drained, sessions: [silent] }, 'drained', /maintenance/],
    [{ drain: { ...drained, stage: 'leaving' } }, 'draining', /depreferenced/],
    [{ drain: { ...drained, stage: 'withdrawn' }, sessions: [silent] }, 'draining', /withdrawn/],
    [{ stopping: 'maintenance' }, 'withdrawn', /the agent stops: maintenance/],
  ];
  for (const [change, phase, reason] of cases) {
    const actual = popPhase({ ...usual, ...change });
    assert.equal(actual.phase, phase, JSON.stringify(change));
    assert.match(actual.reason, reason);
  }
});
