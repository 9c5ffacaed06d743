/** Extended communities as text: each form both ways, and what is none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatExtendedCommunity, isTransitive, parseExtendedCommunity } from './extended-community.ts';

for (const [text, value] of [
  ['rt:64500:100', [0x0002_fbf4, 100]],
  ['ro:64500:4294967295', [0x0003_fbf4, 0xffff_ffff]],
  ['rt:4200000000:100', [0x0202_fa56, 0xea00_0064]],
  ['rt:64500L:100', [0x0202_0000, 0xfbf4_0064]],
  ['ro:192.0.2.1:5', [0x0103_c000, 0x0201_0005]],
  ['rt:255.255.255.255:65535', [0x0102_ffff, 0xffff_ffff]],
  ['0x4004fbf449742400', [0x4004_fbf4, 0x4974_2400]], // link bandwidth, not transitive
  ['0x4002fbf400000064', [0x4002_fbf4, 100]], // a route target that is not transitive keeps that
] as const) {
  test(`${text}, both ways`, () => {
    assert.equal(formatExtendedCommunity(value), text);
    assert.deepEqual(parseExtendedCommunity(text), value);
  });
}

test('other spellings of the same', () => {
  assert.deepEqual(parseExtendedCommunity(' SOO:64500:1 '), [0x0003_fbf4, 1]);
  assert.deepEqual(parseExtendedCommunity('rt:64086.59904:100'), [0x0202_fa56, 0xea00_0064], 'asdot');
});

test('what is none', () => {
  for (const text of [
    ...['', 'rt', 'rt:64500', 'rt:64500:4294967296', 'rt:4200000000:65536', 'rt:192.0.2.1:65536', 'rt:4294967296:1'],
    ...['xx:64500:1', 'rt:192.0.2.256:1', 'rt:192.0.2.1L:1', 'rt:64500:01', '0x00', '0x4004fbf44974240', 'rt:-1:1'],
  ]) {
    assert.equal(parseExtendedCommunity(text), undefined, text);
  }
});

test('any value, as text and back, is the same value', () => {
  const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
  const kind = fc.tuple(fc.constantFrom(0, 1, 2, 3, 0x40, 0x41, 0x80), fc.constantFrom(2, 3, 4), fc.nat(0xffff));
  const high = fc.oneof(
    u32,
    kind.map(([type, subtype, rest]) => type * 0x100_0000 + subtype * 0x1_0000 + rest),
  );
  fc.assert(
    fc.property(high, u32, (first, second) => {
      assert.deepEqual(parseExtendedCommunity(formatExtendedCommunity([first, second])), [first, second]);
    }),
  );
});

test('the transitive bit (RFC 4360 §6)', () => {
  assert.equal(isTransitive([0x0002_fbf4, 1]), true);
  assert.equal(isTransitive([0x8002_fbf4, 1]), true, "IANA's bit says nothing of it");
  assert.equal(isTransitive([0x4302_0000, 1]), false);
});
