import assert from 'node:assert/strict';
import { request } from 'node:http';
import { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { type Random, seededRandom } from '../../base/random.ts';
import { latin1 } from './latin1.ts';
import { ResponseReader } from './response-reader.ts';

const seeds = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n3\r\nabc\r\n1a;n=v\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nX: y\r\n\r\n',
  'HTTP/1.1 404 Not Found\r\nConnection: close\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nuntil the end',
  'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
  'HTTP/1.1 204 No Content\r\nKeep-Alive: timeout=5\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 100\r\n\r\n',
];
const tricky = [
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '0',
  'f',
  '-',
  '\0',
  '\x7f',
  '\xff',
  'chunked',
];
const lines = ['Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n', 'Connection: close\r\n', '0\r\n\r\n'];

function mutate(random: Random): string {
  let text = seeds[random.below(seeds.length)] as string;
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const at = random.below(text.length + 1);
    const length = random.below(8);
    const piece = (
      random.below(4) === 0 ? lines[random.below(lines.length)] : tricky[random.below(tricky.length)]
    ) as string;
    switch (random.below(5)) {
      case 0:
        text = text.slice(0, at) + text.slice(at + length);
        break;
      case 1:
        text = text.slice(0, at) + piece + text.slice(at);
        break;
      case 2:
        text = text.slice(0, at) + piece + text.slice(at + 1);
        break;
      case 3:
        text = text.slice(0, at) + text.slice(Math.max(0, at - length));
        break;
      default: {
        // Another answer from a place of its own on.
        const other = seeds[random.below(seeds.length)] as string;
        text = text.slice(0, at) + other.slice(random.below(other.length));
      }
    }
  }
  return text;
}

interface Meaning {
  readonly status: number;
  readonly fields: readonly string[];
  readonly body: string;
}

/** What our reader makes of it; `undefined` where it is refused, cut off, or followed by more. */
function ours(text: string, random: Random): Meaning | undefined {
  let status = 0;
  let fields: readonly string[] = [];
  let body = '';
  const reader = new ResponseReader(
    {
      head(head) {
        ({ status, fields } = head);
      },
      data(bytes, start, end) {
        body += latin1(bytes, start, end);
      },
    },
    65_536,
  );
  reader.begin('GET');
  for (let at = 0; at < text.length; ) {
    const piece = Buffer.from(text.slice(at, at + 1 + random.below(text.length)), 'latin1');
    const got = reader.feed(piece, piece.length);
    if (typeof got === 'string' || got < piece.length) return undefined;
    at += piece.length;
  }
  return reader.end() ? { status, fields, body } : undefined;
}

/** What Node's client makes of it. */
function nodes(text: string): Promise<Meaning | undefined> {
  return new Promise((resolve) => {
    const connection = new Duplex({
      read() {},
      write(_chunk, _encoding, done) {
        done();
        this.push(Buffer.from(text, 'latin1'));
        this.push(null);
      },
    });
    const sent = request({ createConnection: () => connection as never, maxHeaderSize: 65_536 }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', () => resolve(undefined));
      answer.on('close', () => {
        const body = Buffer.concat(parts).toString('latin1');
        resolve(answer.complete ? { status: answer.statusCode ?? 0, fields: answer.rawHeaders, body } : undefined);
      });
    });
    sent.on('upgrade', () => resolve(undefined));
    sent.on('error', () => resolve(undefined));
    sent.end();
  });
}

describe('damaged answers', () => {
  it('never throw and never hang', () => {
    const random = seededRandom(1);
    let taken = 0;
    for (let i = 0; i < 50_000; i++) if (ours(mutate(random), random) !== undefined) taken++;
    assert.ok(taken > 1_000 && taken < 40_000, `${taken} of 50000 taken: the mutations find both sides`);
  });

  it('are taken only where Node’s own parser takes them, and mean the same', async () => {
    const random = seededRandom(2);
    let taken = 0;
    for (let i = 0; i < 3_000; i++) {
      const text = mutate(random);
      const one = ours(text, random);
      if (one === undefined) continue;
      taken++;
      assert.deepEqual(one, await nodes(text), `i=${i} ${JSON.stringify(text)}`);
    }
    assert.ok(taken > 100, `${taken} taken`);
  });
});
