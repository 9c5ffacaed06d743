import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { asPathHas, asPathLength, firstAsn, flatAsPath, originAsn, prependAsn } from './as-path.ts';

const path = fc.array(
  fc.record({
    kind: fc.constantFrom('sequence' as const, 'set' as const),
    asns: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 255 }),
  }),
  { maxLength: 3 },
);

test('prepending lengthens the path, keeps its rest, and fills no segment beyond 255 (RFC 4271 §5.1.2)', () => {
  fc.assert(
    fc.property(path, fc.integer({ min: 1, max: 300 }), (before, count) => {
      const after = prependAsn(before, 64500, count);
      assert.equal(asPathLength(after), asPathLength(before) + count);
      assert.deepEqual(flatAsPath(after), [...new Array<number>(count).fill(64500), ...flatAsPath(before)]);
      assert.ok(after.every((segment) => segment.asns.length >= 1 && segment.asns.length <= 255));
      assert.equal(firstAsn(after), 64500);
    }),
  );
});

test('prepending to a set begins a sequence; to a sequence extends it', () => {
  assert.deepEqual(prependAsn([{ kind: 'set', asns: [1, 2] }], 3), [
    { kind: 'sequence', asns: [3] },
    { kind: 'set', asns: [1, 2] },
  ]);
  assert.deepEqual(prependAsn([{ kind: 'sequence', asns: [1, 2] }], 3), [{ kind: 'sequence', asns: [3, 1, 2] }]);
  assert.deepEqual(prependAsn([], 3), [{ kind: 'sequence', asns: [3] }]);
  assert.deepEqual(prependAsn([], 3, 0), []);
});

test('a set hides who is first and who originated', () => {
  const hidden = [{ kind: 'set' as const, asns: [1, 2] }];
  assert.equal(firstAsn(hidden), undefined);
  assert.equal(originAsn(hidden), undefined);
  assert.equal(originAsn([]), undefined);
  assert.equal(originAsn([{ kind: 'sequence', asns: [1, 2] }]), 2);
  assert.ok(asPathHas(hidden, 2));
  assert.ok(!asPathHas(hidden, 3));
});
