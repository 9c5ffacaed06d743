import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatPrefix, mustPrefix, type Prefix } from '../../ip/prefix.ts';
import { makeRoute } from '../../testing/bgp-routes.ts';
import type { UpdateMessage } from '../message/types.ts';
import { AdjRibOut } from './adj-rib-out.ts';
import { attributesKey } from './attributes-key.ts';
import type { AdvertisedRoute } from './types.ts';

const told = (prefix: string, med = 0): AdvertisedRoute => {
  const route = makeRoute({ prefix, attributes: { multiExitDiscriminator: med } });
  return { prefix: route.prefix, nextHop: route.nextHop, attributes: route.attributes };
};
const everything = (...routes: AdvertisedRoute[]) => {
  const byPrefix = new Map(routes.map((route) => [formatPrefix(route.prefix), route]));
  return (prefix: Prefix): readonly AdvertisedRoute[] => [byPrefix.get(formatPrefix(prefix)) ?? []].flat();
};
const prefixesOf = (message: UpdateMessage | undefined): string[] =>
  (message?.reach ?? []).flatMap((reach) => reach.prefixes.map(formatPrefix));

test('prefixes with equal attributes share an UPDATE, families do not', () => {
  const out = new AdjRibOut();
  const routes = [told('192.0.2.0/24'), told('198.51.100.0/24'), told('203.0.113.0/24', 5), told('2001:db8::/48')];
  for (const route of routes) out.touch(route.prefix);
  const messages = out.flush(everything(...routes));
  assert.deepEqual(messages.map(prefixesOf), [
    ['192.0.2.0/24', '198.51.100.0/24'],
    ['203.0.113.0/24'],
    ['2001:db8::/48'],
  ]);
  assert.equal(out.size, 4);
});

test('what says nothing new is not sent, and only what was announced is withdrawn', () => {
  const out = new AdjRibOut();
  const route = told('192.0.2.0/24');
  out.touch(route.prefix);
  assert.equal(out.flush(everything(route)).length, 1);
  out.touch(route.prefix);
  assert.deepEqual(out.flush(everything(told('192.0.2.0/24'))), []);
  out.touch(mustPrefix('198.51.100.0/24'));
  assert.deepEqual(out.flush(everything()), []);
  out.touch(route.prefix);
  assert.deepEqual(
    out.flush(everything()).map((message) => message.withdrawn.map(formatPrefix)),
    [['192.0.2.0/24']],
  );
  assert.deepEqual(out.flush(everything()), []);
});

test('a refresh sends all of one family again', () => {
  const out = new AdjRibOut();
  const routes = [told('192.0.2.0/24'), told('2001:db8::/48')];
  for (const route of routes) out.touch(route.prefix);
  out.flush(everything(...routes));
  out.resend('ipv4-unicast');
  for (const route of routes) out.touch(route.prefix);
  assert.deepEqual(out.flush(everything(...routes)).map(prefixesOf), [['192.0.2.0/24']]);
});

test('the order of communities is no difference; any attribute is', () => {
  const base = makeRoute().attributes;
  assert.equal(
    attributesKey({ ...base, communities: [1, 20, 3] }),
    attributesKey({ ...base, communities: [3, 1, 20] }),
  );
  const variants = [
    base,
    { ...base, originCode: 'egp' as const },
    { ...base, asPath: [] },
    { ...base, asPath: [{ kind: 'set' as const, asns: [64501] }] },
    { ...base, multiExitDiscriminator: 0 },
    { ...base, localPreference: 0 },
    { ...base, atomicAggregate: true as const },
    { ...base, aggregator: { asn: 1, address: makeRoute().nextHop } },
    { ...base, communities: [1] },
    { ...base, largeCommunities: [[1, 2, 3] as const] },
    { ...base, unknown: [{ type: 99, flags: 0xc0, bytes: Uint8Array.of(1) }] },
  ];
  assert.equal(new Set(variants.map(attributesKey)).size, variants.length);
});

test('whatever changes, a peer that applies the messages knows what it should', () => {
  const prefixes = ['192.0.2.0/24', '198.51.100.0/24', '2001:db8::/48'];
  const wish = fc.tuple(fc.constantFrom(...prefixes), fc.option(fc.nat(2), { nil: undefined }));
  fc.assert(
    fc.property(fc.array(fc.array(wish, { maxLength: 4 }), { maxLength: 8 }), (rounds) => {
      const out = new AdjRibOut();
      const wanted = new Map<string, AdvertisedRoute>();
      const peer = new Map<string, string>();
      for (const round of rounds) {
        for (const [prefix, med] of round) {
          if (med === undefined) wanted.delete(prefix);
          else wanted.set(prefix, told(prefix, med));
          out.touch(mustPrefix(prefix));
        }
        for (const message of out.flush((prefix) => [wanted.get(formatPrefix(prefix)) ?? []].flat())) {
          for (const prefix of message.withdrawn.map(formatPrefix)) assert.ok(peer.delete(prefix), 'withdrawn unheard');
          for (const prefix of prefixesOf(message)) {
            const said = attributesKey(message.attributes);
            assert.notEqual(peer.get(prefix), said, 'sent twice');
            peer.set(prefix, said);
          }
        }
        const expected = [...wanted].map(([prefix, route]) => [prefix, attributesKey(route.attributes)]);
        assert.deepEqual([...peer].sort(), expected.sort());
        assert.equal(out.size, wanted.size);
      }
    }),
  );
});

test('with a limit and several paths, the peer knows just what was told, within the limit, and room is used', () => {
  const limit = 3;
  const change = fc.record({
    prefix: fc.integer({ min: 0, max: 5 }),
    paths: fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
    med: fc.integer({ min: 0, max: 1 }),
  });
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 12 }), (rounds) => {
      const out = new AdjRibOut({ 'ipv4-unicast': limit });
      const wanted = new Map<string, readonly AdvertisedRoute[]>();
      /** What the peer has heard, by prefix and path. */
      const known = new Map<string, string>();
      const key = (nlri: Prefix & { pathId?: number }): string => `${formatPrefix(nlri)} ${nlri.pathId}`;
      for (const round of rounds) {
        for (const { prefix: index, paths, med } of round) {
          const route = told(`198.51.${index}.0/24`, med);
          wanted.set(
            formatPrefix(route.prefix),
            paths.map((pathId) => ({ ...route, pathId })),
          );
          out.touch(route.prefix);
        }
        for (const { withdrawn, reach, attributes } of out.flush((prefix) => wanted.get(formatPrefix(prefix)) ?? [])) {
          for (const nlri of withdrawn) assert.ok(known.delete(key(nlri)), 'only what was told is withdrawn');
          for (const { prefixes } of reach)
            for (const nlri of prefixes) known.set(key(nlri), attributesKey(attributes));
        }
        const routes = [...out.routes()].map((route) => [
          key({ ...route.prefix, ...(route.pathId !== undefined && { pathId: route.pathId }) }),
          attributesKey(route.attributes),
        ]);
        assert.deepEqual([...known].sort(), routes.sort());
        const wantedPrefixes = [...wanted.values()].filter((paths) => paths.length > 0).length;
        assert.equal(out.size, Math.min(limit, wantedPrefixes));
        assert.equal(out.withheld, Math.max(0, wantedPrefixes - limit));
      }
    }),
  );
});
