/** Questions through control, with a scripted agent at the other end of its stream. */
import assert from 'node:assert/strict';
import { type ClientRequest, request } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import type { AnswerLine } from '../../feed/question.ts';
import { type Answer, ControlFixture } from '../../testing/control-fixture.ts';
import { waitFor } from '../../testing/wait.ts';
import { problemDetailsSchema } from './schemas.ts';

const fixture = new ControlFixture();
const agents: ScriptedAgent[] = [];
before(() => fixture.start());
afterEach(() => {
  for (const agent of agents.splice(0)) agent.close();
});
after(() => fixture.end());

/** Keeps the stream of questions open, and answers what a test wants. */
class ScriptedAgent {
  readonly heard: { readonly id: string; readonly question: Record<string, unknown> }[] = [];
  readonly #pop: string;
  readonly #request: ClientRequest;
  status = 0;

  constructor(pop: string) {
    this.#pop = pop;
    let rest = '';
    this.#request = request(
      `${fixture.url}/api/v1/agent/questions`,
      { headers: fixture.authorization(pop), agent: false },
      (response) => {
        this.status = response.statusCode ?? 0;
        response.setEncoding('utf8');
        response.on('error', () => {});
        response.on('data', (text: string) => {
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines.map((each) => JSON.parse(each))) if ('id' in line) this.heard.push(line);
        });
      },
    );
    this.#request.on('error', () => {});
    this.#request.end();
    agents.push(this);
  }

  async asked(): Promise<string> {
    return (await waitFor('a question', () => this.heard.at(-1))).id;
  }

  post(id: string, piece: number, lines: readonly (AnswerLine | string)[], last: boolean): Promise<Answer> {
    const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
    const headers = fixture.authorization(this.#pop);
    return fixture.json(`/api/v1/agent/answers/${id}`, 'POST', { piece, lines: texts, last }, headers);
  }

  close(): void {
    this.#request.destroy();
  }
}

async function connected(pop: string): Promise<ScriptedAgent> {
  const agent = new ScriptedAgent(pop);
  await waitFor('the stream of questions', () => agent.status === 200);
  return agent;
}

function code(answer: Answer): string {
  return `${answer.status} ${problemDetailsSchema.parse(JSON.parse(answer.text)).code}`;
}

const routeLine = (prefix: string): AnswerLine => ({
  route: { prefix, neighbor: 'local', attributes: { originCode: 'igp' }, state: 'best' },
});
const end: AnswerLine = { end: { pop: 'fra', count: 2, more: false } };

test('routes come through in pieces, each taken before the next, with the question as it was asked', async () => {
  const agent = await connected('fra');
  const query = 'table=received&neighbor=AS64501&family=4&prefix=10.0.0.0/8&match=longer&limit=5';
  const answer = fixture.ask(`/api/v1/pops/fra/routes?${query}`);
  const id = await agent.asked();
  assert.deepEqual(agent.heard[0]?.question, {
    kind: 'routes',
    table: 'received',
    neighbor: 'AS64501',
    family: 4,
    prefix: '10.0.0.0/8',
    match: 'longer',
    limit: 5,
  });
  assert.equal((await agent.post(id, 0, [], false)).status, 200, 'a sign of life');
  assert.equal((await agent.post(id, 1, [routeLine('10.1.0.0/16')], false)).status, 200);
  assert.equal((await agent.post(id, 2, [routeLine('10.2.0.0/16'), end], true)).status, 200);
  const { status, headers, text } = await answer;
  assert.deepEqual([status, headers['content-type']], [200, 'application/x-ndjson']);
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(lines, [routeLine('10.1.0.0/16'), routeLine('10.2.0.0/16'), end]);
  assert.equal(code(await agent.post(id, 3, [], true)), '404 control.unknown-question');
});

test('an agent that is away, unknown or gone in the middle is a problem that says so', async () => {
  assert.equal(code(await fixture.ask('/api/v1/pops/fra/neighbors')), '503 control.agent-away');
  assert.equal(code(await fixture.ask('/api/v1/pops/fran/neighbors')), '404 control.unknown-pop');
  const agent = await connected('fra');
  const answer = fixture.ask('/api/v1/pops/fra/neighbors');
  await agent.asked();
  agent.close();
  assert.equal(code(await answer), '503 control.agent-away');

  const another = await connected('fra');
  const cut = fixture.ask('/api/v1/pops/fra/routes');
  await another.post(await another.asked(), 0, [routeLine('10.1.0.0/16')], false);
  another.close();
  const lines = (await cut).text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(lines.length, 2);
  assert.equal(lines[1].problem.code, 'control.agent-away');
});

test('what the agent refuses is refused, and what nobody can read is said to be so', async () => {
  const agent = await connected('fra');
  const problem: AnswerLine = {
    problem: { code: 'agent.unknown-neighbor', severity: 'error', what: 'fra has no session "x"' },
  };
  const routes = fixture.ask('/api/v1/pops/fra/routes?neighbor=x');
  await agent.post(await agent.asked(), 0, [problem], true);
  assert.equal(code(await routes), '404 agent.unknown-neighbor');
  const explain = fixture.ask('/api/v1/pops/fra/explain?prefix=192.0.2.0/24');
  await waitFor('the next question', () => agent.heard.length === 2);
  await agent.post(await agent.asked(), 0, ['{"explanation":1}'], true);
  assert.equal(code(await explain), '502 control.agent-unreadable');
});

test('answers are an agent’s own, in order, and no line can smuggle in another', async () => {
  const agent = await connected('fra');
  const stranger = new ScriptedAgent('sin');
  const answer = fixture.ask('/api/v1/pops/fra/neighbors');
  const id = await agent.asked();
  assert.equal(code(await stranger.post(id, 0, [end], true)), '404 control.unknown-question');
  assert.equal(code(await agent.post(id, 1, [end], true)), '404 control.unknown-question');
  assert.equal(code(await agent.post(id, 0, ['{}\n{}'], true)), '400 control.bad-body');
  assert.equal(code(await agent.post(id, 0, ['no json'], true)), '400 control.bad-body');
  assert.equal(code(await agent.post('1', 0, [end], true)), '400 control.bad-path');
  await agent.post(id, 0, [{ end: { pop: 'fra', count: 0, more: false } }], true);
  assert.deepEqual(JSON.parse((await answer).text), { pop: 'fra', neighbors: [] });
  assert.equal((await fixture.ask('/api/v1/agent/questions')).status, 401);
});

test('questions that mean nothing are refused before an agent hears of them', async () => {
  const agent = await connected('fra');
  for (const path of [
    'routes?match=longer',
    'routes?table=everything',
    'routes?prefix=10.0.0.1/8',
    'routes?family=5',
    'routes?limit=0',
    'routes?limt=3',
    'explain',
    'explain?prefix=no',
    'neighbors?x=1',
  ]) {
    assert.equal(code(await fixture.ask(`/api/v1/pops/fra/${path}`)), '400 control.bad-query', path);
  }
  assert.deepEqual(agent.heard, []);
});

test('a reader that leaves ends the agent’s work; too many questions at once are refused', async () => {
  const agent = await connected('fra');
  const open = Array.from({ length: 8 }, () => request(`${fixture.url}/api/v1/pops/fra/routes`, { agent: false }));
  for (const each of open) {
    each.on('error', () => {});
    each.on('response', (response) => response.on('error', () => {}));
    each.end();
  }
  await waitFor('eight questions', () => agent.heard.length === 8);
  assert.equal(code(await fixture.ask('/api/v1/pops/fra/routes')), '429 control.busy');
  const { id } = agent.heard[0] as { id: string };
  assert.equal((await agent.post(id, 0, [routeLine('10.1.0.0/16')], false)).status, 200);
  for (const each of open) each.destroy();
  for (const asked of agent.heard) {
    await waitFor('the end of the work', async () => (await agent.post(asked.id, 9, [], false)).status === 404);
  }
  const again = fixture.ask('/api/v1/pops/fra/neighbors');
  await waitFor('room for another question', () => agent.heard.length === 9);
  await agent.post(await agent.asked(), 0, [end], true);
  assert.equal((await again).status, 200);
});
