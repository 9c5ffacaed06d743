import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import {
  ask,
  exchangeRaw,
  parseAnswer,
  rawClient,
  startOrigin,
  startProxyEdge,
  startRawOrigin,
} from '../../testing/edge.ts';
import { waitFor } from '../../testing/wait.ts';

const host = 'api.example';
const whole = (body: string, fields = '') =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`;

interface Conversation {
  readonly url: string;
  /** What each connection sent, as Latin-1. */
  readonly received: string[];
  readonly sockets: Socket[];
}

/** An origin server that answers each request head on a connection by `answer`. */
async function converse(
  t: TestContext,
  answer: (socket: Socket, connection: number, request: number) => void,
): Promise<Conversation> {
  const received: string[] = [];
  const sockets: Socket[] = [];
  const url = await startRawOrigin(t, (socket) => {
    const connection = received.push('') - 1;
    sockets.push(socket);
    let requests = 0;
    socket.on('data', (chunk) => {
      received[connection] += chunk.toString('latin1');
      if (chunk.includes('HTTP/1.1\r\n')) answer(socket, connection, requests++);
    });
  });
  return { url, received, sockets };
}

describe('connections to origin servers', () => {
  it('are used again, one request after another', async (t) => {
    const { url, received } = await converse(t, (socket, connection, request) =>
      socket.write(whole(`${connection}/${request}`)),
    );
    const { port } = await startProxyEdge(t, [url]);
    for (const body of ['0/0', '0/1', '0/2']) assert.equal((await ask(t, port, { host })).body.toString(), body);
    assert.equal(received.length, 1);
  });

  it('end with bytes that nobody asked for, which never become another request’s answer', async (t) => {
    const evil = whole('evil');
    const cases: [string, (socket: Socket) => void][] = [
      ['in one piece with the answer', (socket) => socket.write(whole('good') + evil)],
      ['after the answer', (socket) => socket.write(whole('good'), () => setImmediate(() => socket.write(evil)))],
      ['as a body of a 204', (socket) => socket.write('HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil')],
    ];
    for (const [what, act] of cases) {
      const { url, sockets } = await converse(t, act);
      const { port } = await startProxyEdge(t, [url]);
      for (let i = 0; i < 3; i++) {
        assert.notEqual((await ask(t, port, { host })).body.toString(), 'evil', what);
        await waitFor(`the connection ends: ${what}`, () => sockets.at(-1)?.destroyed === true);
      }
      assert.equal(sockets.length, 3, what);
    }
  });

  it('end after a HEAD, whose answer may come with a body all the same', async (t) => {
    const { url, received } = await converse(t, (socket, connection) => socket.write(whole(`from ${connection}`)));
    const { port } = await startProxyEdge(t, [url]);
    assert.equal((await ask(t, port, { host, method: 'HEAD' })).status, 200);
    assert.equal((await ask(t, port, { host })).body.toString(), 'from 1');
    assert.equal(received.length, 2);
  });

  it('end where the origin server says so, or keeps them no longer', async (t) => {
    for (const field of ['Connection: close\r\n', 'Keep-Alive: timeout=1\r\n']) {
      const { url, received } = await converse(t, (socket) => socket.write(whole('ok', field)));
      const { port } = await startProxyEdge(t, [url]);
      for (let i = 0; i < 3; i++) assert.equal((await ask(t, port, { host })).status, 200);
      assert.equal(received.length, 3, field);
    }
  });

  it('reach a name whose first address refuses', async (t) => {
    const { url } = await converse(t, (socket) => socket.write(whole('ok')));
    // ::1 comes first where the machine has it; the origin server listens on 127.0.0.1 alone.
    const { port } = await startProxyEdge(t, [url.replace('127.0.0.1', 'localhost')]);
    for (let i = 0; i < 2; i++) assert.equal((await ask(t, port, { host })).body.toString(), 'ok');
  });

  it('end when they are idle for too long', async (t) => {
    const { url, sockets } = await converse(t, (socket) => socket.write(whole('ok')));
    const { port } = await startProxyEdge(t, [url], { limits: { originKeepAliveMs: 100 } });
    await ask(t, port, { host });
    await waitFor('the idle connection ends', () => sockets[0]?.destroyed === true);
  });

  it('are made anew after all of them have ended', async (t) => {
    const waiting: Socket[] = [];
    const { url, sockets } = await converse(t, (socket) => {
      waiting.push(socket);
      // The first eight are answered when all are there, so that each needs a connection of its own.
      if (waiting.length === 8) for (const one of waiting) one.write(whole('ok'));
      else if (waiting.length > 8) socket.write(whole('ok'));
    });
    const { port, entries } = await startProxyEdge(t, [url]);
    await Promise.all(Array.from({ length: 8 }, () => ask(t, port, { host })));
    assert.equal(sockets.length, 8);
    for (const socket of sockets) socket.destroy();
    for (let i = 0; i < 8; i++) assert.equal((await ask(t, port, { host })).status, 200);
    assert.ok(entries.every(({ failure }) => failure === ''));
  });

  it('go on after a pause for a client that reads slowly', async (t) => {
    const body = 'x'.repeat(8_000_000);
    const { url, received } = await converse(t, (socket) => socket.write(whole(body)));
    const { port } = await startProxyEdge(t, [url]);
    const client = rawClient(t, port, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    client.socket.pause();
    await waitFor('the request arrives', () => received.length === 1);
    client.socket.resume();
    await waitFor('all of it comes', () => client.received().length > body.length);
    assert.equal((await ask(t, port, { host })).body.length, body.length);
    assert.equal(received.length, 1);
  });
});

describe('answers in every framing', () => {
  const cases: [string, string, string][] = [
    [
      'chunks with a trailer',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nX: y\r\n\r\n',
      'abc',
    ],
    ['an end by the connection', 'HTTP/1.1 200 OK\r\n\r\nabc', 'abc'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nabc', 'abc'],
    ['interim answers', `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${whole('abc')}`, 'abc'],
  ];
  for (const [what, text, body] of cases) {
    it(`come through: ${what}, byte by byte too`, async (t) => {
      const url = await startRawOrigin(t, (socket) => {
        socket.setNoDelay(true);
        socket.on('data', () => {
          const slowly = (at: number) => {
            if (at === text.length) socket.end();
            else socket.write(text.charAt(at), () => setImmediate(slowly, at + 1));
          };
          slowly(0);
        });
      });
      const fast = await startRawOrigin(t, (socket) => socket.on('data', () => socket.end(text)));
      for (const one of [url, fast]) {
        const { port } = await startProxyEdge(t, [one]);
        const answer = await ask(t, port, { host });
        assert.equal(answer.status, 200);
        assert.equal(answer.body.toString(), body);
        assert.equal(answer.headers.x, undefined);
      }
    });
  }

  it('a 204 goes out without a length', async (t) => {
    const { url } = await converse(t, (socket) => socket.write('HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n'));
    const { port } = await startProxyEdge(t, [url]);
    const answer = await ask(t, port, { host });
    assert.equal(answer.status, 204);
    assert.equal(answer.headers['content-length'], undefined);
  });
});

describe('requests in every framing', () => {
  async function sentFor(t: TestContext, text: string): Promise<string> {
    let received = '';
    const url = await startRawOrigin(t, (socket) => {
      socket.on('data', (chunk) => {
        const before = isWhole(received);
        received += chunk.toString('latin1');
        if (!before && isWhole(received)) socket.write(whole('ok'));
      });
    });
    const { port } = await startProxyEdge(t, [url]);
    assert.equal(parseAnswer(await exchangeRaw(t, port, text)).status, 200);
    return received;
  }
  /** Whether a request has come with all of its body. */
  function isWhole(text: string): boolean {
    const [head, body] = [text.split('\r\n\r\n', 1)[0] as string, text.slice(text.indexOf('\r\n\r\n') + 4)];
    if (head.length === text.length) return false;
    if (/\r\ntransfer-encoding: chunked/i.test(head)) return /(^|\r\n)0\r\n(.*\r\n)*\r\n$/.test(body);
    return body.length >= Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  }
  const head = (line: string, fields = '') => `${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${fields}\r\n`;

  it('a length stays a length', async (t) => {
    const sent = await sentFor(t, `${head('POST /', 'Content-Length: 3\r\n')}abc`);
    assert.match(sent, /\r\ncontent-length: 3\r\n/i);
    assert.doesNotMatch(sent, /transfer-encoding/i);
    assert.ok(sent.endsWith('\r\n\r\nabc'));
  });

  it('chunks stay chunks', async (t) => {
    const sent = await sentFor(
      t,
      `${head('POST /', 'Transfer-Encoding: chunked\r\n')}3;x=y\r\nabc\r\n0\r\nX: y\r\n\r\n`,
    );
    assert.match(sent, /\r\ntransfer-encoding: chunked\r\n/i);
    assert.doesNotMatch(sent, /content-length/i);
    assert.ok(sent.endsWith('\r\n\r\n3\r\nabc\r\n0\r\n\r\n'), JSON.stringify(sent));
  });

  it('a POST without a body says so, and a GET says nothing', async (t) => {
    assert.match(await sentFor(t, head('POST /')), /\r\ncontent-length: 0\r\n/i);
    assert.doesNotMatch(await sentFor(t, head('GET /')), /content-length|transfer-encoding/i);
    assert.match(await sentFor(t, head('GET /')), /\r\nconnection: keep-alive\r\n\r\n$/i);
  });

  it('a body that breaks off ends the origin server’s connection, and is not blamed on it', async (t) => {
    const { url, sockets } = await converse(t, () => {});
    const { port, entries } = await startProxyEdge(t, [url]);
    const client = rawClient(t, port, `${head('POST /', 'Content-Length: 1000\r\n')}abc`);
    await waitFor('it arrives', () => sockets.length === 1);
    client.socket.destroy();
    await waitFor('the origin server knows', () => sockets[0]?.destroyed === true);
    await waitFor('the log', () => entries.length > 0);
    assert.doesNotMatch(entries[0]?.failure ?? '', /origin/);
  });

  it('an answer before the body’s end ends the connection', async (t) => {
    const url = await startOrigin(t, (request, response) => {
      if (request.method === 'POST') response.writeHead(403).end('no');
      else response.end(String(request.socket.remotePort));
    });
    const { port } = await startProxyEdge(t, [url], { limits: { lingerMs: 50 } });
    const first = (await ask(t, port, { host })).body.toString();
    const client = rawClient(t, port, `${head('POST /', 'Content-Length: 1000\r\n')}abc`);
    assert.match(await client.closed, /^HTTP\/1\.1 403/);
    assert.notEqual((await ask(t, port, { host })).body.toString(), first);
  });
});
