/** Tables of the world: read, joined, and brought down to cells. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ProblemError } from '../../base/problem.ts';
import { mustLocation } from '../../testing/places.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { buildAsGraph, numberOfAsn } from '../topology/as-graph.ts';
import { AsLinks, linkKind } from '../topology/as-links.ts';
import { formatPlaces, joinPlaces, readPlaces } from './as-places.ts';
import { readCityRtt } from './city-rtt.ts';
import { countries, findCountry } from './countries.ts';
import { type CsvRow, countAses, readCsv } from './csv.ts';
import { filesIn } from './data-directory.ts';
import { latencyModel } from './latency.ts';
import { loadWorld } from './load-world.ts';
import { readUsers } from './users.ts';
import { worldOf } from './world.ts';

const { stdin } = process;

function file(t: TestContext, name: string, text: string): { file: string; stdin: typeof stdin } {
  const path = join(temporaryDirectory(t), name);
  writeFileSync(path, text);
  return { file: path, stdin };
}

async function problemOf(promise: Promise<unknown>): Promise<{ code: string; where?: string }> {
  const error = await promise.then(
    () => assert.fail('no problem'),
    (reason: unknown) => reason,
  );
  assert(error instanceof ProblemError, String(error));
  return error.problems[0] as { code: string; where?: string };
}

test('rows come with their line, quotes are taken off, comments and empty lines are left out', async (t) => {
  const rows: CsvRow[] = [];
  for await (const row of readCsv(file(t, 'a.csv', '# head\r\n1,"a ""b"", c",x\r\n\r\n2,,"end"'))) rows.push(row);
  assert.deepEqual(rows, [
    { line: 2, fields: ['1', 'a "b", c', 'x'] },
    { line: 4, fields: ['2', '', 'end'] },
  ]);
});

test('users are read by either column, and a wrong line is named', async (t) => {
  const users = await readUsers(file(t, 'u.csv', 'asn,users_raw,users_repaired,repaired\n64500,1,20,1\n64501,5,5,0\n'));
  assert.deepEqual(
    [...users],
    [
      [64500, 20],
      [64501, 5],
    ],
  );
  const bad = await problemOf(readUsers(file(t, 'u.csv', 'asn,users\n64500,10\n64501,many\n')));
  assert.equal(bad.code, 'internet.csv-number');
  assert.match(bad.where ?? '', /u\.csv:3$/);
  assert.equal((await problemOf(readUsers(file(t, 'u.csv', 'as,people\n1,2\n')))).code, 'internet.csv-column');
  assert.equal((await problemOf(readUsers(file(t, 'u.csv', 'asn,users\n')))).code, 'internet.no-users');
});

test('an AS is in a country by its share of addresses, whatever way the ranges overlap', async (t) => {
  const ranges = file(t, 'asn.csv', '0,99,64500,"One, Inc."\n100,199,64501,Two\n300,399,64500,"One, Inc."\n');
  const byCountry = file(t, 'country.csv', '0,49,DE\n50,149,FR\n60,60,XX\n150,350,US\n');
  const places = await joinPlaces(ranges, byCountry);
  assert.deepEqual(places.get(64501), {
    name: 'Two',
    countries: [
      { code: 'FR', share: 0.5 },
      { code: 'US', share: 0.5 },
    ],
  });
  const one = places.get(64500);
  assert.deepEqual(
    one?.countries.map(({ code }) => code),
    ['US', 'DE', 'FR'],
  );
  const again = await readPlaces(file(t, 'places.csv', formatPlaces(places)));
  assert.deepEqual([...again.keys()], [64500, 64501]);
  assert.equal(again.get(64500)?.name, 'One, Inc.');
  assert.deepEqual(again.get(64501), places.get(64501));
  const unsorted = await problemOf(joinPlaces(file(t, 'asn.csv', '100,199,1,a\n0,99,2,b\n'), byCountry));
  assert.equal(unsorted.code, 'internet.ranges-unsorted');
});

test('tables of something else are refused, with the line and what was expected', async (t) => {
  const users = (rows: string) => readUsers(file(t, 'u.csv', `asn,users\n${rows}\n`));
  const cities = (rows: string, pairs = '1,2,5') =>
    readCityRtt(
      file(t, 'c.csv', `id,name,latitude,longitude\n${rows}\n`),
      file(t, 'p.csv', `source,destination,avg\n${pairs}\n`),
    );
  const places = (text: string) => readPlaces(file(t, 'p.csv', text));
  for (const [read, code, where] of [
    [() => users('64500,1e300'), 'internet.csv-number', 'u.csv:2'],
    [() => users('64500,-1'), 'internet.csv-number', 'u.csv:2'],
    [() => users('64500,1\n0,1'), 'internet.csv-number', 'u.csv:3'],
    [() => users('1.5,1'), 'internet.csv-number', 'u.csv:2'],
    [() => users('4294967296,1'), 'internet.csv-number', 'u.csv:2'],
    [() => cities('1,a,91,0'), 'internet.csv-number', 'c.csv:2'],
    [() => cities('1,a,0,181'), 'internet.csv-number', 'c.csv:2'],
    [() => cities('1,a,0,0\n2,b,1,1', '1,2,-5'), 'internet.csv-number', 'p.csv:2'],
    [() => cities('1,a,0,0\n2,b,1,1', '3,4,5'), 'internet.no-cities', 'p.csv'],
    [() => cities('1,a,0,0\n'.repeat(2001)), 'internet.too-many-cities', 'c.csv:2002'],
    [() => places('id,name\n1,x\n'), 'internet.csv-column', 'p.csv:1'],
    [() => places('asn,name,countries\n1,x,DE:1.2.3\n'), 'internet.csv-country', 'p.csv:2'],
    [() => places('asn,name,countries\n1,x,DE:2\n'), 'internet.csv-country', 'p.csv:2'],
    [() => places('asn,name,countries\n1,x,Germany\n'), 'internet.csv-country', 'p.csv:2'],
  ] as const) {
    const problem = await problemOf(read());
    assert.deepEqual([problem.code, problem.where?.split('/').at(-1)], [code, where]);
  }
});

test('a table of more ASes than there can be ends before memory does', () => {
  const row = { line: 7, fields: [] };
  countAses({ size: 1_000_000 }, row, { file: 'u.csv', stdin });
  assert.throws(() => countAses({ size: 1_000_001 }, row, { file: 'u.csv', stdin }), /more than 1000000 AS numbers/);
});

test('every country has places whose shares add up', () => {
  for (const { code, places } of countries()) {
    assert(places.length > 0 && /^[A-Z]{2}$/.test(code));
    assert(Math.abs(places.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9, code);
    for (const { latitude, longitude } of places) {
      assert(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180, `${code} ${latitude} ${longitude}`);
    }
  }
  assert.equal(findCountry('DE')?.name, 'Germany');
});

test('cells hold every user whose place is known', () => {
  const links = new AsLinks();
  links.add(64500, 64501, linkKind.providerToCustomer);
  links.add(64500, 64502, linkKind.providerToCustomer);
  const { graph } = buildAsGraph(links);
  const users = new Map([
    [64501, 1000],
    [64502, 10],
    [64999, 7],
  ]);
  const places = new Map([
    [
      64501,
      {
        name: 'Both',
        countries: [
          { code: 'SG', share: 0.6 },
          { code: 'US', share: 0.3 },
          { code: 'ZZ', share: 0.1 },
        ],
      },
    ],
  ]);
  const world = worldOf(graph, { users, places });
  const number = numberOfAsn(graph)(64501) as number;
  const cells = Array.from(world.cellUsers.subarray(world.cellStart[number], world.cellStart[number + 1]));
  assert.equal(cells.length, 1 + (findCountry('US')?.places.length ?? 0));
  assert(Math.abs((cells[0] as number) - 1000 * (0.6 / 0.9)) < 1e-9);
  assert(Math.abs(cells.reduce((sum, count) => sum + count, 0) - 1000) < 1e-9);
  assert.equal(world.usersNowhere, 10);
  assert.equal(world.usersOutside, 7);
  assert.equal(world.nameOf(64501), 'Both');
});

test('without measurements distance tells the round-trip time', () => {
  const { rttMs, error } = latencyModel();
  const [frankfurt, london, sydney] = ['Frankfurt, DE', 'London, GB', 'Sydney, AU'].map(mustLocation) as [
    never,
    never,
    never,
  ];
  assert(rttMs(frankfurt, frankfurt) < 1);
  assert(rttMs(frankfurt, london) > 10 && rttMs(frankfurt, london) < 35);
  assert(rttMs(frankfurt, sydney) > 250 && rttMs(frankfurt, sydney) < 330);
  assert.equal(error, undefined);
});

const measured = new URL('../../../../shared/data/rtt/', import.meta.url).pathname;
const skip = existsSync(measured)
  ? false
  : 'the measured round-trip times are not on this machine (../shared/data/rtt)';

test('measurements halve the error of distance alone, and detours they saw are kept', { skip }, async () => {
  const cities = await readCityRtt(
    { file: `${measured}wondernetwork-servers-2020-07-19.csv`, stdin },
    { file: `${measured}wondernetwork-pings-2020-07-19.csv.gz`, stdin },
  );
  const { rttMs, error } = latencyModel(cities);
  assert(error !== undefined && error.pairs > 50_000);
  assert(error.medianMs < 0.55 * error.curveMedianMs, `median ${error.medianMs} of ${error.curveMedianMs}`);
  assert(error.p90Ms < 0.7 * error.curveP90Ms, `90 % ${error.p90Ms} of ${error.curveP90Ms}`);
  // South Africa to Brazil goes by way of Europe or North America: twice what the distance says.
  const [capeTown, saoPaulo] = ['Cape Town, ZA', 'São Paulo, BR'].map(mustLocation) as [never, never];
  assert(rttMs(capeTown, saoPaulo) > 250);
});

test('where users were seen goes before where addresses are registered, and will do alone', async (t) => {
  const directory = temporaryDirectory(t);
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const topology = write('as-rel.txt', '64500|64501|-1\n64500|64502|-1\n');
  const users = write('users.csv', 'asn,users,countries\n64501,100,SG:1\n64502,50,\n');
  const places = write('places.csv', 'asn,name,countries\n64501,One,DE:1\n64502,Two,FR:1\n');
  const codes = async (files: { users: string; places?: string }) => {
    const { world, warnings } = await loadWorld({ topology, links: new Map(), ...files }, stdin);
    return [
      [...new Set(world.places.map(({ country }) => country))].sort(),
      world.usersNowhere,
      world.nameOf(64501),
      warnings.length,
    ];
  };
  assert.deepEqual(await codes({ users, places }), [['FR', 'SG'], 0, 'One', 1]);
  assert.deepEqual(await codes({ users }), [['SG'], 50, undefined, 1]);
});

test('a data directory is known by the names in it', (t) => {
  const directory = temporaryDirectory(t);
  for (const name of [
    '20240101.as-rel2.txt.bz2',
    '20250101.as-rel2.txt.bz2',
    'users.csv.gz',
    'links-vultr.json',
    'links-vultr.peers.csv',
    'notes.txt',
  ]) {
    writeFileSync(join(directory, name), '');
  }
  const files = filesIn(directory);
  assert.match(files.topology ?? '', /20250101/);
  assert.match(files.users ?? '', /users\.csv\.gz$/);
  assert.equal(files.links.get('vultr')?.length, 2);
  assert.equal(files.places, undefined);
  assert.throws(() => filesIn(join(directory, 'none')), /cannot be read/);
});
