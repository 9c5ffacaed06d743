/** The benchmark of BGP runs: our speaker takes in, gives up and passes on a small table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namespacesUnavailable, programPath } from '../../src/testing/namespaces.ts';
import { bench } from './bgp.ts';

const skip = namespacesUnavailable() ?? (programPath('bird') === undefined && 'BIRD 2 is missing: npm run test:setup');
if (skip) console.error(`SKIPPED, benchmark of BGP: ${skip}`);

test('runs small', { skip, timeout: 300_000 }, async () => {
  const figures = await bench.run({ small: true, say: () => undefined });
  for (const start of ['1000 prefixes taken in', '1000 routes passed on']) {
    for (const who of ['Nearcast', 'BIRD']) {
      assert.ok(
        figures.some((figure) => figure.what.startsWith(start) && figure.who === who),
        `${start}: ${who}`,
      );
    }
  }
});
