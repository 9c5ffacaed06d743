import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { address, makeRoute, type RouteFacts } from '../../testing/bgp-routes.ts';
import { longLivedStale } from '../message/community.ts';
import { decide } from './decision.ts';
import type { LossReason } from './types.ts';

/** Each rule alone decides: `winner` is worse by every later rule, and equal by every earlier one. */
const table: readonly { reason: LossReason; winner: RouteFacts; loser: RouteFacts; rfc: string }[] = [
  {
    reason: 'local-route',
    rfc: 'RFC 4271 §9.1.1, local policy',
    winner: { peer: 'local', attributes: { localPreference: 0 }, path: [], routerId: '10.0.0.9' },
    loser: { peer: 'b', attributes: { localPreference: 900 }, path: [] },
  },
  {
    reason: 'local-preference',
    rfc: 'RFC 4271 §9.1.1',
    winner: { peer: 'z', attributes: { localPreference: 200 }, path: [64501, 64502] },
    loser: { peer: 'b', path: [64501] },
  },
  {
    reason: 'local-preference',
    rfc: 'absent counts as 100',
    winner: { peer: 'z', path: [64501, 64502] },
    loser: { peer: 'b', attributes: { localPreference: 99 } },
  },
  {
    reason: 'long-lived-stale',
    rfc: 'RFC 9494 §4.3',
    winner: { peer: 'z', attributes: { localPreference: 1 }, path: [64501, 64502] },
    loser: { peer: 'b', attributes: { localPreference: 900, communities: [longLivedStale] } },
  },
  {
    reason: 'router-id',
    rfc: 'RFC 4456 §9: ORIGINATOR_ID stands for the router ID',
    winner: { peer: 'z', routerId: '10.0.0.9', attributes: { originatorId: address('10.0.0.1') } },
    loser: { peer: 'b', routerId: '10.0.0.2' },
  },
  {
    reason: 'cluster-list-length',
    rfc: 'RFC 4456 §9',
    winner: { peer: 'z', address: '203.0.113.9' },
    loser: { peer: 'b', attributes: { clusterList: [address('10.0.0.1')] } },
  },
  {
    reason: 'path-id',
    rfc: 'RFC 7911: two paths of one peer',
    winner: { peer: 'b', pathId: 1 },
    loser: { peer: 'b', pathId: 2 },
  },
  {
    reason: 'as-path-length',
    rfc: 'RFC 4271 §9.1.2.2(a)',
    winner: { peer: 'z', path: [64501, 64502], attributes: { originCode: 'incomplete' } },
    loser: { peer: 'b', path: [64501, 64502, 64503] },
  },
  {
    reason: 'as-path-length',
    rfc: 'RFC 4271 §9.1.2.2(a): a set counts one',
    winner: { peer: 'z', path: [64501, [64502, 64503, 64504]], attributes: { originCode: 'incomplete' } },
    loser: { peer: 'b', path: [64501, 64502, 64503] },
  },
  {
    reason: 'origin-code',
    rfc: 'RFC 4271 §9.1.2.2(b)',
    winner: { peer: 'z', attributes: { originCode: 'igp', multiExitDiscriminator: 10 } },
    loser: { peer: 'b', attributes: { originCode: 'egp', multiExitDiscriminator: 0 } },
  },
  {
    reason: 'origin-code',
    rfc: 'RFC 4271 §9.1.2.2(b)',
    winner: { peer: 'z', attributes: { originCode: 'egp', multiExitDiscriminator: 10 } },
    loser: { peer: 'b', attributes: { originCode: 'incomplete', multiExitDiscriminator: 0 } },
  },
  {
    reason: 'multi-exit-discriminator',
    rfc: 'RFC 4271 §9.1.2.2(c): absent is the lowest',
    winner: { peer: 'z', routerId: '10.0.0.9' },
    loser: { peer: 'b', attributes: { multiExitDiscriminator: 1 } },
  },
  {
    reason: 'multi-exit-discriminator',
    rfc: 'RFC 4271 §9.1.2.2(c): an internal route counts for the AS it entered from',
    winner: { peer: 'z', asn: 64500, internal: true, path: [64501] },
    loser: { peer: 'b', asn: 64501, path: [64501], attributes: { multiExitDiscriminator: 1 } },
  },
  {
    reason: 'external-over-internal',
    rfc: 'RFC 4271 §9.1.2.2(d)',
    winner: { peer: 'z', routerId: '10.0.0.9' },
    loser: { peer: 'b', internal: true },
  },
  {
    reason: 'router-id',
    rfc: 'RFC 4271 §9.1.2.2(f), as numbers',
    winner: { peer: 'z', routerId: '9.0.0.1', address: '203.0.113.9' },
    loser: { peer: 'b', routerId: '10.0.0.1' },
  },
  {
    reason: 'router-id',
    rfc: 'RFC 4271 §9.1.2.2(c): MEDs of different neighbours do not compare',
    winner: { peer: 'z', asn: 64502, routerId: '9.0.0.1', attributes: { multiExitDiscriminator: 50 } },
    loser: { peer: 'b', asn: 64501, attributes: { multiExitDiscriminator: 1 } },
  },
  {
    reason: 'peer-address',
    rfc: 'RFC 4271 §9.1.2.2(g)',
    winner: { peer: 'z', address: '203.0.113.2' },
    loser: { peer: 'b', address: '203.0.113.10' },
  },
  { reason: 'peer-id', rfc: 'none: peers behind one address', winner: { peer: 'a' }, loser: { peer: 'b' } },
];

for (const { reason, winner, loser, rfc } of table) {
  test(`decided by ${reason} (${rfc})`, () => {
    const [best, other] = [makeRoute(winner), makeRoute(loser)];
    for (const candidates of [
      [best, other],
      [other, best],
    ]) {
      assert.deepEqual(decide(candidates), { best, losers: [{ route: other, reason }] });
    }
  });
}

test('no route, no decision; one route wins alone', () => {
  assert.equal(decide([]), undefined);
  const only = makeRoute();
  assert.deepEqual(decide([only]), { best: only, losers: [] });
});

test('MED drops a route before later rules could have made it win (the case that pairwise comparing gets wrong)', () => {
  // By router id: a < b < c. In pairs: a beats b (router id), b beats c (router id), c beats a (MED): a circle.
  const a = makeRoute({ peer: 'a', asn: 64501, routerId: '10.0.0.1', attributes: { multiExitDiscriminator: 20 } });
  const b = makeRoute({ peer: 'b', asn: 64502, routerId: '10.0.0.2' });
  const c = makeRoute({ peer: 'c', asn: 64501, routerId: '10.0.0.3', attributes: { multiExitDiscriminator: 10 } });
  assert.deepEqual(decide([a, b, c]), {
    best: b,
    losers: [
      { route: c, reason: 'router-id' },
      { route: a, reason: 'multi-exit-discriminator' },
    ],
  });
});

const facts: fc.Arbitrary<RouteFacts> = fc.record({
  asn: fc.constantFrom(64501, 64502, 64503),
  routerId: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'),
  address: fc.constantFrom('203.0.113.1', '203.0.113.2'),
  internal: fc.constantFrom(false, false, true),
  attributes: fc.record(
    {
      multiExitDiscriminator: fc.nat(2),
      localPreference: fc.constantFrom(100, 100, 200),
      originCode: fc.constantFrom('igp' as const, 'egp' as const),
    },
    { requiredKeys: [] },
  ),
});

test('neither the winner nor the reasons depend on the order of arrival', () => {
  const candidates = fc
    .array(facts, { minLength: 1, maxLength: 7 })
    .map((list) => list.map((one, index) => makeRoute({ ...one, peer: `peer-${index}` })));
  const shuffled = candidates.chain((routes) =>
    fc.tuple(fc.constant(routes), fc.shuffledSubarray(routes, { minLength: routes.length })),
  );
  fc.assert(
    fc.property(shuffled, ([routes, other]) => {
      assert.deepEqual(decide(other), decide(routes));
      assert.equal(decide(routes)?.losers.length, routes.length - 1);
    }),
  );
});
