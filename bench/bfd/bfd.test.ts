/** The benchmark of BFD runs: a death is seen by both sides, in no less time than its timers say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namespacesUnavailable, programPath } from '../../src/testing/namespaces.ts';
import { bench } from './bfd.ts';

const skip = namespacesUnavailable() ?? (programPath('bird') === undefined && 'BIRD 2 is missing: npm run test:setup');
if (skip) console.error(`SKIPPED, benchmark of BFD: ${skip}`);

test('runs small', { skip }, async () => {
  const figures = await bench.run({ small: true, say: () => undefined });
  for (const who of ['Nearcast', 'BIRD']) {
    const gap = figures.find((figure) => figure.who === who)?.value ?? 0;
    assert.ok(gap > 50 && gap < 5_000, `${who}: ${gap} ms`);
  }
  assert.ok(figures.some(({ what }) => what.endsWith('false alarms')));
});
