/** Options of a session that show on the wire only: long messages, IPv6 next hops of IPv4, waiting for the peer's OPEN, restarts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../../ip/address.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import { address, type Context, isUp, loopback, peer, prefix, speaker } from '../../testing/bgp-speakers.ts';
import { waitFor } from '../../testing/wait.ts';
import type { PeerConfig } from '../speaker/types.ts';

/** AS 1 connecting to AS 2, both with the same options. */
async function pair(t: Context, more: Partial<PeerConfig>) {
  const [one, two] = [speaker(t, 1), speaker(t, 2)];
  const { listen } = await two.addPeer(peer(1, more), { listen: { host: loopback, port: 0 } });
  assert.ok(listen);
  await one.addPeer(peer(2, more), { remote: listen });
  await Promise.all([isUp(one, 'AS2'), isUp(two, 'AS1')]);
  return { one, two, listen };
}

/** More than 4096 bytes of attributes. */
const manyCommunities = Array.from({ length: 3000 }, (_, index) => index + 1);

for (const extended of [true, false]) {
  test(`a route of 12 kB of attributes ${extended ? 'arrives' : 'is withheld without the option'} (RFC 8654)`, async (t) => {
    const { one, two } = await pair(t, extended ? { extendedMessages: true } : {});
    one.announce({ prefix, attributes: { communities: manyCommunities } });
    const small = mustPrefix('198.51.100.0/24');
    one.announce({ prefix: small, attributes: {} });
    await waitFor('the small route', () => two.decision(small)?.best);
    assert.equal(two.decision(prefix)?.best.attributes.communities?.length, extended ? 3000 : undefined);
    const outcome = one.explainExport('AS2', prefix);
    assert.equal(outcome?.verdict === 'suppress' && outcome.suppression.reason, extended ? false : 'too-large');
  });
}

test('an IPv4 route goes by an IPv6 next hop where both ends take it (RFC 8950)', async (t) => {
  const next = { ipv4: address('2001:db8::1') };
  const { one, two } = await pair(t, {
    extendedNextHop: true,
    nextHops: next,
    importPolicy: { terms: [], otherwise: 'accept' },
  });
  one.announce({ prefix, attributes: {} });
  await waitFor('the route', () => [...two.adjRibIn('AS1')].length === 1);
  const [route] = [...two.adjRibIn('AS1')];
  assert.equal(route && formatAddress(route.received.nextHop), '2001:db8::1');
});

test('two speakers that both wait for the other to speak first come up all the same (DelayOpen)', async (t) => {
  const { one, two } = await pair(t, { delayOpenSeconds: 0.2 });
  one.announce({ prefix, attributes: {} });
  await waitFor('the route', () => two.decision(prefix)?.best);
});

test('a speaker that dies and returns takes its old connection over; nobody loses its routes meanwhile', async (t) => {
  const gracefulRestart = { preserve: ['ipv4-unicast'], restarted: true } as const;
  const [one, two] = [speaker(t, 1), speaker(t, 2)];
  const { listen } = await two.addPeer(peer(1, { gracefulRestart }), { listen: { host: loopback, port: 0 } });
  assert.ok(listen);
  await one.addPeer(peer(2, { gracefulRestart }), { remote: listen });
  await isUp(two, 'AS1');
  one.announce({ prefix, attributes: {} });
  await waitFor('the route', () => two.decision(prefix)?.best);
  const changes: unknown[] = [];
  two.on('best', (change) => changes.push(change.best?.source.peer));
  let lost = 0;
  two.on('session', (change) => {
    if (change.type === 'down' && change.wasEstablished) lost++;
  });

  // Another process in its place: the first one never said that it goes.
  const again = speaker(t, 1);
  again.announce({ prefix, attributes: {} });
  await again.addPeer(peer(2, { gracefulRestart }), { remote: listen });
  await isUp(again, 'AS2');
  await waitFor(
    'nothing to be stale',
    () => two.neighbors()[0]?.staleRoutes === 0 && two.sessionPhase('AS1') === 'established',
  );
  assert.ok(lost >= 1, 'the old session ended');
  assert.deepEqual(changes, [], 'the route was there all the time');
});
