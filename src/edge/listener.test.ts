import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { ask, exchangeRaw, parseAnswer, rawClient, startOrigin, startTestEdge } from '../testing/edge.ts';
import { waitFor } from '../testing/wait.ts';
import type { EdgeLimits } from './limits.ts';

/** An edge with one web service whose origin server answers what it got. */
async function echoEdge(context: TestContext, limits: Partial<EdgeLimits> = {}) {
  const seen: string[] = [];
  const url = await startOrigin(context, (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => response.end(`${request.method} ${request.url} ${Buffer.concat(chunks)}`));
    request.on('error', () => {});
  });
  const edge = await startTestEdge(
    context,
    {
      services: { api: { kind: 'web', originServers: [{ url, region: 'here' }] } },
      domains: { 'api.example': 'api' },
    },
    { limits },
  );
  return { ...edge, seen };
}

describe('what a client may send', () => {
  const refused: [string, string, number][] = [
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: api.example\r\nHost: b\r\n\r\n', 400],
    ['a bad Host', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
    ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 400],
    ['garbage', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n', 400],
    ['no HTTP', 'hello there\r\n\r\n', 400],
    ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    [
      'length and coding',
      'POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'coding and length',
      'POST / HTTP/1.1\r\nHost: api.example\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello', 400],
    [
      'two equal lengths',
      'POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello',
      400,
    ],
    ['a length with a plus', 'POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: +5\r\n\r\nhello', 400],
    ['a space before the colon', 'POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length : 5\r\n\r\nhello', 400],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: api.example\r\nX-A: b\r\n c\r\n\r\n', 400],
    ['a folded coding', 'POST / HTTP/1.1\r\nHost: api.example\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n', 400],
    ['an odd coding', 'POST / HTTP/1.1\r\nHost: api.example\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n', 501],
    [
      'chunked not last',
      'POST / HTTP/1.1\r\nHost: api.example\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a line feed alone', 'GET / HTTP/1.1\nHost: api.example\n\n', 400],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: api.example\r\nX: a\x00b\r\n\r\n', 400],
    ['a control character in the path', 'GET /\x01 HTTP/1.1\r\nHost: api.example\r\n\r\n', 400],
    ['asterisk form', 'OPTIONS * HTTP/1.1\r\nHost: api.example\r\n\r\n', 400],
    ['CONNECT', 'CONNECT api.example:443 HTTP/1.1\r\nHost: api.example\r\n\r\n', 405],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n\r\n', 405],
    ['a long target', `GET /${'a'.repeat(3000)} HTTP/1.1\r\nHost: api.example\r\n\r\n`, 414],
    ['long headers', `GET / HTTP/1.1\r\nHost: api.example\r\nX: ${'a'.repeat(9000)}\r\n\r\n`, 431],
    ['a declared body too long', 'POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: 5001\r\n\r\n', 413],
    [
      'an expectation nobody knows',
      'GET / HTTP/1.1\r\nHost: api.example\r\nExpect: magic\r\nConnection: close\r\n\r\n',
      417,
    ],
  ];
  for (const [what, text, status] of refused) {
    it(`${what}: ${status}, and the connection ends`, async (t) => {
      const { port, seen } = await echoEdge(t, { headerBytes: 8192, targetBytes: 2048, bodyBytes: 5000, lingerMs: 50 });
      const answer = parseAnswer(await exchangeRaw(t, port, text));
      assert.equal(answer.status, status);
      assert.equal(answer.headers.connection, 'close');
      assert.deepEqual(seen, []);
    });
  }

  it('answers absolute form by the URL’s host, and sends the path on', async (t) => {
    const { port, seen } = await echoEdge(t);
    const text = 'GET http://API.example/x?y HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n';
    assert.equal(parseAnswer(await exchangeRaw(t, port, text)).status, 200);
    assert.deepEqual(seen, ['GET /x?y']);
  });

  it('answers pipelined requests in order', async (t) => {
    const { port } = await echoEdge(t);
    const one = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: api.example\r\n${more}\r\n`;
    const text = await exchangeRaw(t, port, one('/1') + one('/2') + one('/3', 'Connection: close\r\n'));
    assert.deepEqual(
      [...text.matchAll(/GET \/(\d)/g)].map((match) => match[1]),
      ['1', '2', '3'],
    );
  });

  it('answers the good request before garbage on the same connection, and nothing after it', async (t) => {
    const { port } = await echoEdge(t, { lingerMs: 50 });
    const text = await exchangeRaw(
      t,
      port,
      'GET /1 HTTP/1.1\r\nHost: api.example\r\n\r\nGARBAGE\r\n\r\nGET /2 HTTP/1.1\r\n',
    );
    assert.equal(text.match(/HTTP\/1\.1 200/g)?.length ?? 0, 1);
    assert.ok(!text.includes('/2'));
  });

  it('serves HTTP/1.0, with a body that ends with the connection', async (t) => {
    const { port } = await echoEdge(t);
    const text = await exchangeRaw(t, port, 'GET /old HTTP/1.0\r\nHost: api.example\r\n\r\n');
    assert.match(text, /^HTTP\/1\.1 200/);
    assert.ok(text.endsWith('GET /old '));
  });

  it('tells 100 Continue only when the body is wanted', async (t) => {
    const { port } = await echoEdge(t, { bodyBytes: 1000 });
    const client = rawClient(
      t,
      port,
      'POST /c HTTP/1.1\r\nHost: api.example\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n',
    );
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.socket.write('hello');
    assert.match(await client.closed, /POST \/c hello/);
    const refusedText = await exchangeRaw(
      t,
      port,
      'POST / HTTP/1.1\r\nHost: api.example\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n',
    );
    assert.match(refusedText, /^HTTP\/1\.1 413/);
  });

  it('refuses a chunked body once it is too long', async (t) => {
    const { port } = await echoEdge(t, { bodyBytes: 1000, lingerMs: 50 });
    const chunk = `200\r\n${'x'.repeat(512)}\r\n`;
    const text = await exchangeRaw(
      t,
      port,
      `POST / HTTP/1.1\r\nHost: api.example\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(4)}0\r\n\r\n`,
    );
    assert.equal(parseAnswer(text).status, 413);
  });

  it('answers 400 to a body whose chunks are no chunks', async (t) => {
    const { port, edge } = await echoEdge(t, { lingerMs: 50 });
    const text = await exchangeRaw(
      t,
      port,
      'POST / HTTP/1.1\r\nHost: api.example\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    );
    assert.ok(text === '' || text.startsWith('HTTP/1.1 400'), text);
    await waitFor('the exchange is over', () => edge.status().activeRequests === 0);
  });

  it('answers 408 to headers that never end', async (t) => {
    const { port } = await echoEdge(t, { headersMs: 200 });
    const client = rawClient(t, port, 'GET / HTTP/1.1\r\nHost: api.example\r\n');
    assert.equal(parseAnswer(await client.closed).status, 408);
  });

  it('closes a connection that says nothing', async (t) => {
    const { port } = await echoEdge(t, { headersMs: 200 });
    await rawClient(t, port).closed;
  });

  it('answers 408 to a body that stops, or drips', async (t) => {
    const { port } = await echoEdge(t, { bodyIdleMs: 100, bodyGraceMs: 100, bodyBytesPerSecond: 1000, lingerMs: 50 });
    const head = 'POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: 500\r\n\r\n';
    assert.equal(parseAnswer(await rawClient(t, port, `${head}abc`).closed).status, 408);
    const dripping = rawClient(t, port, head);
    const timer = setInterval(() => dripping.socket.write('x'), 20);
    t.after(() => clearInterval(timer));
    assert.equal(parseAnswer(await dripping.closed).status, 408);
  });

  it('closes idle connections, and tells before when', async (t) => {
    const { port } = await echoEdge(t, { keepAliveMs: 1000 });
    const client = rawClient(t, port, 'GET /1 HTTP/1.1\r\nHost: api.example\r\n\r\n');
    await client.until(/GET \/1/);
    assert.match(client.received(), /Keep-Alive: timeout=1/);
    await client.closed;
  });

  it('closes a connection after its last request', async (t) => {
    const { port } = await echoEdge(t, { requestsPerConnection: 2 });
    const one = 'GET / HTTP/1.1\r\nHost: api.example\r\n\r\n';
    const client = rawClient(t, port, one);
    await client.until(/GET \//);
    client.socket.write(one);
    assert.match(await client.closed, /Connection: close/);
  });

  it('takes no more connections than its limit', async (t) => {
    const { port, edge } = await echoEdge(t, { connections: 2 });
    const clients = [rawClient(t, port), rawClient(t, port)];
    await waitFor('two connections', () => edge.status().openConnections === 2);
    await rawClient(t, port).closed;
    clients[0]?.socket.destroy();
    await waitFor('room again', () => edge.status().openConnections === 1);
    assert.equal((await ask(t, port, { host: 'api.example' })).status, 200);
  });

  it('survives clients that reset at any moment', async (t) => {
    const { port, edge } = await echoEdge(t);
    const text = 'POST /r HTTP/1.1\r\nHost: api.example\r\nContent-Length: 5\r\n\r\nhello';
    for (let length = 0; length <= text.length; length += 3) {
      const socket = createConnection({ host: '127.0.0.1', port });
      socket.on('error', () => {});
      socket.write(text.slice(0, length), () => socket.resetAndDestroy());
    }
    await waitFor('all gone', () => edge.status().openConnections === 0 && edge.status().activeRequests === 0);
    assert.equal((await ask(t, port, { host: 'api.example' })).status, 200);
  });
});

describe('what every answer carries', () => {
  it('request id and PoP, in pages of the edge as in answers of origin servers', async (t) => {
    const { port, entries } = await echoEdge(t);
    for (const host of ['api.example', 'nobody.example']) {
      const { headers } = await ask(t, port, { host });
      assert.equal(headers['x-nearcast-pop'], 'fra');
      assert.equal(headers['x-request-id'], entries.at(-1)?.id);
    }
  });

  it('keeps a sane request id of the client, and no other', async (t) => {
    const { port } = await echoEdge(t);
    const idFor = async (sent: string) =>
      (await ask(t, port, { host: 'api.example', headers: { 'X-Request-Id': sent } })).headers['x-request-id'];
    assert.equal(await idFor('5f3c-trace-001'), '5f3c-trace-001');
    for (const insane of ['short', 'has space in it', '"quoted-id-1234"', 'x'.repeat(129)]) {
      assert.notEqual(await idFor(insane), insane);
    }
  });

  it('an unknown host gets 421 and a page that helps, as HTML to a browser', async (t) => {
    const { port } = await echoEdge(t);
    const plain = await ask(t, port, { host: 'nobody.example' });
    assert.equal(plain.status, 421);
    assert.match(plain.headers['content-type'] ?? '', /^text\/plain/);
    const html = await ask(t, port, { host: 'nobody.example', headers: { Accept: 'text/html,*/*' } });
    assert.match(html.headers['content-type'] ?? '', /^text\/html/);
    assert.ok(html.body.toString().includes(html.headers['x-request-id'] ?? '?'));
  });

  it('finds a host in any spelling', async (t) => {
    const { port } = await echoEdge(t);
    for (const host of ['API.Example', 'api.example.', 'api.example:8080', 'Api.Example.:80']) {
      assert.equal((await ask(t, port, { host })).status, 200, host);
    }
  });

  it('answers health on its own host only, and counts it nowhere', async (t) => {
    const { port, edge, entries } = await echoEdge(t);
    const good = await ask(t, port, { host: 'edge.nearcast.invalid', path: '/healthz' });
    assert.equal(good.status, 200);
    const told = JSON.parse(good.body.toString());
    assert.equal(told.pop, 'fra');
    assert.equal(told.configSha256, edge.status().configSha256);
    assert.equal((await ask(t, port, { host: 'edge.nearcast.invalid', path: '/other' })).status, 404);
    assert.equal(edge.status().requestsTotal, 0);
    assert.equal(edge.status().connectionsTotal, 0);
    assert.deepEqual(entries, []);
    assert.match((await ask(t, port, { host: 'api.example', path: '/healthz' })).body.toString(), /GET \/healthz/);
    assert.equal(edge.status().requestsTotal, 1);
    assert.equal(edge.status().connectionsTotal, 1);
  });
});
