/** Ties and measurements, brought down to users: nobody is lost or counted twice, and each rule does what its name says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../base/random.ts';
import { mustLocation } from '../../testing/places.ts';
import { smallPrediction } from '../../testing/small-prediction.ts';
import { groupEntries, withEntries } from '../deployment/group.ts';
import type { Deployment } from '../deployment/types.ts';
import { randomAnnouncement, randomGraph } from '../propagation/random-internet.vectors.ts';
import { RuledPropagation } from '../propagation/rules/ruled.ts';
import { ScalarPropagation } from '../propagation/scalar.ts';
import { buildAsGraph, numberOfAsn } from '../topology/as-graph.ts';
import { AsLinks, linkKind } from '../topology/as-links.ts';
import { latencyModel } from '../world/latency.ts';
import { worldOf } from '../world/world.ts';
import { partsOfAs } from './by-as.ts';
import type { CatchmentInput, Ties } from './catchment.ts';
import { detoursOf } from './detours.ts';
import { distancesOf } from './distances.ts';
import { explainAs } from './explain.ts';
import type { MeasuredShares } from './measured.ts';
import { lossesOf } from './nminus1.ts';
import { predictUsers } from './predicted.ts';
import { summarize } from './summary.ts';
import { TiedRoutes } from './tied.ts';
import { sharesByKind } from './tied-shares.ts';

/** 30 buys of 10, where fra is, and of 20, where sin is: two routes that are alike. 31, a customer of 10 alone, has one. */
function tiedPrediction(): CatchmentInput & { readonly number: (asn: number) => number } {
  const links = new AsLinks();
  for (const [provider, customer] of [
    [10, 30],
    [20, 30],
    [10, 31],
  ] as const)
    links.add(provider, customer, linkKind.providerToCustomer);
  const { graph } = buildAsGraph(links);
  const number = (asn: number): number => numberOfAsn(graph)(asn) as number;
  const countries = [
    { code: 'DE', share: 0.25 },
    { code: 'SG', share: 0.75 },
  ];
  const world = worldOf(graph, {
    users: new Map([
      [30, 1000],
      [31, 200],
    ]),
    places: new Map([
      [30, { name: '', countries }],
      [31, { name: '', countries }],
    ]),
  });
  const pops = ['Frankfurt, DE', 'Singapore, SG'].map((city) => ({
    name: city.slice(0, 3).toLowerCase(),
    location: mustLocation(city),
  }));
  const entries = [10, 20].map((asn, pop) => ({
    pop,
    entry: { at: number(asn), as: 'customer' as const, pathLength: 1, originAsn: 64500 },
  }));
  const deployment: Deployment = { asn: 64500, pops, entries, groups: groupEntries(entries) };
  const distances = distancesOf(pops, world.places, latencyModel());
  return { world, deployment, distances, engine: new ScalarPropagation(graph), number };
}

function usersOf(input: CatchmentInput): Record<string, number> {
  const { input: split, catchment } = predictUsers(input);
  return Object.fromEntries(summarize(catchment, split).pops.map(({ pop, users }) => [pop, Math.round(users)]));
}

test('the rule for ties decides where users of an AS with two equal routes land', () => {
  const input = tiedPrediction();
  assert.deepEqual(usersOf({ ...input, ties: 'lowest-asn' }), { fra: 1200, sin: 0 });
  assert.deepEqual(usersOf({ ...input, ties: 'nearest' }), { fra: 450, sin: 750 });
  assert.deepEqual(usersOf({ ...input, ties: 'shares' }), { fra: 700, sin: 500 });
});

test('each part of an AS has the path to where it lands', () => {
  const { number, ...input } = tiedPrediction();
  const { input: split, catchment } = predictUsers({ ...input, ties: 'nearest' });
  const parts = partsOfAs(catchment, split, number(30));
  assert.deepEqual(
    parts.map(({ pop, share, path }) => [pop, share.toFixed(2), path.join(' ')]),
    [
      ['sin', '0.75', '30 20'],
      ['fra', '0.25', '30 10'],
    ],
  );
});

test('an explanation tells ties as ties', () => {
  const { number, ...input } = tiedPrediction();
  const { routes, tied } = predictUsers({ ...input, ties: 'nearest' }).catchment;
  const explain = (more: object) =>
    explainAs(input.world.graph, number(30), { routes, deployment: input.deployment, ...more }).offers.map(
      ({ neighbor, lostBy, tied: isTied, groups }) => [neighbor, lostBy, isTied, groups],
    );
  assert.deepEqual(explain({ tied }), [
    [10, undefined, true, [0]],
    [20, undefined, true, [1]],
  ]);
  assert.deepEqual(explain({}), [
    [10, undefined, undefined, [0]],
    [20, 'next-hop-asn', undefined, [1]],
  ]);
});

function measuredAs(input: CatchmentInput, rows: Readonly<Record<number, readonly number[]>>): MeasuredShares {
  const numberOf = numberOfAsn(input.world.graph);
  const rowOf = new Int32Array(input.world.graph.asns.length).fill(-1);
  const list = Object.entries(rows);
  for (const [row, [asn]] of list.entries()) rowOf[numberOf(Number(asn)) as number] = row;
  const probability = Float64Array.from(list.flatMap(([, shares]) => shares));
  const sure = Uint8Array.from(list, ([, shares]) => (Math.max(...shares) > 0.9 ? 1 : 0));
  const trust = Float64Array.from(list, ([, shares]) => Math.max(...shares));
  return { pops: [0, 1], rowOf, probability, trust, sure, inferred: new Uint8Array(list.length) };
}

test('what was measured goes before what routing says, and the standing counts its users', () => {
  const input = tiedPrediction();
  const measured = () => measuredAs(input, { 30: [0.6, 0.4], 31: [0, 1] });
  assert.deepEqual(usersOf({ ...input, measured }), { fra: 600, sin: 600 });
  assert.deepEqual(predictUsers({ ...input, measured }).standing, {
    ases: 2,
    users: 1200,
    sureUsers: 200,
    inferredUsers: 0,
    expectedRightUsers: 0.6 * 1000 + 200,
    pops: [0, 1],
    unmeasuredPops: [],
  });
  assert.deepEqual(usersOf({ ...input, measured: () => measuredAs(input, { 31: [0, 1] }) }), { fra: 1000, sin: 200 });
});

test('a PoP that nobody measured keeps the users that routing gives it', () => {
  const { number, ...input } = tiedPrediction();
  const pops = [...input.deployment.pops, { name: 'iad', location: mustLocation('Ashburn, US') }];
  const third = { pop: 2, entry: { at: number(31), as: 'customer' as const, pathLength: 1, originAsn: 64500 } };
  const deployment = withEntries({ ...input.deployment, pops }, [...input.deployment.entries, third]);
  const distances = distancesOf(pops, input.world.places, latencyModel());
  const all = { ...input, deployment, distances };
  const measured = () => measuredAs(input, { 30: [0.6, 0.4], 31: [0, 1] });
  assert.deepEqual(usersOf({ ...all, measured }), { fra: 600, sin: 400, iad: 200 });
  const { standing } = predictUsers({ ...all, measured });
  assert.deepEqual([standing?.users, standing?.unmeasuredPops], [1000, [2]]);
});

test('a measured landing that the topology has no way to is a detour without a path', () => {
  const input = smallPrediction();
  const measured = () => measuredAs(input, { 101: [0, 1] });
  const { input: split, catchment } = predictUsers({ ...input, measured });
  // 10 is at both PoPs: there is a way. 103 hears of sin alone.
  const moved = predictUsers({ ...input, measured: () => measuredAs(input, { 103: [1, 0] }) });
  assert.equal(partsOfAs(moved.catchment, moved.input, input.number(103))[0]?.path.length, 0);
  const [worst] = detoursOf(catchment, split, 1);
  assert.deepEqual([worst?.asn, worst?.pop, worst?.entryAsn, worst?.path], [101, 'sin', 10, [101, 10]]);
});

test('who was never measured and hears of us from nobody lands nowhere; who was measured lands', () => {
  const input = smallPrediction();
  const shares = measuredAs(input, { 105: [1, 0] });
  assert.equal(usersOf({ ...input, measured: () => shares }).fra, 1050);
  assert.equal(usersOf({ ...input, measured: () => ({ ...shares, inferred: Uint8Array.of(1) }) }).fra, 1000);
  assert.equal(usersOf({ ...input, refusedBy: [input.number(104)], measured: () => shares }).fra, 1000);
});

test('N-1 by measurements: users of the lost PoP go to what was measured of the others', () => {
  const input = smallPrediction();
  const [fra, sin] = lossesOf({ ...input, measured: () => undefined }, new Map());
  assert.equal(Math.round(fra?.users ?? 0), 1000);
  const measured = (announcing: readonly number[]) =>
    announcing.length === 2 ? measuredAs(input, { 101: [0.5, 0.5] }) : undefined;
  const [half] = lossesOf({ ...input, measured }, new Map());
  assert.deepEqual([Math.round(half?.users ?? 0), Math.round(half?.movedOthers ?? -1)], [500, 0]);
  assert.equal(sin?.movedOthers, 0);
});

const seeds = fc.integer({ min: 1, max: 2 ** 31 });

test('shares are those of the ruled engine', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const random = seededRandom(seed);
      const graph = randomGraph(random, 4 + random.below(60));
      const drawn = randomAnnouncement(random, graph, { entries: 6, longest: 4 });
      const entries = drawn.entries.map(({ at, as, pathLength, originAsn }) => ({ at, as, pathLength, originAsn }));
      const announcement = { ...drawn, entries };
      const tied = new TiedRoutes({ graph, routes: new ScalarPropagation(graph).run(announcement), announcement });
      const shares = sharesByKind(tied, [...entries.keys()], entries.length);
      const ruled = new RuledPropagation(graph, { tieRule: { kind: 'shares' } }).run(announcement);
      for (let number = 0; number < graph.asns.length; number++) {
        for (const [entry, share] of ruled.sharesOf(number).entries())
          assert(Math.abs(share - (shares[number * entries.length + entry] as number)) < 1e-5, `AS ${number}`);
      }
    }),
    { numRuns: 150 },
  );
});

test('whatever the rule and the measurements, every user is counted once, and N-1 moves exactly those who landed there', () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom<Ties>('lowest-asn', 'nearest', 'shares'), fc.boolean(), (seed, ties, some) => {
      const random = seededRandom(seed);
      const graph = randomGraph(random, 4 + random.below(40));
      const users = new Map([...graph.asns].map((asn) => [asn, random.below(100)]));
      const countries = [
        { code: 'DE', share: 0.5 },
        { code: 'SG', share: 0.5 },
      ];
      const world = worldOf(graph, {
        users,
        places: new Map([...graph.asns].map((asn) => [asn, { name: '', countries }])),
      });
      const pops = ['Frankfurt, DE', 'Singapore, SG'].map((name) => ({ name, location: mustLocation(name) }));
      const { entries } = randomAnnouncement(random, graph, { entries: 8, longest: 4 });
      const popEntries = entries.map((entry, index) => ({ pop: index % 2, entry }));
      const deployment = { asn: 64500, pops, entries: popEntries, groups: groupEntries(popEntries) };
      const distances = distancesOf(pops, world.places, latencyModel());
      const input: CatchmentInput = { world, deployment, distances, engine: new ScalarPropagation(graph), ties };
      const odd = Object.fromEntries([...graph.asns].filter((asn) => asn % 2 === 1).map((asn) => [asn, [0.3, 0.7]]));
      const all: CatchmentInput = some ? { ...input, measured: () => measuredAs(input, odd) } : input;
      const { input: split, catchment } = predictUsers(all);
      const summary = summarize(catchment, split);
      const close = (a: number, b: number, what: string) => assert(Math.abs(a - b) < 1e-3, `${what}: ${a} and ${b}`);
      const total = [...users.values()].reduce((sum, count) => sum + count, 0);
      close(summary.all.users + summary.unreachedUsers, total, 'everybody');
      for (const [index, loss] of lossesOf(all, new Map()).entries()) {
        close(loss.users, summary.pops[index]?.users as number, 'who landed there');
        close(
          loss.movedTo.reduce((sum, { users: moved }) => sum + moved, 0),
          loss.users,
          'who moved',
        );
        if (!some)
          assert(
            loss.movedTo.every(({ pop, users: moved }) => moved < 1e-3 || pop !== loss.pop),
            'away',
          );
      }
    }),
    { numRuns: 100 },
  );
});
