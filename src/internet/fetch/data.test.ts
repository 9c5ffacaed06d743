/** Places, users and round-trip times from servers on loopback that play the npm registry, APNIC and WonderNetwork. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { systemClock } from '../../base/clock.ts';
import { ProblemError } from '../../base/problem.ts';
import { packTar } from '../../testing/tar.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { readPlaces } from '../world/as-places.ts';
import { readUsers, readUsersTable } from '../world/users.ts';
import { newestVersion } from './npm-package.ts';
import { fetchPlaces } from './places.ts';
import { fetchRoundTrips } from './round-trips.ts';
import { fetchUsers, usersOfAnswer } from './users.ts';

const { signal } = new AbortController();
const clock = systemClock;
const stdin = new PassThrough();
const code = (expected: string) => (error: unknown) =>
  error instanceof ProblemError && error.problems[0]?.code === expected;

/** Answers by path; everything else is 404. `asked` lists what was. */
async function serve(context: TestContext, answers: ReadonlyMap<string, string | Buffer>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url as string;
    asked.push(path);
    const answer = answers.get(path);
    response.writeHead(answer === undefined ? 404 : 200).end(answer ?? 'no');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}

const asnTable = '0,99,64500,"One, Inc."\n100,199,64501,Two\n';
const countryTable = '0,149,DE\n150,199,FR\n';

function packages(
  asn: Buffer = gzipSync(packTar({ 'package/package.json': '{}', 'package/asn-ipv4-num.csv': asnTable })),
  country: Buffer = gzipSync(packTar({ 'package/geo-whois-asn-country-ipv4-num.csv': countryTable })),
  { version = '2.3.1', latest = true, hash = true } = {},
): Map<string, string | Buffer> {
  const answers = new Map<string, string | Buffer>();
  for (const [name, tgz] of [
    ['asn', asn],
    ['geo-whois-asn-country', country],
  ] as const) {
    const tarball = `/@ip-location-db/${name}/-/${name}-${version}.tgz`;
    const integrity = `sha512-${createHash('sha512').update(tgz).digest('base64')}`;
    // As a mirror passes it on: with the address of the registry behind it.
    const dist = { tarball: `https://registry.example${tarball}`, ...(hash ? { integrity } : {}) };
    if (latest) answers.set(`/@ip-location-db%2f${name}/latest`, JSON.stringify({ name, version, dist }));
    else {
      const whole = { 'dist-tags': { latest: version }, versions: { [version]: { version, dist } } };
      answers.set(`/@ip-location-db%2f${name}`, JSON.stringify(whole));
    }
    answers.set(tarball, tgz);
  }
  return answers;
}

test('places: two packages are fetched, checked by hash, joined, and not fetched again until there are newer', async (t) => {
  const directory = join(temporaryDirectory(t), 'data');
  const answers = packages();
  const { url: registry, asked } = await serve(t, answers);
  const first = await fetchPlaces({ registry, directory, clock, signal });
  assert.deepEqual([first.ases, first.alreadyThere], [2, false]);
  assert.deepEqual(readdirSync(directory).sort(), ['asn-ranges.csv.gz', 'places.csv'], 'nothing is left beside them');
  assert.match(readFileSync(first.file, 'utf8'), /^# @ip-location-db\/asn 2\.3\.1 \(CC-BY-4\.0/);
  const places = await readPlaces({ file: first.file, stdin });
  assert.deepEqual(places.get(64501)?.countries, [
    { code: 'DE', share: 0.5 },
    { code: 'FR', share: 0.5 },
  ]);
  assert.equal(gunzipSync(readFileSync(first.rangesFile)).toString(), asnTable);
  const count = asked.length;
  assert.equal((await fetchPlaces({ registry, directory, clock, signal })).alreadyThere, true);
  assert.equal(asked.length, count + 2, 'the versions alone were asked for');
  for (const [path, answer] of packages(undefined, undefined, { version: '2.3.2' })) answers.set(path, answer);
  assert.equal((await fetchPlaces({ registry, directory, clock, signal })).alreadyThere, false);
});

test('places: a mirror that knows only whole documents serves, too', async (t) => {
  const { url: registry } = await serve(t, packages(undefined, undefined, { latest: false }));
  assert.equal((await fetchPlaces({ registry, directory: temporaryDirectory(t), clock, signal })).ases, 2);
});

test('places: what is not what the registry describes is refused, and what was there stays', async (t) => {
  const directory = temporaryDirectory(t);
  const answers = packages();
  const { url: registry } = await serve(t, answers);
  await fetchPlaces({ registry, directory, clock, signal });
  const before = readFileSync(join(directory, 'places.csv'));
  const refused = async (changed: ReadonlyMap<string, string | Buffer>, problem: string): Promise<void> => {
    answers.clear();
    for (const [path, answer] of changed) answers.set(path, answer);
    await assert.rejects(fetchPlaces({ registry, directory, clock, signal }), code(problem));
    assert.deepEqual(readdirSync(directory).sort(), ['asn-ranges.csv.gz', 'places.csv']);
    assert.deepEqual(readFileSync(join(directory, 'places.csv')), before);
  };
  const version = '2.3.2';
  const swapped = packages(undefined, undefined, { version });
  swapped.set(`/@ip-location-db/asn/-/asn-${version}.tgz`, gzipSync('something else'));
  await refused(swapped, 'internet.package-damaged');
  await refused(
    packages(gzipSync(packTar({ 'package/other.csv': '' })), undefined, { version }),
    'internet.package-damaged',
  );
  await refused(packages(gzipSync('no archive'.repeat(100)), undefined, { version }), 'internet.package-damaged');
  await refused(packages(undefined, undefined, { version, hash: false }), 'internet.registry-answer');
  await refused(new Map(), 'internet.registry-answer');
  await refused(new Map([['/@ip-location-db%2fasn/latest', '<html>']]), 'internet.registry-answer');
});

test('a package comes from where its registry says, but from the mirror where that only passes on another registry’s address', async (t) => {
  const answers = packages();
  const { url: registry } = await serve(t, answers);
  const { tarball } = await newestVersion(registry, '@ip-location-db/asn', signal);
  assert.equal(tarball, `${registry}@ip-location-db/asn/-/asn-2.3.1.tgz`);
  answers.set('/p/latest', '{"version":"1.0.0","dist":{"tarball":"https://files.example/p.tgz","shasum":"00ff"}}');
  const other = await newestVersion(registry, 'p', signal);
  assert.equal(other.tarball, 'https://files.example/p.tgz');
  assert.deepEqual(other.hash, { algorithm: 'sha1', digest: 'AP8=' });
});

const aspop = (rows: readonly object[]): string =>
  JSON.stringify({ copyright: '…', Date: '20/11/2026', Window: '60 day average', Data: rows });

test('users: the rows of an AS in several economies are added up', async (t) => {
  const rows = [
    { rank: 1, AS: 64500, CC: 'DE', Users: 999 },
    { rank: 2, AS: 64501, CC: 'FR', Users: 30 },
    { rank: 3, AS: 64500, CC: 'AT', Users: 111 },
    { rank: 4, AS: 64500, CC: 'XX', Users: 5 },
  ];
  const { url } = await serve(t, new Map([['/aspop', aspop(rows)]]));
  const directory = temporaryDirectory(t);
  const { file, users, date, ases } = await fetchUsers({ from: `${url}aspop`, directory, clock, signal });
  assert.deepEqual([users, date, ases], [1145, '20/11/2026', 2]);
  assert.deepEqual(readdirSync(directory), ['users.csv']);
  const table = await readUsersTable({ file, stdin });
  assert.deepEqual(table.countries.get(64501), [{ code: 'FR', share: 1 }]);
  assert.deepEqual(table.countries.get(64500), [
    { code: 'DE', share: 0.9 },
    { code: 'AT', share: 0.1 },
  ]);
  assert.deepEqual(
    [...table.users],
    [
      [64500, 1115],
      [64501, 30],
    ],
  );
});

test('users: an answer in another form is refused whole', () => {
  for (const text of [
    '<html>',
    'null',
    '{}',
    aspop([]),
    aspop([{ AS: '64500', Users: 1 }]),
    aspop([{ AS: 64500, Users: -1 }]),
    aspop([
      { AS: 64500, Users: 1 },
      { AS: 2 ** 32, Users: 1 },
    ]),
    aspop([{ AS: 64500, Users: 9e9 }]),
  ])
    assert.throws(() => usersOfAnswer(text, 'x'), code('internet.users-answer'), text);
});

test('round-trip times: each pair’s mean over the day; pings that nobody answered do not count', async (t) => {
  const pairs =
    '"source","destination","timestamp","min","avg","max","mdev"\n1,2,x,1,10,20,1\n1,2,y,1,20,30,1\n2,1,x,1,14,15,1\n2,1,y,,,,\n';
  const cities = 'id,name,latitude,longitude\n1,Here,50,8\n2,There,51,0\n';
  const answers = new Map<string, string | Buffer>([
    ['/pairs', gzipSync(pairs)],
    ['/cities', cities],
    ['/other', 'id,name,latitude,longitude\n8,Here,50,8\n9,There,51,0\n'],
  ]);
  const { url } = await serve(t, answers);
  const directory = temporaryDirectory(t);
  const from = { cities: `${url}cities`, pairs: `${url}pairs`, directory, clock, signal };
  const result = await fetchRoundTrips(from);
  assert.deepEqual([result.cities, result.pairs], [2, 2]);
  assert.equal(gunzipSync(readFileSync(result.pairsFile)).toString(), 'source,destination,avg\n1,2,15.00\n2,1,14.00\n');
  const before = readdirSync(directory).sort();
  assert.deepEqual(before, ['rtt-cities.csv', 'rtt-pairs.csv.gz']);
  await assert.rejects(fetchRoundTrips({ ...from, cities: `${url}other` }), code('internet.no-cities'));
  await assert.rejects(fetchRoundTrips({ ...from, pairs: `${url}none` }), code('internet.fetch-failed'));
  assert.deepEqual(readdirSync(directory).sort(), before);
});

const users = new URL('../../../../shared/data/as-population/apnic-2026-08-repaired.csv.gz', import.meta.url).pathname;
const skip =
  process.env.CI === 'true' && existsSync(users)
    ? false
    : 'downloads 29 MB from the npm registry: only with CI=true, and with ../shared/data/as-population';

test('the real packages give a place to nearly everybody', { skip }, async (t) => {
  const root = new URL('../../../', import.meta.url).pathname;
  const cache = join(root, 'node_modules', '.cache', 'nearcast-places');
  mkdirSync(cache, { recursive: true });
  const names = ['asn', 'geo-whois-asn-country'];
  const packed = (name: string) =>
    readdirSync(cache).find((file) => new RegExp(`^ip-location-db-${name}-\\d.*\\.tgz$`).test(file));
  for (const name of names) {
    if (packed(name) === undefined)
      execFileSync('npm', ['pack', `@ip-location-db/${name}`, '--silent', '--pack-destination', cache], { cwd: root });
  }
  const [asn, country] = names.map((name) => readFileSync(join(cache, packed(name) as string))) as [Buffer, Buffer];
  const { url: registry } = await serve(t, packages(asn, country));
  const { file, ases } = await fetchPlaces({ registry, directory: temporaryDirectory(t), clock, signal });
  assert(ases > 80_000, `${ases} ASes`);
  const places = await readPlaces({ file, stdin });
  let [placed, all] = [0, 0];
  for (const [asn, count] of await readUsers({ file: users, stdin })) {
    all += count;
    if ((places.get(asn)?.countries.length ?? 0) > 0) placed += count;
  }
  assert(placed > 0.999 * all, `${((placed / all) * 100).toFixed(3)} % of users have a place`);
});
