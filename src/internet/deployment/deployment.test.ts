/** From the network file to entry points: what each neighbour hears, by link, location and wish. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadNetwork } from '../../network/document.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { type AsGraph, buildAsGraph, numberOfAsn } from '../topology/as-graph.ts';
import { AsLinks, linkKind } from '../topology/as-links.ts';
import { deploymentOf } from './deployment.ts';
import { announcingPops, withoutEachPop } from './group.ts';
import { type ProviderLocation, readProviderLinks } from './provider-links.ts';
import type { Deployment } from './types.ts';

/** 20473 buys of 174 and 1299, peers with 6939 and has the customer 64999. */
function graphOf(): AsGraph {
  const links = new AsLinks();
  links.add(174, 20473, linkKind.providerToCustomer);
  links.add(1299, 20473, linkKind.providerToCustomer);
  links.add(20473, 64999, linkKind.providerToCustomer);
  links.add(20473, 6939, linkKind.lateral);
  links.add(174, 1299, linkKind.lateral);
  return buildAsGraph(links).graph;
}

const frankfurt: ProviderLocation = {
  name: 'frankfurt',
  latitude: 50.11,
  longitude: 8.68,
  neighbors: new Map([
    [174, 'provider'],
    [6939, 'provider'], // the topology says that they are peers
  ]),
};
const singapore: ProviderLocation = {
  name: 'singapore',
  latitude: 1.29,
  longitude: 103.85,
  neighbors: new Map([[1299, 'provider']]),
};

function networkOf(announce: string, asn = 64500) {
  const result = loadNetwork(
    `
network: test
asn: ${asn}
prefixes: [{ prefix: 192.0.2.0/24, address: 192.0.2.1 }]
pops:
  fra:
    location: Frankfurt, DE
    sessions: [{ provider: vultr, sourceAddress: 203.0.113.1, password: { env: P }, announce: ${announce} }]
  sin:
    location: Singapore, SG
    sessions: [{ provider: vultr, sourceAddress: 203.0.113.2, password: { env: P } }]
`,
    { file: 'network.yaml' },
  );
  assert(result.ok, JSON.stringify(result));
  return result.value;
}

const both = new Map([[20473, [frankfurt, singapore]]]);

/** `AS as length pops`, a line each, with those that the AS does not tell. */
function described({ groups, pops }: Deployment, graph: AsGraph): string[] {
  return groups
    .map(({ entry, pops: of }) => {
      const limits =
        entry.noExport === true
          ? ' no-export'
          : entry.notTo === undefined
            ? ''
            : ` not to ${entry.notTo.map((n) => graph.asns[n]).sort()}`;
      return `${graph.asns[entry.at]} ${entry.as} ${entry.pathLength} ${of.map((pop) => pops[pop]?.name).join('+')}${limits}`;
    })
    .sort();
}

function deployed(
  announce: string,
  { asn = 64500, links = both as ReadonlyMap<number, readonly ProviderLocation[]> } = {},
) {
  const graph = graphOf();
  const { deployment, warnings } = deploymentOf(networkOf(announce, asn), graph, { family: 4, links });
  return { graph, deployment, warnings, lines: described(deployment, graph) };
}

test('each location brings its own neighbours, and a doubtful transit is taken as a peer', () => {
  assert.deepEqual(deployed('{}').lines, [
    '1299 customer 2 sin',
    '174 customer 2 fra',
    '20473 customer 1 fra+sin not to 1299,174,6939',
    '6939 lateral 2 fra',
  ]);
});

test('a private AS number is taken out by the provider with all its copies', () => {
  assert.deepEqual(
    deployed('{ prepend: 2 }', { asn: 64512 }).lines.filter((line) => line.startsWith('1')),
    ['1299 customer 1 sin', '174 customer 1 fra'],
  );
});

test('prepends make a way longer, to all or to one', () => {
  assert.deepEqual(deployed('{ prepend: 2, prependTo: { 6939: 3 } }').lines, [
    '1299 customer 2 sin',
    '174 customer 4 fra',
    '20473 customer 1 sin not to 1299,174,6939',
    '20473 customer 3 fra not to 1299,174,6939',
    '6939 lateral 7 fra',
  ]);
});

test('avoid, only-to, no-export and exchanges say who hears it', () => {
  const heardAtFra = (announce: string) => deployed(announce).lines.filter((line) => /fra(?!\+)/.test(line));
  assert.deepEqual(heardAtFra('{ avoid: [174] }'), ['6939 lateral 2 fra']);
  assert.deepEqual(heardAtFra('{ onlyTo: [174] }'), ['174 customer 2 fra']);
  assert.deepEqual(heardAtFra('{ exchanges: none }'), ['174 customer 2 fra']);
  assert.deepEqual(heardAtFra('{ noExport: true }'), []);
});

test('without links by location the provider is one AS, and what an avoid names does not hear it from there', () => {
  const none = new Map<number, readonly ProviderLocation[]>();
  assert.deepEqual(deployed('{}', { links: none }).lines, ['20473 customer 1 fra+sin']);
  const { lines } = deployed('{ prepend: 1, avoid: [174], prependTo: { 1299: 1 } }', { links: none });
  assert.deepEqual(lines, ['1299 customer 4 fra', '20473 customer 1 sin', '20473 customer 2 fra not to 1299,174']);
});

test('a PoP that is gone announces nothing, and keeps its place', () => {
  const { deployment, graph } = deployed('{}');
  const left = withoutEachPop(deployment)(0);
  assert.deepEqual(announcingPops(left), [1]);
  assert.deepEqual(described(left, graph), ['1299 customer 2 sin', '20473 customer 1 sin not to 1299,174,6939']);
});

test('what nobody hears is said', () => {
  const links = new AsLinks();
  links.add(1, 2, linkKind.lateral);
  const { warnings } = deploymentOf(networkOf('{}'), buildAsGraph(links).graph, { family: 4, links: new Map() });
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['internet.neighbor-unknown', 'internet.neighbor-unknown', 'internet.no-way-in', 'internet.no-way-in'],
  );
  assert.deepEqual(
    deployed('{}', { links: new Map([[20473, [singapore]]]) }).warnings.map(({ code, where }) => [code, where]),
    [['internet.no-provider-location', 'pops.fra.sessions[0]']],
  );
  assert.equal(numberOfAsn(graphOf())(1), undefined);
});

function source(t: TestContext, name: string, text: string) {
  const file = join(temporaryDirectory(t), name);
  writeFileSync(file, text);
  return { file, stdin: process.stdin };
}

test('links are read from JSON and tables, together', async (t) => {
  const places = source(t, 'places.csv', 'name,tap,lat,lon\nvtrsilicon,tap1,37.39,-122.06\n');
  const transits = source(t, 'transits.json', '{"vtrsilicon": [174], "vtrfrankfurt": [1299]}');
  const peers = source(t, 'peers.csv', 'pop,asn,type\nsilicon,6939,route_server_peer\nsilicon,6939,peer\n');
  const found = await readProviderLinks({ links: [transits, peers], places });
  assert.deepEqual(
    found.map(({ name, neighbors }) => [name, [...neighbors]]),
    [
      [
        'silicon',
        [
          [174, 'provider'],
          [6939, 'peer'],
        ],
      ],
      ['frankfurt', [[1299, 'provider']]],
    ],
  );
  await assert.rejects(readProviderLinks({ links: [transits] }), /nobody says where .* "silicon" is/);
  await assert.rejects(readProviderLinks({ links: [source(t, 'x.json', '{"a": 1}')] }), /no list of AS numbers/);
  await assert.rejects(
    readProviderLinks({ links: [source(t, 'x.csv', 'pop,asn,type\nfra,1,friend\n')] }),
    /no kind of link/,
  );
});
