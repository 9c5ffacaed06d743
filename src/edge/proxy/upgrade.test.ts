import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import {
  exchangeRaw,
  parseAnswer,
  rawClient,
  refusingOrigin,
  startHeadOrigin,
  startOrigin,
  startProxyEdge,
} from '../../testing/edge.ts';
import { waitFor } from '../../testing/wait.ts';

const host = 'api.example';
const good = (context: TestContext) => startOrigin(context, (_request, response) => response.end('good'));

describe('WebSocket', () => {
  const ask101 = `GET /chat HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`;
  const echo = (t: TestContext, heads: string[] = []) =>
    startHeadOrigin(t, (socket, head) => {
      heads.push(head);
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nhello',
      );
      socket.pipe(socket);
    });

  it('switches, and carries bytes both ways untouched', async (t) => {
    const heads: string[] = [];
    const { port, edge, entries } = await startProxyEdge(t, [await echo(t, heads)]);
    const client = rawClient(t, port, `${ask101}early`);
    const text = await client.until(/helloearly$/);
    assert.match(text, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
    assert.match(text, /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i);
    assert.match(text, /x-nearcast-pop: fra/);
    assert.match(heads[0] ?? '', /sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==/i);
    assert.match(heads[0] ?? '', /x-forwarded-for: 127\.0\.0\.1/);
    client.socket.write('\x00\xff\x81done', 'latin1');
    assert.ok((await client.until(/done$/)).endsWith('\x00\xff\x81done'));
    assert.equal(edge.status().activeRequests, 1);
    client.socket.destroy();
    await waitFor('the exchange is over', () => edge.status().activeRequests === 0);
    assert.equal(entries[0]?.status, 101);
    assert.equal(entries[0]?.failure, '');
  });

  it('passes a large message on in spite of a slow reader', async (t) => {
    const { port } = await startProxyEdge(t, [await echo(t)]);
    const client = rawClient(t, port, ask101);
    await client.until(/hello$/);
    const message = 'm'.repeat(2_000_000);
    client.socket.write(message);
    await client.until(/hellom{2000000}$/);
  });

  it('passes an origin server’s refusal on', async (t) => {
    const url = await startOrigin(t, (_request, response) => response.writeHead(426).end('not here'));
    const { port } = await startProxyEdge(t, [url]);
    const answer = parseAnswer(await exchangeRaw(t, port, ask101));
    assert.equal(answer.status, 426);
    assert.equal(answer.body.toString(), 'not here');
  });

  it('fails over, and answers 502 where nobody is there', async (t) => {
    const { port } = await startProxyEdge(t, [await refusingOrigin(), await echo(t)]);
    await rawClient(t, port, ask101).until(/hello$/);
    const none = await startProxyEdge(t, [await refusingOrigin()]);
    assert.equal(parseAnswer(await exchangeRaw(t, none.port, ask101)).status, 502);
  });

  it('ends with the origin server', async (t) => {
    const url = await startHeadOrigin(t, (socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nbye');
    });
    const { port } = await startProxyEdge(t, [url]);
    assert.match(await rawClient(t, port, ask101).closed, /bye$/);
  });

  it('ignores an offer of anything else', async (t) => {
    const { port } = await startProxyEdge(t, [await good(t)]);
    const h2c = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`;
    assert.equal(parseAnswer(await exchangeRaw(t, port, h2c)).body.toString(), 'good');
  });
});
