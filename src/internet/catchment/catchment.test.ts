/** What users feel, on an Internet small enough to see it at a glance. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallPrediction } from '../../testing/small-prediction.ts';
import { catchmentOf, noPop } from './catchment.ts';
import { detoursOf } from './detours.ts';
import { explainAs } from './explain.ts';
import { lossesOf } from './nminus1.ts';
import { summarize } from './summary.ts';

test('behind one AS that several PoPs connect to, users go to the nearest', () => {
  const { world, deployment, ...input } = smallPrediction();
  const { pop } = catchmentOf({ world, deployment, ...input });
  const popsOf = (asn: number): number[] => {
    const number = input.number(asn);
    return [...new Set(pop.subarray(world.cellStart[number], world.cellStart[number + 1]))];
  };
  assert.deepEqual([popsOf(101), popsOf(102), popsOf(103), popsOf(105)], [[0], [1], [1], [noPop]]);
});

test('the summary counts every user once', () => {
  const input = smallPrediction();
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
  const input = smallPrediction();
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
  const input = smallPrediction();
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
  const { graph, number, deployment, ...input } = smallPrediction();
  const { routes } = catchmentOf({ deployment, ...input });
  const offersOf = (asn: number) =>
    explainAs(graph, number(asn), { routes, deployment }).offers.map(({ neighbor, kind, pathLength, lostBy }) => [
      neighbor ?? 'us',
      kind,
      pathLength,
      lostBy ?? 'best',
    ]);
  assert.deepEqual(offersOf(103), [[20, 'provider', 2, 'best']]);
  assert.deepEqual(offersOf(20), [
    ['us', 'direct', 1, 'best'],
    [10, 'lateral', 2, 'relation'],
  ]);
  assert.deepEqual(offersOf(105), []);
  const paths = explainAs(graph, number(20), { routes, deployment }).offers.map(({ path }) => path.join(' '));
  assert.deepEqual(paths, ['64500', '10 64500']);
});
