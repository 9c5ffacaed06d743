import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { BatchPropagation } from './batch/batch.ts';
import { IncrementalPropagation } from './incremental/incremental.ts';
import { randomGraph } from './random-internet.vectors.ts';
import { PreferencePropagation } from './rules/preferences.ts';
import { RuledPropagation } from './rules/ruled.ts';
import { ScalarPropagation } from './scalar.ts';

test('no engine takes an entry point at an AS that the graph does not have, which would write elsewhere', () => {
  const graph = randomGraph(seededRandom(1), 20);
  const entry = { at: 0, as: 'customer', pathLength: 1, originAsn: 64_500 } as const;
  for (const wrong of [{ at: 20 }, { at: -1 }, { at: Number.NaN }, { pathLength: 70_000 }, { pathLength: 1.5 }]) {
    const entries = [{ ...entry, ...wrong }];
    assert.throws(() => new ScalarPropagation(graph).run({ entries }), /bug/);
    assert.throws(() => new BatchPropagation(graph).run([{ entries }]), /bug/);
    assert.throws(() => new IncrementalPropagation(graph, entries), /bug/);
    assert.throws(() => new RuledPropagation(graph, { tieRule: { kind: 'shares' } }).run({ entries }), /bug/);
    assert.throws(() => new PreferencePropagation(graph).run({ entries }, {}), /bug/);
  }
});
