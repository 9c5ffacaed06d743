import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../../../base/problem.ts';
import { seededRandom } from '../../../base/random.ts';
import { type AsGraph, buildAsGraph, numberOfAsn } from '../../topology/as-graph.ts';
import { AsLinks, type LinkKind, linkKind } from '../../topology/as-links.ts';
import { randomAnnouncement, randomGraph } from '../random-internet.vectors.ts';
import { pathOf, ScalarPropagation } from '../scalar.ts';
import { PreferencePropagation, usualPreference } from './preferences.ts';

const { providerToCustomer, lateral } = linkKind;

function graphOf(links: readonly (readonly [number, number, LinkKind])[]) {
  const collected = new AsLinks();
  for (const link of links) collected.add(...link);
  const { graph } = buildAsGraph(collected);
  return { graph, number: (asn: number): number => numberOfAsn(graph)(asn) as number };
}

test('exceptions that say what is usual change nothing', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = seededRandom(seed);
    const graph = randomGraph(random, 5 + random.below(50));
    const announcement = randomAnnouncement(random, graph, { entries: 5, longest: 4, poisoned: true });
    const { rank, nextHop, entry } = new ScalarPropagation(graph).run(announcement);
    const ofNeighbours = [...graph.asns.keys()].flatMap((at) =>
      (['providers', 'laterals', 'customers'] as const).flatMap((kind) => {
        const { start, list } = graph[kind];
        const preference = { providers: 100, laterals: 150, customers: 200 }[kind];
        return [...list.subarray(start[at], start[at + 1])].map((from) => ({ at, from, preference }));
      }),
    );
    const routes = new PreferencePropagation(graph).run(announcement, { ofNeighbours });
    assert.deepEqual({ ...routes }, { rank, nextHop, entry }, `seed ${seed}`);
  }
});

/** 1 sells to 2 and 3; 2 and 3 are lateral peers and sell to 4. */
const small = [
  [1, 2, providerToCustomer],
  [1, 3, providerToCustomer],
  [2, 3, lateral],
  [2, 4, providerToCustomer],
  [3, 4, providerToCustomer],
] as const;

test('an AS can prefer a peer to its customer, and tells its providers nothing then', () => {
  const { graph, number } = graphOf(small);
  const entry = { as: 'customer', pathLength: 1, originAsn: 64_000 } as const;
  const entries = [
    { ...entry, at: number(4) },
    { ...entry, at: number(3) },
  ];
  const engine = new PreferencePropagation(graph);
  const usual = engine.run({ entries }, {}).entry.slice();
  assert.deepEqual(
    [1, 2, 3, 4].map((asn) => usual[number(asn)]),
    [1, 0, 1, 0],
  );
  const ofNeighbours = [{ at: number(2), from: number(3), preference: 250 }];
  const routes = engine.run({ entries }, { ofNeighbours });
  assert.deepEqual(pathOf(routes, number(2)), [2, 3].map(number));
  assert.deepEqual(
    [1, 2, 3, 4].map((asn) => routes.entry[number(asn)]),
    [1, 1, 1, 0],
  );
});

test('an entry point that is shut down gracefully is used by nobody who has another, and by all where there is none', () => {
  const { graph, number } = graphOf(small);
  const entry = { as: 'customer', pathLength: 1, originAsn: 64_000 } as const;
  const entries = [
    { ...entry, at: number(2) },
    { ...entry, at: number(3), pathLength: 4 },
  ];
  const engine = new PreferencePropagation(graph);
  const ofEntries = new Map([[0, 0]]);
  const routes = engine.run({ entries }, { ofEntries });
  assert.deepEqual(
    [1, 2, 3, 4].map((asn) => routes.entry[number(asn)]),
    [1, 1, 1, 1],
  );
  const alone = engine.run({ entries: entries.slice(0, 1) }, { ofEntries });
  assert.deepEqual(
    [1, 2, 3, 4].map((asn) => alone.entry[number(asn)]),
    [0, 0, 0, 0],
  );
});

test('three peers who each prefer the next one never rest, and are named', () => {
  // Griffin's BAD GADGET: each hears the origin itself, and would rather go by its neighbour.
  const { graph, number } = graphOf([
    [1, 2, lateral],
    [2, 3, lateral],
    [3, 1, lateral],
  ]);
  const entries = [1, 2, 3].map(
    (asn) => ({ at: number(asn), as: 'customer', pathLength: 1, originAsn: 64_000 }) as const,
  );
  const next = [
    [1, 2],
    [2, 3],
    [3, 1],
  ] as const;
  const ofNeighbours = next.map(([at, from]) => ({ at: number(at), from: number(from), preference: 300 }));
  // Whoever goes by its neighbour no longer tells the one before, as peers tell own and customers' routes only; that one
  // must go by itself again, and tells the one before it; and with three of them this goes round for ever.
  assert.throws(
    () => new PreferencePropagation(graph).run({ entries }, { ofNeighbours }),
    (error) => error instanceof ProblemError && /AS1, AS2, AS3/.test(error.problems[0]?.what ?? ''),
  );
  // Two of them rest: one goes by the other.
  const { rank } = new PreferencePropagation(graph).run({ entries }, { ofNeighbours: ofNeighbours.slice(0, 2) });
  assert.equal(rank.length, 3);
});

test('with any exceptions the outcome is one in which nobody would choose otherwise, or a problem', () => {
  let rested = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed);
    const graph = randomGraph(random, 6 + random.below(20), 60);
    const { entries } = randomAnnouncement(random, graph, { entries: 4, longest: 3 });
    const ofNeighbours = Array.from({ length: random.below(30) }, () => {
      const at = random.below(graph.asns.length);
      const lists = [graph.providers, graph.laterals, graph.customers].flatMap(({ start, list }) => [
        ...list.subarray(start[at], start[at + 1]),
      ]);
      return { at, from: lists[random.below(lists.length)] ?? at, preference: 50 + random.below(250) };
    });
    const engine = new PreferencePropagation(graph);
    try {
      const routes = engine.run({ entries }, { ofNeighbours });
      rested++;
      for (let number = 0; number < graph.asns.length; number++) {
        const path = pathOf(routes, number);
        assert.equal(new Set(path).size, path.length, `seed ${seed}: no loops`);
        checkContent(graph, routes, number, ofNeighbours, `seed ${seed}, number ${number}`);
      }
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      assert.equal(error.problems[0]?.code, 'internet.no-rest');
    }
  }
  assert.ok(rested > 150, `${rested} of 200 rested`);
});

/** No neighbour offers what this AS prefers more than what it has. */
function checkContent(
  graph: AsGraph,
  routes: ReturnType<PreferencePropagation['run']>,
  number: number,
  exceptions: readonly { at: number; from: number; preference: number }[],
  where: string,
): void {
  const preferenceFor = (from: number, usual: number): number =>
    exceptions.findLast((one) => one.at === number && one.from === from)?.preference ?? usual;
  const usualOf = {
    providers: usualPreference.provider,
    laterals: usualPreference.lateral,
    customers: usualPreference.customer,
  };
  const hop = routes.nextHop[number] as number;
  let has = Number.POSITIVE_INFINITY; // its own entry point: compared by the other tests
  const offers: [preference: number, from: number][] = [];
  for (const kind of ['providers', 'laterals', 'customers'] as const) {
    const { start, list } = graph[kind];
    for (const from of list.subarray(start[number], start[number + 1])) {
      const preference = preferenceFor(from, usualOf[kind]);
      if (from === hop) has = preference;
      const rank = routes.rank[from] as number;
      const told = rank !== 0xffff_ffff && (kind === 'providers' || rank < 0x2_0000);
      if (told && !pathOf(routes, from).includes(number)) offers.push([preference, from]);
    }
  }
  if (routes.rank[number] === 0xffff_ffff) return;
  if (has === Number.POSITIVE_INFINITY) return;
  for (const [preference, from] of offers) {
    const limited = routes.nextHop[from] === 0xffff_ffff;
    assert.ok(preference <= has || limited, `${where}: prefers ${from}`);
  }
}
