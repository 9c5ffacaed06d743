import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { attributesKey } from '../../testing/attributes-key.ts';
import { makeRoute } from '../../testing/bgp-routes.ts';
import type { PathAttributes } from '../message/types.ts';
import { attributesEqual, saySame } from './attributes-equal.ts';

const base = makeRoute().attributes;
const variants: readonly PathAttributes[] = [
  base,
  { ...base, originCode: 'egp' },
  { ...base, asPath: [] },
  { ...base, asPath: [{ kind: 'set', asns: [64501] }] },
  { ...base, multiExitDiscriminator: 0 },
  { ...base, localPreference: 0 },
  { ...base, atomicAggregate: true },
  { ...base, aggregator: { asn: 1, address: makeRoute().nextHop } },
  { ...base, communities: [1] },
  { ...base, extendedCommunities: [[1, 2]] },
  { ...base, largeCommunities: [[1, 2, 3]] },
  { ...base, originatorId: makeRoute().nextHop },
  { ...base, clusterList: [makeRoute().nextHop] },
  { ...base, onlyToCustomer: 1 },
  { ...base, unknown: [{ type: 99, flags: 0xc0, bytes: Uint8Array.of(1) }] },
  { ...base, partial: [8] },
];

test('any attribute is a difference, and nothing else is', () => {
  for (const [i, a] of variants.entries()) {
    for (const [j, b] of variants.entries()) assert.equal(attributesEqual(a, structuredClone(b)), i === j, `${i} ${j}`);
  }
});

test('it agrees with a comparison by text, in which the order of communities and an empty list are no difference', () => {
  const communities = fc.array(fc.constantFrom(1, 2, 10, 9), { maxLength: 3 });
  const large = fc.array(fc.constantFrom([1, 2, 3] as const, [1, 2, 10] as const), { maxLength: 2 });
  const some = fc
    .tuple(
      fc.nat(variants.length - 1),
      fc.option(communities, { nil: undefined }),
      fc.option(large, { nil: undefined }),
    )
    .map(([variant, list, larges]) => ({
      ...variants[variant],
      ...(list && { communities: list }),
      ...(larges && { largeCommunities: larges }),
    }));
  fc.assert(
    fc.property(some, some, (a, b) => {
      assert.equal(attributesEqual(a, b), attributesKey(a) === attributesKey(b));
    }),
    { numRuns: 500 },
  );
});

test('another next hop is a difference', () => {
  const [a, b] = [makeRoute(), makeRoute({ nextHop: '203.0.113.9' })];
  assert.ok(saySame(a, makeRoute()));
  assert.ok(!saySame(a, b));
});
