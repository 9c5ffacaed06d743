import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../../base/problem.ts';
import { type Random, seededRandom } from '../../base/random.ts';
import type { EntryPoint } from '../propagation/announcement.ts';
import { randomGraph } from '../propagation/random-internet.vectors.ts';
import { noEntry, ScalarPropagation } from '../propagation/scalar.ts';
import { Evaluator } from './evaluator.ts';
import { evaluateSubsets } from './subsets.ts';
import type { Configuration, EvaluationSpace } from './types.ts';

function randomSpace(random: Random, { longest = 4 }: { longest?: number } = {}): EvaluationSpace {
  const graph = randomGraph(random, 60);
  const entries = Array.from(
    { length: 7 },
    (): EntryPoint => ({
      at: random.below(graph.asns.length),
      as: random.below(4) === 0 ? 'lateral' : 'customer',
      pathLength: 1 + random.below(longest),
      originAsn: 64_500,
    }),
  );
  const numbers = Uint32Array.from(graph.asns.keys()).filter(() => random.below(3) > 0);
  const columnCount = 4;
  return {
    graph,
    entries,
    columns: entries.map(() => random.below(columnCount)),
    columnCount,
    users: { numbers, weights: Float32Array.from(numbers, () => 1 + random.below(100)) },
    costs: Float32Array.from({ length: numbers.length * columnCount }, () => random.below(300)),
    costWithoutRoute: 1000,
    refusedBy: [random.below(graph.asns.length)],
  };
}

/** By the scalar engine, one configuration after another. */
function expected(space: EvaluationSpace, configurations: readonly Configuration[]) {
  const engine = new ScalarPropagation(space.graph);
  const { users, columnCount, costs, refusedBy = [] } = space;
  const total = users.weights.reduce((sum, weight) => sum + weight, 0);
  return configurations.map((members) => {
    const { entry } = engine.run({ entries: members.map((place) => space.entries[place] as EntryPoint), refusedBy });
    const loads = new Array<number>(columnCount + 1).fill(0);
    let sum = 0;
    for (const [row, number] of users.numbers.entries()) {
      const at = entry[number] as number;
      const column = at === noEntry ? columnCount : (space.columns?.[members[at] as number] as number);
      const weight = users.weights[row] as number;
      sum += weight * (column === columnCount ? space.costWithoutRoute : (costs[row * columnCount + column] as number));
      loads[column] = (loads[column] as number) + weight;
    }
    return { cost: sum / total, loads };
  });
}

for (const { threads, longest } of [
  { threads: 1, longest: 4 },
  { threads: 3, longest: 4 },
  { threads: 2, longest: 90 },
]) {
  test(`costs and loads are those of the scalar engine; ${threads} threads, paths up to ${longest}`, async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const random = seededRandom(seed);
      const space = randomSpace(random, { longest });
      const configurations = Array.from({ length: 700 }, () =>
        [...space.entries.keys()].filter(() => random.below(2) === 0),
      );
      const evaluator = new Evaluator(space, { threads });
      const seen: number[] = [];
      const { costs, loads, done } = await evaluator.evaluate(configurations, {
        withLoads: true,
        onProgress: (count) => seen.push(count),
      });
      await evaluator.close();
      assert.equal(done, 700);
      assert.equal(seen.at(-1), 700);
      assert.ok(seen.length > 1);
      for (const [index, { cost, loads: byColumn }] of expected(space, configurations).entries()) {
        assert.ok(Math.abs((costs[index] as number) - cost) < 1e-6 * cost, `seed ${seed}, configuration ${index}`);
        assert.deepEqual([...(loads?.subarray(index * 5, index * 5 + 5) ?? [])], byColumn);
      }
    }
  });
}

test('all subsets, by their masks', async () => {
  const space = randomSpace(seededRandom(9));
  const groups = [[0, 1], [2], [3, 4], [5]];
  const evaluator = new Evaluator(space, { threads: 1 });
  const { costs } = await evaluateSubsets(evaluator, groups);
  const all = Array.from({ length: 16 }, (_, mask) => groups.filter((_group, bit) => (mask >>> bit) & 1).flat());
  for (const [mask, { cost }] of expected(space, all).entries()) {
    assert.ok(Math.abs((costs[mask] as number) - cost) < 1e-6 * cost, `subset ${mask}`);
  }
});

test('an interrupted evaluation gives what it has', async () => {
  const space = randomSpace(seededRandom(4));
  for (const threads of [1, 2]) {
    const evaluator = new Evaluator(space, { threads });
    const stop = new AbortController();
    const configurations = new Array<Configuration>(5000).fill([0, 3]);
    const { costs, done } = await evaluator.evaluate(configurations, {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    assert.ok(done >= 256 && done < 5000, `${done} were done`);
    assert.equal(costs.filter((cost) => !Number.isNaN(cost)).length, done);
    // The evaluator is as good as new.
    assert.equal((await evaluator.evaluate([[0]])).done, 1);
    await evaluator.close();
  }
});

test('what has nobody to weigh, or too many columns, is a problem', () => {
  const space = randomSpace(seededRandom(4));
  const nobody = { ...space, users: { ...space.users, weights: space.users.weights.map(() => 0) } };
  const wide = { ...space, columnCount: 300, costs: new Float32Array(space.users.numbers.length * 300) };
  for (const [wrong, code] of [
    [nobody, 'internet.no-users'],
    [wide, 'internet.too-many-columns'],
  ] as const) {
    assert.throws(
      () => new Evaluator(wrong, { threads: 1 }),
      (error) => error instanceof ProblemError && error.problems[0]?.code === code,
    );
  }
});

test('an evaluation that fails ends its threads, and says so when asked again', async () => {
  const space = randomSpace(seededRandom(4));
  const evaluator = new Evaluator(space, { threads: 2 });
  await assert.rejects(evaluator.evaluate([[space.entries.length]]), /an entry point of the space/);
  await assert.rejects(evaluator.evaluate([[0]]), /not closed/);
});
