/** Our speaker tells a real station, pmacct's pmbmpd, which reads all of it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { startBmpSender } from '../../src/bgp/bmp/transport/sender.ts';
import { SpeakerSource } from '../../src/bgp/bmp/transport/speaker-source.ts';
import type { Policy } from '../../src/bgp/policy/types.ts';
import { mustPrefix } from '../../src/ip/prefix.ts';
import { address, type Context, freePort, isUp, loopback, peer, speaker } from '../../src/testing/bgp-speakers.ts';
import { programPath } from '../../src/testing/namespaces.ts';
import { waitFor } from '../../src/testing/wait.ts';

const program = programPath('pmbmpd');
const unavailable = program === undefined ? 'pmacct is missing: npm run test:setup' : undefined;
if (unavailable !== undefined) console.error(`SKIPPED, our BMP sender and pmacct: ${unavailable}`);

type Line = Readonly<Record<string, string | number>>;

/** Starts pmbmpd on this port; answers what it has written down so far. */
function pmbmpd(t: Context, port: number): () => readonly Line[] {
  const directory = mkdtempSync(join(tmpdir(), 'nearcast-pmacct-'));
  const log = join(directory, 'log.json');
  const lines = [
    'bmp_daemon: true',
    `bmp_daemon_ip: ${loopback}`,
    `bmp_daemon_port: ${port}`,
    `bmp_daemon_msglog_file: ${log}`,
    'bmp_daemon_msglog_output: json',
  ];
  writeFileSync(join(directory, 'pmbmpd.conf'), `${lines.join('\n')}\n`);
  const child = spawn(program as string, ['-f', join(directory, 'pmbmpd.conf')], { stdio: 'ignore' });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  t.after(async () => {
    child.kill('SIGKILL');
    await gone;
    rmSync(directory, { recursive: true });
  });
  return () => {
    const written = readFileSync(log, 'utf8').split('\n').slice(0, -1);
    return written.map((line) => JSON.parse(line) as Line);
  };
}

/** Changes what it accepts, so that tables before and behind policy differ. */
const preferred: Policy = {
  terms: [{ name: 'all', match: {}, actions: [{ type: 'set-local-preference', value: 300 }] }],
  otherwise: 'accept',
};

test('sessions, all four tables, statistics and ends, as pmacct reads them', { skip: unavailable }, async (t) => {
  const port = await freePort();
  const log = pmbmpd(t, port);
  const source = new SpeakerSource({ asn: 1, routerId: address('10.0.0.1'), clock: systemClock });
  const addPath = [{ family: 'ipv4-unicast', direction: 'both' }] as const;
  const [one, two] = [speaker(t, 1, { observer: source.observer }), speaker(t, 2)];
  t.after(source.attach(one));
  const us = peer(2, { importPolicy: preferred, addPath });
  const { listen } = await one.addPeer(us, { listen: { host: loopback, port: 0 } });
  assert.ok(listen);
  const sender = startBmpSender({
    source,
    stations: [{ remote: { host: loopback, port } }],
    ...{ sysName: 'fra1', sysDescr: 'Nearcast', clock: systemClock, random: seededRandom(1) },
    ...{ firstRetryMs: 50, longestRetryMs: 100, statisticsSeconds: 0.2 },
  });
  t.after(() => sender.stop());

  const attributes = { originCode: 'igp', communities: [0x0001_0007], multiExitDiscriminator: 5 } as const;
  two.announce({ prefix: mustPrefix('203.0.113.0/24'), attributes });
  two.announce({ prefix: mustPrefix('2001:db8:5::/48'), attributes: { originCode: 'egp' } });
  one.announce({ prefix: mustPrefix('198.18.0.0/24'), attributes: { originCode: 'igp' } });
  const nextHops = { ipv4: address('192.0.2.77'), ipv6: address('2001:db8::2') };
  await two.addPeer(peer(1, { nextHops, addPath }), { remote: listen });
  await isUp(one, 'AS2');

  const monitored = (has: Line): Line | undefined =>
    log().find(
      (line) =>
        line.bmp_msg_type === 'route_monitor' && Object.entries(has).every(([key, value]) => line[key] === value),
    );
  const from = { peer_ip: loopback, ip_prefix: '203.0.113.0/24', log_type: 'update' } as const;
  const pre = await waitFor('the Adj-RIB-In before policy', () => monitored({ ...from, is_in: 1, is_post: 0 }));
  assert.deepEqual(
    [pre.bgp_nexthop, pre.as_path, pre.comms, pre.origin, pre.med, pre.local_pref],
    ['192.0.2.77', '2', '1:7', 'i', 5, undefined],
  );
  assert.equal(typeof pre.as_path_id, 'number');
  const post = await waitFor('behind policy', () => monitored({ ...from, is_in: 1, is_post: 1 }));
  assert.equal(post.local_pref, 300);
  const six = await waitFor('IPv6', () => monitored({ ...from, ip_prefix: '2001:db8:5::/48', is_in: 1, is_post: 0 }));
  assert.deepEqual([six.bgp_nexthop, six.afi, six.origin], ['2001:db8::2', 2, 'e']);
  const out = await waitFor('the Adj-RIB-Out', () =>
    monitored({ ...from, ip_prefix: '198.18.0.0/24', is_out: 1, is_post: 1 }),
  );
  assert.deepEqual([out.as_path, out.bgp_nexthop], ['1', '198.51.100.2']);
  const best = await waitFor('the Loc-RIB', () => monitored({ ...from, peer_ip: '0.0.0.0', is_loc: 1 }));
  assert.deepEqual([best.as_path, best.local_pref], ['2', 300]);

  const said = (type: string): readonly Line[] => log().filter((line) => line.bmp_msg_type === type);
  const [init] = said('init');
  assert.deepEqual([init?.bmp_init_info_sysname, init?.bmp_init_info_sysdescr], ['fra1', 'Nearcast']);
  const ups = said('peer_up').map(({ peer_ip, peer_asn, bgp_id, local_port, local_ip }) => [
    peer_ip,
    peer_asn,
    bgp_id,
    local_port,
    local_ip,
  ]);
  assert.deepEqual(ups, [
    ['0.0.0.0', 1, '10.0.0.1', 0, '0.0.0.0'],
    [loopback, 2, '10.0.0.2', listen.port, loopback],
  ]);
  await waitFor('statistics', () => said('stats').some((each) => each.counter_type === 7 && each.counter_value === 2));

  two.withdraw(mustPrefix('203.0.113.0/24'));
  const gone = { ...from, log_type: 'withdraw' };
  await waitFor(
    'the withdrawal',
    () => monitored({ ...gone, is_in: 1, is_post: 0 }) && monitored({ ...gone, is_in: 1, is_post: 1 }),
  );
  await waitFor('the withdrawal of the best', () => monitored({ ...gone, peer_ip: '0.0.0.0', is_loc: 1 }));
  two.stopPeer('AS1');
  const down = await waitFor('Peer Down', () => said('peer_down')[0]);
  assert.deepEqual([down.peer_ip, down.reason_type], [loopback, 3]);
  await sender.stop();
  const term = await waitFor('the last words', () => said('term')[0]);
  assert.equal(term.bmp_term_info_reason, 'Session administratively closed');
  assert.equal(sender.status()[0]?.connections, 1);
});
