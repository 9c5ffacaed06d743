import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, test } from 'node:test';
import { exitCode } from '../base/exit-codes.ts';
import { ProblemError } from '../base/problem.ts';
import { problemDetails } from '../control/api/api-problem.ts';
import { popListSchema } from '../control/api/schemas.ts';
import { apiClient } from './client.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

async function fails(ask: () => Promise<unknown>, code: string, exit: number): Promise<void> {
  const error = await ask().then(
    () => assert.fail(`${code}: it went through`),
    (error: unknown) => error,
  );
  assert.ok(error instanceof ProblemError, String(error));
  assert.deepEqual([error.problems[0]?.code, error.exitCode], [code, exit]);
}
const pops = (api: string) => apiClient({ api }).get('/api/v1/pops', popListSchema);

test('an answer that fits the schema comes through', async () => {
  const api = await listen((request, response) => {
    assert.equal(request.url, '/api/v1/pops');
    response.end('{"pops":[]}');
  });
  assert.deepEqual(await pops(`${api}/`), { pops: [] });
});

test('each failure has its code and its exit code', async () => {
  const refusal = [{ code: 'control.last-announcing-pop', severity: 'error', what: 'no', fix: 'yes' }] as const;
  const api = await listen((request, response) => {
    const status = Number(request.url?.split('/').at(-1));
    response.writeHead(status).end(JSON.stringify(problemDetails(status, refusal)));
  });
  for (const [status, exit] of [
    [409, exitCode.refused],
    [404, exitCode.invalidInput],
    [400, exitCode.invalidInput],
    [401, exitCode.failure],
    [500, exitCode.failure],
  ] as const) {
    const ask = () => apiClient({ api }).get(`/${status}`, popListSchema);
    await fails(ask, 'control.last-announcing-pop', exit);
  }
});

test('what is no control is told from a control that is away', async () => {
  for (const body of ['', '<html>', '{}', '{"pops":5}']) {
    const api = await listen((_, response) => response.end(body));
    await fails(() => pops(api), 'cli.not-control', exitCode.unreachable);
  }
  const error = await listen((_, response) => response.writeHead(502).end('<h1>Bad Gateway</h1>'));
  await fails(() => pops(error), 'cli.not-control', exitCode.unreachable);
  const broken = await listen((request) => request.socket.destroy());
  await fails(() => pops(broken), 'cli.control-away', exitCode.unreachable);
  const redirect = await listen((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());
  await fails(() => pops(redirect), 'cli.control-away', exitCode.unreachable);
  await fails(() => pops('http://127.0.0.1:1'), 'cli.control-away', exitCode.unreachable);
});

test('a wrong address or token file is a mistake of usage', async () => {
  for (const api of ['', 'localhost:7480', 'ftp://x', '7480']) {
    await fails(async () => apiClient({ api }), 'cli.api-url', exitCode.usage);
  }
  const tokenFile = '/nonexistent/token';
  await fails(async () => apiClient({ api: 'http://127.0.0.1:1', tokenFile }), 'cli.token-file', exitCode.usage);
});
