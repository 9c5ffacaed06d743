/** `nearcast internet predict` with measurements, rules for ties, and networks that refuse the route: as a process, from files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exitCode } from '../../base/exit-codes.ts';
import { formatProblem, ProblemError } from '../../base/problem.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { measuredOf, refusalOf } from '../internet/refine-options.ts';
import { loadPrediction } from '../internet/world-options.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

const network = `network: two
asn: 64500
prefixes: [{ prefix: 192.0.2.0/24, address: 192.0.2.1 }]
pops:
  fra: { location: "Frankfurt, DE", sessions: [{ peerAsn: 10, neighborAddress: 203.0.113.9, sourceAddress: 203.0.113.1 }] }
  sin: { location: "Singapore, SG", sessions: [{ peerAsn: 20, neighborAddress: 203.0.113.9, sourceAddress: 203.0.113.2 }] }
`;

/** 30 (Germany and Singapore) buys of 10 and of 20, 31 of 10, 32 of 31; 10 and 20 peer. */
function world(context: TestContext): {
  readonly args: readonly string[];
  readonly file: (name: string, text: string) => string;
} {
  const directory = temporaryDirectory(context);
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const args = [
    file('network.yaml', network),
    '--topology',
    file('as-rel.txt', '10|30|-1\n20|30|-1\n10|31|-1\n31|32|-1\n10|20|0\n'),
    '--users',
    file('users.csv', 'asn,users\n30,1000\n31,200\n32,100\n'),
    '--places',
    file('places.csv', 'asn,name,countries\n30,Thirty,DE:0.5 SG:0.5\n31,Thirty-One,DE:1\n32,,DE:1\n'),
  ];
  return { args, file };
}

function run(command: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'internet', command, ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function shares(args: readonly string[]): Record<string, number> {
  const { status, stdout, stderr } = run('predict', [...args, '--json']);
  assert.equal(status, 0, stderr);
  const { pops } = JSON.parse(stdout) as { pops: { pop: string; users: number }[] };
  return Object.fromEntries(pops.map(({ pop, users }) => [pop, Math.round(users)]));
}

const header = 'experiment,method,asn,site\n';

test('the rule for ties is one of three; explain shows ties as ties', (context) => {
  const { args } = world(context);
  assert.deepEqual(shares([...args, '--ties', 'nearest']), { fra: 800, sin: 500 });
  assert.deepEqual(shares(args), { fra: 1300, sin: 0 });
  assert.deepEqual(shares([...args, '--ties', 'lowest-asn']), { fra: 1300, sin: 0 });
  assert.deepEqual(shares([...args, '--ties', 'shares']), { fra: 800, sin: 500 });
  const [network = '', ...files] = args;
  const explained = run('explain', [network, '30', ...files, '--ties', 'nearest']).stdout;
  assert.match(explained, /lands at fra, sin\./);
  assert.equal(explained.match(/chosen, beside its ties/g)?.length, 2);
  assert.match(
    run('explain', [network, '30', ...files, '--ties', 'lowest-asn']).stdout,
    /a tie; the lower AS number wins/,
  );
});

test('measured networks land where they were measured, the others by routing; the text says how far that goes', (context) => {
  const { args, file } = world(context);
  const measured = file('catchments.csv', `${header}fra+sin,ping,30,sin\nfra+sin,ping,31,sin\nfra+sin,log,32,sin\n`);
  const all = [...args, '--measured', measured, '--ties', 'lowest-asn'];
  assert.deepEqual(shares(all), { fra: 100, sin: 1200 });
  assert.deepEqual(shares([...all, '--method', 'log']), { fra: 1200, sin: 100 });
  const text = run('predict', all).stdout;
  assert.match(
    text,
    /Measured: 1 experiment tells where 92 % of the users land \(2 ASes\), sure for 92 % of all users\./,
  );
  const json = JSON.parse(run('predict', [...all, '--json']).stdout);
  assert.deepEqual(json.measured, {
    ases: 2,
    users: 1200,
    sureUsers: 1200,
    inferredUsers: 0,
    expectedRightUsers: 1140,
    pops: ['fra', 'sin'],
    unmeasuredPops: [],
    experiments: 1,
  });
  const report = file('report.html', '');
  assert.equal(run('predict', [...all, '--report', report]).status, 0);
  assert.match(readFileSync(report, 'utf8'), /sure for 92 % of all users/);
  const lost = JSON.parse(run('nminus1', [...all, '--json']).stdout);
  assert.deepEqual(
    lost.losses.map(({ pop, users }: { pop: string; users: number }) => [pop, Math.round(users)]),
    [
      ['fra', 100],
      ['sin', 1200],
    ],
  );
});

test('an invalid or poisoned announcement: who refuses it, and who hears of it no more', (context) => {
  const { args, file } = world(context);
  const rov = file('rov.txt', '# seen\nAS31\n4200000000\n');
  const { stdout, status } = run('predict', [...args, '--invalid', '--rov', rov]);
  assert.equal(status, 0);
  assert.match(stdout, /^1 AS refuses the route: 2 ASes have none then, with 300 of 1 k users \(23 %\); 100 of these/m);
  assert.match(stdout, /31 +Thirty-One +200 +refuses it/);
  assert.match(stdout, /32 .*100 +hears of it from nobody/);
  const json = JSON.parse(run('predict', [...args, '--poison', '20,31', '--json']).stdout);
  assert.deepEqual([json.refused.refusing, json.refused.users, json.unreachedUsers], [2, 300, 300]);
  const [network = '', ...files] = args;
  assert.match(run('explain', [network, '31', ...files, '--poison', '31']).stdout, /it takes no such route/);
});

test('what cannot be used is refused with its place and a way out', async (context) => {
  const { args, file } = world(context);
  const [network = '', , topology = '', , users = '', , places = ''] = args;
  const prediction = await loadPrediction(network, { topology, users, places, family: 4 });
  const refused = async (work: Promise<unknown>, text: RegExp): Promise<void> => {
    await assert.rejects(
      work,
      (error) => error instanceof ProblemError && text.test(error.problems.map(formatProblem).join()),
    );
  };
  const measured = async (rows: string, text: RegExp): Promise<void> =>
    refused(measuredOf({ measured: file('bad.csv', header + rows), method: 'ping' }, prediction), text);
  await measured('lhr+nrt,ping,30,lhr\n', /no measured site \(lhr, nrt\) is a PoP/);
  await measured('fra+nrt,ping,30,fra\n', /only fra is a PoP of the network[\s\S]*bad\.csv/);
  await measured('fra+sin,ping,30,iad\n', /bad\.csv:2/);
  await measured('fra+sin,ping,77,fra\nfra+sin,ping,78,fra\n', /2 of 2 measured ASes are not in the topology/);
  await measured('', /no row was measured by "ping"/);
  await refused(measuredOf({ paths: 'x.csv', method: 'ping' }, prediction), /--paths belongs to --measured/);
  await refused(refusalOf({ invalid: true }, prediction), /--invalid needs to know who validates/);
  const rov = (text: string) => file('rov.txt', text);
  await refused(refusalOf({ rov: rov('31\n') }, prediction), /nothing is invalid/);
  await refused(refusalOf({ invalid: true, rov: rov('31\nComcast\n') }, prediction), /rov\.txt:2/);
  await refused(refusalOf({ invalid: true, rov: rov('# none\n') }, prediction), /names no AS/);
  await refused(
    refusalOf({ invalid: true, rov: rov('4200000000\n') }, prediction),
    /none of its ASes is in the topology/,
  );
  await refused(refusalOf({ poison: [4_200_000_000] }, prediction), /AS4200000000, which --poison names/);
  assert.equal(run('predict', [...args, '--ties', 'highest']).status, exitCode.usage);
});
