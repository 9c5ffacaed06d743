/** A speaker that is monitored: what the station knows is what the speaker knows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../base/clock.ts';
import { seededRandom } from '../../../base/random.ts';
import { formatAddress } from '../../../ip/address.ts';
import { formatPrefix, mustPrefix } from '../../../ip/prefix.ts';
import { address, type Context, isUp, loopback, peer, speaker } from '../../../testing/bgp-speakers.ts';
import { type ListeningStation, listeningStation } from '../../../testing/bmp.ts';
import { waitFor } from '../../../testing/wait.ts';
import { nlriKey } from '../../message/nlri.ts';
import type { PathAttributes } from '../../message/types.ts';
import { acceptAll } from '../../policy/common.ts';
import type { Policy } from '../../policy/types.ts';
import type { SpeakerHost } from '../../transport/speaker-host.ts';
import { describeReason } from '../json.ts';
import type { MonitoredRib } from '../message/types.ts';
import { startBmpSender } from './sender.ts';
import { SpeakerSource } from './speaker-source.ts';

/** AS 1 with AS 2 as peer; AS 1 tells the station. */
async function monitoredPair(t: Context) {
  const heard = await listeningStation(t);
  const source = new SpeakerSource({ asn: 1, routerId: address('10.0.0.1'), clock: systemClock });
  const [one, two] = [speaker(t, 1, { observer: source.observer }), speaker(t, 2)];
  t.after(source.attach(one));
  const { listen } = await one.addPeer(peer(2, { importPolicy: noDocumentation }), {
    listen: { host: loopback, port: 0 },
  });
  assert.ok(listen);
  const sender = startBmpSender({
    source,
    stations: [{ remote: heard.station.listen }],
    sysName: 'one',
    sysDescr: 'a test',
    clock: systemClock,
    random: seededRandom(1),
    firstRetryMs: 20,
    longestRetryMs: 40,
    statisticsSeconds: 0.05,
  });
  t.after(() => sender.stop());
  await waitFor('the station', () => sender.status()[0]?.connected === true);
  return { ...heard, source, sender, one, two, listen };
}

/** Rejects one prefix, and changes the others. */
const noDocumentation: Policy = {
  terms: [
    { name: 'none', match: { prefixes: [{ prefix: '192.0.2.0/24' }] }, verdict: 'reject' },
    { name: 'all', match: {}, actions: [{ type: 'set-local-preference', value: 300 }] },
  ],
  otherwise: 'accept',
};

const announced = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8:5::/48'];

function shown(
  routes: Iterable<{ readonly prefix: Parameters<typeof nlriKey>[0]; readonly attributes: PathAttributes }>,
): object {
  const entries = Array.from(routes, ({ prefix, attributes }) => [nlriKey(prefix), Object.entries(attributes).sort()]);
  return Object.fromEntries(entries.sort());
}

function assertSame(one: SpeakerHost, { station }: Pick<ListeningStation, 'station'>): void {
  const [router] = station.routers();
  assert.ok(router);
  const table = (isPeer: boolean, rib: MonitoredRib): object => {
    const key = router.peers.find(({ header }) => (header.address !== undefined) === isPeer)?.key ?? '';
    return shown(station.routes(router.id, key, rib));
  };
  const received = [...one.adjRibIn('AS2')];
  assert.deepEqual(table(true, 'adj-rib-in-pre-policy'), shown(received.map((each) => each.received)));
  const accepted = received.flatMap(({ outcome }) => (outcome.verdict === 'accept' ? [outcome.route] : []));
  assert.deepEqual(table(true, 'adj-rib-in-post-policy'), shown(accepted));
  assert.deepEqual(table(true, 'adj-rib-out-post-policy'), shown(one.adjRibOut('AS2')));
  assert.deepEqual(table(false, 'loc-rib'), shown(one.bestRoutes()));
  assert.equal(router.faults, 0);
}

/** A station is behind the speaker for a moment. */
async function same(one: SpeakerHost, heard: Pick<ListeningStation, 'station'>): Promise<void> {
  await waitFor('the station to know what the speaker knows', () => {
    assertSame(one, heard);
    return true;
  });
}

test('tables and sessions as they change', async (t) => {
  const { one, two, listen, said, notices, ...heard } = await monitoredPair(t);
  for (const text of announced)
    two.announce({ prefix: mustPrefix(text), attributes: { originCode: 'igp', communities: [7] } });
  one.announce({ prefix: mustPrefix('198.18.0.0/24'), attributes: { originCode: 'igp' } });
  await two.addPeer(peer(1, { nextHops: { ipv4: address('192.0.2.77'), ipv6: address('2001:db8::2') } }), {
    remote: listen,
  });
  await isUp(one, 'AS2');
  await waitFor('the routes', () => [...one.adjRibIn('AS2')].length === announced.length);
  await same(one, heard);

  const [up] = said('peer-up').filter((each) => each.peer === loopback);
  const { sent, received } = up as unknown as Record<'sent' | 'received', Record<string, unknown>>;
  assert.deepEqual([up?.localPort, up?.localAddress, sent.asn, received.asn], [listen.port, loopback, 1, 2]);
  assert.deepEqual([sent.holdTimeSeconds, received.holdTimeSeconds], [9, 9]);
  const ends = (): readonly string[] => said('end-of-rib').map(({ rib, family }) => `${rib} ${family}`);
  await waitFor('the ends of the tables', () => new Set(ends()).size === 8);
  await waitFor('statistics', () =>
    said('statistics').some(({ statistics }) => (statistics as { adjRibInRoutes?: number }).adjRibInRoutes === 4),
  );

  two.withdraw(mustPrefix('203.0.113.0/24'));
  two.announce({ prefix: mustPrefix('198.51.100.0/24'), attributes: { originCode: 'egp', multiExitDiscriminator: 3 } });
  one.withdraw(mustPrefix('198.18.0.0/24'));
  await waitFor('the withdrawal', () => [...one.adjRibIn('AS2')].length === 3);
  await same(one, heard);

  one.setImportPolicy('AS2', acceptAll);
  await waitFor('another policy', () => [...one.bestRoutes()].length === 3);
  await same(one, heard);

  two.stopPeer('AS1', { communication: 'moving' });
  const down = await waitFor('Peer Down', () => notices.find((notice) => notice.type === 'peer-down'));
  assert.ok(down.type === 'peer-down' && down.peer.address !== undefined);
  assert.deepEqual(
    [formatAddress(down.peer.address), describeReason(down.reason)],
    [loopback, 'the peer closed: Cease / Administrative Shutdown "moving"'],
  );
  two.startPeer('AS1');
  await waitFor('the routes again', () => [...one.adjRibIn('AS2')].length === 3);
  await same(one, heard);

  one.stopPeer('AS2', { communication: 'enough' });
  await waitFor('our own end', () =>
    notices.some(
      (notice) =>
        notice.type === 'peer-down' &&
        describeReason(notice.reason) === 'the router closed: Cease / Administrative Shutdown "enough"',
    ),
  );
});

test('a session that is lost is told before its routes go, and of those nothing', async (t) => {
  const { one, two, listen, source } = await monitoredPair(t);
  two.announce({ prefix: mustPrefix('198.51.100.0/24'), attributes: { originCode: 'igp' } });
  await two.addPeer(peer(1, { nextHops: { ipv4: address('192.0.2.77') } }), { remote: listen });
  await waitFor('the route', () => [...one.adjRibIn('AS2')].length === 1);
  const events: string[] = [];
  source.subscribe(({ type }) => events.push(type));
  await two.stop();
  await waitFor('the loss', () => [...one.adjRibIn('AS2')].length === 0);
  assert.deepEqual(events.filter((type) => type !== 'best').slice(0, 1), ['peer-down']);
  assert.deepEqual([...source.peers()], []);
});

test('a station that comes later is told what is', async (t) => {
  const { one, two, listen, source } = await monitoredPair(t);
  for (const text of announced) two.announce({ prefix: mustPrefix(text), attributes: { originCode: 'igp' } });
  await two.addPeer(peer(1, { nextHops: { ipv4: address('192.0.2.77'), ipv6: address('2001:db8::2') } }), {
    remote: listen,
  });
  await waitFor('the routes', () => [...one.adjRibIn('AS2')].length === announced.length);
  const late = await listeningStation(t);
  const more = { sysName: 'one', sysDescr: 'a test', clock: systemClock, random: seededRandom(2) };
  const sender = startBmpSender({ source, stations: [{ remote: late.station.listen }], ...more });
  t.after(() => sender.stop());
  await same(one, late);
  assert.deepEqual(
    [...one.bestRoutes()].map(({ prefix }) => formatPrefix(prefix)),
    announced.slice(1),
  );
});
