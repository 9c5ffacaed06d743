import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { admit, type Head } from './admission.ts';

const limits = { targetBytes: 100, bodyBytes: 1000 };
const head = (change: Partial<Head>): Head => ({
  method: 'GET',
  target: '/',
  httpMinor: 1,
  rawHeaders: ['Host', 'a.example'],
  ...change,
});
const withHeaders = (...rawHeaders: string[]) =>
  head({ method: 'POST', rawHeaders: ['Host', 'a.example', ...rawHeaders] });

describe('admit', () => {
  const refused: [string, Head, number][] = [
    ['no Host in HTTP/1.1', head({ rawHeaders: [] }), 400],
    ['two Host headers', head({ rawHeaders: ['Host', 'a.example', 'hOST', 'b.example'] }), 400],
    ['two equal Host headers', head({ rawHeaders: ['Host', 'a.example', 'Host', 'a.example'] }), 400],
    ['a long target', head({ target: `/${'x'.repeat(100)}` }), 414],
    ['CONNECT', head({ method: 'CONNECT', target: 'a.example:443' }), 405],
    ['TRACE', head({ method: 'TRACE' }), 405],
    ['asterisk form', head({ method: 'OPTIONS', target: '*' }), 400],
    ['authority form', head({ target: 'a.example:80' }), 400],
    ['a URL of another scheme', head({ target: 'ftp://a.example/' }), 400],
    ['a URL with user information', head({ target: 'http://user@a.example/' }), 400],
    ['a fragment', head({ target: '/a#b' }), 400],
    ['a fragment in a URL', head({ target: 'http://a.example/a#b' }), 400],
    ['length and coding', withHeaders('Content-Length', '3', 'Transfer-Encoding', 'chunked'), 400],
    ['two lengths', withHeaders('Content-Length', '3', 'content-length', '3'), 400],
    ['a list of lengths', withHeaders('Content-Length', '3, 3'), 400],
    ['a negative length', withHeaders('Content-Length', '-3'), 400],
    ['a signed length', withHeaders('Content-Length', '+3'), 400],
    ['a hexadecimal length', withHeaders('Content-Length', '0x10'), 400],
    ['two codings', withHeaders('Transfer-Encoding', 'gzip, chunked'), 501],
    ['an unknown coding', withHeaders('Transfer-Encoding', 'xchunked'), 501],
    ['two coding headers', withHeaders('Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'), 501],
    ['a coding in HTTP/1.0', { ...withHeaders('Transfer-Encoding', 'chunked'), httpMinor: 0 }, 400],
    ['a body too long', withHeaders('Content-Length', '1001'), 413],
  ];
  for (const [what, given, status] of refused) {
    it(`refuses ${what} with ${status}`, () => {
      const result = admit(given, limits);
      assert.ok(result.refused);
      assert.equal(result.status, status);
    });
  }

  const admitted: [string, Head, { authority?: string; target?: string; hasBody?: boolean; bodyBytes?: number }][] = [
    ['a plain request', head({}), { authority: 'a.example', target: '/', hasBody: false, bodyBytes: -1 }],
    ['HTTP/1.0 without Host', head({ httpMinor: 0, rawHeaders: [] }), { authority: '' }],
    ['a length', withHeaders('Content-Length', '1000'), { hasBody: true, bodyBytes: 1000 }],
    ['a length of 0', withHeaders('Content-Length', '0'), { hasBody: false, bodyBytes: 0 }],
    ['chunked in any case', withHeaders('TRANSFER-ENCODING', 'Chunked'), { hasBody: true, bodyBytes: -1 }],
    [
      'absolute form, whose host counts',
      head({ target: 'http://B.example:81/x?y' }),
      { authority: 'B.example:81', target: '/x?y' },
    ],
    ['absolute form without a path', head({ target: 'http://b.example' }), { authority: 'b.example', target: '/' }],
    [
      'absolute form with only a query',
      head({ target: 'HTTP://b.example?q=/' }),
      { authority: 'b.example', target: '/?q=/' },
    ],
    [
      'a path that looks like a URL',
      head({ target: '//evil.example/' }),
      { authority: 'a.example', target: '//evil.example/' },
    ],
  ];
  for (const [what, given, expected] of admitted) {
    it(`admits ${what}`, () => {
      const result = admit(given, limits);
      assert.ok(!result.refused);
      for (const [key, value] of Object.entries(expected)) assert.equal(result[key as keyof typeof result], value);
    });
  }
});
