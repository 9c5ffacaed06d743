import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTable } from './table.ts';

test('columns are as wide as they need, and what could move the cursor is shown, not done', () => {
  const lines = formatTable(
    [
      { title: 'NAME', cell: (row: readonly [string, number | null]) => row[0] },
      { title: 'N', cell: (row) => row[1], align: 'right' },
    ],
    [
      ['a', 1],
      ['Zürich 🌍', 100],
      ['\x1b[2Jx\n', null],
    ],
  );
  assert.deepEqual(lines, ['NAME        N', 'a           1', 'Zürich 🌍  100', '?[2Jx?      -']);
});
