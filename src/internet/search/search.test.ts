/** Searches on a network small enough to try everything, so that a local search can be held against the truth. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { smallSearch } from '../../testing/small-search.ts';
import { constraintsOf, type Limits } from './constraints.ts';
import { planOf } from './plan.ts';
import type { Scorer } from './scores.ts';
import { type Aim, search } from './search.ts';
import { allSetups, changesBetween, neighborsOf, type SearchSpace, setupKey, sizeOf } from './space.ts';

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
  const input = smallSearch(['avoid']);
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
    const { space } = smallSearch(vary);
    const keys = [...allSetups(space)].map(setupKey);
    assert.equal(new Set(keys).size, keys.length);
    assert.equal(keys.length, sizeOf(space), vary.join());
  }
});

test('a local search finds what trying everything finds, and the same again from the same seed', async () => {
  const all = await run(smallSearch(['prepends', 'avoid', 'sessions']));
  assert(all.exhaustive);
  const found = [];
  for (const seed of [1, 1, 2]) {
    const input = smallSearch(['prepends', 'avoid', 'sessions']);
    const result = await run(input, { maximumPredictions: sizeOf(input.space) - 1, seed });
    assert(!result.exhaustive);
    assert(Math.abs((result.front[0]?.scores.meanMs ?? 0) - (all.front[0]?.scores.meanMs ?? 1)) < 1e-9, `seed ${seed}`);
    found.push(setupKey(result.front[0]?.setup ?? []));
  }
  assert.equal(found[0], found[1]);
});

test('limits hold: changes, cost, capacity, N-1', async () => {
  const few = await run(smallSearch(['prepends', 'avoid']), { limits: { ...noLimits, maximumChanges: 0 } });
  assert.equal(few.front.length, 1);
  assert.equal(setupKey(few.front[0]?.setup ?? []), setupKey(smallSearch([]).space.today));
  const cost = new Map([
    ['fra', 3],
    ['syd', 5],
  ]);
  const cheap = await run(smallSearch(['pops']), { limits: { ...noLimits, cost, budget: 4 } });
  assert.equal(setupKey(cheap.front[0]?.setup ?? []), '0: -');
  const capacity = new Map([['syd', 500]]);
  const full = await run(smallSearch(['avoid'], capacity), { limits: { ...noLimits, capacity } });
  assert((full.front[0]?.scores.load[1] ?? 1e9) <= 500);
});

test('where nothing is allowed, what stands in the way is named', async () => {
  const capacity = new Map([
    ['fra', 10],
    ['syd', 10],
  ]);
  const result = await run(smallSearch(['prepends'], capacity), { limits: { ...noLimits, capacity } });
  assert.equal(result.front.length, 0);
  assert.deepEqual(
    result.binding.map(({ constraint }) => constraint),
    ['no PoP beyond its capacity'],
  );
  const nMinusOne = await run(smallSearch(['prepends']), { limits: { ...noLimits, nMinusOneP90Ms: 5 } });
  assert.deepEqual(
    nMinusOne.binding.map(({ constraint }) => constraint),
    ['whichever PoP is gone, 90 % of users within 5 ms'],
  );
});

test('of two aims the whole front comes out, and none of it is beaten', async () => {
  const input = smallSearch(['prepends', 'avoid']);
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
  const result = await run(smallSearch(['prepends', 'avoid']), { interrupted: () => ++asked > 3 });
  assert(result.interrupted && !result.exhaustive);
  assert.equal(result.front.length, 1);
});

test('changes lead from one set-up to another, in any order', () => {
  const { space } = smallSearch(['prepends', 'avoid', 'sessions']);
  for (const target of allSetups(space)) {
    const changes = changesBetween(space.today, target, space);
    const there = changes.reduce((setup, { apply }) => apply(setup), space.today);
    assert.equal(setupKey(there), setupKey(target));
    const back = [...changes].reverse().reduce((setup, { apply }) => apply(setup), space.today);
    assert.equal(setupKey(back), setupKey(target));
  }
  assert(neighborsOf(space.today, space).every((setup) => changesBetween(space.today, setup, space).length === 1));
});
