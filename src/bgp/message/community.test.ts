/** Communities as text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  communityName,
  formatCommunity,
  formatLargeCommunity,
  gracefulShutdown,
  noExport,
  parseCommunity,
  parseLargeCommunity,
  wellKnownCommunities,
} from './community.ts';

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

test('a community printed and parsed is the same community', () => {
  fc.assert(fc.property(u32, (value) => assert.equal(parseCommunity(formatCommunity(value)), value)));
  fc.assert(
    fc.property(fc.tuple(u32, u32, u32), (value) =>
      assert.deepEqual(parseLargeCommunity(formatLargeCommunity(value)), value),
    ),
  );
});

test('well-known communities by number and by name, in any case', () => {
  assert.equal(formatCommunity(gracefulShutdown), '65535:0');
  assert.equal(formatCommunity(noExport), '65535:65281');
  assert.equal(parseCommunity('graceful-shutdown'), gracefulShutdown);
  assert.equal(parseCommunity('BLACKHOLE'), parseCommunity('65535:666'));
  for (const { name, value } of wellKnownCommunities) {
    assert.equal(parseCommunity(name), value);
    assert.equal(communityName(value), name);
  }
  assert.equal(communityName(1), undefined);
});

test('what is no community is refused', () => {
  for (const text of ['', '1', '1:', ':1', '65536:0', '0:65536', '1:2:3', '-1:2', '1:2x', '01:2', '1.0:2', 'NO_SUCH']) {
    assert.equal(parseCommunity(text), undefined, text);
  }
  for (const text of ['', '1:2', '1:2:3:4', '4294967296:0:0', '1:02:3', '1:2:', 'a:b:c']) {
    assert.equal(parseLargeCommunity(text), undefined, text);
  }
});
