/** Searches on a network small enough to try everything, so that a local search can be held against the truth. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { loadNetwork } from '../../network/document.ts';
import { distancesOf } from '../catchment/distances.ts';
import { sessionsOf } from '../deployment/deployment.ts';
import type { ProviderLocation } from '../deployment/provider-links.ts';
import { ScalarPropagation } from '../propagation/scalar.ts';
import { buildAsGraph } from '../topology/as-graph.ts';
import { AsLinks, linkKind } from '../topology/as-links.ts';
import { latencyModel } from '../world/latency.ts';
import { worldOf } from '../world/world.ts';
import { constraintsOf, type Limits } from './constraints.ts';
import { planOf } from './plan.ts';
import { Scorer } from './scores.ts';
import { type Aim, search } from './search.ts';
import {
  allSetups,
  changesBetween,
  neighborsOf,
  type SearchSpace,
  setupKey,
  sizeOf,
  spaceOf,
  type Vary,
} from './space.ts';

/**
 * Vultr (20473) buys of 1 in Frankfurt and of 2 in Sydney. 101 (Germany, many users) is a customer of both 3 and 2, where 3 is a
 * customer of 1: by way of 2 its path is shorter, so all of it lands in Sydney until Sydney avoids 2.
 */
function fixture(vary: readonly Vary[], capacity: ReadonlyMap<string, number> = new Map()) {
  const links = new AsLinks();
  for (const [provider, customer] of [
    [1, 20473],
    [2, 20473],
    [4, 20473],
    [1, 3],
    [3, 101],
    [2, 101],
    [4, 102],
    [1, 103],
  ] as const)
    links.add(provider, customer, linkKind.providerToCustomer);
  for (const [a, b] of [
    [1, 2],
    [1, 4],
    [2, 4],
  ] as const)
    links.add(a, b, linkKind.lateral);
  const { graph } = buildAsGraph(links);
  const result = loadNetwork(
    `
network: test
asn: 64500
prefixes: [{ prefix: 192.0.2.0/24, address: 192.0.2.1 }]
pops:
  fra: { location: "Frankfurt, DE", sessions: [{ provider: vultr, sourceAddress: 203.0.113.1, password: { env: P } }] }
  syd: { location: "Sydney, AU", sessions: [{ provider: vultr, sourceAddress: 203.0.113.2, password: { env: P } }] }
`,
    { file: 'network.yaml' },
  );
  assert(result.ok);
  const frankfurt: ProviderLocation = {
    name: 'fra',
    latitude: 50.1,
    longitude: 8.7,
    neighbors: new Map([[1, 'provider']]),
  };
  const sydney: ProviderLocation = {
    name: 'syd',
    latitude: -33.9,
    longitude: 151.2,
    neighbors: new Map([
      [2, 'provider'],
      [4, 'provider'],
    ]),
  };
  const { pops, sessions, context } = sessionsOf(result.value, graph, {
    family: 4,
    links: new Map([[20473, [frankfurt, sydney]]]),
  });
  const inCountry = (code: string) => ({ name: code, countries: [{ code, share: 1 }] });
  const world = worldOf(graph, {
    users: new Map([
      [101, 1000],
      [102, 400],
      [103, 100],
    ]),
    places: new Map([
      [101, inCountry('DE')],
      [102, inCountry('AU')],
      [103, inCountry('DE')],
    ]),
  });
  const popNames = pops.map(({ name }) => name);
  const space = spaceOf({ sessions, popNames, vary: new Set(vary), maximumPrepend: 2, avoidable: [[1], [2, 4]] });
  const distances = distancesOf(pops, world.places, latencyModel());
  const scorer = new Scorer({ space, world, pops, context, distances, engine: new ScalarPropagation(graph), capacity });
  return { space, scorer };
}

const noLimits: Limits = { minimumPops: 1, capacity: new Map(), nMinusOneCapacity: false, cost: new Map() };

const never = (): boolean => false;

async function run(
  { space, scorer }: { space: SearchSpace; scorer: Scorer },
  { limits = noLimits, aims = ['mean'] as [Aim, Aim?], maximumPredictions = 1000, seed = 1, interrupted = never } = {},
) {
  const constraints = constraintsOf(limits, space, scorer.scores(space.today));
  const random = seededRandom(seed);
  return search({
    space,
    scorer,
    constraints,
    aims,
    maximumPredictions,
    random,
    interrupted,
    progress: () => {},
    pause: async () => {},
  });
}

test('the session that draws users across the world is told to avoid the network that does it', async () => {
  const input = fixture(['avoid']);
  const result = await run(input);
  assert(result.exhaustive);
  const steps = planOf(result.front[0]?.setup ?? [], input.space, input.scorer, 'mean');
  assert.deepEqual(
    steps.map(({ where, what }) => `${where} ${what}`),
    ['pops.syd.sessions[0] announce: { avoid: [2] }'],
  );
  const [today, then] = [input.scorer.scores(input.space.today), steps.at(-1)?.scores];
  assert(then !== undefined && then.meanMs < 0.3 * today.meanMs, `${today.meanMs} to ${then?.meanMs}`);
});

test('spaces are counted as they are walked', () => {
  for (const vary of [
    ['pops'],
    ['sessions'],
    ['prepends'],
    ['avoid'],
    ['pops', 'prepends'],
    ['prepends', 'avoid', 'sessions'],
  ] as const) {
    const { space } = fixture(vary);
    const keys = [...allSetups(space)].map(setupKey);
    assert.equal(new Set(keys).size, keys.length);
    assert.equal(keys.length, sizeOf(space), vary.join());
  }
});

test('a local search finds what trying everything finds, and the same again from the same seed', async () => {
  const all = await run(fixture(['prepends', 'avoid', 'sessions']));
  assert(all.exhaustive);
  const found = [];
  for (const seed of [1, 1, 2]) {
    const input = fixture(['prepends', 'avoid', 'sessions']);
    const result = await run(input, { maximumPredictions: sizeOf(input.space) - 1, seed });
    assert(!result.exhaustive);
    assert(Math.abs((result.front[0]?.scores.meanMs ?? 0) - (all.front[0]?.scores.meanMs ?? 1)) < 1e-9, `seed ${seed}`);
    found.push(setupKey(result.front[0]?.setup ?? []));
  }
  assert.equal(found[0], found[1]);
});

test('limits hold: changes, cost, capacity, N-1', async () => {
  const few = await run(fixture(['prepends', 'avoid']), { limits: { ...noLimits, maximumChanges: 0 } });
  assert.equal(few.front.length, 1);
  assert.equal(setupKey(few.front[0]?.setup ?? []), setupKey(fixture([]).space.today));
  const cost = new Map([
    ['fra', 3],
    ['syd', 5],
  ]);
  const cheap = await run(fixture(['pops']), { limits: { ...noLimits, cost, budget: 4 } });
  assert.equal(setupKey(cheap.front[0]?.setup ?? []), '0: -');
  const capacity = new Map([['syd', 500]]);
  const full = await run(fixture(['avoid'], capacity), { limits: { ...noLimits, capacity } });
  assert((full.front[0]?.scores.load[1] ?? 1e9) <= 500);
});

test('where nothing is allowed, what stands in the way is named', async () => {
  const capacity = new Map([
    ['fra', 10],
    ['syd', 10],
  ]);
  const result = await run(fixture(['prepends'], capacity), { limits: { ...noLimits, capacity } });
  assert.equal(result.front.length, 0);
  assert.deepEqual(
    result.binding.map(({ constraint }) => constraint),
    ['no PoP beyond its capacity'],
  );
  const nMinusOne = await run(fixture(['prepends']), { limits: { ...noLimits, nMinusOneP90Ms: 5 } });
  assert.deepEqual(
    nMinusOne.binding.map(({ constraint }) => constraint),
    ['whichever PoP is gone, 90 % of users within 5 ms'],
  );
});

test('of two aims the whole front comes out, and none of it is beaten', async () => {
  const input = fixture(['prepends', 'avoid']);
  const { front } = await run(input, { aims: ['mean', 'balance'] });
  const points = front.map(({ scores }) => [scores.meanMs, scores.busiest] as const);
  for (const [index, [mean, busiest]] of points.entries()) {
    for (const setup of allSetups(input.space)) {
      const other = input.scorer.scores(setup);
      const allowed = other.unreachedUsers <= input.scorer.scores(input.space.today).unreachedUsers;
      assert(!(allowed && other.meanMs < mean - 1e-6 && other.busiest < busiest - 1e-6), `point ${index} is beaten`);
    }
  }
  assert(points.length >= 1);
});

test('an interruption ends the search with the best so far', async () => {
  let asked = 0;
  const result = await run(fixture(['prepends', 'avoid']), { interrupted: () => ++asked > 3 });
  assert(result.interrupted && !result.exhaustive);
  assert.equal(result.front.length, 1);
});

test('changes lead from one set-up to another, in any order', () => {
  const { space } = fixture(['prepends', 'avoid', 'sessions']);
  for (const target of allSetups(space)) {
    const changes = changesBetween(space.today, target, space);
    const there = changes.reduce((setup, { apply }) => apply(setup), space.today);
    assert.equal(setupKey(there), setupKey(target));
    const back = [...changes].reverse().reduce((setup, { apply }) => apply(setup), space.today);
    assert.equal(setupKey(back), setupKey(target));
  }
  assert(neighborsOf(space.today, space).every((setup) => changesBetween(space.today, setup, space).length === 1));
});
