import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../../base/problem.ts';
import { formatAddress } from '../../ip/address.ts';
import { formatPrefix, mustPrefix } from '../../ip/prefix.ts';
import type { RouteValidation } from '../../ip/route-validation.ts';
import { address, makeRoute, type RouteFacts } from '../../testing/bgp-routes.ts';
import { gracefulShutdown } from '../message/community.ts';
import { flatAsPath } from '../rib/as-path.ts';
import { acceptAll, announceOnly, rejectAll } from './common.ts';
import { compilePolicy, evaluate } from './evaluate.ts';
import { exportPolicyFor, importPolicyFor } from './gao-rexford.ts';
import type { Action, Match, Policy } from './types.ts';

const context = { localAsn: 64500 };

/** Each condition: what it matches and what it does not. */
const conditions: readonly { match: Match; yes: readonly RouteFacts[]; no: readonly RouteFacts[] }[] = [
  { match: {}, yes: [{}, { prefix: '2001:db8::/32' }, { peer: 'local', path: [] }], no: [] },
  { match: { family: 6 }, yes: [{ prefix: '2001:db8::/32' }], no: [{}] },
  {
    match: { prefixes: [{ prefix: '192.0.2.0/24' }] },
    yes: [{}],
    no: [{ prefix: '192.0.2.0/25' }, { prefix: '192.0.0.0/16' }, { prefix: '198.51.100.0/24' }],
  },
  {
    match: { prefixes: [{ prefix: '192.0.0.0/16', maxLength: 24 }] },
    yes: [{ prefix: '192.0.0.0/16' }, { prefix: '192.0.2.0/24' }],
    no: [{ prefix: '192.0.2.0/25' }, { prefix: '192.0.0.0/15' }],
  },
  {
    match: { prefixes: [{ prefix: '0.0.0.0/0', minLength: 25 }] },
    yes: [{ prefix: '192.0.2.0/25' }, { prefix: '192.0.2.1/32' }],
    no: [{ prefix: '192.0.2.0/24' }, { prefix: '::/25' }],
  },
  { match: { prefixes: [] }, yes: [], no: [{}] },
  {
    match: { learnedFrom: ['local', 'customer'] },
    yes: [{ peer: 'local' }, { relation: 'customer' }],
    no: [{ relation: 'provider' }, { relation: 'lateral' }, {}],
  },
  { match: { learnedFrom: [] }, yes: [], no: [{ peer: 'local' }, { relation: 'customer' }] },
  {
    match: { anyCommunity: [1, 2] },
    yes: [{ attributes: { communities: [7, 2] } }],
    no: [{}, { attributes: { communities: [3] } }],
  },
  {
    match: { anyLargeCommunity: [[1, 2, 3]] },
    yes: [{ attributes: { largeCommunities: [[1, 2, 3]] } }],
    no: [{}, { attributes: { largeCommunities: [[1, 2, 4]] } }],
  },
  { match: { asPathHas: [64502] }, yes: [{ path: [1, 64502] }, { path: [1, [2, 64502]] }], no: [{ path: [1] }] },
  { match: { originAsn: [64502] }, yes: [{ path: [1, 64502] }], no: [{ path: [64502, 1] }, { path: [[64502]] }] },
  { match: { role: ['customer'] }, yes: [{ role: 'customer' }], no: [{ role: 'provider' }, {}, { peer: 'local' }] },
  { match: { peer: ['a', 'local'] }, yes: [{ peer: 'a' }, { peer: 'local' }], no: [{ peer: 'b' }] },
  { match: { peerAsn: [64501] }, yes: [{}], no: [{ asn: 64502 }, { peer: 'local', asn: 64501 }] },
  {
    match: { communities: ['64500:*', 'rt:1:*', '1:2:*'] },
    yes: [
      { attributes: { communities: [64500 * 0x10000 + 7] } },
      { attributes: { extendedCommunities: [[0x0002_0001, 9]] } },
      { attributes: { largeCommunities: [[1, 2, 3]] } },
    ],
    no: [{}, { attributes: { communities: [1], largeCommunities: [[1, 3, 3]], extendedCommunities: [[1, 1]] } }],
  },
  { match: { asPath: ['peer+', '* 9'] }, yes: [{}, { path: [1, 9] }], no: [{ path: [1] }, { path: [] }] },
  {
    match: { asPathLength: { min: 2, max: 3 } },
    yes: [{ path: [1, 2] }, { path: [1, [2, 3], 4] }],
    no: [{}, { path: [1, 2, 3, 4] }],
  },
  { match: { originCode: ['igp'] }, yes: [{}], no: [{ attributes: { originCode: 'egp' } }] },
  {
    match: { nextHop: ['203.0.113.1', '2001:db8::/32'] },
    yes: [{}, { nextHop: '2001:db8::1' }],
    no: [{ nextHop: '203.0.113.2' }, { nextHop: '2001:db9::1' }],
  },
  {
    match: { localPreference: { min: 100 } },
    yes: [{ attributes: { localPreference: 100 } }],
    no: [{}, { attributes: { localPreference: 99 } }],
  },
  {
    match: { multiExitDiscriminator: { max: 5 } },
    yes: [{ attributes: { multiExitDiscriminator: 0 } }],
    no: [{}, { attributes: { multiExitDiscriminator: 6 } }],
  },
  { match: { originValidation: ['not-found'], pathValidation: ['unknown'] }, yes: [{}], no: [] },
  { match: { originValidation: ['valid', 'invalid'] }, yes: [], no: [{}] },
  { match: { not: { family: 4 } }, yes: [{ prefix: '2001:db8::/32' }], no: [{}] },
  {
    match: { anyOf: [{ family: 6 }, { asPathHas: [9], peerAsn: [64501] }] },
    yes: [{ prefix: '2001:db8::/32' }, { path: [64501, 9] }],
    no: [{}, { path: [9], asn: 9 }],
  },
  { match: { anyOf: [] }, yes: [], no: [{}] },
  {
    match: { family: 4, asPathHas: [64502] },
    yes: [{ path: [64502] }],
    no: [{ path: [1] }, { path: [64502], prefix: '2001:db8::/32' }],
  },
];

for (const { match, yes, no } of conditions) {
  test(`matches ${JSON.stringify(match)}`, () => {
    const policy: Policy = { terms: [{ name: 'it', match, verdict: 'accept' }], otherwise: 'reject' };
    for (const facts of yes)
      assert.equal(evaluate(policy, makeRoute(facts), context).term, 'it', JSON.stringify(facts));
    for (const facts of no) {
      const { verdict, term } = evaluate(policy, makeRoute(facts), context);
      assert.deepEqual({ verdict, term }, { verdict: 'reject', term: undefined }, JSON.stringify(facts));
    }
  });
}

test('actions change only what they name', () => {
  const before = { communities: [1], largeCommunities: [[1, 1, 1] as const], multiExitDiscriminator: 7 };
  const changed = (action: Action): unknown => {
    const policy: Policy = { terms: [{ name: 'it', match: {}, actions: [action] }], otherwise: 'accept' };
    const route = makeRoute({ attributes: before });
    const { attributes } = evaluate(policy, route, context).route;
    return Object.fromEntries(
      Object.entries({ ...route.attributes, ...attributes })
        .map(([name]) => [name, attributes[name as keyof typeof attributes]] as const)
        .filter(([name, value]) => value !== route.attributes[name as keyof typeof attributes]),
    );
  };
  assert.deepEqual(changed({ type: 'set-local-preference', value: 5 }), { localPreference: 5 });
  assert.deepEqual(changed({ type: 'set-multi-exit-discriminator', value: 5 }), { multiExitDiscriminator: 5 });
  assert.deepEqual(changed({ type: 'set-multi-exit-discriminator', value: undefined }), {
    multiExitDiscriminator: undefined,
  });
  assert.deepEqual(changed({ type: 'add-communities', values: [1, 2] }), { communities: [1, 2] });
  assert.deepEqual(changed({ type: 'remove-communities', values: [1] }), { communities: undefined });
  assert.deepEqual(
    changed({
      type: 'add-large-communities',
      values: [
        [1, 1, 1],
        [1, 1, 2],
      ],
    }),
    {
      largeCommunities: [
        [1, 1, 1],
        [1, 1, 2],
      ],
    },
  );
  assert.deepEqual(changed({ type: 'prepend', count: 2 }), {
    asPath: [{ kind: 'sequence', asns: [64500, 64500, 64501] }],
  });
});

test('actions on communities of every kind', () => {
  const before = {
    communities: [64500 * 0x10000 + 1, 64501 * 0x10000 + 1],
    extendedCommunities: [[0x0002_0001, 9] as const],
    largeCommunities: [[64500, 1, 1] as const, [64500, 2, 1] as const],
  };
  const after = (action: Action) => {
    const policy: Policy = { terms: [{ name: 'it', match: {}, actions: [action] }], otherwise: 'accept' };
    const {
      originCode: _,
      asPath: __,
      ...left
    } = evaluate(policy, makeRoute({ attributes: before }), context).route.attributes;
    return left;
  };
  assert.deepEqual(after({ type: 'strip-communities', matching: ['64500:*', '*:*:*'] }), {
    communities: [64501 * 0x10000 + 1],
    extendedCommunities: before.extendedCommunities,
  });
  assert.deepEqual(after({ type: 'strip-communities', matching: ['*:*:*', 'rt:*:*'], except: ['64500:2:*'] }), {
    communities: before.communities,
    largeCommunities: [[64500, 2, 1]],
  });
  assert.deepEqual(after({ type: 'attach-communities', values: ['64501:1', '64500:2:1', 'rt:1:9', 'rt:1:10'] }), {
    ...before,
    extendedCommunities: [...before.extendedCommunities, [0x0002_0001, 10]],
  });
});

test('actions on path, MED, origin and next hop', () => {
  const after = (action: Action, facts: RouteFacts = {}) => {
    const policy: Policy = { terms: [{ name: 'it', match: {}, actions: [action] }], otherwise: 'accept' };
    const ownNextHop = () => address('203.0.113.254');
    return evaluate(policy, makeRoute(facts), { ...context, ownNextHop });
  };
  const path = (facts: RouteFacts, action: Action) => flatAsPath(after(action, facts).route.attributes.asPath ?? []);
  assert.deepEqual(path({ path: [1] }, { type: 'prepend', count: 2, asn: 7 }), [7, 7, 1]);
  assert.deepEqual(path({ path: [1, 2, [2, 3]] }, { type: 'remove-from-as-path', asns: [2] }), [1, 3]);
  assert.deepEqual(
    path({ path: [1, 64512, 4_200_000_000, 2] }, { type: 'remove-from-as-path', asns: 'private' }),
    [1, 2],
  );
  const med = (by: number, value?: number) =>
    after(
      { type: 'adjust-multi-exit-discriminator', by },
      value === undefined ? {} : { attributes: { multiExitDiscriminator: value } },
    ).route.attributes.multiExitDiscriminator;
  assert.deepEqual([med(5), med(-5), med(5, 10), med(9, 4_294_967_290)], [5, 0, 15, 4_294_967_295]);
  assert.equal(after({ type: 'set-origin-code', value: 'egp' }).route.attributes.originCode, 'egp');

  const hop = (action: Action) => {
    const { route, nextHopSet } = after(action);
    return [formatAddress(route.nextHop), nextHopSet];
  };
  assert.deepEqual(hop({ type: 'set-origin-code', value: 'egp' }), ['203.0.113.1', false]);
  assert.deepEqual(hop({ type: 'set-next-hop', to: 'self' }), ['203.0.113.254', true]);
  assert.deepEqual(hop({ type: 'set-next-hop', to: 'unchanged' }), ['203.0.113.1', true]);
  assert.deepEqual(hop({ type: 'set-next-hop', to: { address: '192.0.2.9' } }), ['192.0.2.9', true]);
});

test('validation is asked with prefix and origin, and with the path and where it came from', () => {
  const policy: Policy = {
    terms: [
      { name: 'origin', match: { originValidation: ['invalid'] }, verdict: 'reject' },
      { name: 'path', match: { pathValidation: ['invalid'] }, verdict: 'reject' },
    ],
    otherwise: 'accept',
  };
  const asked: unknown[] = [];
  const validation: RouteValidation = {
    originState(prefix, origin) {
      asked.push([formatPrefix(prefix), origin]);
      return origin === 666 ? 'invalid' : 'valid';
    },
    aspaState(path, neighborAsn, direction) {
      asked.push([path, neighborAsn, direction]);
      return path?.[0] === 3 ? 'invalid' : 'unknown';
    },
  };
  const term = (facts: RouteFacts) => evaluate(policy, makeRoute(facts), { ...context, validation }).term;
  assert.equal(term({ path: [1, 666] }), 'origin');
  assert.equal(term({ path: [1, [2]], asn: 1 }), undefined);
  assert.equal(term({ path: [3, 2], asn: 3, relation: 'provider' }), 'path');
  assert.deepEqual(asked, [
    ['192.0.2.0/24', 666],
    ['192.0.2.0/24', undefined],
    [undefined, 1, 'upstream'],
    ['192.0.2.0/24', 2],
    [[3, 2], 3, 'downstream'],
  ]);
});

test('what a policy misspells is a problem and never matches all', () => {
  const term = (match: object, action?: object): Policy =>
    ({ terms: [{ name: 't', match, actions: action ? [action] : [] }], otherwise: 'accept' }) as unknown as Policy;
  for (const [policy, code] of [
    [term({ prefix: '192.0.2.0/24' }), 'policy.condition'],
    [term({ not: { prefixs: [] } }), 'policy.condition'],
    [term({ nextHop: ['x'] }), 'policy.next-hop'],
    [term({ communities: ['x'] }), 'policy.community-pattern'],
    [term({ asPath: ['x'] }), 'policy.as-path-pattern'],
    [term({}, { type: 'set-localpref' }), 'policy.action'],
    [term({}, { type: 'set-next-hop', to: { address: 'x' } }), 'policy.next-hop'],
    [term({}, { type: 'attach-communities', values: ['*:1'] }), 'policy.community'],
  ] as const) {
    assert.throws(
      () => compilePolicy(policy),
      (error) => error instanceof ProblemError && error.problems[0]?.code === code,
      code,
    );
  }
});

test('terms go on until one decides, and later ones see what earlier ones did', () => {
  const policy: Policy = {
    terms: [
      { name: 'mark', match: {}, actions: [{ type: 'add-communities', values: [9] }] },
      { name: 'never', match: { anyCommunity: [8] }, verdict: 'reject' },
      { name: 'marked', match: { anyCommunity: [9] }, verdict: 'accept' },
      { name: 'behind', match: {}, verdict: 'reject' },
    ],
    otherwise: 'reject',
  };
  const { verdict, term, matched } = evaluate(policy, makeRoute(), context);
  assert.deepEqual({ verdict, term, matched }, { verdict: 'accept', term: 'marked', matched: ['mark', 'marked'] });
});

test('a wrong prefix is a problem that names its term', () => {
  for (const [wrong, code] of [
    [{ prefix: '192.0.2.1/24' }, 'policy.prefix'],
    [{ prefix: 'x' }, 'policy.prefix'],
    [{ prefix: '192.0.2.0/24', maxLength: 23 }, 'policy.length-range'],
    [{ prefix: '192.0.2.0/24', minLength: 33 }, 'policy.length-range'],
  ] as const) {
    const policy: Policy = { terms: [{ name: 'ours', match: { prefixes: [wrong] } }], otherwise: 'accept' };
    assert.throws(
      () => evaluate(policy, makeRoute(), context),
      (error) => error instanceof ProblemError && error.problems[0]?.code === code,
    );
  }
});

test('Gao-Rexford: preference by relation, and valley-free export', () => {
  const preference = (relation: 'customer' | 'lateral' | 'provider', communities: number[] = []) =>
    evaluate(importPolicyFor(relation), makeRoute({ attributes: { communities } }), context).route.attributes
      .localPreference;
  assert.deepEqual([preference('customer'), preference('lateral'), preference('provider')], [200, 150, 100]);
  assert.equal(preference('customer', [gracefulShutdown]), 0);

  const told = (to: 'customer' | 'lateral' | 'provider') =>
    ([{ peer: 'local' }, { relation: 'customer' }, { relation: 'lateral' }, { relation: 'provider' }, {}] as const).map(
      (facts) => evaluate(exportPolicyFor(to), makeRoute(facts), context).verdict === 'accept',
    );
  assert.deepEqual(told('customer'), [true, true, true, true, true]);
  assert.deepEqual(told('lateral'), [true, true, false, false, false]);
  assert.deepEqual(told('provider'), [true, true, false, false, false]);
});

test('announceOnly lets out exactly our own prefixes', () => {
  const policy = announceOnly([mustPrefix('192.0.2.0/24')]);
  const verdict = (facts: RouteFacts) => evaluate(policy, makeRoute(facts), context).verdict;
  assert.equal(verdict({ peer: 'local' }), 'accept');
  assert.equal(verdict({ relation: 'customer' }), 'reject');
  assert.equal(verdict({ peer: 'local', prefix: '192.0.2.0/25' }), 'reject');
  assert.equal(evaluate(announceOnly([]), makeRoute({ peer: 'local' }), context).verdict, 'reject');
  assert.equal(evaluate(acceptAll, makeRoute(), context).verdict, 'accept');
  assert.equal(evaluate(rejectAll, makeRoute({ peer: 'local' }), context).verdict, 'reject');
});
