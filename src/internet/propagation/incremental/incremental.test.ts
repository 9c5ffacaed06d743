import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../base/random.ts';
import type { EntryPoint } from '../announcement.ts';
import { randomAnnouncement, randomGraph } from '../random-internet.vectors.ts';
import { noHop, type Routes, ScalarPropagation } from '../scalar.ts';
import { type EntryChange, IncrementalPropagation } from './incremental.ts';

/** The scalar engine knows nothing of entry points that are away: its numbers are mapped to places in the whole list. */
function expectedRoutes(
  engine: ScalarPropagation,
  points: readonly (EntryPoint | undefined)[],
  refusedBy: Iterable<number>,
) {
  const present = points.flatMap((point, index) => (point === undefined ? [] : [{ point, index }]));
  const { rank, nextHop, entry } = engine.run({ entries: present.map(({ point }) => point), refusedBy });
  return { rank, nextHop, entry: entry.map((place) => present[place]?.index ?? 0xffff) };
}

function checkSame(actual: Routes, expected: Routes, message: string): void {
  assert.deepEqual(actual.rank, expected.rank, message);
  assert.deepEqual(actual.nextHop, expected.nextHop, message);
  assert.deepEqual(actual.entry, expected.entry, message);
}

test('after every change of a random sequence, routes are those of a run from scratch', () => {
  const seeds = Number(process.env.NEARCAST_SEEDS ?? 150);
  for (let seed = 1; seed <= seeds; seed++) {
    const random = seededRandom(seed);
    const graph = randomGraph(random, 5 + random.below(70));
    const { entries, refusedBy = [] } = randomAnnouncement(random, graph, {
      entries: 9,
      longest: 4,
      poisoned: seed % 2 === 0,
    });
    const scalar = new ScalarPropagation(graph);
    const incremental = new IncrementalPropagation(graph, entries, { refusedBy });
    const points: (EntryPoint | undefined)[] = [...entries];
    checkSame(incremental.routes, expectedRoutes(scalar, points, refusedBy), `seed ${seed}, at first`);
    for (let step = 0; step < 15; step++) {
      const changes: EntryChange[] = Array.from({ length: 1 + random.below(3) }, () => {
        const entry = random.below(entries.length);
        const { as, at } = entries[entry] as EntryPoint;
        const neighbours = graph.customers.list.subarray(graph.customers.start[at], graph.customers.start[at + 1]);
        const now = {
          pathLength: as === 'self' ? 0 : 1 + random.below(4),
          noExport: random.below(6) === 0,
          ...(random.below(4) === 0 ? { notTo: [...neighbours].filter(() => random.below(2) === 0) } : {}),
        };
        return { entry, now: random.below(3) === 0 ? undefined : now };
      });
      const before = { ...copyOf(incremental.routes), points: points.slice() };
      const { numbers, entriesBefore } = incremental.change(changes);
      for (const { entry, now } of changes) {
        const point = entries[entry] as EntryPoint;
        const { at, as, originAsn, refusedBy } = point;
        const kept = { at, as, originAsn, ...(refusedBy === undefined ? {} : { refusedBy }) };
        points[entry] = now === undefined ? undefined : { ...kept, ...now };
      }
      const where = `seed ${seed}, step ${step}`;
      checkSame(incremental.routes, expectedRoutes(scalar, points, refusedBy), where);
      checkReport(before, incremental.routes, numbers, entriesBefore, where);
      if (random.below(3) !== 0) continue;
      incremental.undo();
      points.splice(0, points.length, ...before.points);
      checkSame(incremental.routes, before, `${where}, taken back`);
    }
  }
});

function copyOf({ rank, nextHop, entry }: Routes): Routes {
  return { rank: rank.slice(), nextHop: nextHop.slice(), entry: entry.slice() };
}

/** What the engine says it changed is what differs. */
function checkReport(before: Routes, after: Routes, numbers: Uint32Array, entries: Uint16Array, where: string): void {
  const differing = [...before.rank.keys()].filter(
    (number) =>
      before.rank[number] !== after.rank[number] ||
      before.nextHop[number] !== after.nextHop[number] ||
      before.entry[number] !== after.entry[number],
  );
  assert.deepEqual(
    [...numbers].sort((a, b) => a - b),
    differing,
    where,
  );
  for (const [index, number] of numbers.entries()) assert.equal(entries[index], before.entry[number], where);
}

test('a network that withdraws everywhere is gone, and comes back', () => {
  const graph = randomGraph(seededRandom(1), 40);
  const entries = [3, 17].map((at) => ({ at, as: 'customer' as const, pathLength: 1, originAsn: 64_500 }));
  const incremental = new IncrementalPropagation(graph, entries);
  const first = copyOf(incremental.routes);
  incremental.change(entries.map((_, entry) => ({ entry, now: undefined })));
  assert.ok(incremental.routes.nextHop.every((hop) => hop === noHop));
  incremental.change(entries.map((now, entry) => ({ entry, now })));
  checkSame(incremental.routes, first, 'as before');
});
