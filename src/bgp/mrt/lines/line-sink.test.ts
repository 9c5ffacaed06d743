/**
 * The lines of `bgpdump -m`: records of every kind and oddity beside what version 1.6.2 printed for them. That it still does is
 * asked of the program itself in `test/interop/bgpdump.test.ts`.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { linesOf } from '../../../testing/mrt.ts';

interface Case {
  readonly name: string;
  readonly hex: string;
  readonly lines: readonly string[];
}

const cases = readFileSync(new URL('../../../../test/conformance/mrt/bgpdump.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

describe('lines as bgpdump -m prints them', () => {
  assert.ok(cases.length > 80, 'the cases were read');
  for (const { name, hex, lines } of cases) {
    test(name, () => {
      const printed = linesOf(Buffer.from(hex, 'hex'));
      assert.deepEqual(printed.lines, lines);
      assert.deepEqual(printed.faults, []);
    });
  }
});
