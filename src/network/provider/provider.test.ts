/** The catalogue's data holds together: one wrong digit in a community would steer somebody's traffic. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress } from '../../ip/address.ts';
import { isLargeCommunity, parseCommunity } from '../community.ts';
import { announceSchema } from '../schema/session.ts';
import { providerCommunities } from './actions.ts';
import { providers } from './table.ts';
import type { ActionTemplate } from './types.ts';
import { vultr } from './vultr.ts';

function templatesOf(actions: (typeof providers)[number]['actions']): readonly ActionTemplate[] {
  const all = [actions.avoid, actions.onlyTo?.exceptFor, actions.resetMedTo, ...Object.values(actions.prependTo ?? {})];
  return all.filter((template) => template !== undefined);
}

test('ids are unique, sources and dates are given', () => {
  assert.equal(new Set(providers.map(({ id }) => id)).size, providers.length);
  for (const provider of providers) {
    assert.match(provider.id, /^[a-z0-9-]+$/);
    assert.match(provider.verifiedAt, /^20\d\d-\d\d-\d\d$/);
    assert.ok(URL.canParse(provider.sourceUrl), provider.sourceUrl);
  }
});

test('neighbors are addresses of their family', () => {
  for (const { id, neighbors } of providers) {
    assert.ok(Object.keys(neighbors).length > 0, id);
    for (const [family, { address }] of Object.entries(neighbors)) {
      assert.equal(parseAddress(address)?.family, Number(family), `${id} ${address}`);
    }
  }
});

test('templates give valid communities of their kind, no two actions the same', () => {
  for (const { id, actions, asn, blackholes } of providers) {
    const fixed = [actions.noExport, actions.onlyTo?.base, ...Object.values(actions.exchanges ?? {}), ...blackholes];
    for (const community of fixed) if (community !== undefined) assert.equal(parseCommunity(community), community, id);
    const seen = new Set<string>();
    for (const { standard, large } of templatesOf(actions)) {
      for (const [template, peer, isLarge] of [
        [standard, '65000', false],
        [large, '4200000000', true],
      ] as const) {
        if (template === undefined) continue;
        const community = template.replace('$asn', peer);
        assert.equal(parseCommunity(community), community, id);
        assert.equal(isLargeCommunity(community), isLarge, community);
        // RFC 8092 §5: the first part of a large community is the ASN of who defines it.
        if (isLarge) assert.equal(community.split(':')[0], String(asn));
        assert.ok(!seen.has(template), template);
        seen.add(template);
      }
    }
  }
});

test("Vultr's prepend communities count up, in both encodings", () => {
  for (const copies of [1, 2, 3] as const) {
    assert.equal(vultr.actions.prependTo?.[copies].standard, `${64600 + copies}:$asn`);
    assert.equal(vultr.actions.prependTo?.[copies].large, `20473:${6000 + copies}:$asn`);
  }
});

test('a 16-bit ASN takes the standard form, a 32-bit one the large', () => {
  const announce = announceSchema.parse({ avoid: [65535, 65536], prependTo: { 174: 3, AS400000: 1 } });
  assert.deepEqual(providerCommunities(announce, vultr), {
    communities: ['64600:65535', '64603:174'],
    largeCommunities: ['20473:6000:65536', '20473:6001:400000'],
    impossible: [],
  });
});

test('what a provider has no community for is told, never dropped', () => {
  const announce = announceSchema.parse({
    avoid: [174],
    onlyTo: [1299],
    prependTo: { 2914: 1 },
    resetMedTo: [3257],
    exchanges: 'none',
    noExport: true,
  });
  const { impossible, communities, largeCommunities } = providerCommunities(announce, undefined);
  assert.deepEqual(
    impossible.map(({ intent }) => intent),
    ['avoid', 'onlyTo', 'prependTo', 'resetMedTo', 'exchanges', 'noExport'],
  );
  assert.deepEqual([...communities, ...largeCommunities], []);
  const standardOnly = { ...vultr, actions: { avoid: { standard: '64600:$asn' } } };
  assert.deepEqual(providerCommunities(announceSchema.parse({ avoid: [400000] }), standardOnly).impossible, [
    { intent: 'avoid', asn: 400000 },
  ]);
});
