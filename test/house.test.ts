/**
 * The rules of the house, each with the way out in its message: who may import whom (`docs/architecture.md`), calls that a
 * core must not make, and the opening comment of each file.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

/** Room → rooms that it may import. `testing/` and test files may import anything. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  ip: ['base'],
  bgp: ['base', 'ip'],
  rpki: ['base', 'ip'],
  bfd: ['base', 'ip'],
  network: ['base', 'ip', 'bgp'],
  internet: ['base', 'ip', 'network'],
  feed: ['base', 'ip', 'network'],
  announcer: ['base', 'ip', 'bgp', 'bfd', 'rpki', 'network'],
  pop: ['base', 'ip', 'network', 'feed', 'announcer'],
  edge: ['base', 'ip', 'network', 'feed'],
  control: ['base', 'ip', 'network', 'feed'],
  lab: ['base', 'ip', 'network', 'bgp', 'feed'],
  cli: [
    'base',
    'ip',
    'bgp',
    'bfd',
    'rpki',
    'network',
    'feed',
    'announcer',
    'pop',
    'edge',
    'control',
    'lab',
    'internet',
  ],
};

/** Where time and randomness are arguments and nothing touches sockets, files or processes. */
const pureFolders = [
  'src/bgp/message/',
  'src/bgp/session/',
  'src/bgp/rib/',
  'src/bgp/policy/',
  'src/bgp/speaker/',
  'src/bgp/mrt/decode/',
  'src/bgp/mrt/lines/',
  'src/bgp/mrt/json/',
  'src/bgp/mrt/encode/',
  'src/base/bzip2/',
  'src/bfd/packet/',
  'src/bfd/session/',
  'src/internet/propagation/',
  'src/bgp/bmp/message/',
  'src/bgp/bmp/station/',
  'src/bgp/bmp/sender/',
  'src/rpki/pdu/',
  'src/rpki/data/',
  'src/rpki/session/',
];
const pureFiles = ['src/pop/decision.ts', 'src/pop/drain.ts', 'src/control/fleet.ts', 'src/lab/forwarding.ts'];

const files = globSync('src/**/*.ts').map((path) => ({ path, text: readFileSync(path, 'utf8') }));
const isTest = (path: string): boolean =>
  /\.(test|vectors|contract)\.ts$/.test(path) || path.startsWith('src/testing/');
const production = files.filter(({ path }) => !isTest(path));

function importsOf(text: string): string[] {
  return [...text.matchAll(/^\s*(?:import|export)\b[^'";]*?from '([^']+)'|import\('([^']+)'\)/gm)].map(
    (match) => match[1] ?? (match[2] as string),
  );
}

test('a room imports only the rooms below it', () => {
  assert.ok(production.length > 20, 'the sources were found');
  const wrong: string[] = [];
  for (const { path, text } of production) {
    const room = path.split('/')[1] as string;
    const allowed = mayImport[room];
    assert.ok(
      allowed,
      `src/${room}/ has no row in the table of rooms: add it to mayImport and to docs/architecture.md`,
    );
    for (const specifier of importsOf(text)) {
      if (!specifier.startsWith('.')) continue;
      const target = new URL(specifier, `file:///${path}`).pathname.split('/')[2] as string;
      if (target !== room && !allowed.includes(target)) {
        wrong.push(`${path} imports ${target}/; ${room}/ may import: ${allowed.join(', ') || 'nothing'}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test('a core takes time, randomness and the world as arguments', () => {
  const banned: readonly (readonly [RegExp, string])[] = [
    [/\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/, 'take a Clock, or `now` as an argument'],
    [/\bMath\.random\(|crypto\.getRandomValues/, 'take a Random'],
    [/\bset(Timeout|Interval|Immediate)\(/, 'return an effect that sets a timer'],
    [
      /from 'node:(net|fs|http|child_process|dgram|tls|worker_threads)'/,
      'return an effect; the shell has sockets and files',
    ],
    [/\bprocess\./, 'take it as an argument'],
  ];
  const wrong: string[] = [];
  let seen = 0;
  for (const { path, text } of production) {
    if (!pureFiles.includes(path) && !pureFolders.some((folder) => path.startsWith(folder))) continue;
    seen++;
    for (const [pattern, fix] of banned) if (pattern.test(text)) wrong.push(`${path}: ${pattern} → ${fix}`);
  }
  assert.ok(seen > 10, 'the cores were found');
  assert.deepEqual(wrong, []);
});

test('time and randomness come from base/ everywhere else', () => {
  const wrong = production
    .filter(({ path }) => path !== 'src/base/clock.ts' && path !== 'src/base/random.ts')
    .filter(({ text }) => /\bMath\.random\(/.test(text))
    .map(({ path }) => `${path}: Math.random → take a Random (base/random.ts)`);
  assert.deepEqual(wrong, []);
});

test('tests wait for conditions', () => {
  const wrong = files
    .filter(({ path }) => path.endsWith('.test.ts'))
    .filter(({ text }) =>
      /\bawait (setTimeout|sleep|delay)\(|timers\/promises|new Promise\(\(?\w*\)? => setTimeout/.test(text),
    )
    .map(({ path }) => `${path}: waits for a time → waitFor (src/testing/wait.ts)`);
  assert.deepEqual(wrong, []);
});

test('each file opens with its idea', () => {
  const wrong = production
    .filter(({ text }) => !text.startsWith('/**'))
    .map(({ path }) => `${path}: open with /** … */`);
  assert.deepEqual(wrong, []);
});

test('files stay small', () => {
  const wrong = files
    .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
    .filter(({ lines }) => lines > 500)
    .map(({ path, lines }) => `${path}: ${lines} lines → two files`);
  assert.deepEqual(wrong, []);
});

test('the project names no registry host and no path of a developer’s machine', () => {
  const lock = readFileSync('package-lock.json', 'utf8');
  assert.equal(/"resolved":/.test(lock), false, 'package-lock.json: write it with --omit-lockfile-registry-resolved');
});
