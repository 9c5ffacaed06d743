/** Reading: whatever the bytes are, the answer is a document or located problems, never an exception. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Problem } from '../base/problem.ts';
import { compileNetwork } from './compile.ts';
import { loadNetwork, maximumFileBytes } from './document.ts';
import { popIntentSchema, serviceIntentSchema } from './intent.ts';
import { goodNetwork } from './testing/good-network.ts';

const file = 'network.yaml';

function problemsOf(input: string | Uint8Array): readonly Problem[] {
  const result = loadNetwork(input, { file });
  return result.ok ? result.warnings : result.problems;
}

function codesOf(input: string | Uint8Array): readonly string[] {
  return problemsOf(input).map(({ code }) => code);
}

/** The answer is whole: errors where there is no document, each problem placed; a document compiles to valid intents. */
function isWhole(input: string | Uint8Array): void {
  const result = loadNetwork(input, { file });
  if (result.ok) {
    const compiled = compileNetwork(result.value);
    for (const pop of Object.values(compiled.pops)) popIntentSchema.parse(pop);
    for (const service of Object.values(compiled.services)) {
      if (service.kind === 'web') serviceIntentSchema.parse(service);
    }
    return;
  }
  assert.ok(result.problems.some(({ severity }) => severity === 'error'));
  for (const { where, what } of result.problems) {
    assert.match(where ?? '', /^network\.yaml(:\d+:\d+|$)/);
    assert.doesNotMatch(what, /undefined|\[object|NaN/);
  }
}

test('any text gets a whole answer', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), isWhole), { numRuns: 300 });
});

test('any bytes get a whole answer', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), isWhole), { numRuns: 300 });
});

test('any value in place of any part gets a whole answer', () => {
  fc.assert(
    fc.property(fc.nat(), fc.jsonValue({ maxDepth: 2 }), (at, value) => {
      const spots = [...goodNetwork.matchAll(/: ([^\n{}[\],]+)/g)];
      const spot = spots[at % spots.length] as RegExpExecArray;
      const start = spot.index + 2;
      isWhole(
        goodNetwork.slice(0, start) + JSON.stringify(value) + goodNetwork.slice(start + (spot[1] as string).length),
      );
    }),
    { numRuns: 500 },
  );
});

test('mutations of a good file get a whole answer', () => {
  const snippets = [
    ':',
    ' ',
    '\n',
    '{',
    '}',
    '[',
    ']',
    '&a',
    '*a',
    '<<: *a',
    '"',
    '-',
    '0',
    '!!binary ',
    '? ',
    '|',
    '\t',
    'é',
  ];
  const mutation = fc.record({
    at: fc.nat(goodNetwork.length),
    drop: fc.nat(12),
    put: fc.oneof(
      fc.constantFrom(...snippets),
      fc.string({ maxLength: 4 }),
      fc.constantFrom(...goodNetwork.split('\n')),
    ),
  });
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
      let text = goodNetwork;
      for (const { at, drop, put } of mutations) text = text.slice(0, at) + put + text.slice(at + drop);
      isWhole(text);
    }),
    { numRuns: 600 },
  );
});

test('keys that JavaScript gives a meaning to are keys like others', () => {
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    isWhole(`${goodNetwork}${key}: 1\n`);
    assert.deepEqual(codesOf(`${goodNetwork}${key}: 1\n`), ['network.unknown-key'], key);
    isWhole(goodNetwork.replace('  sin:', `  ${key}:`));
    assert.deepEqual(codesOf(goodNetwork.replace('docs.example.net: docs', `docs.example.net: ${key}`)), [
      'network.service-unused',
      'network.domain-nowhere',
    ]);
  }
});

test('what is no text, nothing, or too much is said so', () => {
  assert.deepEqual(codesOf(''), ['network.empty']);
  assert.deepEqual(codesOf(' \n\t\n'), ['network.empty']);
  assert.deepEqual(codesOf(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 1)), ['network.not-text']);
  assert.deepEqual(codesOf(Uint8Array.of(0xff, 0xfe, 0x41)), ['network.not-text']);
  assert.deepEqual(codesOf('#'.repeat(maximumFileBytes + 1)), ['network.file-too-large']);
  assert.deepEqual(codesOf('# nothing but a comment\n'), ['network.empty']);
  assert.deepEqual(codesOf('just text'), ['network.type']);
  assert.deepEqual(codesOf('[1, 2]'), ['network.type']);
});

test('deep nesting, alias bombs and circles end with a problem', () => {
  const deep = codesOf('['.repeat(20_000));
  assert.ok(deep.length > 0 && deep.length <= 20, String(deep.length));
  const bomb = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
  assert.deepEqual(codesOf(`a0: &a0 [x]\n${bomb.join('\n')}\n`), ['network.yaml-too-complex']);
  isWhole('network: &a { network: *a }\n');
  isWhole('a: &a [*a]\n<<: *a\n');
});

test('a BOM and Windows line ends are no mistakes', () => {
  const text = `\ufeff${goodNetwork.trimStart().replaceAll('\n', '\r\n')}`;
  assert.deepEqual(problemsOf(Buffer.from(text)), []);
});

test('anchors and merges are followed, and a problem points at where the value stands', () => {
  const text = goodNetwork
    .replace('      - peerAsn: 1299', '      - &one\n        peerAsn: 1299\n        holdTimeSeconds: 2')
    .replace('      - provider: vultr\n', '      - <<: *one\n')
    .replace('sourceAddress: 45.32.100.7', 'sourceAddress: 80.239.1.8');
  const found = problemsOf(text).filter(({ code }) => code === 'network.hold-time-range');
  assert.deepEqual(
    found.map(({ where }) => where),
    [
      'network.yaml:13:26  pops.fra.sessions[0].holdTimeSeconds',
      'network.yaml:13:26  pops.sin.sessions[0].holdTimeSeconds',
    ],
  );
});

test('a fraction is never taken for an ASN', () => {
  const asn = (text: string): unknown => {
    const result = loadNetwork(goodNetwork.replace('212345', text), { file });
    return result.ok ? result.value.asn : result.problems.map(({ code }) => code);
  };
  assert.equal(asn('3.4000'), 3 * 65536 + 4000);
  assert.equal(asn('2.0'), 131072);
  assert.equal(asn('AS212345'), 212345);
  assert.deepEqual(asn('1e5'), ['network.asn-syntax']);
  assert.deepEqual(asn('4294967296'), ['network.asn-syntax']);
});

test('a password in the file is refused and never repeated', () => {
  for (const secret of ['hunter2', '1234567890', '[hunter2]']) {
    const text = goodNetwork.replace('{ env: VULTR_BGP_PASSWORD }', secret);
    const problems = problemsOf(text);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['network.password-literal'],
    );
    assert.doesNotMatch(JSON.stringify(problems), /hunter2|1234567890/);
  }
});

test('a missing part hides neither its neighbors nor the rules about them', () => {
  const text = goodNetwork
    .replace('network: good\n', '')
    .replace('    location: Singapore, SG\n', '')
    .replace('provider: vultr\n', 'provider: vultr\n        holdTimeSeconds: 2\n')
    .replace('docs.example.net: docs', 'docs.example.net: dosc');
  assert.deepEqual(
    codesOf(text),
    [
      'network.missing',
      'network.missing',
      'network.hold-time-range',
      'network.service-unused',
      'network.domain-nowhere',
    ].toSorted((a, b) => codesOf(text).indexOf(a) - codesOf(text).indexOf(b)),
  );
});

test('a file of 20,000 domains with as many mistakes is judged in time', () => {
  const domains = Array.from({ length: 20_000 }, (_, i) => `  d${i}.example.net: nowhere\n`).join('');
  const started = performance.now();
  assert.equal(codesOf(goodNetwork + domains).length, 20_000);
  assert.ok(performance.now() - started < 10_000);
});
