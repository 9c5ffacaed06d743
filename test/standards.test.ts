/** `docs/standards.md` says which file obeys which RFC and what tests it: each must be there and cite it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const text = readFileSync('docs/standards.md', 'utf8');

interface Row {
  readonly rfcs: readonly string[];
  /** Cells behind the description. */
  readonly cells: readonly string[];
}

const rows: readonly Row[] = text
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, numbers]) => numbers !== undefined && /^\d+(, \d+)*$/.test(numbers))
  .map(([, numbers, , ...cells]) => ({ rfcs: (numbers as string).split(', '), cells: cells.slice(0, -1) }));

function filesIn(cell: string | undefined): readonly string[] {
  return [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, file]) => file as string);
}

test('each file named in the standards cites its RFC', () => {
  assert.ok(rows.length > 50, 'the tables were read');
  const wrong: string[] = [];
  for (const { rfcs, cells } of rows) {
    const files = filesIn(cells[0]);
    if (files.length === 0) wrong.push(`RFC ${rfcs} has no file`);
    for (const file of files) {
      const source = existsSync(file) ? readFileSync(file, 'utf8') : '';
      for (const rfc of rfcs) {
        if (!new RegExp(`RFC ?${rfc}\\b`).test(source)) wrong.push(`${file} does not cite RFC ${rfc}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test('each row of routing protocols names its tests, and what real routers proved or why they cannot', () => {
  const proven = readFileSync('docs/interop.md', 'utf8');
  const wrong: string[] = [];
  const routing = rows.filter(({ cells }) => cells.length === 3);
  assert.ok(routing.length > 45);
  for (const { rfcs, cells } of routing) {
    const [, tests, interop = ''] = cells;
    const files = filesIn(tests);
    if (files.length === 0) wrong.push(`RFC ${rfcs} has no tests`);
    for (const file of [...files, ...filesIn(interop)]) {
      if (!existsSync(file) || !/\.(test|vectors)\.ts$/.test(file)) wrong.push(`${file} (RFC ${rfcs}) is no test`);
    }
    const quoted = [...interop.matchAll(/“([^”]+)”/g)].map(([, row]) => row as string);
    for (const row of quoted) {
      if (!new RegExp(`^\\| ${row.replaceAll(/[()]/g, '\\$&')} \\|.*\\byes\\b`, 'm').test(proven)) {
        wrong.push(`no router proves “${row}” (RFC ${rfcs})`);
      }
    }
    const reason = /^– .{10}/.test(interop);
    if (quoted.length === 0 && filesIn(interop).length === 0 && !reason) wrong.push(`RFC ${rfcs} has no interop test`);
  }
  assert.deepEqual(wrong, []);
});

/** What a complete speaker was promised to obey. */
const promised =
  '4271 6286 6608 4760 2545 6793 5492 9072 2918 7313 4724 8538 9494 7911 8654 9234 9003 1997 8092 4360 5668 7606 7607 9774 8212 4486 9687 9384 8326 7999 4456 7947 8950 2385 5082 5925 7705 5880 5881 5882 5883 6810 8210 6811 6396 8050 7854 8671 9069';

test('every standard that was promised has its row', () => {
  const listed = new Set(rows.flatMap(({ rfcs }) => rfcs));
  assert.deepEqual(
    promised.split(' ').filter((rfc) => !listed.has(rfc)),
    [],
  );
});
