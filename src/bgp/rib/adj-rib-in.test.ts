import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import { makeRoute } from '../../testing/bgp-routes.ts';
import { AdjRibIn } from './adj-rib-in.ts';
import { PrefixTable } from './prefix-table.ts';
import { ImportedPath, type ReceivedPath } from './received-path.ts';

const family = 'ipv4-unicast';

function makeStage() {
  const table = new PrefixTable(seededRandom(1));
  const rib = new AdjRibIn(table);
  const { source, nextHop, attributes } = makeRoute();
  const say = (key: string): ReceivedPath => rib.paths.add(source, { family, nextHop, attributes }, key);
  const accepted = (received: ReceivedPath): ImportedPath => {
    return new ImportedPath(received, { verdict: 'accept', path: received.path });
  };
  return { table, rib, say, accepted, one: mustPrefix('192.0.2.0/24'), two: mustPrefix('198.51.100.0/24') };
}

test('a path is known by its bytes while some prefix has it, and not longer', () => {
  const { table, rib, say, accepted, one, two } = makeStage();
  const [a, b] = [say('a'), say('b')];
  rib.set(table.intern(one, family), accepted(a));
  rib.set(table.intern(two, family), accepted(a));
  rib.set(table.intern(one, family), accepted(b));
  assert.deepEqual([rib.paths.get('a'), rib.paths.get('b'), a.uses, b.uses], [a, b, 1, 1]);
  rib.delete(table.find(two, family));
  assert.deepEqual([rib.paths.get('a'), rib.paths.size], [undefined, 1]);
  rib.delete(table.find(one, family));
  assert.deepEqual([rib.paths.get('b'), rib.paths.size, table.size, rib.size], [undefined, 0, 0, 0]);
});

test('with numbers, a path is known while any of them is used', () => {
  const { table, rib, say, accepted, one } = makeStage();
  const path = say('a');
  const id = table.intern(one, family);
  for (const pathId of [1, 2]) rib.set(id, accepted(path.withPathId(pathId)));
  assert.equal(path.withPathId(1), path.withPathId(1));
  assert.deepEqual(
    rib.pathsTo(id).map(({ pathId }) => pathId),
    [1, 2],
  );
  rib.delete(id, 1);
  assert.equal(rib.paths.get('a'), path);
  rib.delete(id, 2);
  assert.equal(rib.paths.get('a'), undefined);
});

test('bytes of an earlier session are not those of this one', () => {
  const { table, rib, say, accepted, one } = makeStage();
  const id = table.intern(one, family);
  rib.set(id, accepted(say('a')));
  rib.markStale('ipv4-unicast');
  assert.equal(rib.staleCount('ipv4-unicast'), 1);
  rib.paths.clear();
  assert.equal(rib.paths.get('a'), undefined);
  const again = accepted(say('a'));
  rib.set(id, again);
  assert.equal(rib.get(id), again);
  assert.equal(rib.staleCount('ipv4-unicast'), 0);
});
