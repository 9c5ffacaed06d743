/**
 * Golden texts of `nearcast internet predict`, `explain`, `nminus1` and `search`: what they say of a small world, and of every kind of
 * input that cannot be used.
 *
 * One file for each group of commands; `UPDATE=1 node --test test/golden/internet.test.ts` rewrites them.
 */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { runNearcast } from '../../src/testing/command-line.ts';
import { temporaryDirectory } from '../../src/testing/temporary.ts';

const root = new URL('../../', import.meta.url).pathname;

/** Vultr buys of 174 and 1299; 3320 is a customer of 1299, 9304 of 174 and 1299; 7018 hears nothing. */
const topology = '174|20473|-1\n1299|20473|-1\n174|1299|0\n1299|3320|-1\n174|9304|-1\n1299|9304|-1\n7018|7019|-1\n';

/** A directory with all that a prediction needs, small enough to check by hand. */
function world(t: TestContext): string {
  const directory = temporaryDirectory(t);
  const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(directory, name), content);
  cpSync(join(root, 'examples/quickstart'), directory, { recursive: true });
  write('as-rel.txt', topology);
  write('users.csv', 'asn,users\n3320,20000000\n9304,5000000\n7018,1000000\n65551,4000\n64999,300\n');
  write(
    'places.csv',
    'asn,name,countries\n3320,Deutsche Telekom AG,DE:1\n9304,"HGC, Ltd.",HK:0.9 SG:0.1\n7018,AT&T,US:1\n',
  );
  write(
    'rtt-cities.csv',
    'id,name,latitude,longitude\n1,Frankfurt,50.1,8.7\n2,Singapore,1.3,103.9\n3,Hong Kong,22.3,114.2\n',
  );
  write('rtt-pairs.csv', 'source,destination,avg\n1,2,160\n2,1,160\n1,3,190\n3,1,190\n2,3,35\n3,2,35\n');
  write('links-vultr.json', '{"frankfurt": [1299], "singapore": [174]}');
  write('asn-ranges.csv', '10.0.0.0,10.0.0.255,3320,DTAG\n10.0.1.0,10.0.3.255,9304,HGC\n');
  write(
    'two.yaml',
    `network: two
asn: 64500
prefixes: [{ prefix: 192.0.2.0/24, address: 192.0.2.1 }]
pops:
  fra: { location: "Frankfurt, DE", sessions: [{ provider: vultr, sourceAddress: 203.0.113.1, password: { env: P } }] }
  sin: { location: "Singapore, SG", sessions: [{ provider: vultr, sourceAddress: 203.0.113.2, password: { env: P } }] }
`,
  );
  write(
    'linkless.yaml',
    readFileSync(join(directory, 'two.yaml'), 'utf8').replace(/sin: .*/, (line) =>
      line.replace('provider: vultr', 'peerAsn: 4200000001, neighborAddress: 203.0.113.9'),
    ),
  );
  write('cut.gz', gzipSync(topology.repeat(50)).subarray(0, 60));
  write(
    'noise',
    Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919) >>> 3),
  );
  write('wrong-users.csv', 'asn,users\n3320,20000000\n9304,many\n');
  write('endless-users.csv', 'asn,users\n3320,1e308\n');
  write('strangers.csv', 'asn,users\n65551,4000\n65552,300\n');
  write('wrong-links.json', '{"frankfurt": ["1299"]}');
  return directory;
}

interface Told {
  readonly text: string;
}

async function nearcast(cwd: string, line: string): Promise<Told> {
  const { code, out, err } = await runNearcast(['internet', ...line.split(' ')], cwd);
  return { text: `$ nearcast internet ${line}\n${err}${out}(exit code ${code})\n` };
}

/** Runs two at a time: the machines of tests have few cores. */
async function transcript(cwd: string, lines: readonly string[]): Promise<string> {
  const told: string[] = [];
  const queue = [...lines.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      told[next[0]] = (await nearcast(cwd, next[1])).text;
  };
  await Promise.all([worker(), worker()]);
  return told.join('\n');
}

function compare(name: string, actual: string): void {
  const expectation = new URL(name, import.meta.url);
  if (process.env.UPDATE === '1') writeFileSync(expectation, actual);
  assert.equal(actual, readFileSync(expectation, 'utf8'), 'UPDATE=1 rewrites the golden texts');
}

test('golden: predictions of a small world', async (t) => {
  const lines = [
    'predict two.yaml --data .',
    'predict two.yaml --data . --by as',
    'predict two.yaml --data . --by prefix',
    'predict two.yaml --data . --by country --json',
    'explain two.yaml 3320 --data .',
    'explain two.yaml AS7018 --data .',
    'nminus1 two.yaml --data . --capacity fra=22000000',
    'search two.yaml --data . --vary prepends --changes 1',
    'predict network.yaml --internet internet.yaml',
  ];
  compare('internet-predictions.txt', await transcript(world(t), lines));
});

test('golden: what cannot be predicted, and why', async (t) => {
  const lines = [
    'predict two.yaml',
    'predict two.yaml --data nowhere',
    'predict two.yaml --topology as-rel.txt',
    'predict two.yaml --topology cut.gz',
    'predict two.yaml --topology noise',
    'predict two.yaml --data . --users noise',
    'predict two.yaml --data . --users wrong-users.csv',
    'predict two.yaml --data . --users endless-users.csv',
    'predict two.yaml --data . --users strangers.csv',
    'predict two.yaml --data . --links vultr=wrong-links.json',
    'predict linkless.yaml --data .',
    'predict network.yaml --data .',
    'predict two.yaml --data . --output x.csv',
    'predict two.yaml --data . --by as --output none/x.csv',
    'explain two.yaml 65551 --data .',
    'nminus1 two.yaml --data . --capacity ams=5',
    'search two.yaml --data . --vary prepends --nminus1-p90 5',
    'search two.yaml --data . --budget 5',
  ];
  compare('internet-problems.txt', await transcript(world(t), lines));
});
