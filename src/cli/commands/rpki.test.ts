/** The command as a process: what it prints, where, and how it ends. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exitCode } from '../../base/exit-codes.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, 'rpki', 'validate', ...args], { encoding: 'utf8' });
}

function vrpFile(context: TestContext): string {
  const file = join(temporaryDirectory(context), 'vrps.json');
  const roas = [
    { prefix: '192.0.2.0/24', maxLength: 25, asn: 'AS64500' },
    { prefix: '192.0.0.0/16', maxLength: 16, asn: 64501 },
  ];
  const aspas = [
    { customer_asid: 64500, providers: [64501] },
    { customer_asid: 64501, providers: [0] },
  ];
  writeFileSync(file, JSON.stringify({ roas, aspas }));
  return file;
}

test('each state, with its reason and exit code', (context) => {
  const file = vrpFile(context);
  const valid = run('192.0.2.0/25', 'AS64500', '--vrps', file);
  assert.equal(
    valid.stdout,
    `192.0.2.0/25 from AS64500: valid
  a ROA lets AS64500 announce 192.0.2.0/24 up to /25

  ROA PREFIX    UP TO  ASN      MATCHES
  192.0.0.0/16  /16    AS64501  another AS; the route is too specific
  192.0.2.0/24  /25    AS64500  yes

by 2 VRPs and 2 ASPAs from file ${file}
`,
  );
  assert.deepEqual([valid.status, valid.stderr], [exitCode.ok, '']);
  const invalid = run('192.0.2.0/26', '64500', '--vrps', file);
  assert.match(
    invalid.stdout,
    /^192\.0\.2\.0\/26 from AS64500: invalid\n {2}the ROA of AS64500 for 192\.0\.2\.0\/24 ends at \/25/,
  );
  assert.equal(invalid.status, exitCode.failure);
  const notFound = run('198.51.100.0/24', '64500', '--vrps', file);
  assert.match(notFound.stdout, /^198\.51\.100\.0\/24 from AS64500: not-found\n {2}no ROA covers 198\.51\.100\.0\/24/);
  assert.equal(notFound.status, exitCode.ok);
});

test('--path says whether the path leaks', (context) => {
  const file = vrpFile(context);
  const good = run('192.0.2.0/24', '64500', '--vrps', file, '--path', '64501 64500', '--from', 'customer');
  assert.match(good.stdout, /path: valid\n/);
  assert.equal(good.status, exitCode.ok);
  const leak = run('192.0.2.0/24', '64500', '--vrps', file, '--path', '64510 64501 64500', '--from', 'peer');
  assert.match(leak.stdout, /path: invalid\n {2}AS64501 does not name AS64510 as its provider\n/);
  assert.equal(leak.status, exitCode.failure);
});

test('--json', (context) => {
  const file = vrpFile(context);
  const { stdout } = run('192.0.2.0/24', '64500', '--vrps', file, '--json', '--path', '64500');
  const { state, covering, path, source } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(
    { state, covering, path, source },
    {
      state: 'valid',
      covering: [
        {
          prefix: '192.0.0.0/16',
          maxLength: 16,
          asn: 64501,
          matches: false,
          objections: ['other-asn', 'too-specific'],
        },
        { prefix: '192.0.2.0/24', maxLength: 25, asn: 64500, matches: true, objections: [] },
      ],
      path: { state: 'valid', reason: 'the neighbour is the origin', hops: [] },
      source: { what: `file ${file}`, vrps: 2, aspas: 2 },
    },
  );
});

test('what is wrong with the question', (context) => {
  const file = vrpFile(context);
  for (const [args, code] of [
    [['192.0.2.1/24', '64500', '--vrps', file], 'rpki.prefix'],
    [['192.0.2.0/24', 'ASX', '--vrps', file], 'rpki.asn'],
    [['192.0.2.0/24', '64500'], 'rpki.source'],
    [['192.0.2.0/24', '64500', '--vrps', file, '--cache', 'a:1'], 'rpki.source'],
    [['192.0.2.0/24', '64500', '--cache', 'a:b'], 'rpki.cache-address'],
    [['192.0.2.0/24', '64500', '--vrps', file, '--path', '64500 64501'], 'rpki.path'],
  ] as const) {
    const { status, stdout, stderr } = run(...args);
    assert.equal(status, exitCode.usage, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`code: {2}${code}\n`));
  }
  assert.equal(run('192.0.2.0/24', '64500', '--vrps', file, '--from', 'friend').status, exitCode.usage);
});

test('what is wrong with the data', (context) => {
  const missing = run('192.0.2.0/24', '64500', '--vrps', join(temporaryDirectory(context), 'none.json'));
  assert.equal(missing.status, exitCode.invalidInput);
  assert.match(missing.stderr, /code: {2}rpki\.file\n/);
  const away = run('192.0.2.0/24', '64500', '--cache', '127.0.0.1:1');
  assert.equal(away.status, exitCode.unreachable);
  assert.match(away.stderr, /where: cache 127\.0\.0\.1:1\n/);
});

test('--help has examples and the exit codes', () => {
  const { stdout, status } = run('--help');
  assert.equal(status, exitCode.ok);
  assert.match(stdout, /Examples:\n {2}nearcast rpki validate 192\.0\.2\.0\/24 64500 --cache /);
  assert.match(stdout, /Ends with 0 where the route is valid/);
});
