import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatRequestHead } from './request-head.ts';

const plain = { method: 'GET', path: '/', headers: ['host', 'a.example'], upgrade: '' };

describe('the head of a request to an origin server', () => {
  it('is written as it goes over the wire', () => {
    assert.equal(
      formatRequestHead({
        ...plain,
        path: '/a?b=%20c',
        headers: ['host', 'a.example', 'X-Caf\u0065', 'caf\xe9', 'x', ''],
      }),
      'GET /a?b=%20c HTTP/1.1\r\nhost: a.example\r\nX-Cafe: caf\xe9\r\nx: \r\nconnection: keep-alive\r\n\r\n',
    );
    assert.equal(
      formatRequestHead({ ...plain, upgrade: 'websocket' }),
      'GET / HTTP/1.1\r\nhost: a.example\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    );
  });

  const refused: [string, Partial<typeof plain>][] = [
    ['a method with a space', { method: 'GET /x' }],
    ['no method', { method: '' }],
    ['a path with a space', { path: '/a b' }],
    ['a path with a line end', { path: '/ HTTP/1.1\r\nx: y' }],
    ['a path that is none', { path: '*' }],
    ['a path beyond Latin-1', { path: '/\u0100' }],
    ['a name with a colon', { headers: ['x:y', 'z'] }],
    ['an empty name', { headers: ['', 'z'] }],
    ['a name with a line end', { headers: ['x: y\r\nz', 'a'] }],
    ['a value with a line end', { headers: ['x', 'y\r\nz: a'] }],
    ['a value that ends the head', { headers: ['x', 'y\r\n\r\nGET /evil HTTP/1.1\r\nhost: b'] }],
    ['a value with a bare line feed', { headers: ['x', 'y\nz: a'] }],
    ['a value with a bare carriage return', { headers: ['x', 'y\rz'] }],
    ['a value with a NUL', { headers: ['x', '\0'] }],
    ['a value beyond Latin-1', { headers: ['x', '\u010a'] }],
    ['a protocol with a line end', { upgrade: 'websocket\r\nx: y' }],
  ];
  for (const [what, change] of refused) {
    it(`is not written with ${what}`, () => assert.equal(formatRequestHead({ ...plain, ...change }), undefined));
  }

  it('has exactly the lines that it is meant to have, whatever goes in', () => {
    const piece = fc.oneof(fc.constantFrom('\r\n', '\n', '\r', ': ', ' ', 'a', 'x-y', '\0'), fc.string());
    const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, text, fc.array(fc.tuple(text, text), { minLength: 1 }), (method, path, headers) => {
        const head = formatRequestHead({ method, path: `/${path}`, headers: headers.flat(), upgrade: '' });
        if (head === undefined) return;
        const lines = head.split(/\r\n|\r|\n/);
        assert.equal(lines.length, headers.length + 4);
        assert.equal(lines[0], `${method} /${path} HTTP/1.1`);
        assert.equal(lines.indexOf(''), headers.length + 2);
      }),
      { numRuns: 1000 },
    );
  });
});
