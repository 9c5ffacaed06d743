import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeRoute } from '../../testing/bgp-routes.ts';
import { evaluate } from './evaluate.ts';
import { explainPolicy, formatExplanation } from './explain.ts';
import type { Match, Policy } from './types.ts';

const context = { localAsn: 64500 };

const policy: Policy = {
  terms: [
    { name: 'bogons', match: { prefixes: [{ prefix: '10.0.0.0/8', maxLength: 32 }] }, verdict: 'reject' },
    { name: 'mark', match: { peerAsn: [64501] }, actions: [{ type: 'attach-communities', values: ['64500:1'] }] },
    { name: 'marked', match: { communities: ['64500:*'], asPath: ['peer 64510'] }, verdict: 'accept' },
  ],
  otherwise: 'reject',
};

test('says term by term why a route was accepted', () => {
  const explanation = explainPolicy(policy, makeRoute({ path: [64501, 64510] }), context);
  assert.equal(explanation.term, 'marked');
  assert.equal(
    formatExplanation(explanation),
    [
      '✗ bogons: prefixes wants [{"prefix":"10.0.0.0/8","maxLength":32}], the route has 192.0.2.0/24',
      '✓ mark',
      '✓ marked: accept',
    ].join('\n'),
  );
});

test('says which condition failed, and that no term decided', () => {
  const text = formatExplanation(explainPolicy(policy, makeRoute({ path: [64501, 64511] }), context)).split('\n');
  assert.equal(text[2], '✗ marked: asPath wants ["peer 64510"], the route has 64501 64511');
  assert.equal(text[3], '· no term decided: reject');
});

test('comes to the same as running the policy', () => {
  for (const path of [[64501, 64510], [64501], [1, 64510]]) {
    for (const prefix of ['10.1.0.0/16', '192.0.2.0/24']) {
      const route = makeRoute({ path, prefix, asn: path[0] as number });
      const [ran, told] = [evaluate(policy, route, context), explainPolicy(policy, route, context)];
      assert.deepEqual([told.verdict, told.term, told.route], [ran.verdict, ran.term, ran.route]);
      assert.deepEqual(
        told.steps.filter(({ matched }) => matched).map(({ term }) => term),
        ran.matched,
      );
    }
  }
});

test('each condition can say what the route has', () => {
  const match: Required<Match> = {
    prefixes: [],
    family: 6,
    learnedFrom: [],
    role: [],
    peer: [],
    peerAsn: [],
    anyCommunity: [],
    anyLargeCommunity: [],
    communities: [],
    asPath: [],
    asPathHas: [],
    asPathLength: { min: 9 },
    originAsn: [],
    originCode: [],
    nextHop: [],
    localPreference: {},
    multiExitDiscriminator: {},
    originValidation: [],
    pathValidation: [],
    anyOf: [],
    not: {},
  };
  const all: Policy = { terms: [{ name: 'all', match, verdict: 'accept' }], otherwise: 'reject' };
  const [step] = explainPolicy(all, makeRoute(), context).steps;
  assert.deepEqual(
    step?.conditions.map(({ condition }) => condition),
    Object.keys(match),
  );
  for (const { condition, holds, found } of step?.conditions ?? []) {
    assert.equal(holds, false, condition);
    assert.ok(found.length > 0, condition);
  }
});
