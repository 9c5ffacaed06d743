import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../../../base/problem.ts';
import { seededRandom } from '../../../base/random.ts';
import { type AsGraph, buildAsGraph, numberOfAsn } from '../../topology/as-graph.ts';
import { AsLinks, linkKind } from '../../topology/as-links.ts';
import type { Announcement } from '../announcement.ts';
import { randomAnnouncement, randomGraph } from '../random-internet.vectors.ts';
import { learnedFrom, learnedOf, pathLengthOf, ScalarPropagation } from '../scalar.ts';
import { BatchPropagation } from './batch.ts';
import { batchMemory } from './layout.ts';
import type { BatchRoutes } from './routes.ts';

function checkSame(graph: AsGraph, announcements: readonly Announcement[], routes: BatchRoutes, seed: number): void {
  const scalar = new ScalarPropagation(graph);
  for (const [index, announcement] of announcements.entries()) {
    const expected = scalar.run(announcement);
    const catchment = routes.catchment(index);
    for (let number = 0; number < graph.asns.length; number++) {
      const where = `seed ${seed}, configuration ${index}, AS${graph.asns[number]}`;
      const learned = learnedOf(expected, number);
      const length = learned === learnedFrom.none ? 0 : pathLengthOf(expected, number);
      assert.deepEqual(
        [routes.learned(index, number), routes.pathLength(index, number), routes.entry(index, number)],
        [learned, length, expected.entry[number]],
        where,
      );
      assert.equal(catchment[number], expected.entry[number], where);
    }
  }
}

test('each lane has the scalar engine’s routes: prepends, limited exports, refusals, every relation, several origins', () => {
  const seeds = Number(process.env.NEARCAST_SEEDS ?? 150);
  let byLanes = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const random = seededRandom(seed);
    const graph = randomGraph(random, 5 + random.below(60));
    const batch = new BatchPropagation(graph);
    // Run after run over the same state: nothing of the one before may shine through.
    for (let round = 0; round < 3; round++) {
      const announcements = Array.from({ length: 1 + random.below(16) }, () =>
        randomAnnouncement(random, graph, { entries: 6, longest: 8 }),
      );
      const routes = batch.run(announcements);
      if (routes.engine === 'lanes') byLanes++;
      checkSame(graph, announcements, routes, seed);
    }
  }
  assert.equal(byLanes, seeds * 3, 'the lanes were used');
});

/** A chain of customers, each the only customer of the one before. */
function chain(length: number): AsGraph {
  const links = new AsLinks();
  for (let asn = 1; asn < length; asn++) links.add(asn, asn + 1, linkKind.providerToCustomer);
  return buildAsGraph(links).graph;
}

test('paths at the edge of what a lane holds are right, and beyond it the scalar engine answers and says so', () => {
  const engines = new Set<string>();
  for (const length of [10, 55, 58, 59, 60, 61, 62, 63, 64, 65, 70, 130, 300]) {
    const graph = chain(length);
    const number = numberOfAsn(graph);
    for (const asn of [1, Math.ceil(length / 2), length]) {
      for (const pathLength of [1, 2, 5]) {
        const entry = { at: number(asn) as number, as: 'customer', pathLength, originAsn: 64_500 } as const;
        const announcements = [{ entries: [entry] }, { entries: [] }];
        const routes = new BatchPropagation(graph).run(announcements);
        engines.add(routes.engine);
        checkSame(graph, announcements, routes, length);
        if (length + pathLength < 58) assert.equal(routes.engine, 'lanes');
        if (length + pathLength > 200) assert.equal(routes.engine, 'scalar');
      }
    }
  }
  assert.equal(engines.size, 2);
});

test('path lengths around the limit on random graphs', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed);
    const graph = randomGraph(random, 30);
    const announcements = Array.from({ length: 8 }, () =>
      randomAnnouncement(random, graph, { entries: 4, longest: 70 }),
    );
    checkSame(graph, announcements, new BatchPropagation(graph).run(announcements), seed);
  }
});

test('more entry points than a lane can name', () => {
  const graph = chain(40);
  const entries = Array.from({ length: 300 }, (_, index) => ({
    at: index % 40,
    as: 'customer' as const,
    pathLength: 1 + Math.floor((300 - index) / 40),
    originAsn: 64_500,
  }));
  const routes = new BatchPropagation(graph).run([{ entries }]);
  assert.equal(routes.engine, 'scalar');
  checkSame(graph, [{ entries }], routes, 0);
});

test('entry points go by the names that the caller gives', () => {
  const graph = chain(4);
  const entries = [0, 3].map((at) => ({ at, as: 'customer' as const, pathLength: 1, originAsn: 64_500 }));
  for (const pathLength of [1, 100]) {
    const named = { entries: entries.map((entry) => ({ ...entry, pathLength })), ids: [7, 200] };
    const routes = new BatchPropagation(graph).run([named]);
    assert.equal(routes.engine, pathLength === 1 ? 'lanes' : 'scalar');
    assert.deepEqual(new Set(routes.catchment(0)), new Set([7, 200]));
  }
});

test('more memory than there can be is a problem, not a crash', () => {
  assert.throws(
    () => batchMemory(chain(10), { extraBytes: 2 ** 33 }),
    (error) => error instanceof ProblemError && error.problems[0]?.code === 'internet.memory',
  );
});
