import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../base/random.ts';
import { buildAsGraph, numberOfAsn } from '../../topology/as-graph.ts';
import { AsLinks, linkKind } from '../../topology/as-links.ts';
import { randomAnnouncement, randomGraph } from '../random-internet.vectors.ts';
import { noEntry, ScalarPropagation } from '../scalar.ts';
import { RuledPropagation } from './ruled.ts';

test('by the default rule, routes are the scalar engine’s, whatever is announced', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed);
    const graph = randomGraph(random, 5 + random.below(60));
    const scalar = new ScalarPropagation(graph);
    const ruled = new RuledPropagation(graph, { tieRule: { kind: 'lowest-asn' } });
    for (let round = 0; round < 3; round++) {
      const announcement = randomAnnouncement(random, graph, { entries: 6, longest: 4, poisoned: true });
      const expected = scalar.run(announcement);
      const { rank, nextHop, entry } = ruled.run(announcement);
      assert.deepEqual({ rank, nextHop, entry }, { ...expected }, `seed ${seed}, round ${round}`);
    }
  }
});

test('whatever the rule, who has a route, of what kind and how long, is the same', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = seededRandom(seed);
    const graph = randomGraph(random, 50);
    const { entries } = randomAnnouncement(random, graph, { entries: 6, longest: 4 });
    const free = entries.map(({ at, as, pathLength, originAsn }) => ({ at, as, pathLength, originAsn }));
    const expected = new ScalarPropagation(graph).run({ entries: free }).rank.slice();
    const cost = (at: number, from = 0, entry: number): number => (at * 7 + from * 13 + entry * 5) % 11;
    for (const tieRule of [{ kind: 'nearest', cost }, { kind: 'shares' }] as const) {
      const routes = new RuledPropagation(graph, { tieRule }).run({ entries: free });
      assert.deepEqual(routes.rank, expected, `seed ${seed}, ${tieRule.kind}`);
      for (let number = 0; number < graph.asns.length; number++) {
        const sum = routes.sharesOf(number).reduce((all, share) => all + share, 0);
        assert.ok(Math.abs(sum - (routes.entry[number] === noEntry ? 0 : 1)) < 1e-9);
      }
    }
  }
});

/** 1 and 2 sell to 5 and hear one entry point each; 6 buys from 5, 7 from 1, 2 and 5. */
function diamond() {
  const links = new AsLinks();
  for (const [provider, customer] of [
    [1, 5],
    [2, 5],
    [5, 6],
    [1, 7],
    [2, 7],
    [5, 7],
  ] as const)
    links.add(provider, customer, linkKind.providerToCustomer);
  const { graph } = buildAsGraph(links);
  const number = (asn: number): number => numberOfAsn(graph)(asn) as number;
  const entries = [1, 2].map((asn) => ({ at: number(asn), as: 'customer', pathLength: 1, originAsn: 64_000 }) as const);
  return { graph, number, entries };
}

test('the nearest of equally good routes is taken, and passed on', () => {
  const { graph, number, entries } = diamond();
  const cost = (at: number, from: number | undefined): number => (at === number(5) && from === number(1) ? 9 : 1);
  const routes = new RuledPropagation(graph, { tieRule: { kind: 'nearest', cost } }).run({ entries });
  assert.deepEqual(
    [5, 6, 7].map((asn) => routes.entry[number(asn)]),
    [1, 1, 0],
  );
});

test('shares are halved where two routes are equal, and passed on', () => {
  const { graph, number, entries } = diamond();
  const routes = new RuledPropagation(graph, { tieRule: { kind: 'shares' } }).run({ entries });
  for (const asn of [5, 6, 7]) assert.deepEqual([...routes.sharesOf(number(asn))], [0.5, 0.5]);
  const twice = [...entries, { ...entries[0], at: number(1) } as (typeof entries)[0]];
  const { sharesOf } = bound(new RuledPropagation(graph, { tieRule: { kind: 'shares' } }).run({ entries: twice }));
  assert.deepEqual([...sharesOf(number(1))], [0.5, 0, 0.5]);
  assert.deepEqual([...sharesOf(number(6))], [0.25, 0.5, 0.25]);
});

const bound = (routes: { sharesOf(number: number): Float64Array }) => ({
  sharesOf: (number: number) => routes.sharesOf(number),
});

test('an AS split by region lands apart in each, and neighbours hear of the region where they meet it', () => {
  const { graph, number, entries } = diamond();
  const split = {
    parts: 2,
    cost: (part: number, from: number | undefined): number => (from === number(part + 1) ? 0 : 1),
    partTowards: (neighbour: number): number => (neighbour === number(6) ? 1 : 0),
  };
  const rules = { tieRule: { kind: 'lowest-asn' }, splits: new Map([[number(5), split]]) } as const;
  const routes = new RuledPropagation(graph, rules).run({ entries });
  assert.deepEqual(
    [0, 1].map((part) => routes.entryOfPart(number(5), part)),
    [0, 1],
  );
  assert.equal(routes.entry[number(6)], 1);
  assert.deepEqual([...routes.sharesOf(number(5))], [0.5, 0.5]);
  // Two entry points at the split AS itself: each region takes its own.
  const both = [0, 1].map(() => ({ at: number(5), as: 'customer', pathLength: 1, originAsn: 64_000 }) as const);
  const own = {
    ...split,
    cost: (part: number, _from: number | undefined, entry: number): number => (entry === part ? 0 : 1),
  };
  const inside = new RuledPropagation(graph, { ...rules, splits: new Map([[number(5), own]]) }).run({ entries: both });
  assert.deepEqual(
    [0, 1].map((part) => inside.entryOfPart(number(5), part)),
    [0, 1],
  );
  assert.equal(inside.entry[number(6)], 1);
});
