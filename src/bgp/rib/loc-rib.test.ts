import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, makeRoute } from '../../testing/bgp-routes.ts';
import { LocRib } from './loc-rib.ts';

test('changes are told once, and only where another route is best', () => {
  const rib = new LocRib();
  const a = makeRoute({ peer: 'a', routerId: '10.0.0.1' });
  const b = makeRoute({ peer: 'b', routerId: '10.0.0.2' });
  rib.set(b);
  rib.set(a);
  assert.deepEqual(rib.takeChanges(), [{ prefix: a.prefix, best: a }]);
  assert.deepEqual(rib.takeChanges(), []);
  assert.deepEqual(rib.decision(a.prefix), { best: a, losers: [{ route: b, reason: 'router-id' }] });

  rib.delete(a.prefix, 'b');
  assert.deepEqual(rib.takeChanges(), []);
  rib.set(makeRoute({ peer: 'a', routerId: '10.0.0.1' }));
  assert.deepEqual(rib.takeChanges(), []);
  rib.delete(a.prefix, 'a');
  rib.set(a);
  assert.deepEqual(rib.takeChanges(), []);

  rib.delete(a.prefix, 'a');
  assert.deepEqual(rib.takeChanges(), [{ prefix: a.prefix, best: undefined }]);
  assert.equal(rib.best(a.prefix), undefined);
  rib.delete(a.prefix, 'nobody');
  assert.deepEqual(rib.takeChanges(), []);
});

test('an address goes by the longest prefix', () => {
  const rib = new LocRib();
  const wide = makeRoute({ prefix: '192.0.0.0/16' });
  const narrow = makeRoute({ prefix: '192.0.2.0/24', peer: 'b' });
  rib.set(narrow);
  rib.set(wide);
  rib.takeChanges();
  assert.equal(rib.lookup(address('192.0.2.1')), narrow);
  assert.equal(rib.lookup(address('192.0.3.1')), wide);
  assert.equal(rib.lookup(address('193.0.0.1')), undefined);
  assert.deepEqual([...rib.bestRoutes()], [wide, narrow]);
  rib.delete(narrow.prefix, 'b');
  rib.takeChanges();
  assert.equal(rib.lookup(address('192.0.2.1')), wide);
});
