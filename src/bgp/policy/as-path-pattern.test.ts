import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProblemError } from '../../base/problem.ts';
import type { AsPath } from '../rib/as-path.ts';
import { compileAsPathPattern } from './as-path-pattern.ts';

const names = { peerAsn: 64501, localAsn: 64500 };

function path(items: readonly (number | readonly number[])[]): AsPath {
  return items.map((item) =>
    typeof item === 'number' ? { kind: 'sequence', asns: [item] } : { kind: 'set', asns: item },
  );
}

const matches = (pattern: string, items: readonly (number | readonly number[])[]): boolean =>
  compileAsPathPattern(pattern, 'here')(path(items), names);

type Path = readonly (number | readonly number[])[];

const rows: readonly { pattern: string; yes: readonly Path[]; no: readonly Path[] }[] = [
  { pattern: '', yes: [[]], no: [[1]] },
  { pattern: '*', yes: [[], [1], [1, 2, 3], [[1, 2]]], no: [] },
  { pattern: '64501', yes: [[64501]], no: [[], [64502], [64501, 64501], [64501, 1]] },
  { pattern: '64501 *', yes: [[64501], [64501, 1, 2]], no: [[], [1, 64501]] },
  { pattern: '* 64501', yes: [[64501], [1, 2, 64501]], no: [[64501, 1]] },
  { pattern: '* 3356 *', yes: [[3356], [1, 3356], [3356, 1], [1, 3356, 2]], no: [[1, 2], []] },
  { pattern: '? *', yes: [[1], [1, 2]], no: [[]] },
  { pattern: '? ?', yes: [[1, 2]], no: [[1], [1, 2, 3]] },
  { pattern: '?+', yes: [[1], [1, 2]], no: [[]] },
  {
    pattern: '64501+ 3356',
    yes: [
      [64501, 3356],
      [64501, 64501, 3356],
    ],
    no: [[3356], [64501, 1, 3356]],
  },
  { pattern: 'peer+', yes: [[64501], [64501, 64501]], no: [[64502], [64501, 1]] },
  { pattern: '* local *', yes: [[1, 64500, 2]], no: [[1, 2]] },
  { pattern: '* [174 3356]', yes: [[1, 174], [3356]], no: [[175], [174, 1]] },
  { pattern: '* [64512..65534 23456] *', yes: [[1, 64512], [65534], [23456]], no: [[64511], [65535]] },
  { pattern: '[ 174 ]+ *', yes: [[174, 174, 1]], no: [[1]] },
  {
    pattern: '1 3',
    yes: [[1, [2, 3]]],
    no: [
      [1, [2, 4]],
      [1, 2, 3],
    ],
  },
];

for (const { pattern, yes, no } of rows) {
  test(`AS path pattern "${pattern}"`, () => {
    for (const items of yes) assert.equal(matches(pattern, items), true, JSON.stringify(items));
    for (const items of no) assert.equal(matches(pattern, items), false, JSON.stringify(items));
  });
}

test('what is no item is a problem that names it and the place', () => {
  for (const wrong of ['x', '1-2', '64501..64510', '[]', '[1', '[2..1]', '4294967296', '1 ++', '*+', 'AS1', '^1$']) {
    assert.throws(
      () => compileAsPathPattern(wrong, 'policy term "t"'),
      (error) =>
        error instanceof ProblemError &&
        error.problems[0]?.code === 'policy.as-path-pattern' &&
        error.problems[0].where === 'policy term "t"',
      wrong,
    );
  }
});

test('agrees with the regular expression that means the same, on any path', () => {
  const item = fc.constantFrom('1', '2', '?', '*', '1+', '?+', '[1 3]', '[2..3]+');
  const asRegExp: Readonly<Record<string, string>> = {
    '1': '1',
    '2': '2',
    '?': '.',
    '*': '.*',
    '1+': '1+',
    '?+': '.+',
    '[1 3]': '[13]',
    '[2..3]+': '[23]+',
  };
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 8 }),
      (p, asns) => {
        const regExp = new RegExp(`^${p.map((one) => asRegExp[one]).join('')}$`);
        assert.equal(matches(p.join(' '), asns), regExp.test(asns.join('')));
      },
    ),
  );
});

test('a pattern of many stars takes no time that grows beyond path times pattern', () => {
  const pattern = compileAsPathPattern(`${'* 1 '.repeat(200)}2`, 'here');
  assert.equal(pattern(path(new Array<number>(1000).fill(1)), names), false);
});
