import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { ProblemError } from '../../base/problem.ts';
import { seededRandom } from '../../base/random.ts';
import { learnedFrom, learnedOf, ScalarPropagation } from '../propagation/scalar.ts';
import { buildAsGraph, numberOfAsn } from '../topology/as-graph.ts';
import { loadInternet } from '../topology/load.ts';
import { likenessOf } from './compare.ts';
import { generateInternet } from './generate.ts';

const generated = (ases: number, seed: number, named: readonly number[] = []) =>
  buildAsGraph(generateInternet({ ases, random: seededRandom(seed), named }));

test('whatever the size, each AS hears every other, and nothing has to be mended', () => {
  for (const ases of [10, 50, 500, 5000]) {
    const { graph, repairs } = generated(ases, ases);
    assert.deepEqual(repairs, { duplicates: 0, conflicts: [], cycles: [] });
    assert.equal(graph.asns.length, ases);
    const engine = new ScalarPropagation(graph);
    for (const at of [0, ases >> 1, ases - 1]) {
      const routes = engine.run({ entries: [{ at, as: 'self', pathLength: 0, originAsn: 1 }] });
      for (let number = 0; number < ases; number++) assert.notEqual(learnedOf(routes, number), learnedFrom.none);
    }
  }
});

test('a seed gives one Internet, another seed another', () => {
  const [a, b, c] = [generated(300, 1), generated(300, 1), generated(300, 2)];
  assert.deepEqual(a, b);
  assert.notDeepEqual(a, c);
});

test('the largest ASes can be named, and have many customers', () => {
  const { graph } = generated(2000, 1, [174, 3356]);
  const number = numberOfAsn(graph);
  for (const asn of [174, 3356]) {
    const at = number(asn) as number;
    assert.ok((graph.customers.start[at + 1] as number) - (graph.customers.start[at] as number) > 20);
  }
});

test('a size that makes no sense is a problem', () => {
  for (const [ases, named] of [
    [3, []],
    [1e9, []],
    [100, [5, 5]],
  ] as const) {
    assert.throws(
      () => generateInternet({ ases, named, random: seededRandom(1) }),
      (error) => error instanceof ProblemError && error.problems[0]?.code === 'internet.generate-size',
    );
  }
});

const file = join('..', 'shared', 'data', 'as-rel', '20250901.as-rel2.txt.bz2');
const skip = existsSync(file) ? undefined : `no file of the real Internet at ${file}`;
if (skip !== undefined) console.error(`SKIPPED, a generated Internet beside the real one: ${skip}`);

test('degrees and cones are like the real Internet’s', { skip }, async () => {
  const { graph: real } = await loadInternet(file, new PassThrough());
  const likeness = likenessOf(real, generated(20_000, 1).graph);
  // Of a fifth of the size: the greatest ASes cannot be as great. A plain random graph is at 0.5 and more in each.
  assert.ok(likeness.customers < 0.15, `customers ${likeness.customers}`);
  assert.ok(likeness.providers < 0.05, `providers ${likeness.providers}`);
  assert.ok(likeness.laterals < 0.12, `laterals ${likeness.laterals}`);
  assert.ok(likeness.cones < 0.15, `cones ${likeness.cones}`);
  const [ours, theirs] = [likeness.meanPathLength[1], likeness.meanPathLength[0]];
  assert.ok(Math.abs(ours - theirs) < 1, `path length ${ours}, real ${theirs}`);
});
