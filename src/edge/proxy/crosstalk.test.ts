import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { type Random, seededRandom } from '../../base/random.ts';
import { ask, startProxyEdge, startRawOrigin } from '../../testing/edge.ts';
import { waitFor } from '../../testing/wait.ts';

const host = 'api.example';
const stray = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray';

/** Answers with `body` in some way, and misbehaves in some way. */
function answer(random: Random, socket: Socket, method: string, body: string): void {
  const length = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const half = Math.ceil(body.length / 2);
  const chunks = [body.slice(0, half), body.slice(half)].filter((chunk) => chunk !== '');
  const coded = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks
    .map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    .join('')}0\r\n\r\n`;
  const text = random.below(2) === 0 ? length : coded;
  const cut = random.below(text.length);
  switch (random.below(12)) {
    case 0:
      socket.resetAndDestroy();
      return;
    case 1:
      socket.write(text.slice(0, cut), () => socket.resetAndDestroy());
      return;
    case 2:
      socket.end(text.slice(0, cut));
      return;
    case 3:
      socket.write(text + stray);
      return;
    case 4:
      socket.write(text, () => setImmediate(() => socket.write(stray)));
      return;
    case 5:
      socket.end(`HTTP/1.1 200 OK\r\n\r\n${body}`);
      return;
    case 6:
      socket.end(text);
      return;
    case 7:
      socket.write(`HTTP/1.1 103 Early Hints\r\n\r\n${text}`);
      return;
    case 8:
      socket.write(text.slice(0, cut));
      setImmediate(() => socket.write(text.slice(cut)));
      return;
    default:
      // As all of them do for HEAD: with the body that must not be there.
      socket.write(text);
      if (method === 'HEAD') setImmediate(() => socket.write(stray));
  }
}

describe('an origin server that misbehaves in every way', () => {
  for (const seed of [1, 2, 3]) {
    it(`never makes one request’s answer another’s (seed ${seed})`, async (t) => {
      const random = seededRandom(seed);
      const url = await startRawOrigin(t, (socket) => {
        socket.setNoDelay(true);
        let text = '';
        socket.on('data', (chunk) => {
          text += chunk.toString('latin1');
          const end = text.indexOf('\r\n\r\n');
          if (end < 0) return;
          assert.equal(text.length, end + 4, 'no request comes behind one that is open');
          const [method = '', path = ''] = text.split(' ');
          text = '';
          answer(random, socket, method, path);
        });
      });
      const { port, edge } = await startProxyEdge(t, [url], { healthRules: neverAside });
      let whole = 0;
      let next = 0;
      const worker = async () => {
        while (next < 400) {
          const path = `/${'x'.repeat(random.below(200))}${next++}`;
          const method = random.below(5) === 0 ? 'HEAD' : 'GET';
          const got = await ask(t, port, { host, path, method }).catch(() => undefined);
          if (got === undefined || got.status === 502) continue;
          assert.equal(got.status, 200);
          assert.equal(got.body.toString(), method === 'HEAD' ? '' : path);
          whole++;
        }
      };
      await Promise.all(Array.from({ length: 12 }, worker));
      assert.ok(whole > 200 && whole < 400, `${whole} of 400 whole`);
      await waitFor('all exchanges are over', () => edge.status().activeRequests === 0);
    });
  }
});

const neverAside = { failures: 1e9, firstPauseMs: 1, longestPauseMs: 1, probeFall: 3, probeRise: 2 };
