import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import { address, makeRoute, type RouteFacts } from '../../testing/bgp-routes.ts';
import { LocRib } from './loc-rib.ts';
import { PrefixTable } from './prefix-table.ts';
import type { Path } from './types.ts';

function makeRib() {
  const table = new PrefixTable(seededRandom(1));
  const rib = new LocRib(table);
  return { table, rib, id: table.intern(mustPrefix('192.0.2.0/24'), 'ipv4-unicast') };
}

function path(facts: RouteFacts): Path {
  const { prefix: _, ...path } = makeRoute(facts);
  return path;
}

test('changes are told once, and only where another route is best', () => {
  const { rib, id } = makeRib();
  const a = path({ peer: 'a', routerId: '10.0.0.1' });
  const b = path({ peer: 'b', routerId: '10.0.0.2' });
  rib.set(id, b);
  rib.set(id, a);
  assert.deepEqual(rib.takeTouched(), { all: [id], changed: [id] });
  assert.deepEqual(rib.takeTouched(), { all: [], changed: [] });
  assert.equal(rib.best(id), a);
  assert.deepEqual(rib.ranked(id), [a, b]);
  const decision = rib.decision(mustPrefix('192.0.2.0/24'), 'ipv4-unicast');
  assert.deepEqual(decision?.best, makeRoute({ peer: 'a', routerId: '10.0.0.1' }));
  assert.deepEqual(decision?.losers, [{ route: makeRoute({ peer: 'b', routerId: '10.0.0.2' }), reason: 'router-id' }]);

  const unchanged = { all: [id], changed: [] };
  rib.delete(id, b);
  assert.deepEqual(rib.takeTouched(), unchanged);
  rib.set(id, path({ peer: 'a', routerId: '10.0.0.1' }));
  assert.deepEqual(rib.takeTouched(), unchanged, 'another object that says the same');
  rib.delete(id, a);
  rib.set(id, a);
  assert.deepEqual(rib.takeTouched(), unchanged, 'gone and back');

  rib.delete(id, a);
  assert.deepEqual(rib.takeTouched(), { all: [id], changed: [id] });
  assert.equal(rib.best(id), undefined);
  rib.delete(id, a);
  assert.deepEqual(rib.takeTouched(), { all: [], changed: [] });
});

test('several paths of one peer are several candidates, each with a number of ours that stays', () => {
  const { rib, id } = makeRib();
  const [first, second] = [path({ pathId: 7 }), path({ pathId: 8, attributes: { localPreference: 200 } })];
  rib.set(id, first);
  rib.set(id, second);
  rib.takeTouched();
  assert.deepEqual(rib.ranked(id), [second, first]);
  assert.deepEqual([rib.pathId(id, first), rib.pathId(id, second), rib.pathId(id, first)], [1, 2, 1]);
  rib.delete(id, first);
  assert.deepEqual([rib.pathId(id, second), rib.pathId(id, path({ pathId: 9 }))], [2, 1]);
});

test('a prefix keeps its number until its end is told', () => {
  const { table, rib, id } = makeRib();
  rib.set(id, path({}));
  rib.takeTouched();
  rib.delete(id, path({}));
  const other = table.intern(mustPrefix('198.51.100.0/24'), 'ipv4-unicast');
  assert.notEqual(other, id);
  rib.set(other, path({}));
  assert.deepEqual(rib.takeTouched().changed, [id, other]);
  assert.equal(table.find(mustPrefix('192.0.2.0/24'), 'ipv4-unicast'), -1);
});

test('an address goes by the longest prefix', () => {
  const { table, rib } = makeRib();
  const [wide, narrow] = [makeRoute({ prefix: '192.0.0.0/16' }), makeRoute({ prefix: '192.0.2.0/24', peer: 'b' })];
  for (const { prefix, ...path } of [narrow, wide]) rib.set(table.intern(prefix, 'ipv4-unicast'), path);
  rib.takeTouched();
  assert.deepEqual(rib.lookup(address('192.0.2.1')), narrow);
  assert.deepEqual(rib.lookup(address('192.0.3.1')), wide);
  assert.equal(rib.lookup(address('193.0.0.1')), undefined);
  assert.deepEqual([...rib.bestRoutes()], [wide, narrow]);
  rib.delete(table.find(narrow.prefix, 'ipv4-unicast'), narrow);
  rib.takeTouched();
  assert.deepEqual(rib.lookup(address('192.0.2.1')), wide);
});
