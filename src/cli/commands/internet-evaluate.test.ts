/** The command as a process: what it prints, and what it says of bad input. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { exitCode } from '../../base/exit-codes.ts';
import { seededRandom } from '../../base/random.ts';
import { madeEvidence } from '../../internet/calibration/made-internet.vectors.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, 'internet', 'evaluate', ...args], { encoding: 'utf8' });
}

function write(context: TestContext, name: string, content: string | Uint8Array): string {
  const file = join(temporaryDirectory(context), name);
  writeFileSync(file, content);
  return file;
}

const header = 'experiment,method,asn,site';
const topology = (context: TestContext): string =>
  write(context, 'as-rel.txt', Array.from({ length: 299 }, (_, i) => `1|${i + 2}|-1`).join('\n'));

function catchments(): string {
  const { experiments, outcomes, asns, sites } = madeEvidence(seededRandom(1), {
    ases: 300,
    noise: 0.05,
    measured: 0.6,
  });
  const lines = experiments.flatMap(({ name, first, second }, e) =>
    [...(outcomes[e] ?? [])].flatMap((outcome, row) =>
      outcome === 0 ? [] : [`${name},ping,${asns[row]},${sites[outcome > 0 ? first : second]}`],
    ),
  );
  return [header, ...lines, ''].join('\n');
}

const paths = `experiment,announced_by,collector,monitor_asn,as_path
ams+fra,ams,c,3,3 1 2 64999
ams+fra,fra,c,3,3 1 4 64999
ams+fra,ams+fra,c,3,this is never read
`;

test('experiments as JSON and as a table, from packed and plain files', (context) => {
  const files = [
    '--topology',
    topology(context),
    '--catchments',
    write(context, 'catchments.csv.gz', gzipSync(catchments())),
    '--paths',
    write(context, 'paths.csv', paths),
    '--population',
    write(context, 'users.csv', 'asn,users\n2,1000\n3,500\n'),
  ];
  const { status, stdout, stderr } = run(...files, '--json');
  assert.equal(status, exitCode.ok, stderr);
  const { experiments, mean, meanNonTrivial, method } = JSON.parse(stdout);
  assert.equal(method, 'ping');
  assert.equal(experiments.length, 10);
  assert.equal(mean.experiments, 10);
  assert.ok(meanNonTrivial.ours > 0.7 && mean.oursByUsers >= 0 && mean.oursByUsers <= 1);
  const [amsFra] = experiments;
  assert.equal(amsFra.experiment, 'ams+fra');
  assert.ok(amsFra.plain !== null && experiments.at(-1).plain === null, 'only where both sites were seen in paths');
  const table = run(...files);
  assert.match(table.stdout, /EXPERIMENT +ASES +BIGGER .*\nams\+fra +\d+ +\d+\.\d/);
  assert.match(table.stdout, /mean of 10 /);
});

const bad: readonly (readonly [why: string, rows: string, code: string, where: string])[] = [
  ['a column is missing', 'experiment,asn,site\n', 'internet.csv-column', ':1'],
  ['an experiment of one site', `${header}\nams,ping,1,ams\n`, 'internet.catchment-experiment', ':2'],
  ['an experiment of a site with itself', `${header}\nams+ams,ping,1,ams\n`, 'internet.catchment-experiment', ':2'],
  ['a site of another experiment', `${header}\nams+fra,ping,1,gru\n`, 'internet.catchment-site', ':2'],
  ['no number', `${header}\nams+fra,ping,x,ams\n`, 'internet.csv-number', ':2'],
  ['no AS number', `${header}\nams+fra,ping,0,ams\n`, 'internet.csv-number', ':2'],
  ['an AS twice', `${header}\nams+fra,ping,1,ams\nams+fra,ping,1,fra\n`, 'internet.catchment-twice', ':3'],
  ['cut off within a row', `${header}\nams+fra,ping,1,ams\nams+fra,pi`, 'internet.catchment-row', ':3'],
  ['no row of the method', `${header}\nams+fra,log,1,ams\n`, 'internet.catchment-empty', ''],
  ['nothing', '', 'internet.catchment-empty', ''],
  ['another Internet', `${header}\nams+fra,ping,4000,ams\n`, 'internet.asn-unknown', ''],
];

for (const [why, rows, code, where] of bad) {
  test(`refused with a place and a way out: ${why}`, (context) => {
    const file = write(context, 'catchments.csv', rows);
    const { status, stdout, stderr } = run('--topology', topology(context), '--catchments', file);
    assert.equal(status, exitCode.invalidInput, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`code: +${code.replace('.', '\\.')}`));
    assert.ok(stderr.includes(`${file}${where}`), stderr);
    assert.match(stderr, /fix: /);
  });
}

test('an experiment that was not measured is told', (context) => {
  const file = write(context, 'catchments.csv', catchments());
  const { status, stderr } = run('--topology', topology(context), '--catchments', file, '--only', 'ams+zzz');
  assert.equal(status, exitCode.invalidInput, stderr);
  assert.match(stderr, /no experiment "ams\+zzz".*[\s\S]*name one of ams\+fra/);
});

test('a packed file that breaks off is refused', (context) => {
  const file = write(context, 'catchments.csv.gz', gzipSync(catchments()).subarray(0, 2000));
  const { status, stderr } = run('--topology', topology(context), '--catchments', file);
  assert.equal(status, exitCode.invalidInput);
  assert.match(stderr, /internet\.file-damaged/);
});

test('paths: a bad ASN is told with its line; no single-site path is an error', (context) => {
  const good = ['--topology', topology(context), '--catchments', write(context, 'c.csv', catchments())];
  const wrong = run(...good, '--paths', write(context, 'p.csv', `announced_by,as_path\nams,1 {2}\n`));
  assert.equal(wrong.status, exitCode.invalidInput);
  assert.match(wrong.stderr, /p\.csv:2/);
  const none = run(...good, '--paths', write(context, 'p.csv', `announced_by,as_path\nams+fra,1 2 3\n`));
  assert.match(none.stderr, /internet\.path-empty/);
});

test('without anything to evaluate, or without a topology, the usage is wrong', (context) => {
  assert.equal(run().status, exitCode.usage);
  assert.equal(run('--catchments', write(context, 'c.csv', catchments())).status, exitCode.usage);
});

const shareTable = `bgp;AMS;GRU;SEA;unknown
baseline;500;300;200;90
1xAMS;300;400;300;90
2xAMS;200;450;350;90
0xAMS;0;560;440;90
-1xAMS;700;180;120;90
1xGRU;560;200;240;90
`;

test('shares: predicted from the other configurations, with both baselines', (context) => {
  const { status, stdout, stderr } = run('--shares', write(context, 's.csv', shareTable), '--json');
  assert.equal(status, exitCode.ok, stderr);
  const { shares } = JSON.parse(stdout);
  assert.equal(shares.configurations.length, 6);
  assert.equal(shares.mean.configurations, 5);
  assert.ok(shares.mean.ours < shares.mean.unchanged, JSON.stringify(shares.mean));
  for (const { predicted } of shares.configurations) {
    assert.ok(Math.abs(predicted.reduce((sum: number, share: number) => sum + share, 0) - 1) < 1e-6);
  }
  const gone = shares.configurations.find(({ configuration }: { configuration: string }) => configuration === '0xAMS');
  assert.ok(gone.predicted[0] < 0.01, 'nobody lands where nothing is announced');
});

const badShares: readonly (readonly [why: string, text: string, code: string, line: string])[] = [
  ['another table', 'asn,users\n', 'internet.shares-header', ':1'],
  ['an unknown site', 'bgp;AMS;GRU\nbaseline;1;2\n3xNRT;1;2\n', 'internet.shares-configuration', ':3'],
  ['cut off', 'bgp;AMS;GRU\nbaseline;1', 'internet.shares-row', ':2'],
  ['no count', 'bgp;AMS;GRU\nbaseline;1;many\n', 'internet.shares-count', ':2'],
  ['nobody anywhere', 'bgp;AMS;GRU\nbaseline;0;0\n', 'internet.shares-nobody', ':2'],
  ['twice', 'bgp;AMS;GRU\nbaseline;1;2\nbaseline;1;2\n', 'internet.shares-twice', ':3'],
  ['too few', 'bgp;AMS;GRU\nbaseline;1;2\n1xAMS;1;2\n', 'internet.shares-few', ''],
];

for (const [why, text, code, line] of badShares) {
  test(`shares refused with a place and a way out: ${why}`, (context) => {
    const file = write(context, 's.csv', text);
    const { status, stderr } = run('--shares', file);
    assert.equal(status, exitCode.invalidInput, stderr);
    assert.ok(stderr.includes(code) && stderr.includes(`${file}${line}`), stderr);
  });
}

const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const tangled = join(data, 'catchments/tangled-playbook-2020.csv');

test('shares of the Tangled testbed: nearer than both baselines', {
  skip: existsSync(tangled) ? false : 'the measured shares are not on this machine (../shared/data/catchments)',
}, () => {
  const { mean } = JSON.parse(run('--shares', tangled, '--json').stdout).shares;
  assert.equal(mean.configurations, 35);
  assert.ok(mean.ours < 3.3 && mean.ours < mean.nearest && mean.ours < mean.unchanged, JSON.stringify(mean));
});

const peering = join(data, 'catchments/peering-2019-catchments.csv.gz');

test('experiments of the PEERING testbed: no worse than they were, and sure only where right', {
  skip: existsSync(peering) ? false : 'the measured catchments are not on this machine (../shared/data/catchments)',
}, () => {
  // Of the hard ones some that a change for the worse would show in; the whole evaluation takes minutes.
  const floors = { 'clemson01+seattle01': 0.9, 'grnet01+seattle01': 0.95, 'seattle01+uw01': 0.96 };
  const { stdout, stderr } = run(
    '--topology',
    join(data, 'as-rel/20191201.as-rel2.txt.bz2'),
    '--catchments',
    peering,
    '--paths',
    join(data, 'catchments/peering-2019-paths.csv.gz'),
    '--population',
    join(data, 'as-population/apnic-2026-08-repaired.csv.gz'),
    ...Object.keys(floors).flatMap((name) => ['--only', name]),
    '--json',
  );
  const { experiments } = JSON.parse(stdout);
  assert.equal(experiments.length, 3, stderr);
  for (const { experiment, ours, ownOrder, confident } of experiments) {
    const floor = floors[experiment as keyof typeof floors];
    assert.ok(ours >= floor && ours > ownOrder, `${experiment}: ${ours}, by order ${ownOrder}`);
    assert.ok(
      confident.accuracy === null || confident.accuracy >= 0.95,
      `${experiment}: sure, and right in ${confident.accuracy}`,
    );
  }
});
