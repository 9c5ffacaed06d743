import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import {
  ask,
  exchangeRaw,
  parseAnswer,
  rawClient,
  refusingOrigin,
  startHeadOrigin,
  startOrigin,
  startProxyEdge,
  startRawOrigin,
  startTestEdge,
} from '../../testing/edge.ts';
import { waitFor } from '../../testing/wait.ts';
import { defaultHealthRules } from './health.ts';

const host = 'api.example';
const good = (context: TestContext, name = 'good') =>
  startOrigin(context, (request, response) => {
    request.resume();
    request.on('end', () => response.end(name));
  });

describe('headers through the proxy', () => {
  it('gives the origin server what it expects, and nothing that the client made up', async (t) => {
    let seen: IncomingMessage | undefined;
    const url = await startOrigin(t, (request, response) => {
      seen = request;
      response.setHeader('X-Request-Id', 'origin-made-this');
      response.setHeader('X-Nearcast-Pop', 'origin-made-this');
      response.setHeader('Keep-Alive', 'timeout=99');
      response.setHeader('X-Inner', 'secret');
      response.setHeader('Connection', 'X-Inner');
      response.setHeader('Set-Cookie', ['a=1', 'b=2']);
      response.end('ok');
    });
    const { port } = await startProxyEdge(t, [url]);
    const text = await exchangeRaw(
      t,
      port,
      [
        'GET /path?q=1 HTTP/1.1',
        'Host: API.example:8080',
        'Connection: close, X-Hop',
        'X-Hop: 1',
        'X-End: 2',
        'Keep-Alive: 5',
        'Proxy-Authorization: Basic eDp5',
        'Proxy: evil:80',
        'TE: trailers',
        'X-Forwarded-For: 1.2.3.4',
        'X_Forwarded_For: 1.2.3.4',
        'Forwarded: for=1.2.3.4',
        'X-Real-IP: 1.2.3.4',
        'X-Forwarded-Proto: https',
        'Via: 1.0 fred',
        'Cookie: c=1',
        '',
        '',
      ].join('\r\n'),
    );
    const headers = seen?.headers ?? {};
    assert.equal(seen?.url, '/path?q=1');
    assert.equal(headers.host, 'API.example:8080');
    assert.equal(headers['x-forwarded-for'], '127.0.0.1');
    assert.equal(headers['x-forwarded-proto'], 'http');
    assert.equal(headers['x-forwarded-host'], 'API.example:8080');
    assert.equal(headers.forwarded, 'for=127.0.0.1;host="API.example:8080";proto=http');
    assert.equal(headers.via, '1.0 fred, 1.1 nearcast');
    assert.equal(headers['x-end'], '2');
    assert.equal(headers.cookie, 'c=1');
    for (const gone of ['x-hop', 'keep-alive', 'proxy-authorization', 'proxy', 'te', 'x_forwarded_for', 'x-real-ip']) {
      assert.equal(headers[gone], undefined, gone);
    }
    const answer = parseAnswer(text);
    assert.equal(headers['x-request-id'], answer.headers['x-request-id']);
    assert.equal(answer.headers['x-nearcast-pop'], 'fra');
    assert.equal(answer.headers.via, '1.1 nearcast');
    assert.equal(answer.headers['x-inner'], undefined);
    assert.doesNotMatch(text, /origin-made-this|timeout=99/);
    assert.deepEqual(
      [...text.matchAll(/Set-Cookie: (.*)\r/gi)].map((match) => match[1]),
      ['a=1', 'b=2'],
    );
    assert.equal(text.match(/^date:/gim)?.length, 1);
  });

  it('puts the URL’s path before the request’s', async (t) => {
    const url = await startOrigin(t, (request, response) => response.end(request.url));
    const { port } = await startProxyEdge(t, [`${url}/base/`]);
    assert.equal((await ask(t, port, { host, path: '/x?y' })).body.toString(), '/base/x?y');
  });

  it('breaks a loop: an origin server that is this network itself', async (t) => {
    const first = await startProxyEdge(t, [await good(t)]);
    await first.reconfigure({
      services: { api: { kind: 'web', originServers: [{ url: `http://127.0.0.1:${first.port}`, region: 'me' }] } },
    });
    assert.equal((await ask(t, first.port, { host })).status, 508);
    assert.ok(first.edge.status().requestsTotal < 10);
  });
});

describe('streaming', () => {
  it('carries large bodies both ways unchanged', async (t) => {
    const body = Buffer.alloc(3_000_000);
    for (let i = 0; i < body.length; i++) body[i] = (i * 31) & 0xff;
    const digest = createHash('sha256').update(body).digest('hex');
    const url = await startOrigin(t, (request, response) => {
      response.setHeader('x-length', request.headers['content-length'] ?? 'chunked');
      request.pipe(response);
    });
    const { port } = await startProxyEdge(t, [url]);
    const withLength = await ask(t, port, { host, method: 'POST', body: body.toString('latin1') });
    assert.equal(createHash('sha256').update(withLength.body).digest('hex'), digest);
    assert.equal(withLength.headers['x-length'], String(body.length));
    const chunked = `POST / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body.toString('latin1')}\r\n0\r\n\r\n`;
    const answer = parseAnswer(await exchangeRaw(t, port, chunked));
    assert.equal(createHash('sha256').update(answer.body).digest('hex'), digest);
    assert.equal(answer.headers['x-length'], 'chunked');
  });

  it('pauses the origin server for a client that does not read, then cuts it off', async (t) => {
    let written = 0;
    let closed = false;
    const url = await startHeadOrigin(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n');
      const chunk = Buffer.alloc(64 * 1024);
      const more = () => {
        while (!socket.destroyed && socket.write(chunk)) written += chunk.length;
      };
      socket.on('drain', more);
      socket.on('close', () => {
        closed = true;
      });
      more();
    });
    const { port, entries } = await startProxyEdge(t, [url], { limits: { slowReaderMs: 300 } });
    const client = rawClient(t, port, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    client.socket.pause();
    await waitFor('the origin server’s connection is closed', () => closed);
    assert.ok(written < 50_000_000, `${written} bytes taken from the origin server`);
    await waitFor('the log', () => entries[0]?.failure === 'slow-reader');
  });

  it('sends events as they come, and the head before the first of them', async (t) => {
    let send = (_text: string) => {};
    const url = await startOrigin(t, (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      send = (text) => response.write(text);
    });
    const { port } = await startProxyEdge(t, [url]);
    const client = rawClient(t, port, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await client.until(/event-stream[\s\S]*\r\n\r\n/);
    for (const event of ['data: one\n\n', 'data: two\n\n']) {
      send(event);
      await client.until(new RegExp(event.trim()));
    }
  });

  it('tells the origin server that the client has gone', async (t) => {
    let gone = false;
    const url = await startOrigin(t, (_request, response) => {
      response.write('first');
      response.on('close', () => {
        gone = true;
      });
    });
    const { port, edge, entries } = await startProxyEdge(t, [url]);
    const client = rawClient(t, port, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await client.until(/first/);
    client.socket.destroy();
    await waitFor('the origin server knows', () => gone);
    await waitFor('the exchange is over', () => edge.status().activeRequests === 0);
    assert.equal(entries[0]?.failure, 'client-gone');
  });

  it('passes on an answer that comes before the body was sent', async (t) => {
    const url = await startOrigin(t, (_request, response) => response.writeHead(403).end('no'));
    const { port } = await startProxyEdge(t, [url], { limits: { lingerMs: 100 } });
    const client = rawClient(t, port, `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100000\r\n\r\nabc`);
    assert.match(await client.until(/\r\nno\r\n/), /^HTTP\/1\.1 403/);
  });

  it('serves HEAD, 204 and 304 without a body, and keeps the connection', async (t) => {
    const url = await startOrigin(t, (request, response) => {
      if (request.url === '/204') response.writeHead(204).end();
      else if (request.url === '/304') response.writeHead(304, { etag: '"x"' }).end();
      else
        response
          .writeHead(200, { 'content-length': 1000 })
          .end(request.method === 'HEAD' ? undefined : 'x'.repeat(1000));
    });
    const { port } = await startProxyEdge(t, [url]);
    const one = (line: string, more = '') => `${line} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
    const text = await exchangeRaw(
      t,
      port,
      one('HEAD /') + one('GET /204') + one('GET /304') + one('GET /', 'Connection: close\r\n'),
    );
    assert.deepEqual(
      [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]),
      ['200', '204', '304', '200'],
    );
    assert.ok(text.endsWith(`\r\n\r\n${'x'.repeat(1000)}`));
  });
});

describe('origin servers that fail', () => {
  const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  const cases: [string, (context: TestContext) => Promise<string>, number, string][] = [
    ['refuses', () => refusingOrigin(), 502, 'origin-refused'],
    ['closes at once', (t) => startRawOrigin(t, (socket) => socket.destroy()), 502, 'origin-closed'],
    ['closes after the request', (t) => startHeadOrigin(t, (socket) => socket.destroy()), 502, 'origin-closed'],
    ['resets', (t) => startHeadOrigin(t, (socket) => socket.resetAndDestroy()), 502, 'origin-closed'],
    [
      'answers garbage',
      (t) => startHeadOrigin(t, (socket) => socket.end('lorem ipsum\r\n\r\n')),
      502,
      'origin-garbage',
    ],
    [
      'answers half a head',
      (t) => startHeadOrigin(t, (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Le')),
      502,
      'origin-closed',
    ],
    [
      'answers two lengths',
      (t) =>
        startHeadOrigin(t, (socket) =>
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk'),
        ),
      502,
      'origin-garbage',
    ],
    [
      'answers length and coding',
      (t) =>
        startHeadOrigin(t, (socket) =>
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
        ),
      502,
      'origin-garbage',
    ],
    [
      'answers a head without end',
      (t) => startHeadOrigin(t, (socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(200_000)}`)),
      502,
      'origin-garbage',
    ],
    [
      'switches protocols unasked',
      (t) =>
        startHeadOrigin(t, (socket) =>
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
        ),
      502,
      'origin-garbage',
    ],
    [
      'answers a NUL in a header',
      (t) =>
        startHeadOrigin(t, (socket) => socket.write('HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 2\r\n\r\nok')),
      502,
      'origin-garbage',
    ],
    ['never answers', (t) => startHeadOrigin(t, () => {}), 504, 'origin-timeout'],
  ];
  for (const [what, start, status, failure] of cases) {
    it(`one that ${what}: ${status} (${failure}), and the edge serves on`, async (t) => {
      const { port, entries, edge } = await startProxyEdge(t, [await start(t)], { limits: { originHeadersMs: 300 } });
      const answer = await ask(t, port, { host });
      assert.equal(answer.status, status);
      assert.equal(entries[0]?.failure, failure);
      assert.doesNotMatch(answer.body.toString(), /127\.0\.0\.1|ECONN|UND_ERR|undici/);
      await waitFor('the exchange is over', () => edge.status().activeRequests === 0);
    });
  }

  const halves: [string, string][] = [
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
    ['nothing but a broken chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['a broken chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n'],
  ];
  for (const [what, text] of halves) {
    it(`half an answer with ${what} is seen as truncated`, async (t) => {
      const { port, entries } = await startProxyEdge(t, [await startHeadOrigin(t, (socket) => socket.end(text))]);
      await assert.rejects(ask(t, port, { host }), /truncated/);
      assert.equal(entries[0]?.status, 200);
      assert.notEqual(entries[0]?.failure, '');
    });
  }

  it('a body that pauses too long is seen as truncated', async (t) => {
    const url = await startHeadOrigin(t, (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'));
    const { port } = await startProxyEdge(t, [url], { limits: { originBodyIdleMs: 300 } });
    await assert.rejects(ask(t, port, { host }), /truncated/);
  });

  it('fails over to the next for a request that may be repeated, whatever the first did', async (t) => {
    for (const [what, start, , failure] of cases) {
      await t.test(what, async (sub) => {
        const urls = [await start(sub), await good(sub)];
        const { port, entries } = await startProxyEdge(sub, urls, { limits: { originHeadersMs: 300 } });
        const answer = await ask(sub, port, { host });
        assert.equal(answer.body.toString(), 'good', failure);
        assert.equal(entries[0]?.originServer, urls[1]);
        assert.equal(entries[0]?.failure, '');
      });
    }
  });

  it('does not repeat a POST that may have arrived', async (t) => {
    let arrived = 0;
    const first = await startHeadOrigin(t, (socket) => {
      arrived++;
      socket.destroy();
    });
    const { port } = await startProxyEdge(t, [first, await good(t)]);
    for (const method of ['POST', 'PATCH']) {
      arrived = 0;
      assert.equal((await ask(t, port, { host, method, body: 'x' })).status, 502);
      assert.equal(arrived, 1);
    }
  });

  it('sends a POST to the next where the first refused the connection, body and all', async (t) => {
    const url = await startOrigin(t, (request, response) => request.pipe(response));
    const { port } = await startProxyEdge(t, [await refusingOrigin(), url]);
    const body = 'x'.repeat(200_000);
    assert.equal((await ask(t, port, { host, method: 'POST', body })).body.toString(), body);
  });

  it('repeats a PUT only while nothing of its body was used up', async (t) => {
    const first = await startRawOrigin(t, (socket) => socket.on('data', () => socket.destroy()));
    const { port } = await startProxyEdge(t, [first, await good(t)]);
    assert.equal((await ask(t, port, { host, method: 'PUT', body: 'x' })).status, 502);
    assert.equal((await ask(t, port, { host, method: 'DELETE' })).status, 200);
  });

  it('asks the same server again where it closed a kept-alive connection just then', async (t) => {
    let connections = 0;
    const url = await startRawOrigin(t, (socket) => {
      connections++;
      let requests = 0;
      socket.on('data', () => {
        // As a server whose idle time ends at the very moment of the next request.
        if (++requests > 1) socket.destroy();
        else socket.write(whole);
      });
    });
    const { port, entries } = await startProxyEdge(t, [url]);
    for (let i = 0; i < 4; i++) assert.equal((await ask(t, port, { host })).status, 200);
    assert.equal(connections, 4);
    assert.ok(entries.every((entry) => entry.failure === ''));
  });

  it('keeps connections to origin servers alive', async (t) => {
    const ports = new Set<number | undefined>();
    const url = await startOrigin(t, (request, response) => {
      ports.add(request.socket.remotePort);
      response.end('ok');
    });
    const { port } = await startProxyEdge(t, [url]);
    for (let i = 0; i < 5; i++) await ask(t, port, { host });
    assert.equal(ports.size, 1);
  });

  it('sets a failing server aside, and comes back to it', async (t) => {
    let well = false;
    let asked = 0;
    const first = await startOrigin(t, (request, response) => {
      asked++;
      if (well) response.end('first');
      else request.socket.destroy();
    });
    const healthRules = { ...defaultHealthRules, failures: 2, firstPauseMs: 300 };
    const { port } = await startProxyEdge(t, [first, await good(t, 'second')], { healthRules });
    for (let i = 0; i < 6; i++) assert.equal((await ask(t, port, { host })).body.toString(), 'second');
    // Two failures, each with its one repetition on a fresh connection; then nothing more.
    assert.equal(asked, 4);
    well = true;
    await waitFor('the first is back', async () => (await ask(t, port, { host })).body.toString() === 'first');
    assert.equal((await ask(t, port, { host })).body.toString(), 'first');
  });

  it('finds out by probes', async (t) => {
    let probes = 0;
    const url = await startOrigin(t, (request, response) => {
      if (request.url !== '/health?deep') return response.end('ok');
      probes++;
      return response.writeHead(503).end();
    });
    const other = await good(t, 'other');
    const { port } = await startTestEdge(
      t,
      {
        services: {
          api: {
            kind: 'web',
            originServers: [
              { url, region: 'a', healthPath: '/health?deep' },
              { url: other, region: 'b' },
            ],
          },
        },
        domains: { [host]: 'api' },
      },
      { healthRules: { ...defaultHealthRules, probeFall: 1 } },
    );
    await waitFor('the other answers', async () => (await ask(t, port, { host })).body.toString() === 'other');
    assert.equal(probes, 1);
  });
});
