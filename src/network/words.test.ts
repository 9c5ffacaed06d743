/** The small parsers: domains, communities, misspelt words, paths. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCommunity } from './community.ts';
import { normalizeDomain } from './domain-name.ts';
import { editDistance, nearestOf } from './nearest.ts';
import { prune } from './prune.ts';
import { networkJsonSchema } from './schema/json-schema.ts';
import { formatPath, type Path } from './yaml.ts';

test('domains have one form', () => {
  for (const [text, expected] of [
    ['docs.example.com', 'docs.example.com'],
    ['DOCS.Example.COM.', 'docs.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['*.Bücher.example', '*.xn--bcher-kva.example'],
    ['例え.jp', 'xn--r8jz45g.jp'],
    ['a-1.example', 'a-1.example'],
    ['localhost', 'localhost'],
  ] as const) {
    assert.equal(normalizeDomain(text), expected);
  }
});

test('what is no domain is refused, with a reason', () => {
  const long = `${'a'.repeat(64)}.example`;
  const texts = [
    '',
    '.',
    '*',
    '*.',
    '*.com',
    'a.*.example',
    '*a.example',
    'a..example',
    '-a.example',
    'a-.example',
    'a_b.example',
  ];
  const more = [
    '192.0.2.1',
    '2001:db8::1',
    '0x7f.1',
    'a.example:80',
    'https://a.example',
    'a.example/x',
    'a b.example',
    'a@b.example',
  ];
  for (const text of [...texts, ...more, long, `${'abcdefgh.'.repeat(30)}example`, 'a.example..', '%61.example']) {
    const fault = normalizeDomain(text);
    assert.ok(typeof fault === 'object' && fault.code === 'network.domain-syntax', text);
  }
});

test('a normalized domain stays as it is, whatever it was made of', () => {
  fc.assert(
    fc.property(fc.oneof(fc.domain(), fc.string({ unit: 'binary', maxLength: 40 }), fc.string()), (text) => {
      const once = normalizeDomain(text);
      if (typeof once === 'string') assert.equal(normalizeDomain(once), once);
    }),
  );
});

test('communities', () => {
  for (const [text, expected] of [
    ['65535:0', '65535:0'],
    ['020473:06', '20473:6'],
    ['4200000000:1:2', '4200000000:1:2'],
    ['NO_EXPORT', '65535:65281'],
    ['graceful-shutdown', '65535:0'],
  ] as const) {
    assert.equal(parseCommunity(text), expected);
  }
  for (const text of ['', ':', '1:', '1', '1:2:3:4', '65536:0', '1:4294967296:0', '-1:0', '1.0:2', 'a:b', '1: 2']) {
    assert.equal(typeof parseCommunity(text), 'object', text);
  }
});

test('edit distance counts slips, a swap as one', () => {
  assert.equal(editDistance('dosc', 'docs'), 1);
  assert.equal(editDistance('kitten', 'sitting'), 3);
  fc.assert(
    fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
      assert.equal(editDistance(a, b), editDistance(b, a));
      assert.equal(editDistance(a, b) === 0, a === b);
    }),
  );
});

test('nearest words: a slip is found, another word is not', () => {
  assert.deepEqual(nearestOf('sesions', ['session', 'sessions', 'location']), ['sessions']);
  assert.deepEqual(nearestOf('depreference', ['depreferenceMs', 'quietMs']), ['depreferenceMs']);
  assert.deepEqual(nearestOf('foo', ['location']), []);
});

test('pruning removes what is named, shares nothing, and translates paths back', () => {
  const shared = { x: 1, y: 2 };
  const value = { list: [shared, 'bad', shared, 'bad', 7], map: { a: shared } };
  const { value: left, original } = prune(value, [
    ['list', 1],
    ['list', 3],
    ['list', 2, 'x'],
    ['map', 'gone', 'deep'],
  ]);
  assert.deepEqual(left, { list: [{ x: 1, y: 2 }, { y: 2 }, 7], map: { a: { x: 1, y: 2 } } });
  assert.deepEqual(shared, { x: 1, y: 2 });
  assert.deepEqual(original(['list', 1, 'y']), ['list', 2, 'y']);
  assert.deepEqual(original(['list', 2]), ['list', 4]);
  assert.deepEqual(original(['list', 9]), ['list', 11]);
  assert.equal(prune(value, [[]]).value, undefined);
});

test('paths read as an operator would write them', () => {
  const path: Path = ['domains', 'docs.example.com', 0, 'x'];
  assert.equal(formatPath(path), 'domains["docs.example.com"][0].x');
  assert.equal(formatPath(['pops', 'fra', 'sessions', 0, 'holdTimeSeconds']), 'pops.fra.sessions[0].holdTimeSeconds');
});

test('the JSON Schema describes every field, and refuses unknown ones', () => {
  let fields = 0;
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('properties' in node) {
      assert.equal((node as { additionalProperties?: unknown }).additionalProperties, false, path);
      for (const [name, field] of Object.entries(
        node.properties as Record<string, { description?: string; const?: string }>,
      )) {
        fields++;
        const secret = /password\/anyOf/.test(path);
        assert.ok(field.description !== undefined || field.const !== undefined || secret, `${path}/${name}`);
      }
    }
    for (const [key, inner] of Object.entries(node)) visit(inner, `${path}/${key}`);
  };
  visit(networkJsonSchema(), '');
  assert.ok(fields > 40, String(fields));
});
