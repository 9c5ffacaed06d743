/** RFC 7606 as a table of malformed messages: outcome, code, and what becomes of the prefixes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPrefix } from '../../ip/prefix.ts';
import { prefixesOf } from '../../testing/withdrawn.ts';
import { decodeMessage } from './codec.ts';
import { rfc7606Rows } from './rfc7606.vectors.ts';
import { defaultContext, updateBytes } from './shape.vectors.ts';

const announced = '198.51.100.0/24';

for (const { section, name, update, context, outcome, subcode, ...prefixes } of rfc7606Rows) {
  test(`RFC 7606 §${section}: ${name}: ${outcome}`, () => {
    const result = decodeMessage(updateBytes(update), { ...defaultContext, ...context });
    if (!result.ok) {
      const { error } = result;
      assert.deepEqual([error.outcome, error.code, error.subcode], [outcome, 3, subcode], error.what);
      return;
    }
    assert.ok(result.message.type === 'update');
    const { errors, withdrawn, reach } = result.message;
    const worst = errors.find((error) => error.outcome === 'treat-as-withdraw') ?? errors[0];
    assert.deepEqual([worst?.outcome ?? 'accept', worst?.subcode], [outcome, subcode], worst?.what);
    const withdraws = outcome === 'treat-as-withdraw';
    assert.deepEqual(
      prefixesOf(withdrawn).map(formatPrefix),
      prefixes.withdrawn ?? (withdraws ? [announced] : []),
      'withdrawn',
    );
    assert.deepEqual(
      reach.flatMap((one) => one.prefixes.map(formatPrefix)),
      prefixes.nlri ?? (withdraws ? [] : [announced]),
      'announced',
    );
  });
}

test('every section that speaks of bytes has a row', () => {
  const sections = new Set(rfc7606Rows.map(({ section }) => section));
  const wanted = [
    ...['3(c)', '3(d)', '3(g)', '3(h)', '3(i)', '3(j)', '4', '5.2', '5.3'],
    ...Array.from({ length: 16 }, (_, index) => `7.${index + 1}`),
  ];
  assert.deepEqual(
    wanted.filter((section) => !sections.has(section)),
    [],
  );
});
