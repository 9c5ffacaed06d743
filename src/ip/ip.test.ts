import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addressesEqual, type Family, formatAddress, parseAddress } from './address.ts';
import { classifyAsn, parseAsn } from './asn.ts';
import {
  addressBits,
  formatPrefix,
  mustPrefix,
  parsePrefix,
  prefixCovers,
  prefixesOverlap,
  prefixOf,
} from './prefix.ts';
import { specialPrefixOf } from './special-prefixes.ts';

const anyAddress = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => ({ family: 4 as Family, bytes })),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => ({ family: 6 as Family, bytes })),
  fc
    .array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
    .map((bytes) => ({ family: 6 as Family, bytes: Uint8Array.from(bytes) })),
);

test('an address printed and parsed is the same address', () => {
  fc.assert(
    fc.property(anyAddress, (address) => {
      const again = parseAddress(formatAddress(address));
      return again !== undefined && addressesEqual(again, address);
    }),
  );
});

test('IPv6 text is canonical (RFC 5952)', () => {
  for (const [text, canonical] of [
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['1::', '1::'],
  ] as const) {
    const address = parseAddress(text);
    assert.ok(address, text);
    assert.equal(formatAddress(address), canonical);
  }
});

test('what is no address is refused', () => {
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    ':::',
    '1::2::3',
    '12345::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1.2.3.4::',
    'fe80::1%eth0',
    '::1.2.3',
  ]) {
    assert.equal(parseAddress(text), undefined, text);
  }
});

test('a prefix names its fault', () => {
  assert.equal(parsePrefix('192.0.2.1/24'), 'host-bits');
  assert.equal(parsePrefix('192.0.2.0/33'), 'length');
  assert.equal(parsePrefix('192.0.2.0'), 'syntax');
  assert.equal(parsePrefix('192.0.2.0/024'), 'syntax');
  assert.equal(formatPrefix(mustPrefix('2001:DB8::/32')), '2001:db8::/32');
});

test('covering agrees with comparing bits', () => {
  fc.assert(
    fc.property(anyAddress, anyAddress, fc.nat(128), fc.nat(128), (a, b, m, n) => {
      const outer = prefixOf(a, Math.min(m, addressBits(a.family)));
      const inner = prefixOf(b, Math.min(n, addressBits(b.family)));
      const bits = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
      const expected =
        a.family === b.family &&
        outer.length <= inner.length &&
        bits(inner.bytes).startsWith(bits(outer.bytes).slice(0, outer.length));
      assert.equal(prefixCovers(outer, inner), expected);
      assert.equal(prefixesOverlap(outer, inner), prefixCovers(outer, inner) || prefixCovers(inner, outer));
    }),
  );
});

test('ASNs in every notation, and their ranges', () => {
  assert.equal(parseAsn('64500'), 64500);
  assert.equal(parseAsn('as64500'), 64500);
  assert.equal(parseAsn('1.10'), 65546);
  assert.equal(parseAsn('4294967296'), undefined);
  assert.equal(parseAsn('1.65536'), undefined);
  assert.equal(parseAsn('x'), undefined);
  for (const [asn, kind] of [
    [0, 'reserved'],
    [23456, 'as-trans'],
    [64500, 'documentation'],
    [64512, 'private'],
    [65535, 'reserved'],
    [65546, 'documentation'],
    [100000, 'reserved'],
    [4_200_000_000, 'private'],
    [4_294_967_295, 'reserved'],
    [20473, 'public'],
    [400_000, 'public'],
  ] as const) {
    assert.equal(classifyAsn(asn).kind, kind, String(asn));
  }
});

test('special-purpose prefixes are known', () => {
  assert.equal(specialPrefixOf(mustPrefix('192.0.2.0/24'))?.kind, 'documentation');
  assert.equal(specialPrefixOf(mustPrefix('10.1.0.0/16'))?.kind, 'private');
  assert.equal(specialPrefixOf(mustPrefix('216.24.57.0/24')), undefined);
});
