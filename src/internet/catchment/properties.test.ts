/** What must hold of every prediction, on random Internets: nobody is lost or counted twice, and explanations tell the truth. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../base/random.ts';
import { mustLocation } from '../../testing/places.ts';
import { groupEntries } from '../deployment/group.ts';
import type { Deployment } from '../deployment/types.ts';
import { randomAnnouncement, randomGraph } from '../propagation/random-internet.vectors.ts';
import { noEntry, noHop, pathLengthOf, ScalarPropagation } from '../propagation/scalar.ts';
import { latencyModel } from '../world/latency.ts';
import { type World, worldOf } from '../world/world.ts';
import { usersByPlace } from './by-place.ts';
import { catchmentOf, noPop } from './catchment.ts';
import { distancesOf } from './distances.ts';
import { explainAs } from './explain.ts';
import { lossesOf } from './nminus1.ts';
import { summarize } from './summary.ts';

const cities = ['Frankfurt, DE', 'Singapore, SG', 'Ashburn, US', 'São Paulo, BR'];
const seeds = fc.integer({ min: 1, max: 2 ** 31 });

function randomPrediction(seed: number) {
  const random = seededRandom(seed);
  const graph = randomGraph(random, 4 + random.below(60));
  const users = new Map<number, number>();
  const places = new Map<number, { name: string; countries: { code: string; share: number }[] }>();
  for (const asn of graph.asns) {
    if (random.below(4) > 0) users.set(asn, random.below(1000));
    if (random.below(6) === 0) continue; // nobody knows where it is
    const code = ['DE', 'SG', 'US', 'BR', 'ZZ'][random.below(5)] as string;
    places.set(asn, {
      name: '',
      countries: [
        { code, share: 0.7 },
        { code: 'FR', share: 0.3 },
      ].slice(0, 1 + random.below(2)),
    });
  }
  users.set(4_000_000_000, 17);
  const world = worldOf(graph, { users, places });
  const pops = cities.map((city, index) => ({ name: `pop${index}`, location: mustLocation(city) }));
  const { entries, refusedBy } = randomAnnouncement(random, graph, { entries: 8, longest: 5, poisoned: true });
  // Some PoPs share entry points, as those of one provider do; one PoP announces nothing now and then.
  const popEntries = entries.flatMap((entry) => {
    const pop = random.below(pops.length);
    return random.below(3) === 0
      ? [
          { pop, entry },
          { pop: (pop + 1) % pops.length, entry },
        ]
      : [{ pop, entry }];
  });
  const deployment: Deployment = { asn: 64_500, pops, entries: popEntries, groups: groupEntries(popEntries) };
  const distances = distancesOf(pops, world.places, latencyModel());
  const engine = new ScalarPropagation(graph);
  return {
    graph,
    world,
    deployment,
    distances,
    engine,
    ...(refusedBy === undefined ? {} : { refusedBy: [...refusedBy] }),
  };
}

function close(a: number, b: number, what: string): void {
  assert(Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b)), `${what}: ${a} and ${b}`);
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}

/** All users of the graph's ASes: 17 are outside of it. */
function usersInside({ users }: World): number {
  return sum(users);
}

test('every user is at a PoP, reached by no route, or nowhere: once', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const input = randomPrediction(seed);
      const { world, deployment } = input;
      const catchment = catchmentOf(input);
      const summary = summarize(catchment, input);
      assert.equal(world.usersOutside, 17);
      const atPops = sum(summary.pops.map(({ users }) => users));
      close(atPops, summary.all.users, 'by PoP and in all');
      close(atPops + summary.unreachedUsers + world.usersNowhere, usersInside(world), 'everybody');
      close(sum(summary.countries.map(({ users }) => users)), atPops, 'by country and by PoP');
      for (const { users, pops } of summary.countries)
        if (users > 0) close(sum(pops.map(({ share }) => share)), 1, 'shares');
      const byPlace = usersByPlace(catchment, world, deployment.pops.length);
      close(sum(byPlace.map(({ users }) => users)), usersInside(world) - world.usersNowhere, 'by place');
      for (const [pop, { users }] of summary.pops.entries())
        close(sum(byPlace.map(({ byPop }) => byPop[pop] as number)), users, 'by place at one PoP');
      if (summary.all.users > 0) assert(summary.nearest.meanMs <= summary.all.meanMs + 1e-6);
    }),
    { numRuns: 150 },
  );
});

test('the offer that an explanation calls chosen is the engine’s route, for every AS', () => {
  let [routed, refusals] = [0, 0];
  fc.assert(
    fc.property(seeds, (seed) => {
      const { graph, deployment, engine, refusedBy } = randomPrediction(seed);
      const entries = deployment.groups.map(({ entry }) => entry);
      const routes = engine.run({ entries, ...(refusedBy && { refusedBy }) });
      for (let number = 0; number < graph.asns.length; number++) {
        const { offers } = explainAs(graph, number, { routes, deployment, ...(refusedBy && { refusedBy }) });
        const chosen = offers.filter(({ lostBy }) => lostBy === undefined);
        refusals += offers.filter(({ lostBy }) => lostBy === 'refused').length;
        if (routes.entry[number] === noEntry) {
          assert.deepEqual(chosen, [], `seed ${seed}, AS${graph.asns[number]} has no route`);
          continue;
        }
        routed++;
        const hop = routes.nextHop[number] as number;
        const where = `seed ${seed}, AS${graph.asns[number]}`;
        assert.equal(chosen.length, 1, where);
        assert.equal(chosen[0], offers[0], where);
        assert.equal(chosen[0]?.neighbor, hop === noHop ? undefined : graph.asns[hop], where);
        assert.equal(chosen[0]?.groups[0], routes.entry[number], where);
        assert.equal(chosen[0]?.pathLength, pathLengthOf(routes, number), where);
        for (const { path, pathLength, groups } of offers) {
          assert.equal(path.length, pathLength, where);
          const ours = deployment.groups[groups[0] as number]?.entry.originAsn === deployment.asn;
          assert(!ours || !path.includes(graph.asns[number] as number), `${where}: a loop`);
        }
      }
    }),
    { numRuns: 300 },
  );
  assert(routed > 1000 && refusals > 50, `too little was compared: ${routed} routes, ${refusals} refusals`);
});

test('N-1 says what a prediction without that PoP says', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const input = randomPrediction(seed);
      const { deployment, world } = input;
      const before = catchmentOf(input);
      for (const [lost, loss] of lossesOf(input, new Map()).entries()) {
        const entries = deployment.entries.filter(({ pop }) => pop !== lost);
        const without = { ...input, deployment: { ...deployment, entries, groups: groupEntries(entries) } };
        const after = catchmentOf(without);
        assert.deepEqual(loss.after, summarize(after, without));
        const cells = [...before.pop.keys()].filter((cell) => before.pop[cell] === lost);
        close(loss.users, sum(cells.map((cell) => world.cellUsers[cell] as number)), 'users that move');
        close(sum(loss.movedTo.map(({ users }) => users)), loss.users, 'all of them land or are named');
        assert(cells.every((cell) => after.pop[cell] !== lost || after.pop[cell] === noPop));
      }
    }),
    { numRuns: 60 },
  );
});
