import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bench } from './edge.ts';

it('the edge benchmark runs small, and measures everybody', async (t) => {
  const figures = await bench.run({ small: true, say: (line) => t.diagnostic(line) });
  for (const work of ['proxy', 'static']) {
    const rows = figures.filter((figure) => figure.what.startsWith(`edge ${work}`));
    assert.deepEqual(rows.map((row) => row.who).slice(0, 2), ['Nearcast', 'plain Node']);
    for (const row of rows) assert.ok(row.value > 1 && row.value < 100_000, `${row.who}: ${row.value}`);
    assert.ok(rows.slice(1).every((row) => (row.ratio ?? 0) > 0));
  }
});
