/** The API as strangers, administrators and agents meet it, over real HTTP. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createLogger } from '../../base/log.ts';
import { type Answer, type Ask, ControlFixture } from '../../testing/control-fixture.ts';
import { waitFor } from '../../testing/wait.ts';
import type { Route } from './route.ts';
import { problemDetailsSchema } from './schemas.ts';
import { apiRoutes } from './table.ts';

const fixture = new ControlFixture();
before(async () => {
  await fixture.start({ allowedHosts: ['control.example.net'] });
});
after(() => fixture.end());

/** The answer is a problem in the RFC 9457 form, with this status and code. */
function assertProblem(answer: Answer, status: number, code: string, why = code): void {
  assert.equal(answer.status, status, `${why}: ${answer.text}`);
  assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/, why);
  const details = problemDetailsSchema.parse(JSON.parse(answer.text));
  assert.equal(details.code, code, why);
  assert.equal(details.status, status, why);
  assert.ok(details.problems.length >= 1 && details.detail !== '', why);
}
const json = { 'content-type': 'application/json' };

test('only names that are ours are answered, whatever their case and port', async () => {
  const good = ['localhost', 'LOCALHOST:7480', '127.0.0.1', '127.0.0.1:1', '[::1]:80', 'control.example.net'];
  for (const host of good) assert.equal((await fixture.ask('/healthz', { headers: { host } })).status, 200, host);
  const bad = ['evil.example', 'localhost.evil.example', '127.0.0.2', 'evil.example:7480', '[::2]', 'localhost:80:80'];
  for (const host of bad) {
    const answer = await fixture.ask('/api/v1/status', { headers: { host } });
    assertProblem(answer, 421, 'control.host-not-allowed', host);
  }
});

test('a page of another origin changes nothing', async () => {
  const body = '{"force":true}';
  const path = '/api/v1/pops/fra/drain';
  const foreign: readonly Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ];
  for (const headers of foreign) {
    const answer = await fixture.ask(path, { method: 'POST', headers: { ...json, ...headers }, body });
    assertProblem(answer, 403, 'control.cross-origin', JSON.stringify(headers));
  }
  assert.equal(JSON.parse((await fixture.ask('/api/v1/pops/fra')).text).drainWanted, false);
  const own = { origin: fixture.url, 'sec-fetch-site': 'same-origin', ...json };
  const answer = await fixture.ask('/api/v1/pops/fra/resume', { method: 'POST', headers: own, body: '{}' });
  assert.equal(answer.status, 200);
});

test('malformed requests are refused whole, each with what is wrong', async () => {
  const post = (body: string, headers: Record<string, string> = json): Ask => ({ method: 'POST', headers, body });
  const put = (body: string): Ask => ({ method: 'PUT', headers: json, body });
  const agent = fixture.authorization('fra');
  const vantage = { name: 'v', url: 'http://127.0.0.1:1', pop: null, asPath: [], roundTripMs: null };
  const cases: readonly (readonly [path: string, ask: Ask, status: number, code: string])[] = [
    ['/', {}, 404, 'control.not-found'],
    ['/api/v1', {}, 404, 'control.not-found'],
    ['/api/v1/status/', {}, 404, 'control.not-found'],
    ['/api/v1/../../etc/passwd', {}, 404, 'control.not-found'],
    ['/api/v1/pops/%', {}, 400, 'control.bad-request'],
    ['/api/v1/pops/%ff', {}, 400, 'control.bad-request'],
    [`/api/v1/pops/${'a'.repeat(250)}`, {}, 400, 'control.bad-path'],
    ['/api/v1/pops/nowhere', {}, 404, 'control.unknown-pop'],
    ['/api/v1/pops/__proto__', {}, 404, 'control.unknown-pop'],
    ['/api/v1/status', { method: 'DELETE' }, 405, 'control.method'],
    ['/api/v1/pops/fra/drain', {}, 405, 'control.method'],
    ['/api/v1/agent/feed', { method: 'HEAD' }, 405, 'control.method'],
    ['/api/v1/status?verbose=1', {}, 400, 'control.bad-query'],
    ['/api/v1/changes?after=', {}, 400, 'control.bad-query'],
    ['/api/v1/changes?after=-1', {}, 400, 'control.bad-query'],
    ['/api/v1/changes?after=1e3', {}, 400, 'control.bad-query'],
    ['/api/v1/changes?after=1&after=2', {}, 400, 'control.bad-query'],
    ['/api/v1/changes?limit=0', {}, 400, 'control.bad-query'],
    ['/api/v1/changes?limit=1001', {}, 400, 'control.bad-query'],
    ['/api/v1/changes?limt=5', {}, 400, 'control.bad-query'],
    ['/api/v1/domains?after=', {}, 400, 'control.bad-query'],
    ['/api/v1/pops/fra/drain', post('{"forse":true}'), 400, 'control.bad-body'],
    ['/api/v1/pops/fra/drain', post('{"force":"yes"}'), 400, 'control.bad-body'],
    ['/api/v1/pops/fra/drain', post('{"reason":""}'), 400, 'control.bad-body'],
    ['/api/v1/pops/fra/drain', post('[]'), 400, 'control.bad-body'],
    ['/api/v1/pops/fra/drain', post('null'), 400, 'control.bad-body'],
    ['/api/v1/pops/fra/drain', post('{"force":tru'), 400, 'control.bad-request'],
    ['/api/v1/pops/fra/drain', post('{"__proto__":{"force":true}}'), 400, 'control.bad-request'],
    ['/api/v1/pops/fra/drain', post('force=true', { 'content-type': 'text/plain' }), 415, 'control.not-json'],
    [
      '/api/v1/pops/fra/drain',
      post('{}', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'control.not-json',
    ],
    ['/api/v1/pops/fra/drain?force=true', post('{}'), 400, 'control.bad-query'],
    ['/api/v1/pops/nowhere/drain', post('{}'), 404, 'control.unknown-pop'],
    ['/api/v1/vantages', put(''), 400, 'control.bad-body'],
    ['/api/v1/vantages', put('{}'), 400, 'control.bad-body'],
    ['/api/v1/vantages', put(JSON.stringify([vantage, vantage])), 400, 'control.bad-body'],
    ['/api/v1/vantages', put(JSON.stringify([{ ...vantage, extra: 1 }])), 400, 'control.bad-body'],
    ['/api/v1/vantages', put(JSON.stringify(['x'.repeat(1_100_000)])), 413, 'control.body-too-large'],
    ['/api/v1/agent/report', { ...post('{}'), headers: { ...json, ...agent } }, 400, 'control.bad-body'],
    ['/api/v1/agent/feed?after=5', { headers: agent }, 400, 'control.bad-query'],
    ['/api/v1/agent/feed?epoch=&after=5', { headers: agent }, 400, 'control.bad-query'],
    ['/api/v1/agent/blobs/..%2f..%2fcontrol.db', { headers: agent }, 400, 'control.bad-path'],
    [`/api/v1/agent/blobs/${'A'.repeat(64)}`, { headers: agent }, 400, 'control.bad-path'],
    [`/api/v1/agent/blobs/${'0'.repeat(64)}`, { headers: agent }, 404, 'control.unknown-blob'],
  ];
  const sequence = JSON.parse((await fixture.ask('/api/v1/status')).text).sequence;
  for (const [path, ask, status, code] of cases) {
    const answer = await fixture.ask(path, ask);
    if (ask.method === 'HEAD') assert.equal(answer.status, status, path);
    else assertProblem(answer, status, code, `${ask.method ?? 'GET'} ${path} ${ask.body?.slice(0, 40) ?? ''}`);
  }
  assert.equal(JSON.parse((await fixture.ask('/api/v1/status')).text).sequence, sequence, 'nothing was changed');
});

test('all faults of a request are told in one go, and a slip is recognised', async () => {
  const answer = await fixture.json('/api/v1/pops/fra/drain', 'POST', { forse: true, reason: 5 });
  const { problems } = problemDetailsSchema.parse(JSON.parse(answer.text));
  assert.equal(problems.length, 2);
  assert.deepEqual(problems.map((problem) => problem.where).sort(), ['body', 'body.reason']);
  assert.ok(problems.some((problem) => problem.fix === 'did you mean force?'));
  const unknown = problemDetailsSchema.parse(JSON.parse((await fixture.ask('/api/v1/pops/fre')).text));
  assert.equal(unknown.fix, 'did you mean fra?');
});

test('what is no HTTP gets an answer too, and costs nothing but its connection', async () => {
  const { hostname, port } = new URL(fixture.url);
  const say = (bytes: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let text = '';
      const socket = connect(Number(port), hostname, () => socket.write(bytes));
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
    });
  assert.match(
    await say('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
    /^HTTP\/1\.1 400 [\s\S]*control\.bad-request/,
  );
  assert.match(await say(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  const twice = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n';
  assert.match(await say(twice), /^HTTP\/1\.1 400 [\s\S]*more than one Host/);
  assert.match(await say('GET /healthz HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 421 /);
  assert.match(await say('GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 421 /);
  const absolute = 'GET http://localhost/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n';
  assert.match(await say(absolute), /^HTTP\/1\.1 421 /);
  assert.equal((await fixture.ask('/healthz')).status, 200);
});

test('agents’ routes need the token of an agent, and each agent speaks for its own PoP only', async () => {
  for (const path of ['/api/v1/agent/feed?after=0', `/api/v1/agent/blobs/${'0'.repeat(64)}`]) {
    for (const authorization of [undefined, 'Bearer wrong', 'Bearer', fixture.token('fra')]) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const answer = await fixture.ask(path, { headers });
      assertProblem(answer, 401, 'control.unauthorized', path);
      assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer/);
    }
  }
  const mine = await fixture.report({ pop: 'fra' });
  assert.equal(mine.status, 200);
  const report = { ...JSON.parse(quiet), pop: 'sin' };
  const other = await fixture.json('/api/v1/agent/report', 'POST', report, fixture.authorization('fra'));
  assertProblem(other, 403, 'control.wrong-pop');
  assert.equal(JSON.parse((await fixture.ask('/api/v1/pops/sin')).text).agentPid, null);
});
const quiet =
  '{"phase":"announcing","reason":"","announced":[],"sessions":[],"agentPid":1,"edgePid":null,"edgeRestarts":0,"epoch":null,"through":0,"problems":[]}';

test('an agent gets a site by its manifest, to the byte', async () => {
  const { services } = JSON.parse((await fixture.ask('/api/v1/services')).text);
  const docs = services.find((service: { name: string }) => service.name === 'docs');
  const headers = fixture.authorization('sin');
  const manifest = await fixture.ask(`/api/v1/agent/blobs/${docs.service.manifest}`, { headers });
  const { files } = JSON.parse(manifest.text);
  const file = await fixture.ask(`/api/v1/agent/blobs/${files[0].sha256}`, { headers });
  assert.equal(file.text, '<h1>hello</h1>');
  assert.equal(file.headers['content-length'], '14');
});

test('drain: refused, forced, idempotent, in the log, and taken back', async () => {
  await fixture.report({ pop: 'fra' });
  const refused = await fixture.json('/api/v1/pops/fra/drain', 'POST', {});
  assertProblem(refused, 409, 'control.last-announcing-pop');
  await fixture.report({ pop: 'sin' });
  const drained = await fixture.ask('/api/v1/pops/fra/drain', { method: 'POST' });
  assert.equal(drained.status, 200, drained.text);
  const first = JSON.parse(drained.text);
  assert.equal(first.changed, true);
  assert.equal(first.pop.drainWanted, true);
  const again = JSON.parse((await fixture.json('/api/v1/pops/fra/drain', 'POST', { reason: 'again' })).text);
  assert.deepEqual([again.changed, again.sequence], [false, first.sequence]);
  assertProblem(await fixture.json('/api/v1/pops/sin/drain', 'POST', {}), 409, 'control.last-announcing-pop');
  const forced = await fixture.json('/api/v1/pops/sin/drain', 'POST', { force: true, reason: 'fire' });
  assert.equal(forced.status, 200);
  for (const pop of ['fra', 'sin']) {
    assert.equal(JSON.parse((await fixture.json(`/api/v1/pops/${pop}/resume`, 'POST', {})).text).changed, true);
    assert.equal(JSON.parse((await fixture.json(`/api/v1/pops/${pop}/resume`, 'POST', {})).text).changed, false);
  }
  const { changes } = JSON.parse((await fixture.ask(`/api/v1/changes?after=${first.sequence - 1}`)).text);
  assert.deepEqual(
    changes.map(({ name, action, actor, note }: Record<string, string>) => [name, action, actor, note]),
    [
      ['fra', 'set', 'api', 'asked for by an operator'],
      ['sin', 'set', 'api', 'forced: fire'],
      ['fra', 'removed', 'api', null],
      ['sin', 'removed', 'api', null],
    ],
  );
});

test('pages of the log and of domains join without a gap', async () => {
  const all = JSON.parse((await fixture.ask('/api/v1/changes?limit=1000')).text);
  assert.equal(all.next, null);
  const seen: unknown[] = [];
  for (let next: number | null = 0; next !== null; ) {
    const page: { changes: unknown[]; next: number | null } = JSON.parse(
      (await fixture.ask(`/api/v1/changes?after=${next}&limit=3`)).text,
    );
    seen.push(...page.changes);
    next = page.next;
  }
  assert.deepEqual(seen, all.changes);
  const first = JSON.parse((await fixture.ask('/api/v1/domains?limit=1')).text);
  assert.deepEqual(first, { domains: [{ name: 'api.example.com', service: 'api' }], next: 'api.example.com' });
  const second = JSON.parse((await fixture.ask('/api/v1/domains?limit=1&after=api.example.com')).text);
  assert.deepEqual(second, { domains: [{ name: 'docs.example.com', service: 'docs' }], next: null });
});

test('vantages are shown as they were told', async () => {
  const vantages = [{ name: 'paris', url: 'http://127.0.0.1:1', pop: 'fra', asPath: [1, 2], roundTripMs: 3.5 }];
  assert.equal((await fixture.json('/api/v1/vantages', 'PUT', vantages)).status, 200);
  assert.deepEqual(JSON.parse((await fixture.ask('/api/v1/status')).text).vantages, vantages);
  assert.equal((await fixture.json('/api/v1/vantages', 'PUT', [])).status, 200);
});

test('every route is in the OpenAPI document, and answers as it says there', async () => {
  const routes = apiRoutes('0.0.0');
  const document = JSON.parse((await fixture.ask('/api/v1/openapi.json')).text);
  const operations = Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(operations.sort(), routes.map((row: Route) => `${row.method} ${row.path}`).sort());
  for (const row of routes.filter(({ method, access }) => method === 'GET' && access !== 'agent')) {
    const path = row.path.replace('{name}', 'fra');
    if (row.answers[503] !== undefined) {
      const query = path.endsWith('/explain') ? '?prefix=192.0.2.0/24' : '';
      assertProblem(await fixture.ask(`${path}${query}`), 503, 'control.agent-away', path);
      continue;
    }
    const answer = await fixture.ask(path);
    assert.equal(answer.status, 200, path);
    row.answers[200]?.schema?.parse(JSON.parse(answer.text));
    assert.equal((await fixture.ask(path, { method: 'HEAD' })).status, 200, path);
  }
});

test('metrics tell the phase of each PoP', async () => {
  await fixture.report({ pop: 'fra' });
  const { text, headers } = await fixture.ask('/metrics');
  assert.match(headers['content-type'] ?? '', /^text\/plain/);
  assert.match(text, /nearcast_control_pop_phase\{pop="fra",phase="announcing"\} 1/);
  assert.match(text, /nearcast_control_pop_phase\{pop="fra",phase="down"\} 0/);
});

test('with an administrator’s token, its routes need it, and no token is ever told', async () => {
  const guarded = new ControlFixture();
  const tokenFile = join(guarded.directory, 'admin.token');
  const token = 'correct-horse-battery-staple';
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const logFile = join(guarded.directory, 'log');
  try {
    await guarded.start({ apiHost: '0.0.0.0', apiTokenFile: tokenFile, logger: createLogger('test', logFile) });
    const said: string[] = [];
    const ask = async (path: string, headers: Record<string, string>): Promise<Answer> => {
      const answer = await guarded.ask(path, { headers: { host: '127.0.0.1', ...headers } });
      said.push(answer.text);
      return answer;
    };
    for (const path of ['/api/v1/status', '/api/v1/pops', '/api/v1/changes', '/metrics', '/api/v1/services']) {
      assertProblem(await ask(path, {}), 401, 'control.unauthorized', path);
      assertProblem(await ask(path, { authorization: 'Bearer wrong-token-wrong-token' }), 401, 'control.unauthorized');
      assertProblem(await ask(path, guarded.authorization('fra')), 401, 'control.unauthorized', 'an agent’s token');
      assert.equal((await ask(path, { authorization: `Bearer ${token}` })).status, 200, path);
    }
    assert.equal((await ask('/healthz', {})).status, 200);
    const admin = await ask(`/api/v1/agent/blobs/${'0'.repeat(64)}`, { authorization: `Bearer ${token}` });
    assertProblem(admin, 401, 'control.unauthorized', 'the administrator is no agent');
    const log = await waitFor('the log', () => readFileSync(logFile, 'utf8'));
    for (const secret of [token, guarded.token('fra'), guarded.token('sin')]) {
      assert.ok(!log.includes(secret), 'the log');
      assert.ok(!said.join().includes(secret), 'the API');
    }
  } finally {
    await guarded.end();
  }
});
