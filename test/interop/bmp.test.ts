/** Real routers tell our station by BMP what our speaker tells them by BGP. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { acceptAll } from '../../src/bgp/policy/common.ts';
import { createSpeaker } from '../../src/bgp/transport/speaker-host.ts';
import { mustPrefix } from '../../src/ip/prefix.ts';
import { address, freePort, isUp } from '../../src/testing/bgp-speakers.ts';
import {
  frrSender,
  gobgpSender,
  listeningStation,
  type SenderRow,
  senderAsn,
  senderPeer,
  startSender,
} from '../../src/testing/bmp.ts';
import { waitFor } from '../../src/testing/wait.ts';

const one = mustPrefix('198.51.100.0/24');
const two = mustPrefix('198.51.101.0/24');
const six = mustPrefix('2001:db8:5::/48');
const local = { originCode: 'igp' } as const;

interface Told extends SenderRow {
  /** The path that a route has in the router's tables, as it tells it. */
  readonly path: readonly number[];
  readonly sysName: RegExp;
  readonly postPolicyMed: number;
  readonly hasLocRib: boolean;
  readonly hasStatistics: boolean;
  /** A fault that is the router's. */
  readonly tolerated?: string;
}

const rows: readonly Told[] = [
  {
    ...frrSender,
    // FRR 8.4 puts its own AS before the path of what it has received.
    path: [senderAsn, senderPeer.asn],
    sysName: /./,
    postPolicyMed: 77,
    hasLocRib: false,
    hasStatistics: true,
  },
  {
    ...gobgpSender,
    path: [senderPeer.asn],
    sysName: /^gobgp$/,
    postPolicyMed: 5,
    hasLocRib: true,
    hasStatistics: false,
    // RFC 9069 §5.2 wants one.
    tolerated: 'Route Monitoring of a peer without a Peer Up: loc-rib 0 -',
  },
];

for (const row of rows) {
  if (row.unavailable !== undefined) console.error(`SKIPPED, ${row.name} to our BMP station: ${row.unavailable}`);

  describe(`${row.name} to our station`, { skip: row.unavailable, timeout: 60_000 }, () => {
    test('tells of a session, its routes both sides of policy, and its end', async (t) => {
      const { station, said, table } = await listeningStation(t);
      const bgpPort = await freePort();
      startSender(t, row, { bgpPort, stationPort: station.listen.port });
      const named = await waitFor('the router to name itself', () => said('router-named')[0]);
      assert.match(String(named.sysName), row.sysName);

      const routerId = address('10.9.9.9');
      const host = createSpeaker({ asn: senderPeer.asn, routerId, clock: systemClock, random: seededRandom(1) });
      t.after(() => host.stop({ timeoutMs: 100 }));
      host.announce({ prefix: one, attributes: { ...local, multiExitDiscriminator: 5, communities: [0x0001_0002] } });
      host.announce({ prefix: two, attributes: local });
      host.announce({ prefix: six, attributes: { ...local, largeCommunities: [[1, 2, 3]] } });
      await host.addPeer(
        {
          id: 'router',
          peerAsn: senderAsn,
          address: address('127.0.0.1'),
          holdTimeSeconds: 9,
          connectRetrySeconds: 0.2,
          families: ['ipv4-unicast', 'ipv6-unicast'],
          passive: false,
          exportPolicy: acceptAll,
          nextHops: { ipv4: address('192.0.2.1'), ipv6: address('2001:db8::1') },
        },
        { remote: { host: '127.0.0.1', port: bgpPort }, localAddress: senderPeer.address },
      );
      await isUp(host, 'router');

      const up = await waitFor('Peer Up', () => said('peer-up').find((each) => each.peer === senderPeer.address));
      assert.deepEqual([up.asn, up.routerId, up.localPort], [senderPeer.asn, '10.9.9.9', bgpPort]);
      const { received, sent } = up as unknown as Record<'received' | 'sent', Record<string, unknown>>;
      assert.deepEqual([received.asn, received.routerId, received.holdTimeSeconds], [senderPeer.asn, '10.9.9.9', 9]);
      assert.deepEqual([sent.asn, sent.routerId], [senderAsn, '10.0.0.61']);

      const pre = 'adj-rib-in-pre-policy';
      await waitFor('the routes before policy', () => table(pre).size === 3);
      const path = [{ kind: 'sequence', asns: row.path }];
      assert.deepEqual(table(pre).get('198.51.100.0/24'), {
        nextHop: '192.0.2.1',
        originCode: 'igp',
        asPath: path,
        multiExitDiscriminator: 5,
        communities: ['1:2'],
      });
      assert.deepEqual(table(pre).get('2001:db8:5::/48'), {
        nextHop: '2001:db8::1',
        originCode: 'igp',
        asPath: path,
        largeCommunities: ['1:2:3'],
      });
      const post = 'adj-rib-in-post-policy';
      await waitFor('the routes behind policy', () => table(post).size >= 2);
      assert.equal(table(post).get('198.51.100.0/24')?.multiExitDiscriminator, row.postPolicyMed);
      if (row.hasLocRib) await waitFor('the best routes', () => table('loc-rib').size === 3);
      if (row.hasStatistics) {
        const statistics = await waitFor(
          'statistics',
          () => said('statistics')[0]?.statistics as Record<string, unknown>,
        );
        assert.equal(statistics.asPathLoops, 0);
      }

      host.withdraw(one);
      await waitFor('the withdrawal', () => !table(pre).has('198.51.100.0/24') && !table(post).has('198.51.100.0/24'));
      assert.equal(table(pre).size, 2);

      // What the station itself keeps is what its subscribers could have kept.
      const [router] = station.routers();
      const peer = router?.peers.find(({ header }) => header.address !== undefined);
      assert.ok(router && peer);
      assert.equal(peer.routes[pre], 2);
      assert.equal([...station.routes(router.id, peer.key, pre)].length, 2);

      host.stopPeer('router', { communication: 'maintenance' });
      const isOurs = (each: Readonly<Record<string, unknown>>): boolean =>
        each.peer === senderPeer.address && (each.reason as { kind: string }).kind === 'remote-notification';
      const down = await waitFor('Peer Down', () => said('peer-down').find(isOurs));
      assert.equal(
        (down.reason as { what: string }).what,
        'the peer closed: Cease / Administrative Shutdown "maintenance"',
      );
      assert.equal(
        station.routers()[0]?.peers.some(({ header }) => header.address !== undefined),
        false,
      );
      const faults = said('fault').filter(({ what }) => row.tolerated === undefined || what !== row.tolerated);
      assert.deepEqual(faults, []);
    });
  });
}
