/** Which routes tie: held against the engine that lets a tie be broken in any way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../base/random.ts';
import { randomAnnouncement, randomGraph } from '../propagation/random-internet.vectors.ts';
import { RuledPropagation } from '../propagation/rules/ruled.ts';
import { noEntry, ScalarPropagation } from '../propagation/scalar.ts';
import { TiedRoutes } from './tied.ts';

const seeds = fc.integer({ min: 1, max: 2 ** 31 });

test('a group is tied exactly where some way to break ties leads to it', () => {
  let several = 0;
  fc.assert(
    fc.property(seeds, (seed) => {
      const random = seededRandom(seed);
      const graph = randomGraph(random, 4 + random.below(60));
      const { entries: all } = randomAnnouncement(random, graph, { entries: 6, longest: 4 });
      // Without limits of export: with them, whoever chooses otherwise tells others.
      const entries = all.map(({ at, as, pathLength, originAsn }) => ({ at, as, pathLength, originAsn }));
      const announcement = { entries };
      const tied = new TiedRoutes({ graph, routes: new ScalarPropagation(graph).run(announcement), announcement });
      for (const wanted of entries.keys()) {
        const cost = (_at: number, _from: number | undefined, entry: number): number => (entry === wanted ? 0 : 1);
        const routes = new RuledPropagation(graph, { tieRule: { kind: 'nearest', cost } }).run(announcement);
        for (let number = 0; number < graph.asns.length; number++) {
          const groups = tied.groupsOf(number);
          assert.equal(groups.includes(wanted), routes.entry[number] === wanted, `AS ${number}, entry ${wanted}`);
          if (groups.length > 1) several++;
        }
      }
    }),
    { numRuns: 200 },
  );
  assert(several > 100, 'ties were in play');
});

test('whatever the lowest AS number picks is tied, limits or not; and each has a path that ends there', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const random = seededRandom(seed);
      const graph = randomGraph(random, 4 + random.below(60));
      const announcement = randomAnnouncement(random, graph, { entries: 8, longest: 4, poisoned: true });
      const routes = new ScalarPropagation(graph).run(announcement);
      const tied = new TiedRoutes({ graph, routes, announcement });
      for (let number = 0; number < graph.asns.length; number++) {
        const [entry, groups] = [routes.entry[number] as number, tied.groupsOf(number)];
        if (entry === noEntry) assert.deepEqual(groups, []);
        else assert(groups.includes(entry), `AS ${number}: ${entry} is none of ${groups}`);
        for (const group of groups) {
          const path = tied.pathTo(number, group);
          assert.equal(path[0], number);
          assert.equal(path.at(-1), announcement.entries[group]?.at);
        }
        assert.deepEqual(tied.pathTo(number, announcement.entries.length), []);
      }
    }),
    { numRuns: 200 },
  );
});
