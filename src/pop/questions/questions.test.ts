import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Announcer } from '../../announcer/announcer.ts';
import type { BgpTables, NeighborView, RouteView } from '../../announcer/tables/tables.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import { type AnswerLine, type AnswerPiece, answerLineSchema, type Question } from '../../feed/question.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import { createFakeAnnouncer } from '../../testing/fake-announcer.ts';
import { startFakeControl } from '../../testing/fake-control.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { waitFor } from '../../testing/wait.ts';
import { createControlClient } from '../control-client.ts';
import { answerLines } from './answer.ts';
import { listenLocally } from './local-socket.ts';
import { pieces } from './pieces.ts';
import { answerQuestions } from './question-client.ts';

function neighbor(name: string, peerAsn: number, neighborAddress: string): NeighborView {
  return {
    name,
    peerAsn,
    localAsn: 64500,
    family: 4,
    neighborAddress,
    neighborPort: 179,
    sourceAddress: '203.0.113.1',
    phase: 'established',
    establishedForSeconds: 60,
    establishedCount: 1,
    holdTimeSeconds: 9,
    password: false,
    offered: [],
    accepts: 'nothing',
    routes: { received: 0, accepted: 0, announced: 1, withheld: 0, stale: 0 },
    messages: { received: {}, sent: {} },
    malformedUpdates: 0,
  };
}

const neighbors = [
  neighbor('fra/0/ipv4', 64501, '203.0.113.2'),
  neighbor('fra/1/ipv4', 64502, '203.0.113.3'),
  neighbor('fra/2/ipv4', 64502, '203.0.113.4'),
];

function route(index: number): RouteView {
  const prefix = `10.${(index >> 8) & 255}.${index & 255}.0/24`;
  return { prefix, neighbor: 'fra/0/ipv4', peerAsn: 64501, nextHop: '203.0.113.2', attributes: {}, state: 'refused' };
}

/** Tables of `count` routes, of which those that `skip` names are passed over. */
function announcerWith(count: number, skip: (index: number) => boolean = () => false): Announcer {
  const tables: BgpTables = {
    neighbors: () => neighbors,
    *routes(question) {
      for (let index = 0; index < count; index++) {
        const wanted = question.neighbor === undefined || question.neighbor === 'fra/0/ipv4';
        yield skip(index) || !wanted ? undefined : route(index);
      }
    },
    explain: (prefix) => ({ prefix: prefix.length === 24 ? '192.0.2.0/24' : '10.0.0.0/8', paths: [], told: [] }),
    covering: (prefix) => (prefix.length === 24 ? [mustPrefix('192.0.0.0/16'), prefix] : []),
  };
  return { ...createFakeAnnouncer(), tables };
}

function answering(announcer: Announcer) {
  const own = (prefix: string) =>
    prefix === '192.0.2.0/24'
      ? { mode: 'withdraw' as const, phase: 'drained', reason: 'drained: new kernel' }
      : undefined;
  return (question: Question): Iterable<AnswerLine | undefined> =>
    answerLines({ pop: 'fra', announcer, own }, question);
}

function linesOf(announcer: Announcer, question: Question): readonly AnswerLine[] {
  const lines = [...answering(announcer)(question)].filter((line) => line !== undefined);
  return lines.map((line) => answerLineSchema.parse(JSON.parse(JSON.stringify(line))));
}

test('routes end with their number, and say where a limit cut them', () => {
  const count = (limit?: number) => {
    const lines = linesOf(announcerWith(5), {
      kind: 'routes',
      table: 'all',
      ...(limit === undefined ? {} : { limit }),
    });
    const last = lines.at(-1);
    return last !== undefined && 'end' in last ? [lines.length - 1, last.end.count, last.end.more] : last;
  };
  assert.deepEqual(count(), [5, 5, false]);
  assert.deepEqual(count(5), [5, 5, false]);
  assert.deepEqual(count(4), [4, 4, true]);
});

test('a neighbour is known by name, address or ASN; what is ambiguous or unknown says what there is', () => {
  const ask = (text: string) => linesOf(announcerWith(2), { kind: 'routes', table: 'received', neighbor: text }).at(-1);
  for (const text of ['fra/0/ipv4', '203.0.113.2', '64501', 'AS64501', 'as64501']) {
    assert.deepEqual(ask(text), { end: { pop: 'fra', count: 2, more: false } }, text);
  }
  const wrong = (text: string) => {
    const line = ask(text);
    return line !== undefined && 'problem' in line ? [line.problem.code, line.problem.fix] : line;
  };
  assert.deepEqual(wrong('64502'), ['agent.ambiguous-neighbor', 'name one of them: fra/1/ipv4, fra/2/ipv4']);
  assert.deepEqual(wrong('fra/9/ipv4'), ['agent.unknown-neighbor', 'fra has fra/0/ipv4, fra/1/ipv4, fra/2/ipv4']);
});

test('our own prefix is explained with what the PoP does with it; others with what holds them', () => {
  const explain = (prefix: string) => linesOf(announcerWith(0), { kind: 'explain', prefix })[0];
  assert.deepEqual(explain('192.0.2.0/24'), {
    explanation: {
      prefix: '192.0.2.0/24',
      paths: [],
      told: [],
      own: { mode: 'withdraw', phase: 'drained', reason: 'drained: new kernel' },
      covering: ['192.0.0.0/16'],
    },
  });
  assert.deepEqual(explain('10.0.0.0/8'), {
    explanation: { prefix: '10.0.0.0/8', paths: [], told: [], covering: [] },
  });
  const [none] = linesOf(createFakeAnnouncer(), { kind: 'neighbors' });
  assert.equal(none !== undefined && 'problem' in none && none.problem.code, 'agent.no-tables');
});

test('pieces are bounded, give way to other work, and hold every line once', async () => {
  const count = 20_000;
  const announcer = announcerWith(count, (index) => index % 2 === 1);
  let turns = 0;
  let running = true;
  const turn = (): void => {
    turns++;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  const seen: AnswerPiece[] = [];
  for await (const piece of pieces(answering(announcer)({ kind: 'routes', table: 'all' }), systemClock))
    seen.push(piece);
  running = false;
  assert.ok(turns > 10, `others had ${turns} turns`);
  assert.deepEqual(
    seen.map(({ piece }) => piece),
    [...seen.keys()],
  );
  assert.deepEqual(
    seen.map(({ last }) => last),
    seen.map((_, index) => index === seen.length - 1),
  );
  assert.ok(seen.every(({ lines }) => lines.length <= 500));
  const texts = seen.flatMap(({ lines }) => lines);
  assert.equal(new Set(texts).size, count / 2 + 1);
});

test('a line that no control would take is replaced by a problem', async () => {
  const long = { route: { ...route(0), why: 'x'.repeat(500_000) } } as AnswerLine;
  for await (const { lines } of pieces([long], systemClock)) {
    assert.match(lines.join(), /agent\.answer-too-large/);
  }
});

function askLocally(
  socketPath: string,
  body: string,
  path = '/ask',
): Promise<{ status: number; lines: readonly string[] }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, method: 'POST', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, lines: text.trim().split('\n') }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

function listen(context: TestContext, announcer: Announcer, path: string) {
  const answer = answering(announcer);
  const local = listenLocally({
    path,
    clock: systemClock,
    logger: silentLogger,
    answer,
    report: () => ({}) as never,
  });
  context.after(() => local.stop());
  return local;
}

test('the local socket answers its owner, takes the place of a dead one, and no nonsense harms it', async (context) => {
  const path = join(temporaryDirectory(context), 'agent.sock');
  writeFileSync(path, 'what an agent that was killed left');
  const local = listen(context, announcerWith(3), path);
  const answer = await askLocally(path, JSON.stringify({ kind: 'routes', table: 'all' }));
  assert.equal(answer.lines.length, 4);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  for (const nonsense of [
    '',
    'x',
    '{"kind":"reboot"}',
    '{"kind":"explain","prefix":"10.0.0.1/8"}',
    'x'.repeat(70_000),
  ]) {
    const { lines } = await askLocally(path, nonsense);
    assert.match(lines.join(), /agent\.bad-question/, nonsense.slice(0, 50));
  }
  assert.equal((await askLocally(path, '', '/reboot')).status, 404);
  assert.deepEqual(local.problems(), []);
});

test('a socket that cannot be made is a problem, and the agent goes on', async (context) => {
  const path = join(temporaryDirectory(context), 'missing', 'agent.sock');
  const local = listen(context, announcerWith(0), path);
  const [problem] = await waitFor('the problem', () => (local.problems().length > 0 ? local.problems() : false));
  assert.equal(problem?.code, 'agent.local-socket');
});

test('questions that come through control are answered there, piece by piece, until nobody wants more', async (context) => {
  const control = await startFakeControl();
  context.after(() => control.close());
  const tokenFile = join(temporaryDirectory(context), 'token');
  writeFileSync(tokenFile, control.token);
  const client = createControlClient({ url: control.url, tokenFile });
  const stop = answerQuestions({
    control: client,
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    answer: answering(announcerWith(1_200)),
  });
  context.after(() => {
    stop();
    client.close();
  });
  const got = new Map<string, AnswerPiece[]>();
  control.onAnswer = (id, piece) => {
    got.set(id, [...(got.get(id) ?? []), piece]);
    return id === 'gone' ? 404 : 200;
  };
  const asked = (id: string, question: unknown): void => {
    control.ask({});
    control.ask({ id, question });
  };
  await waitFor('the stream', () => control.ask({}));
  asked('all', { kind: 'routes', table: 'all' });
  await waitFor('the whole answer', () => got.get('all')?.at(-1)?.last);
  assert.equal(got.get('all')?.flatMap(({ lines }) => lines).length, 1_201);
  asked('gone', { kind: 'routes', table: 'all' });
  asked('later', { kind: 'of-a-later-version' });
  await waitFor('the refusal', () => got.get('later')?.at(-1)?.last);
  assert.match(got.get('later')?.[0]?.lines.join() ?? '', /agent\.bad-question/);
  assert.equal(got.get('gone')?.length, 1, 'nothing more was sent once nobody wanted it');

  control.breakConnections();
  await waitFor('the loss of the stream', () => !control.ask({}));
  await waitFor('the stream again', () => control.ask({}));
  asked('again', { kind: 'neighbors' });
  await waitFor('the answer', () => got.get('again')?.at(-1)?.last);
  assert.equal(got.get('again')?.[0]?.lines.length, neighbors.length + 1);
});
