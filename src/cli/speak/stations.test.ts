/** `nearcast bgp speak --bmp`: a station hears of the session and its routes, and one that is away is told of. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { seededRandom } from '../../base/random.ts';
import { acceptAll, announceOwn, createSpeaker } from '../../bgp/mod.ts';
import { freePort, loopback } from '../../testing/bgp-speakers.ts';
import { listeningStation } from '../../testing/bmp.ts';
import { waitFor } from '../../testing/wait.ts';
import { eventText, type SpeakEvent } from './events.ts';
import { readSpeakConfig } from './read.ts';
import { speak } from './session.ts';

test('stations are told of sessions, routes and the end', { timeout: 30_000 }, async (t) => {
  const { station, said, table } = await listeningStation(t);
  const [bgpPort, nobody] = [await freePort(), await freePort()];
  const far = createSpeaker({ asn: 64501, routerId: '10.0.0.1' });
  t.after(() => far.stop({ timeoutMs: 100 }));
  far.announce('198.51.100.0/24', { communities: ['64501:7'] });
  await far.addPeer({
    address: loopback,
    asn: 5,
    connect: 'passive',
    localAddress: loopback,
    listenPort: bgpPort,
    importPolicy: acceptAll,
    exportPolicy: announceOwn,
    nextHops: { ipv4: '192.0.2.7' },
  });

  const input = new PassThrough();
  const events: SpeakEvent[] = [];
  const flags = {
    localAs: '5',
    routerId: '10.0.0.5',
    announce: ['192.0.2.0/24'],
    peer: [`${loopback},asn=64501,port=${bgpPort},connect=active`],
  };
  const done = speak(readSpeakConfig(flags), {
    ...{ clock: systemClock, random: seededRandom(1), environment: {}, directory: '.', input },
    stations: [station.listen, { host: loopback, port: nobody }],
    print: (event) => events.push(event),
  });
  await waitFor('the route', () => table('adj-rib-in-pre-policy').has('198.51.100.0/24'));
  await waitFor('our own', () => table('adj-rib-out-post-policy').has('192.0.2.0/24') && table('loc-rib').size === 2);
  const texts = (): readonly string[] => events.flatMap(eventText);
  await waitFor('a word of the one that is away', () =>
    texts().some((text) => text.startsWith(`station ${loopback}:${nobody}  `) && text.includes('ECONNREFUSED')),
  );
  assert.ok(texts().includes(`station ${loopback}:${station.listen.port}  connected`));
  input.write('stop\n');
  await done;
  await waitFor('the end', () => said('router-down').length === 1);
  assert.equal(said('router-down')[0]?.why, 'it said goodbye: the session was closed by an operator');
  assert.deepEqual(said('fault'), []);
});
