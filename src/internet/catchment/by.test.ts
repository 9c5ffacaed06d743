/** Catchments by AS and by prefix: rows that add up to the summary. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { smallPrediction } from '../../testing/small-prediction.ts';
import { temporaryDirectory } from '../../testing/temporary.ts';
import { catchmentByAs } from './by-as.ts';
import { catchmentByPrefix, prefixesOf } from './by-prefix.ts';
import { catchmentOf } from './catchment.ts';

test('every AS is told with where its users land and by which path', () => {
  const input = smallPrediction();
  const parts = [...catchmentByAs(catchmentOf(input), input)];
  assert.deepEqual(
    parts.map(({ asn, pop, users, path }) => [asn, pop, Math.round(users), path.join(' ')]),
    [
      [10, undefined, 0, '10'], // nobody says where it is, and two PoPs are alike to it
      [20, 'sin', 0, '20'],
      [101, 'fra', 1000, '101 10'],
      [102, 'sin', 300, '102 10'],
      [103, 'sin', 100, '103 20'],
      [104, undefined, 0, ''],
      [105, undefined, 50, ''],
    ],
  );
});

test('prefixes take their part of their AS’s users, by addresses; an AS that the topology lacks has no PoP', async (t) => {
  const file = join(temporaryDirectory(t), 'ranges.csv');
  writeFileSync(
    file,
    '10.0.0.0,10.0.0.255,101,A\n10.0.1.0,10.0.3.255,101,A\n10.1.0.0,10.1.0.0,999,X\n10.2.0.0,10.2.0.255,103,B\n',
  );
  const input = smallPrediction();
  const rows = [];
  for await (const row of catchmentByPrefix(catchmentOf(input), input, { file, stdin: new PassThrough() }))
    rows.push(row);
  assert.deepEqual(
    rows.map(({ prefix, asn, pop, addresses, users }) => [prefix, asn, pop, addresses, Math.round(users)]),
    [
      ['10.0.0.0/24', 101, 'fra', 256, 250],
      ['10.0.1.0/24', 101, 'fra', 256, 250],
      ['10.0.2.0/23', 101, 'fra', 512, 500],
      ['10.1.0.0/32', 999, undefined, 1, 0],
      ['10.2.0.0/24', 103, 'sin', 256, 100],
    ],
  );
});

test('a range is its fewest prefixes: one after the other, each in its place, no two that are one', () => {
  const address = fc.integer({ min: 0, max: 0xffff_ffff });
  fc.assert(
    fc.property(address, fc.oneof(address, fc.integer({ min: 0, max: 5000 })), (first, more) => {
      const last = Math.min(first + more, 0xffff_ffff);
      let next = first;
      let before: { address: number; length: number } | undefined;
      for (const { address, length } of prefixesOf(first, last)) {
        assert.equal(address, next);
        assert.equal(address % 2 ** (32 - length), 0);
        assert(before?.length !== length || before.address % 2 ** (33 - length) !== 0, 'two halves of one');
        next = address + 2 ** (32 - length);
        before = { address, length };
      }
      assert.equal(next, last + 1);
    }),
  );
  assert.deepEqual([...prefixesOf(0, 0xffff_ffff)], [{ address: 0, length: 0 }]);
});
