/** What the documentation points at exists. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

test('every relative link of the documentation leads somewhere', () => {
  const wrong: string[] = [];
  let seen = 0;
  for (const file of ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md')]) {
    for (const [, target] of readFileSync(file, 'utf8').matchAll(/\]\(([^)\s#]+)[^)]*\)/g) as Iterable<
      [string, string]
    >) {
      if (/^[a-z]+:/.test(target)) continue;
      seen++;
      if (!existsSync(join(dirname(file), target))) wrong.push(`${file} points at ${target}, which does not exist`);
    }
  }
  assert.ok(seen > 5, 'links were found');
  assert.deepEqual(wrong, []);
});
