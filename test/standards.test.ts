/** `docs/standards.md` says which file obeys which RFC: each must cite it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

test('each file named in the standards cites its RFC', () => {
  const rows = readFileSync('docs/standards.md', 'utf8')
    .split('\n')
    .map((line) => /^\| ([\d, ]+) \|.*\| (`.*`) \|$/.exec(line))
    .filter((match) => match !== null);
  assert.ok(rows.length > 20, 'the table was read');
  const wrong: string[] = [];
  for (const [, numbers, files] of rows as unknown as [string, string, string][]) {
    for (const [, file] of files.matchAll(/`([^`]+)`/g) as Iterable<[string, string]>) {
      const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
      for (const rfc of numbers.split(', ')) {
        if (!new RegExp(`RFC ?${rfc}\\b`).test(text)) wrong.push(`${file} does not cite RFC ${rfc}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});
