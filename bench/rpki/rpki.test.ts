import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bench } from './rpki.ts';

test('the RPKI benchmark runs', async () => {
  const figures = await bench.run({ small: true, say: () => {} });
  assert.equal(figures.length, 5);
  for (const { what, value } of figures) assert(Number.isFinite(value) && value >= 0, what);
});
