/** The graph engines against real speakers, which share nothing with them but the rules. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { noExport as noExportCommunity } from '../../bgp/message/community.ts';
import { importPolicyFor } from '../../bgp/policy/gao-rexford.ts';
import type { Policy } from '../../bgp/policy/types.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import type { BgpNetwork } from '../../testing/bgp-network.ts';
import { randomNetwork } from '../../testing/bgp-topology.ts';
import { buildAsGraph, numberOfAsn } from '../topology/as-graph.ts';
import { AsLinks, linkKind } from '../topology/as-links.ts';
import type { EntryPoint } from './announcement.ts';
import { BatchPropagation } from './batch/batch.ts';
import { learnedFrom, learnedOf, noEntry, pathLengthOf, pathOf, ScalarPropagation } from './scalar.ts';

const prefix = mustPrefix('192.0.2.0/24');
/** The highest ASN of all, as the router made last has the highest router ID: both tie-breaks then agree. */
const anycastAsn = 65_500;

/** The network's links, without those of the anycast network itself, which the engine knows as entry points. */
function graphOf(network: BgpNetwork) {
  const links = new AsLinks();
  for (const { ends, relations } of network.links.values()) {
    if (ends.includes(anycastAsn)) continue;
    const [a, b] = ends;
    if (relations[0] === 'lateral') links.add(a, b, linkKind.lateral);
    else if (relations[0] === 'customer') links.add(a, b, linkKind.providerToCustomer);
    else links.add(b, a, linkKind.providerToCustomer);
  }
  return buildAsGraph(links).graph;
}

/** Each best path of the speakers, the AS itself first, prepends and all. */
function pathsOf(network: BgpNetwork): Map<number, number[]> {
  const paths = new Map<number, number[]>();
  for (const { asn, core } of network.routers.values()) {
    const route = core?.lookup({ family: 4, bytes: Uint8Array.of(192, 0, 2, 1) });
    if (route === undefined || asn === anycastAsn) continue;
    paths.set(asn, [asn, ...(route.attributes.asPath ?? []).flatMap((segment) => segment.asns)]);
  }
  return paths;
}

/** As origin validation does it at an AS that drops what is invalid (RFC 6811). */
function rejectInvalid(network: BgpNetwork, asn: number): void {
  for (const link of network.links.values()) {
    const end = link.ends.indexOf(asn);
    if (end === -1) continue;
    const { terms, otherwise } = importPolicyFor(link.relations[end] ?? 'lateral');
    const invalid = { name: 'invalid', match: { originAsn: [anycastAsn] }, verdict: 'reject' } as const;
    network.setPolicies(link, end as 0 | 1, { importPolicy: { terms: [invalid, ...terms], otherwise } });
  }
}

function checkTopology(seed: number): void {
  const random = seededRandom(seed);
  const network = randomNetwork(seed, { routers: 8 + random.below(16), laterals: 1 });
  const asns = [...network.routers.keys()];
  const sessions = new Map<number, { prepend: number; noExport: boolean; lateral: boolean }>();
  for (let count = 1 + random.below(3); count > 0; count--) {
    const session = { prepend: random.below(4), noExport: random.below(5) === 0, lateral: random.below(4) === 0 };
    sessions.set(asns[random.below(asns.length)] as number, session);
  }
  network.addRouter(anycastAsn);
  for (const [asn, { prepend, noExport, lateral }] of sessions) {
    const link = network.addLink(anycastAsn, asn, lateral ? 'lateral' : 'provider', 5);
    const policy: Policy = {
      terms: [
        {
          name: 'announce',
          match: { learnedFrom: ['local'] },
          actions: [
            { type: 'prepend', count: prepend },
            { type: 'add-communities', values: noExport ? [noExportCommunity] : [] },
          ],
          verdict: 'accept',
        },
      ],
      otherwise: 'reject',
    };
    network.step(anycastAsn, { type: 'set-export-policy', peer: link.id, policy });
  }
  // Some validate origins, and find the announcement invalid.
  const validating = asns.filter(() => random.below(10) === 0);
  for (const asn of validating) rejectInvalid(network, asn);
  network.announce(anycastAsn, { prefix, attributes: { originCode: 'igp' } });
  network.settle();

  const graph = graphOf(network);
  const number = numberOfAsn(graph);
  const entries: EntryPoint[] = [...sessions].map(([asn, { prepend, noExport, lateral }]) => ({
    at: number(asn) as number,
    as: lateral ? 'lateral' : 'customer',
    pathLength: 1 + prepend,
    originAsn: anycastAsn,
    noExport,
  }));
  const refusedBy = validating.map((asn) => number(asn) as number);
  const routes = new ScalarPropagation(graph).run({ entries, refusedBy });
  // The same in three lanes of a batch, the others announced at one entry point each.
  const lanes = Array.from({ length: 16 }, (_, lane) => ({
    entries: lane % 5 === 0 ? entries : entries.slice(0, 1),
    refusedBy: lane % 5 === 0 ? refusedBy : [],
  }));
  const batch = new BatchPropagation(graph).run(lanes);
  const expected = pathsOf(network);
  for (const [at, asn] of graph.asns.entries()) {
    const path = pathOf(routes, at).map((hop) => graph.asns[hop]);
    const entry = entries[routes.entry[at] as number];
    const whole = entry === undefined ? [] : [...path, ...new Array<number>(entry.pathLength).fill(anycastAsn)];
    const reproduce = `reproduce: NEARCAST_SEED=${seed} node --test src/internet/propagation/scalar.test.ts`;
    assert.deepEqual(whole, expected.get(asn) ?? [], `AS${asn}; ${reproduce}`);
    if (entry !== undefined) assert.equal(pathLengthOf(routes, at), whole.length - 1);
    for (const lane of [0, 5, 15]) {
      assert.equal(batch.entry(lane, at), entry === undefined ? noEntry : routes.entry[at], reproduce);
      assert.equal(batch.pathLength(lane, at), Math.max(0, whole.length - 1), reproduce);
    }
  }
}

test('real speakers in virtual time choose the same paths, AS by AS, with prepends, no-export and validation', () => {
  const seed = process.env.NEARCAST_SEED;
  const count = Number(process.env.NEARCAST_SEEDS ?? 40);
  if (seed !== undefined) checkTopology(Number(seed));
  else for (let at = 1; at <= count; at++) checkTopology(at);
});

test('an AS that refuses the route is to the others as if it were not there', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = seededRandom(seed);
    const whole = graphOf(randomNetwork(seed, { routers: 30, laterals: 1 }));
    const refusing = whole.asns[random.below(whole.asns.length)] as number;
    const without = new AsLinks();
    for (const list of [whole.providers, whole.laterals]) {
      for (let at = 0; at < whole.asns.length; at++) {
        for (const other of list.list.subarray(list.start[at], list.start[at + 1])) {
          const [a, b] = [whole.asns[other] as number, whole.asns[at] as number];
          if (a === refusing || b === refusing || (list === whole.laterals && a > b)) continue;
          without.add(a, b, list === whole.providers ? linkKind.providerToCustomer : linkKind.lateral);
        }
      }
    }
    const { graph: rest } = buildAsGraph(without);
    const originAsn = rest.asns[random.below(rest.asns.length)] as number;
    const entryIn = (graph: typeof rest): EntryPoint => ({
      at: numberOfAsn(graph)(originAsn) as number,
      as: 'self',
      pathLength: 0,
      originAsn,
    });
    const refusedBy = [numberOfAsn(whole)(refusing) as number];
    const routes = new ScalarPropagation(whole).run({ entries: [entryIn(whole)], refusedBy });
    const expected = new ScalarPropagation(rest).run({ entries: [entryIn(rest)] });
    assert.equal(learnedOf(routes, refusedBy[0] as number), learnedFrom.none);
    for (const [at, asn] of rest.asns.entries()) {
      const path = pathOf(routes, numberOfAsn(whole)(asn) as number).map((hop) => whole.asns[hop]);
      assert.deepEqual(
        path,
        pathOf(expected, at).map((hop) => rest.asns[hop]),
        `seed ${seed}, AS${asn}`,
      );
    }
  }
});

test('an entry point that avoids a neighbour reaches it only around', () => {
  const links = new AsLinks();
  // 1 sells to 2 and 3; 2 sells to 4; 3 and 4 have no other way.
  for (const [provider, customer] of [
    [1, 2],
    [1, 3],
    [2, 4],
  ] as const)
    links.add(provider, customer, linkKind.providerToCustomer);
  const { graph } = buildAsGraph(links);
  const number = (asn: number): number => numberOfAsn(graph)(asn) as number;
  const entry = { at: number(1), as: 'customer', pathLength: 1, originAsn: 64000, notTo: [number(3)] } as const;
  const routes = new ScalarPropagation(graph).run({ entries: [entry] });
  assert.equal(learnedOf(routes, number(3)), learnedFrom.none);
  assert.deepEqual(pathOf(routes, number(4)), [4, 2, 1].map(number));
});

test('a poisoned AS takes the other entry point, and passes only that on', () => {
  const links = new AsLinks();
  // 1 and 2 are peers at the top; 3 buys from both, 4 from 3.
  for (const [provider, customer] of [
    [1, 3],
    [2, 3],
    [3, 4],
  ] as const)
    links.add(provider, customer, linkKind.providerToCustomer);
  links.add(1, 2, linkKind.lateral);
  const { graph } = buildAsGraph(links);
  const number = (asn: number): number => numberOfAsn(graph)(asn) as number;
  const entry = { as: 'customer', pathLength: 1, originAsn: 64000 } as const;
  const entries = [
    { ...entry, at: number(1), refusedBy: [number(3)] },
    { ...entry, at: number(2), pathLength: 3 },
  ];
  for (const routes of [
    new ScalarPropagation(graph).run({ entries }),
    new BatchPropagation(graph).run([{ entries }]),
  ]) {
    const entryOf = (asn: number): number =>
      'rank' in routes ? (routes.entry[number(asn)] as number) : routes.entry(0, number(asn));
    assert.deepEqual([1, 2, 3, 4].map(entryOf), [0, 1, 1, 1]);
  }
});
