/** What users feel, on an Internet small enough to see it at a glance. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mustLocation } from '../../testing/places.ts';
import { groupEntries } from '../deployment/group.ts';
import type { Deployment, PopEntry } from '../deployment/types.ts';
import { ScalarPropagation } from '../propagation/scalar.ts';
import { buildAsGraph, numberOfAsn } from '../topology/as-graph.ts';
import { AsLinks, linkKind } from '../topology/as-links.ts';
import { latencyModel } from '../world/latency.ts';
import { worldOf } from '../world/world.ts';
import { catchmentOf, noPop } from './catchment.ts';
import { detoursOf } from './detours.ts';
import { distancesOf } from './distances.ts';
import { explainAs } from './explain.ts';
import { lossesOf } from './nminus1.ts';
import { summarize } from './summary.ts';

/**
 * 10 sells to 101 (Germany) and 102 (Singapore); 20 sells to 103 (Germany), which lands far away; 10 and 20 are peers. 104 is alone.
 * PoPs: fra and sin at 10, sin also at 20.
 */
function small() {
  const links = new AsLinks();
  for (const [provider, customer] of [
    [10, 101],
    [10, 102],
    [20, 103],
    [104, 105],
  ] as const)
    links.add(provider, customer, linkKind.providerToCustomer);
  links.add(10, 20, linkKind.lateral);
  const { graph } = buildAsGraph(links);
  const number = (asn: number): number => numberOfAsn(graph)(asn) as number;
  const inCountry = (code: string) => ({ name: code, countries: [{ code, share: 1 }] });
  const world = worldOf(graph, {
    users: new Map([
      [101, 1000],
      [102, 300],
      [103, 100],
      [105, 50],
    ]),
    places: new Map([
      [101, inCountry('DE')],
      [102, inCountry('SG')],
      [103, inCountry('DE')],
      [105, inCountry('FR')],
    ]),
  });
  const pops = [
    { name: 'fra', location: mustLocation('Frankfurt, DE') },
    { name: 'sin', location: mustLocation('Singapore, SG') },
  ];
  const at = (asn: number, pop: number): PopEntry => ({
    pop,
    entry: { at: number(asn), as: 'customer', pathLength: 1, originAsn: 64500 },
  });
  const entries = [at(10, 0), at(10, 1), at(20, 1)];
  const deployment: Deployment = { asn: 64500, pops, entries, groups: groupEntries(entries) };
  const distances = distancesOf(pops, world.places, latencyModel());
  return { graph, number, world, deployment, distances, engine: new ScalarPropagation(graph) };
}

test('behind one AS that several PoPs connect to, users go to the nearest', () => {
  const { world, deployment, ...input } = small();
  const { pop } = catchmentOf({ world, deployment, ...input });
  const popsOf = (asn: number): number[] => {
    const number = input.number(asn);
    return [...new Set(pop.subarray(world.cellStart[number], world.cellStart[number + 1]))];
  };
  assert.deepEqual([popsOf(101), popsOf(102), popsOf(103), popsOf(105)], [[0], [1], [1], [noPop]]);
});

test('the summary counts every user once', () => {
  const input = small();
  const summary = summarize(catchmentOf(input), input);
  assert.deepEqual(
    summary.pops.map(({ pop, users, ases }) => [pop, Math.round(users), ases]),
    [
      ['fra', 1000, 1],
      ['sin', 400, 2],
    ],
  );
  assert.equal(Math.round(summary.unreachedUsers), 50);
  assert.deepEqual(
    summary.countries.map(({ country, users, pops }) => [country, Math.round(users), pops[0]?.pop]),
    [
      ['DE', 1100, 'fra'],
      ['SG', 300, 'sin'],
    ],
  );
  assert(summary.all.meanMs > summary.nearest.meanMs + 10);
  assert(summary.all.medianMs < 30 && summary.all.p99Ms > 150);
});

test('a detour is listed with what it costs and the path that causes it', () => {
  const input = small();
  const [worst, ...others] = detoursOf(catchmentOf(input), input, 10);
  assert.equal(others.length, 0);
  assert.deepEqual(
    {
      asn: worst?.asn,
      pop: worst?.pop,
      nearest: worst?.nearestPop,
      path: worst?.path,
      users: Math.round(worst?.users ?? 0),
    },
    { asn: 103, pop: 'sin', nearest: 'fra', path: [103, 20], users: 100 },
  );
  assert(worst !== undefined && Math.abs(worst.lostUserMs - worst.users * (worst.rttMs - worst.nearestRttMs)) < 1);
});

test('N-1: users of a PoP that is gone are counted where they land, and load is held against capacity', () => {
  const input = small();
  const [fra, sin] = lossesOf(input, new Map([['sin', 500]]));
  assert.equal(Math.round(fra?.users ?? 0), 1000);
  assert.deepEqual(
    fra?.movedTo.map(({ pop, users }) => [pop, Math.round(users)]),
    [['sin', 1000]],
  );
  assert.deepEqual(
    fra?.overloaded.map(({ pop, users, capacity }) => [pop, Math.round(users), capacity]),
    [['sin', 1400, 500]],
  );
  // 20 hears of fra from its peer 10 then.
  assert.deepEqual(
    sin?.movedTo.map(({ pop, users }) => [pop, Math.round(users)]),
    [['fra', 400]],
  );
  assert.equal(sin?.movedOthers, 0);
});

test('an AS is told every route that it is offered, and why each one lost', () => {
  const { graph, number, deployment, ...input } = small();
  const { routes } = catchmentOf({ deployment, ...input });
  const offersOf = (asn: number) =>
    explainAs(graph, number(asn), { routes, groups: deployment.groups }).offers.map(
      ({ neighbor, kind, pathLength, lostBy }) => [neighbor ?? 'us', kind, pathLength, lostBy ?? 'best'],
    );
  assert.deepEqual(offersOf(103), [[20, 'provider', 2, 'best']]);
  assert.deepEqual(offersOf(20), [
    ['us', 'direct', 1, 'best'],
    [10, 'lateral', 2, 'relation'],
  ]);
  assert.deepEqual(offersOf(105), []);
});
