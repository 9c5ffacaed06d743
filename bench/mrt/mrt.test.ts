/** The benchmark of MRT printing runs, and its generator gives the same bytes for the same seed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { linesOf } from '../../src/testing/mrt.ts';
import { temporaryDirectory } from '../../src/testing/temporary.ts';
import { generateRibDump } from './generate.ts';
import { bench } from './mrt.ts';

test('runs small', async () => {
  const figures = await bench.run({ small: true, say: () => undefined });
  assert.equal(figures[0]?.who, 'Nearcast');
  assert.ok((figures[0]?.value ?? 0) > 0);
});

test('a dump is made of its seed alone, and holds what it says', (context) => {
  const directory = temporaryDirectory(context);
  const make = (name: string, seed: number): { bytes: Buffer; routes: number } => {
    const path = join(directory, name);
    const routes = generateRibDump(path, { bytes: 200_000, seed });
    return { bytes: readFileSync(path), routes };
  };
  const first = make('a', 7);
  assert.ok(first.bytes.equals(make('b', 7).bytes));
  assert.ok(!first.bytes.equals(make('c', 8).bytes));
  const { lines, faults } = linesOf(first.bytes);
  assert.deepEqual(faults, []);
  assert.equal(lines.length, first.routes);
});
