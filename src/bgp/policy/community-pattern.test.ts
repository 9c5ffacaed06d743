import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProblemError } from '../../base/problem.ts';
import { noExport } from '../message/community.ts';
import type { PathAttributes } from '../message/types.ts';
import { type Community, carriesAny, communityOf, compileCommunityPattern } from './community-pattern.ts';

function attributes(community: Community): PathAttributes {
  switch (community.kind) {
    case 'standard':
      return { communities: [community.value] };
    case 'extended':
      return { extendedCommunities: [community.value] };
    case 'large':
      return { largeCommunities: [community.value] };
  }
}

const matches = (pattern: string, text: string): boolean =>
  carriesAny(attributes(communityOf(text, 'here')), [compileCommunityPattern(pattern, 'here')]);

const rows: readonly { pattern: string; yes: readonly string[]; no: readonly string[] }[] = [
  { pattern: '64500:1', yes: ['64500:1'], no: ['64500:2', '64501:1', '64500:1:0', 'rt:64500:1'] },
  { pattern: '64500:*', yes: ['64500:0', '64500:65535'], no: ['64501:0', '64500:1:1'] },
  { pattern: '*:666', yes: ['1:666', 'blackhole'], no: ['1:667'] },
  { pattern: '64500:[10..19]', yes: ['64500:10', '64500:19'], no: ['64500:9', '64500:20'] },
  { pattern: 'no-export', yes: ['65535:65281'], no: ['no-advertise'] },
  { pattern: '64500:1:*', yes: ['64500:1:0', '64500:1:4294967295'], no: ['64500:2:0', '64500:1'] },
  { pattern: '4200000000:*:[1..2]', yes: ['4200000000:9:1'], no: ['4200000000:9:3', '1:9:1'] },
  { pattern: 'rt:64500:*', yes: ['rt:64500:0', 'rt:64500:4294967295'], no: ['ro:64500:0', 'rt:64501:0', '64500:0'] },
  { pattern: 'rt:4200000000:7', yes: ['rt:4200000000:7'], no: ['rt:4200000000:8', 'rt:64500:7'] },
  { pattern: 'ro:192.0.2.1:7', yes: ['ro:192.0.2.1:7'], no: ['ro:192.0.2.2:7', 'rt:192.0.2.1:7'] },
  { pattern: 'rt:*:7', yes: ['rt:64500:7', 'rt:4200000000:7', 'rt:192.0.2.1:7'], no: ['rt:64500:8'] },
  { pattern: '0x4300000000000002', yes: ['0x4300000000000002'], no: ['0x4300000000000001', 'rt:1:1'] },
];

for (const { pattern, yes, no } of rows) {
  test(`community pattern ${pattern}`, () => {
    for (const text of yes) assert.equal(matches(pattern, text), true, text);
    for (const text of no) assert.equal(matches(pattern, text), false, text);
  });
}

test('text and bytes of extended communities are as in their RFCs', () => {
  // [type][subtype][2-octet AS][value], [type][subtype][address][value], [type][subtype][4-octet AS][value]
  assert.deepEqual(communityOf('rt:64500:7', ''), { kind: 'extended', value: [0x0002_fbf4, 7] });
  assert.deepEqual(communityOf('ro:192.0.2.1:7', ''), { kind: 'extended', value: [0x0103_c000, 0x0201_0007] });
  assert.deepEqual(communityOf('rt:4200000000:7', ''), { kind: 'extended', value: [0x0202_fa56, 0xea00_0007] });
  assert.deepEqual(communityOf('no-export', ''), { kind: 'standard', value: noExport });
});

test('a 2-octet AS written as 4 octets and one that is not transitive match, too', () => {
  const matchesValue = (value: readonly [number, number]) =>
    carriesAny({ extendedCommunities: [value] }, [compileCommunityPattern('rt:64500:7', '')]);
  assert.equal(matchesValue([0x0202_0000, 0xfbf4_0007]), true);
  assert.equal(matchesValue([0x4002_fbf4, 7]), true);
  assert.equal(matchesValue([0x0302_fbf4, 7]), false, 'opaque');
});

test('each community that can be written matches itself and the wildcards of its kind', () => {
  const u16 = fc.integer({ min: 0, max: 0xffff });
  const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
  const any = fc.oneof(
    fc.tuple(u16, u16).map((parts) => [parts.join(':'), '*:*'] as const),
    fc.tuple(u32, u32, u32).map((parts) => [parts.join(':'), '*:*:*'] as const),
    fc.tuple(fc.constantFrom('rt', 'ro'), u32, u16).map((parts) => [parts.join(':'), `${parts[0]}:*:*`] as const),
  );
  fc.assert(
    fc.property(any, ([text, wildcard]) => {
      assert.equal(matches(text, text), true);
      assert.equal(matches(wildcard, text), true);
    }),
  );
});

test('what is no community or pattern is a problem', () => {
  const code = (action: () => unknown): unknown => {
    try {
      action();
      return undefined;
    } catch (error) {
      return error instanceof ProblemError ? error.problems[0]?.code : error;
    }
  };
  for (const wrong of [
    '',
    'x',
    '64500',
    '65536:1',
    '1:2:3:4',
    'rt:1',
    'rt:x:1',
    '1:[2..1]',
    '1:01',
    'no-such',
    '1.2:3',
  ]) {
    assert.equal(
      code(() => compileCommunityPattern(wrong, '')),
      'policy.community-pattern',
      wrong,
    );
    assert.equal(
      code(() => communityOf(wrong, '')),
      'policy.community',
      wrong,
    );
  }
  for (const wrong of ['64500:*', '*:1:2', 'rt:*:1', 'rt:4200000000:65536', 'rt:192.0.2.1:65536', '0x12']) {
    assert.equal(
      code(() => communityOf(wrong, '')),
      'policy.community',
      wrong,
    );
  }
});
