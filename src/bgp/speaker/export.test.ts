import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../../ip/address.ts';
import { address, makeRoute, type RouteFacts } from '../../testing/bgp-routes.ts';
import { noAdvertise, noExport, noExportSubconfed } from '../message/community.ts';
import { acceptAll, rejectAll } from '../policy/common.ts';
import { compilePolicy } from '../policy/evaluate.ts';
import type { ExportSuppression } from '../rib/types.ts';
import { type ExportContext, exportRoute } from './export.ts';

const nextHops = { ipv4: address('203.0.113.254'), ipv6: address('2001:db8:ffff::1') };
const external: ExportContext = {
  localAsn: 64500,
  peer: { id: 'peer', peerAsn: 64599, nextHops },
  policy: compilePolicy(acceptAll),
  families: ['ipv4-unicast', 'ipv6-unicast'],
};
const internal: ExportContext = { ...external, peer: { id: 'peer', peerAsn: 64500, nextHops: {} }, policy: undefined };
const reject = compilePolicy({
  terms: [{ name: 'not these', match: {}, verdict: 'reject' }],
  otherwise: 'accept',
});

/** Each reason: one route that it stops, and the least change that lets the route out. */
const barriers: readonly {
  reason: ExportSuppression['reason'];
  stopped: readonly [RouteFacts, ExportContext];
  passes: readonly [RouteFacts, ExportContext];
  term?: string;
}[] = [
  {
    reason: 'family-not-negotiated',
    stopped: [{ prefix: '2001:db8::/48' }, { ...external, families: ['ipv4-unicast'] }],
    passes: [{ prefix: '2001:db8::/48' }, external],
  },
  { reason: 'learned-from-this-peer', stopped: [{ peer: 'peer' }, external], passes: [{ peer: 'other' }, external] },
  {
    reason: 'learned-from-internal-peer',
    stopped: [{ internal: true, asn: 64500 }, internal],
    passes: [{ internal: true, asn: 64500 }, external],
  },
  {
    reason: 'no-advertise',
    stopped: [{ attributes: { communities: [noAdvertise] } }, internal],
    passes: [{ peer: 'local', path: [], attributes: { communities: [noAdvertise] } }, external],
  },
  {
    reason: 'no-export',
    stopped: [{ attributes: { communities: [1, noExport] } }, external],
    passes: [{ attributes: { communities: [1, noExport] } }, internal],
  },
  {
    reason: 'no-export',
    stopped: [{ attributes: { communities: [noExportSubconfed] } }, external],
    passes: [{ peer: 'local', path: [], attributes: { communities: [noExport] } }, external],
  },
  { reason: 'no-export-policy', stopped: [{}, { ...external, policy: undefined }], passes: [{}, internal] },
  { reason: 'policy', stopped: [{}, { ...external, policy: reject }], passes: [{}, external], term: 'not these' },
  { reason: 'policy', stopped: [{}, { ...internal, policy: compilePolicy(rejectAll) }], passes: [{}, internal] },
  {
    reason: 'no-next-hop',
    stopped: [{}, { ...external, peer: { ...external.peer, nextHops: { ipv6: nextHops.ipv6 } } }],
    passes: [
      { prefix: '2001:db8::/48' },
      { ...external, peer: { ...external.peer, nextHops: { ipv6: nextHops.ipv6 } } },
    ],
  },
  {
    reason: 'no-next-hop',
    stopped: [{ peer: 'local', path: [] }, internal],
    passes: [
      { peer: 'local', path: [] },
      { ...internal, peer: { ...internal.peer, nextHops } },
    ],
  },
];

for (const { reason, stopped, passes, term } of barriers) {
  test(`not announced: ${reason} (${JSON.stringify(stopped[0])})`, () => {
    const outcome = exportRoute(makeRoute(stopped[0]), stopped[1]);
    assert.ok(outcome.verdict === 'suppress');
    assert.equal(outcome.suppression.reason, reason);
    assert.equal(outcome.suppression.term, term);
    assert.equal(exportRoute(makeRoute(passes[0]), passes[1]).verdict, 'announce');
  });
}

const everything = {
  originCode: 'egp',
  multiExitDiscriminator: 7,
  localPreference: 300,
  atomicAggregate: true,
  aggregator: { asn: 64510, address: address('10.9.9.9') },
  communities: [42],
  largeCommunities: [[1, 2, 3]],
  unknown: [
    { type: 99, flags: 0xc0, bytes: Uint8Array.of(1) },
    { type: 98, flags: 0x80, bytes: Uint8Array.of(2) },
  ],
  partial: [8],
} as const;

function announced(facts: RouteFacts, context: ExportContext) {
  const outcome = exportRoute(makeRoute({ path: [64501, 64502], attributes: everything, ...facts }), context);
  assert.ok(outcome.verdict === 'announce');
  return outcome.route;
}

test('towards an external peer: own ASN in front, own next hop, no LOCAL_PREF, no foreign MED, the rest carried on', () => {
  const { nextHop, attributes } = announced({}, external);
  const { multiExitDiscriminator: _, localPreference: __, ...carried } = everything;
  assert.equal(formatAddress(nextHop), '203.0.113.254');
  assert.deepEqual(attributes, {
    ...carried,
    asPath: [
      { kind: 'sequence', asns: [64500, 64501] },
      { kind: 'sequence', asns: [64502] },
    ],
    unknown: [{ type: 99, flags: 0xe0, bytes: Uint8Array.of(1) }],
  });
});

test('towards an internal peer: the path, next hop and MED as learned, and always a LOCAL_PREF', () => {
  const { nextHop, attributes } = announced({}, internal);
  assert.equal(formatAddress(nextHop), '203.0.113.1');
  assert.equal(attributes.multiExitDiscriminator, 7);
  assert.equal(attributes.localPreference, 300);
  assert.deepEqual(attributes.asPath, makeRoute({ path: [64501, 64502] }).attributes.asPath);
  assert.equal(announced({ attributes: {} }, internal).attributes.localPreference, 100);
  const self = { ...internal, peer: { ...internal.peer, nextHops } };
  assert.equal(formatAddress(announced({}, self).nextHop), '203.0.113.254');
});

test('a MED of our own is sent, one that export policy sets, too', () => {
  const own = { peer: 'local', path: [], attributes: { multiExitDiscriminator: 5 } };
  assert.equal(announced(own, external).attributes.multiExitDiscriminator, 5);
  const policy = compilePolicy({
    terms: [{ name: 'med', match: {}, actions: [{ type: 'set-multi-exit-discriminator', value: 9 }] }],
    otherwise: 'accept',
  });
  assert.equal(announced({}, { ...external, policy }).attributes.multiExitDiscriminator, 9);
});

test("a path that holds the peer's ASN is sent: the receiver finds its loop", () => {
  assert.ok(announced({ path: [64501, 64599] }, external));
});

test('non-transitive extended communities end at the edge of the AS, but not at a route server (RFC 7947 §2.2.4)', () => {
  const within = [0x4300_0000, 1] as const;
  const across = [0x0002_fbf4, 1] as const;
  const sent = (context: ExportContext) => {
    const outcome = exportRoute(makeRoute({ attributes: { extendedCommunities: [within, across] } }), context);
    assert.ok(outcome.verdict === 'announce');
    return outcome.route.attributes.extendedCommunities;
  };
  assert.deepEqual(sent(external), [across]);
  assert.deepEqual(sent(internal), [within, across]);
  const client: ExportContext = { ...external, peer: { ...external.peer, routeServerClient: true } };
  assert.deepEqual(sent(client), [within, across]);
});
