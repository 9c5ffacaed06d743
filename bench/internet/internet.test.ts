import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { randomGraph } from '../../src/internet/propagation/random-internet.vectors.ts';
import { encodeGraph } from '../../src/internet/topology/graph-file.ts';

it('the internet benchmark runs small, and measures every engine', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-bench-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const topology = join(directory, 'internet.graph');
  writeFileSync(topology, encodeGraph(randomGraph(seededRandom(1), 200)));
  process.env.NEARCAST_TOPOLOGY = topology;
  const { bench } = await import('./internet.ts');
  const figures = await bench.run({ small: true, say: (line) => t.diagnostic(line) });
  assert.ok(figures.length >= 10);
  for (const { what, value } of figures) assert.ok(value > 0, `${what}: ${value}`);
});
