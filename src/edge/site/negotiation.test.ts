import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { evaluateConditions, ifRangeHolds } from './conditional.ts';
import { acceptedCodings } from './encoding.ts';
import { isCompressible, mediaType } from './mime.ts';
import { decodePath, encodePath } from './path.ts';
import { parseRanges } from './range.ts';

describe('acceptedCodings', () => {
  const cases: [string | undefined, string[]][] = [
    [undefined, ['identity']],
    ['', ['identity']],
    ['gzip', ['gzip', 'identity']],
    ['gzip, deflate, br, zstd', ['br', 'gzip', 'identity']],
    ['br;q=0.5, gzip;q=0.8', ['gzip', 'br', 'identity']],
    ['br;q=0, gzip', ['gzip', 'identity']],
    ['*', ['br', 'gzip', 'identity']],
    ['*;q=0', ['identity']],
    ['gzip;q=0.5, identity', ['identity', 'gzip']],
    ['GZIP ; Q=1.0', ['gzip', 'identity']],
    ['x-gzip', ['gzip', 'identity']],
    ['gzip;q=2', ['identity']],
    ['gzip;q=abc', ['identity']],
    ['identity;q=0, br', ['br', 'identity']],
    ['zstd', ['identity']],
  ];
  for (const [header, expected] of cases) {
    it(`${header} → ${expected}`, () => assert.deepEqual(acceptedCodings(header), expected));
  }
  it('never throws, and always has identity', () => {
    fc.assert(fc.property(fc.string(), (text) => assert.ok(acceptedCodings(text).includes('identity'))));
  });
});

describe('parseRanges', () => {
  const range = (first: number, last: number) => ({ first, last });
  const cases: [string, number, ReturnType<typeof parseRanges>][] = [
    ['bytes=0-0', 10, [range(0, 0)]],
    ['bytes=0-', 10, [range(0, 9)]],
    ['bytes=5-100', 10, [range(5, 9)]],
    ['bytes=-3', 10, [range(7, 9)]],
    ['bytes=-30', 10, [range(0, 9)]],
    ['Bytes=1-2', 10, [range(1, 2)]],
    ['bytes=0-1, 4-5,-1', 10, [range(0, 1), range(4, 5), range(9, 9)]],
    ['bytes=8-9, 0-1', 10, [range(8, 9), range(0, 1)]],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=20-30, 1-2', 10, [range(1, 2)]],
    ['bytes=3-1', 10, undefined],
    ['bytes=-', 10, undefined],
    ['bytes=a-b', 10, undefined],
    ['bytes=0-4,2-6', 10, undefined],
    ['bytes=', 10, undefined],
    ['lines=0-1', 10, undefined],
    [`bytes=${Array.from({ length: 17 }, (_, i) => `${i * 2}-${i * 2}`)}`, 100, undefined],
  ];
  for (const [header, size, expected] of cases) {
    it(`${header.slice(0, 40)} of ${size}`, () => assert.deepEqual(parseRanges(header, size), expected));
  }
  it('gives only ranges within the file', () => {
    fc.assert(
      fc.property(
        fc.string().map((text) => `bytes=${text}`),
        fc.nat(1000),
        (header, size) => {
          const ranges = parseRanges(header, size);
          if (!Array.isArray(ranges)) return;
          for (const { first, last } of ranges) assert.ok(first >= 0 && first <= last && last < size);
        },
      ),
    );
  });
});

describe('evaluateConditions', () => {
  const validators = { etag: '"abc"', lastModifiedMs: Date.UTC(2026, 0, 2, 3, 4, 5) };
  const at = 'Fri, 02 Jan 2026 03:04:05 GMT';
  const before = 'Fri, 02 Jan 2026 03:04:04 GMT';
  const cases: [Parameters<typeof evaluateConditions>[0], 304 | 412 | undefined][] = [
    [{}, undefined],
    [{ ifNoneMatch: '"abc"' }, 304],
    [{ ifNoneMatch: 'W/"abc"' }, 304],
    [{ ifNoneMatch: '"x", "abc"' }, 304],
    [{ ifNoneMatch: '*' }, 304],
    [{ ifNoneMatch: '"abcd"' }, undefined],
    [{ ifNoneMatch: 'abc' }, undefined],
    [{ ifNoneMatch: '"x"', ifModifiedSince: at }, undefined],
    [{ ifModifiedSince: at }, 304],
    [{ ifModifiedSince: before }, undefined],
    [{ ifModifiedSince: 'yesterday' }, undefined],
    [{ ifMatch: '"abc"' }, undefined],
    [{ ifMatch: '*' }, undefined],
    [{ ifMatch: 'W/"abc"' }, 412],
    [{ ifMatch: '"x"' }, 412],
    [{ ifUnmodifiedSince: before }, 412],
    [{ ifUnmodifiedSince: at }, undefined],
    [{ ifMatch: '"abc"', ifUnmodifiedSince: before }, undefined],
    [{ ifMatch: '"abc"', ifNoneMatch: '"abc"' }, 304],
  ];
  for (const [conditions, expected] of cases) {
    it(`${JSON.stringify(conditions)} → ${expected}`, () =>
      assert.equal(evaluateConditions(conditions, validators), expected));
  }

  const ifRanges: [string | undefined, boolean][] = [
    [undefined, true],
    ['"abc"', true],
    ['"abd"', false],
    ['W/"abc"', false],
    [at, true],
    [before, false],
    ['nonsense', false],
  ];
  for (const [ifRange, expected] of ifRanges) {
    it(`If-Range ${ifRange} ${expected ? 'holds' : 'fails'}`, () =>
      assert.equal(ifRangeHolds(ifRange, validators), expected));
  }
});

describe('decodePath', () => {
  const cases: [string, string | undefined][] = [
    ['/a/b.html?x=/../', '/a/b.html'],
    ['/caf%C3%A9', '/café'],
    ['/a%20b', '/a b'],
    ['/a%2fb', undefined],
    ['/a%2Fb', undefined],
    ['/a%00', undefined],
    ['/%E0%A4%A', undefined],
    ['/%ff', undefined],
    ['/%', undefined],
  ];
  for (const [target, expected] of cases) {
    it(`${target} → ${expected}`, () => assert.equal(decodePath(target), expected));
  }
  it('reads what encodePath wrote', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, unit: 'grapheme' })), (parts) => {
        const path = `/${parts.map((part) => part.replace(/[/\0]/g, 'x')).join('/')}`;
        assert.equal(decodePath(encodePath(path)), path);
      }),
    );
  });
});

describe('mediaType', () => {
  const cases: [string, string, boolean][] = [
    ['/index.html', 'text/html; charset=utf-8', true],
    ['/a/app.JS', 'text/javascript; charset=utf-8', true],
    ['/x.json', 'application/json', true],
    ['/x.svg', 'image/svg+xml', true],
    ['/x.wasm', 'application/wasm', true],
    ['/x.woff2', 'font/woff2', false],
    ['/x.png', 'image/png', false],
    ['/x.tar.gz', 'application/gzip', false],
    ['/noextension', 'application/octet-stream', false],
    ['/.htaccess', 'application/octet-stream', false],
    ['/a.b/c', 'application/octet-stream', false],
    ['/x.constructor', 'application/octet-stream', false],
  ];
  for (const [path, type, compressible] of cases) {
    it(`${path} is ${type}`, () => {
      assert.equal(mediaType(path), type);
      assert.equal(isCompressible(type), compressible);
    });
  }
});
