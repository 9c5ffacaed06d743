/** A new user's first two commands, against servers on loopback: fetch everything, predict from it; and one source that is away. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { runNearcast } from '../../testing/command-line.ts';
import { packTar } from '../../testing/tar.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';

function sources(): Map<string, string | Buffer> {
  const answers = new Map<string, string | Buffer>([
    ['/caida/', '<a href="20260901.as-rel2.txt.bz2">'],
    [
      '/caida/20260901.as-rel2.txt.bz2',
      gzipSync('174|20473|-1\n1299|20473|-1\n174|1299|0\n1299|3320|-1\n174|9304|-1\n'),
    ],
    [
      '/aspop',
      JSON.stringify({
        Date: '20/11/2026',
        Data: [
          { AS: 3320, Users: 900 },
          { AS: 9304, Users: 100 },
        ],
      }),
    ],
    ['/cities', 'id,name,latitude,longitude\n1,Frankfurt,50,8\n2,Singapore,1,103\n'],
    ['/pairs', 'source,destination,avg\n1,2,160\n2,1,160\n'],
  ]);
  for (const [name, path, table] of [
    ['asn', 'asn-ipv4-num.csv', '0,99,3320,"DTAG"\n100,199,9304,HGC\n'],
    ['geo-whois-asn-country', 'geo-whois-asn-country-ipv4-num.csv', '0,99,DE\n100,199,HK\n'],
  ] as const) {
    const tgz = gzipSync(packTar({ [`package/${path}`]: table }));
    const integrity = `sha512-${createHash('sha512').update(tgz).digest('base64')}`;
    const dist = { tarball: `https://registry.example/-/${name}.tgz`, integrity };
    answers.set(`/npm/@ip-location-db%2f${name}/latest`, JSON.stringify({ version: '1.0.0', dist }));
    answers.set(`/npm/-/${name}.tgz`, tgz);
  }
  return answers;
}

async function serve(context: TestContext, answers: ReadonlyMap<string, string | Buffer>): Promise<string> {
  const server = createServer((request, response) => {
    const answer = answers.get(request.url as string);
    response.writeHead(answer === undefined ? 503 : 200).end(answer ?? 'later');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const nearcast = (...words: readonly string[]) => runNearcast(['internet', ...words]);

const from = (url: string): string[] => [
  ...['--from', `${url}/caida/`, '--registry', `${url}/npm/`, '--users-from', `${url}/aspop`],
  ...['--rtt-cities-from', `${url}/cities`, '--rtt-pairs-from', `${url}/pairs`],
];

test('one command fetches all, and the next one predicts from it without another option', async (t) => {
  const url = await serve(t, sources());
  const directory = join(temporaryDirectory(t), 'internet');
  const fetched = await nearcast('fetch', '--data', directory, ...from(url));
  assert.equal(fetched.code, 0, fetched.err);
  assert.match(
    fetched.out,
    /20260901\.as-rel2\.txt\.graph.*where 2 ASes are.*1 k users in 2 ASes.*2 pairs of 2 cities/s,
  );
  assert.deepEqual(readdirSync(directory).sort(), [
    '20260901.as-rel2.txt.bz2',
    '20260901.as-rel2.txt.graph',
    'asn-ranges.csv.gz',
    'places.csv',
    'rtt-cities.csv',
    'rtt-pairs.csv.gz',
    'users.csv',
  ]);
  const predicted = await nearcast('predict', 'examples/vultr-ten/network.yaml', '--data', directory, '--json');
  assert.equal(predicted.code, 0, predicted.err);
  assert.equal(predicted.err, '', 'nothing is missing');
  const { all, usersOutside, usersNowhere } = JSON.parse(predicted.out);
  assert.deepEqual([Math.round(all.users), usersOutside, usersNowhere], [1000, 0, 0]);
});

test('a source that is away is told, and the others are fetched', async (t) => {
  const answers = sources();
  answers.delete('/aspop');
  answers.delete('/npm/-/asn.tgz');
  const url = await serve(t, answers);
  const directory = temporaryDirectory(t);
  const { code, out, err } = await nearcast('fetch', '--data', directory, '--json', ...from(url));
  assert.equal(code, 5);
  assert.deepEqual(Object.keys(JSON.parse(out)), ['topology', 'rtt']);
  assert.equal(err.match(/^error: /gm)?.length, 2, err);
  assert.match(err, /503.*asn\.tgz.*503.*aspop/s);
  const only = await nearcast('fetch', '--data', directory, '--only', 'rtt', ...from(url));
  assert.equal(only.code, 0, only.err);
});
