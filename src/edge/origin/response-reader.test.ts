import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { latin1 } from './latin1.ts';
import { inChunks, type ResponseHead, untilClose } from './response-head.ts';
import { ResponseReader } from './response-reader.ts';

interface Read {
  readonly heads: ResponseHead[];
  readonly body: string;
  readonly outcome: 'whole' | 'switched' | 'cut off' | { readonly garbage: string };
  /** What followed the answer's end. */
  readonly rest: string;
}

/** Reads `pieces` as the answer to one request, each through a buffer that is overwritten afterwards. */
function read(pieces: readonly string[], { method = 'GET', upgrade = '', mostHeadBytes = 1000 } = {}): Read {
  const heads: ResponseHead[] = [];
  let body = '';
  let saidLast = false;
  const reader = new ResponseReader(
    {
      head: (head) => heads.push(head),
      data(bytes, start, end, last) {
        assert.ok(end > start, 'no empty data');
        assert.ok(!saidLast, 'nothing behind the last data');
        saidLast = last;
        body += latin1(bytes, start, end);
      },
    },
    mostHeadBytes,
  );
  reader.begin(method, upgrade);
  const all = pieces.join('');
  let at = 0;
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1');
    const got = reader.feed(bytes, bytes.length);
    bytes.fill('!');
    if (typeof got === 'string') {
      assert.equal(typeof reader.feed(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), 19), 'string', 'garbage stays garbage');
      return { heads, body, outcome: { garbage: got }, rest: '' };
    }
    at += got;
    if (reader.switched) return { heads, body, outcome: 'switched', rest: all.slice(at) };
    if (reader.idle) return { heads, body, outcome: 'whole', rest: all.slice(at) };
    assert.equal(got, bytes.length, 'all was read while the answer goes on');
  }
  return { heads, body, outcome: reader.end() ? 'whole' : 'cut off', rest: '' };
}

const ok = (fields: string, rest = '') => `HTTP/1.1 200 OK\r\n${fields}\r\n${rest}`;
const chunked = (rest: string) => ok('Transfer-Encoding: chunked\r\n', rest);

const good: [what: string, text: string, body: string, options?: Parameters<typeof read>[1]][] = [
  ['a length', ok('Content-Length: 2\r\n', 'ok'), 'ok'],
  ['a length of none', ok('content-length:0\r\n'), ''],
  ['an end by the connection', ok('X: y\r\n', 'all of it'), 'all of it'],
  ['no fields at all', ok('', 'all'), 'all'],
  ['chunks', chunked('3\r\nabc\r\n00A;x="y"\r\n0123456789\r\n0\r\n\r\n'), 'abc0123456789'],
  ['chunks with a trailer', chunked('1\r\na\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n'), 'a'],
  ['a coding in capitals', ok('TRANSFER-ENCODING: Chunked\r\n', '0\r\n\r\n'), ''],
  ['a status line without a reason', 'HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx', 'x'],
  ['an empty reason', 'HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx', 'x'],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nbody', 'body'],
  [
    'interim answers before it',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${ok('Content-Length: 1\r\n', 'x')}`,
    'x',
  ],
  ['a HEAD’s length without a body', ok('Content-Length: 100\r\n'), '', { method: 'HEAD' }],
  ['a HEAD’s coding without a body', chunked(''), '', { method: 'HEAD' }],
  ['a 204', 'HTTP/1.1 204 No Content\r\nX: y\r\n\r\n', ''],
  ['a 304 that tells a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n', ''],
  ['white space and Latin-1 in values', ok('X: \t a\xe9 b \t\r\nContent-Length: 0\r\n'), ''],
];

const bad: [what: string, text: string][] = [
  ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n'],
  ['HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n'],
  ['an empty line before it', `\r\n${ok('')}`],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['a status below 100', 'HTTP/1.1 099 No\r\n\r\n'],
  ['a NUL in the reason', 'HTTP/1.1 200 O\x00K\r\n\r\n'],
  ['a bare line feed', ok('X: y\nContent-Length: 0\r\n')],
  ['a bare carriage return', ok('X: y\rContent-Length: 0\r\n')],
  ['a NUL in a value', ok('X: a\x00b\r\n')],
  ['a folded line', ok('X: a\r\n b\r\n')],
  ['a space before a colon', ok('Content-Length : 2\r\n', 'ok')],
  ['a line without a colon', ok('lorem ipsum\r\n')],
  ['an empty name', ok(': x\r\n')],
  ['a name with a space', ok('Content Length: 2\r\n', 'ok')],
  ['two lengths', ok('Content-Length: 2\r\nContent-Length: 3\r\n', 'okk')],
  ['the same length twice', ok('Content-Length: 2\r\nContent-Length: 2\r\n', 'ok')],
  ['a list of lengths', ok('Content-Length: 2, 2\r\n', 'ok')],
  ['a length with a sign', ok('Content-Length: +2\r\n', 'ok')],
  ['a length in hexadecimal', ok('Content-Length: 0x2\r\n', 'ok')],
  ['an empty length', ok('Content-Length:\r\n')],
  ['a length beyond numbers', ok(`Content-Length: ${'9'.repeat(16)}\r\n`)],
  ['length and coding', ok('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
  ['coding and length', ok('Transfer-Encoding: chunked\r\nContent-Length: 2\r\n', '0\r\n\r\n')],
  ['two codings', ok('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
  ['another coding', ok('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n')],
  ['an unknown coding', ok('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n')],
  ['a coding in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a switch nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'],
  ['a head beyond the limit', ok(`X: ${'x'.repeat(1000)}\r\n`)],
  ['interim answers without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(17)],
  ['an interim answer in HTTP/1.0', `HTTP/1.0 100 Continue\r\n\r\n${ok('Content-Length: 0\r\n')}`],
  ['a tab behind a coding', ok('Transfer-Encoding: chunked\t\r\n', '0\r\n\r\n')],
  ['a tab before a length', ok('Content-Length:\t0\r\n')],
  ['an interim answer that closes', `HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\n${ok('Content-Length: 0\r\n')}`],
  [
    'an interim answer with a length',
    `HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\n${ok('Content-Length: 0\r\n')}`,
  ],
  ['a chunk without a size', chunked('\r\nabc\r\n0\r\n\r\n')],
  ['a chunk size with a sign', chunked('+3\r\nabc\r\n0\r\n\r\n')],
  ['a chunk size with 0x', chunked('0x3\r\nabc\r\n0\r\n\r\n')],
  ['a space behind a chunk size', chunked('3 \r\nabc\r\n0\r\n\r\n')],
  ['a chunk size beyond numbers', chunked(`${'f'.repeat(14)}\r\nabc`)],
  ['a bare line feed behind a chunk size', chunked('3\nabc\r\n0\r\n\r\n')],
  ['a carriage return alone behind a chunk size', chunked('3\rXabc\r\n0\r\n\r\n')],
  ['a chunk longer than its size', chunked('2\r\nabc\r\n0\r\n\r\n')],
  ['a chunk with a bare line feed', chunked('3\r\nabc\n0\r\n\r\n')],
  ['a chunk’s line end that is half one', chunked('3\r\nabc\rX0\r\n\r\n')],
  ['a line feed in an extension', chunked('3;a\nb\r\nabc\r\n0\r\n\r\n')],
  ['extensions without end', chunked(`3;${'x'.repeat(5000)}\r\nabc\r\n0\r\n\r\n`)],
  ['a trailer that is no field', chunked('0\r\nlorem ipsum\r\n\r\n')],
  ['a trailer with a bare line feed', chunked('0\r\nX: y\n\r\n')],
  ['a length in the trailer', chunked('0\r\nContent-Length: 3\r\n\r\n')],
  ['a coding in the trailer', chunked('0\r\ntransfer-encoding: chunked\r\n\r\n')],
  ['an extension that is none', chunked('3;\r\nabc\r\n0\r\n\r\n')],
  ['a trailer without end', chunked(`0\r\n${'X: y\r\n'.repeat(300)}`)],
];

/** Each byte a piece; and cut in two at every place. */
function* splits(text: string): Generator<string[]> {
  yield [...text];
  for (let at = 1; at < text.length; at++) yield [text.slice(0, at), text.slice(at)];
}

describe('answers of an origin server', () => {
  for (const [what, text, body, options] of good) {
    it(`takes ${what}, cut anywhere`, () => {
      const whole = read([text], options);
      assert.equal(whole.outcome, 'whole');
      assert.equal(whole.body, body);
      assert.equal(whole.heads.length, 1);
      for (const pieces of splits(text)) assert.deepEqual(read(pieces, options), whole);
    });
  }

  for (const [what, text] of bad) {
    it(`refuses ${what}, cut anywhere`, () => {
      const { outcome, body } = read([text]);
      assert.ok(typeof outcome === 'object', `${JSON.stringify(outcome)}: ${JSON.stringify(body)}`);
      for (const pieces of splits(text)) assert.deepEqual(read(pieces).outcome, outcome);
    });
  }

  it('sees an answer that is cut off anywhere', () => {
    for (const [what, text, , options] of good) {
      if (what === 'HTTP/1.0' || what === 'no fields at all' || what === 'an end by the connection') continue;
      for (let at = 0; at < text.length; at++) {
        assert.equal(read([text.slice(0, at)], options).outcome, 'cut off', `${what} at ${at}`);
      }
    }
  });

  it('gives back what follows an answer', () => {
    for (const [what, text, , options] of good) {
      if (what === 'HTTP/1.0' || what === 'no fields at all' || what === 'an end by the connection') continue;
      assert.equal(read([`${text}HTTP/1.1 200 No`], options).rest, 'HTTP/1.1 200 No', what);
    }
  });

  it('tells where a body ends, and whether the connection goes on', () => {
    const head = (text: string, method = 'GET') => {
      const { framing, keepAlive, keepAliveSeconds } = read([text], { method }).heads[0] as ResponseHead;
      return [framing, keepAlive, keepAliveSeconds];
    };
    assert.deepEqual(head(ok('Content-Length: 2\r\n', 'ok')), [2, true, undefined]);
    assert.deepEqual(head(ok('Content-Length: 2\r\nConnection: close\r\n', 'ok')), [2, false, undefined]);
    assert.deepEqual(head(ok('Content-Length: 2\r\nConnection: x, Close\r\n', 'ok')), [2, false, undefined]);
    assert.deepEqual(head(ok('Content-Length: 2\r\nConnection: keep-alive, close\r\n', 'ok')), [2, false, undefined]);
    assert.deepEqual(head(ok('Content-Length: 0\r\nKeep-Alive: max=9, timeout=5\r\n')), [0, true, 5]);
    assert.deepEqual(head(chunked('0\r\n\r\n')), [inChunks, true, undefined]);
    assert.deepEqual(head(ok('')), [untilClose, false, undefined]);
    assert.deepEqual(head('HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n'), [0, false, undefined]);
    assert.deepEqual(head('HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n'), [
      0,
      true,
      undefined,
    ]);
    assert.deepEqual(head('HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n'), [0, true, undefined]);
    // Bodies that must not be there may come all the same.
    assert.deepEqual(head(ok('Content-Length: 0\r\n'), 'HEAD'), [0, false, undefined]);
    assert.deepEqual(head('HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n'), [0, false, undefined]);
    assert.deepEqual(head('HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n'), [0, false, undefined]);
    assert.deepEqual(head('HTTP/1.1 204 No Content\r\n\r\n'), [0, true, undefined]);
  });

  it('keeps the fields as they were sent', () => {
    const { heads } = read([ok('X-A: \t one \r\nset-cookie: a\r\nSet-Cookie:b\r\nEmpty:\r\nContent-Length: 0\r\n')]);
    assert.deepEqual(heads[0]?.fields, [
      'X-A',
      'one',
      'set-cookie',
      'a',
      'Set-Cookie',
      'b',
      'Empty',
      '',
      'Content-Length',
      '0',
    ]);
  });

  it('switches to the protocol that was asked for alone, and leaves the rest', () => {
    const text = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\nhello';
    assert.equal(read([text], { upgrade: 'websocket' }).rest, 'hello');
    for (const pieces of splits(text)) {
      assert.equal(read(pieces, { upgrade: 'websocket' }).outcome, 'switched');
    }
    assert.equal(typeof read([text], { upgrade: 'h2c' }).outcome, 'object');
    assert.equal(typeof read(['HTTP/1.1 101 Switching Protocols\r\n\r\n'], { upgrade: 'websocket' }).outcome, 'object');
  });

  it('reads one answer after another', () => {
    let body = '';
    const reader = new ResponseReader(
      {
        head: () => {},
        data: (bytes, start, end) => {
          body += latin1(bytes, start, end);
        },
      },
      1000,
    );
    for (const text of [
      chunked('1\r\na\r\n0\r\n\r\n'),
      ok('Content-Length: 1\r\n', 'b'),
      chunked('1\r\nc\r\n0\r\n\r\n'),
    ]) {
      reader.begin('GET');
      assert.equal(reader.feed(Buffer.from(text), text.length), text.length);
      assert.ok(reader.idle);
    }
    assert.equal(body, 'abc');
  });

  it('means the same by an answer however it is cut', () => {
    const field = fc.constantFrom('X: y\r\n', 'Connection: close\r\n', 'Empty:\r\n', 'Keep-Alive: timeout=5\r\n');
    const body = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(text).toString('latin1'));
    const answer = fc.oneof(
      fc
        .tuple(fc.array(field), body)
        .map(([fields, text]) => ok(`${fields.join('')}Content-Length: ${text.length}\r\n`, text)),
      fc.tuple(fc.array(field), fc.array(body)).map(([fields, parts]) => {
        const chunks = parts.filter((part) => part !== '').map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
        return ok(`${fields.join('')}Transfer-Encoding: chunked\r\n`, `${chunks.join('')}0\r\n\r\n`);
      }),
    );
    fc.assert(
      fc.property(answer, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (text, sizes) => {
        const pieces: string[] = [];
        for (let at = 0, i = 0; at < text.length; i++) {
          const size = sizes[i % sizes.length] as number;
          pieces.push(text.slice(at, at + size));
          at += size;
        }
        const whole = read([text]);
        assert.equal(whole.outcome, 'whole');
        assert.deepEqual(read(pieces), whole);
      }),
    );
  });
});
