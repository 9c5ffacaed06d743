import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../../base/problem.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import { makeRoute, type RouteFacts } from '../../testing/bgp-routes.ts';
import { gracefulShutdown } from '../message/community.ts';
import { acceptAll, announceOnly, rejectAll } from './common.ts';
import { evaluate } from './evaluate.ts';
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
