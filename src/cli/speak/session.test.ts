/** `nearcast bgp speak` over loopback, with its options: a range and its peers, limits, policies, updates as they come, BFD. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { seededRandom } from '../../base/random.ts';
import { acceptAll, announceOwn, createSpeaker, formatPrefix, type Speaker } from '../../bgp/mod.ts';
import { playBfdPeer } from '../../testing/bfd-peer.ts';
import { waitFor } from '../../testing/wait.ts';
import { eventJson, eventText } from './events.ts';
import { readSpeakConfig, type SpeakFlags } from './read.ts';
import { speak } from './session.ts';

const options = { skip: process.platform !== 'linux' && 'needs the sockets of Linux', timeout: 30_000 };

/** A running `bgp speak`. */
function speaking(t: TestContext, flags: SpeakFlags, environment: Record<string, string> = {}) {
  const input = new PassThrough();
  const events: Record<string, unknown>[] = [];
  const texts: string[] = [];
  const done = speak(readSpeakConfig({ localAs: '5', routerId: '10.0.0.5', ...flags }), {
    clock: systemClock,
    random: seededRandom(1),
    environment,
    directory: '.',
    input,
    updates: true,
    print(event) {
      events.push(JSON.parse(JSON.stringify(eventJson(event))));
      texts.push(...eventText(event));
    },
  });
  t.after(async () => {
    input.write('stop\n');
    await done;
  });
  return {
    texts,
    tell: (line: string) => input.write(`${line}\n`),
    event: (type: string, probe: (event: Record<string, unknown>) => boolean = () => true) =>
      waitFor(`an event ${type}`, () => events.find((event) => event.type === type && probe(event))),
  };
}

async function far(t: TestContext, localAddress: string, port: number, more: object = {}): Promise<Speaker> {
  const speaker = createSpeaker({ asn: 64501, routerId: localAddress });
  t.after(() => speaker.stop({ timeoutMs: 100 }));
  await speaker.addPeer({
    address: '127.0.0.1',
    asn: 5,
    port,
    localAddress,
    connectRetrySeconds: 0.1,
    importPolicy: acceptAll,
    exportPolicy: announceOwn,
    nextHops: { ipv4: '198.51.100.1' },
    ...more,
  });
  return speaker;
}

test('a range with a password, a limit and prepending that changes', options, async (t) => {
  const words = 'name=rack,listenPort=0,localAddress=127.0.0.1,passwordEnv=KEY,maximumPrefixes=1,nextHop=198.51.100.5';
  const { tell, event, texts } = speaking(t, { range: [`127.0.0.0/28,asn=64501,${words}`] }, { KEY: 'secret' });
  const ready = await event('ready');
  const [listening] = ready.listening as [{ peer: string; port: number }];
  assert.equal(listening.peer, 'rack');
  const one = await far(t, '127.0.0.2', listening.port, { password: 'secret' });
  await event('session', ({ peer, state }) => peer === 'rack 127.0.0.2' && state === 'up');

  tell('announce 192.0.2.0/24');
  const path = () => one.decision('192.0.2.0/24')?.best.attributes.asPath?.[0]?.asns.join(' ');
  await waitFor('our route', () => path() === '5');
  tell('announce 192.0.2.0/24,prepend=2');
  await waitFor('the copies of our ASN', () => path() === '5 5 5');
  // A peer that comes later hears the same.
  const two = await far(t, '127.0.0.3', listening.port, { password: 'secret' });
  await waitFor(
    'the copies, there too',
    () => two.decision('192.0.2.0/24')?.best.attributes.asPath?.[0]?.asns.length === 3,
  );

  one.announce('198.51.100.0/25', { communities: ['1:1'] });
  await event('route', ({ prefix }) => prefix === '198.51.100.0/25');
  const update = await event('update', ({ nlri }) => (nlri as unknown[]).length > 0);
  assert.deepEqual([update.peer, update.nlri], ['rack 127.0.0.2', ['198.51.100.0/25']]);
  assert.ok(
    texts.some((line) => line.startsWith('<+    198.51.100.0/25 via 198.51.100.1 path 64501 igp communities 1:1')),
  );
  // What one peer says is not passed on to the other unless somebody asks for it.
  assert.deepEqual(
    [...two.bestRoutes()].map(({ prefix }) => formatPrefix(prefix)),
    ['192.0.2.0/24'],
  );

  tell('sent rack 127.0.0.3');
  const sent = await event('routes', ({ peer }) => peer === 'rack 127.0.0.3');
  assert.equal((sent.routes as unknown[]).length, 1);
  tell('down rack 127.0.0.3 moving on');
  await waitFor('our words', () => two.neighbors()[0]?.lastDown?.communication === 'moving on');

  one.announce('198.51.100.128/25');
  const limit = await event('limit', ({ level }) => level === 'exceeded');
  assert.deepEqual([limit.peer, limit.count, limit.maximum], ['rack 127.0.0.2', 2, 1]);
  await event('session', ({ peer, state }) => peer === 'rack 127.0.0.2' && state === 'down');
});

test('one password that is wrong in a range', options, async (t) => {
  const words = 'name=rack,listenPort=0,localAddress=127.0.0.1,passwordEnv=KEY';
  const { event } = speaking(t, { range: [`127.0.0.0/28,asn=64501,${words}`] }, { KEY: 'secret' });
  const { listening } = (await event('ready')) as { listening?: [{ port: number }] };
  const stranger = await far(t, '127.0.0.4', listening?.[0].port as number, { password: 'other' });
  const friend = await far(t, '127.0.0.5', listening?.[0].port as number, { password: 'secret' });
  await waitFor('the friend', () => friend.sessionPhase('127.0.0.1') === 'established');
  assert.notEqual(stranger.sessionPhase('127.0.0.1'), 'established');
});

test('BFD in strict mode holds the session back until the peer answers', options, async (t) => {
  const router = createSpeaker({ asn: 64501, routerId: '10.0.0.1' });
  t.after(() => router.stop({ timeoutMs: 100 }));
  const { listen } = await router.addPeer({
    address: '127.0.9.21',
    asn: 5,
    connect: 'passive',
    localAddress: '127.0.9.22',
    listenPort: 0,
  });
  const words = `localAddress=127.0.9.21,port=${listen?.port},bfd,bfdIntervalMs=50,bfdStrict,connectRetrySeconds=0.1`;
  const { event } = speaking(t, { peer: [`127.0.9.22,asn=64501,${words}`] });
  await event('ready');
  assert.notEqual(router.sessionPhase('127.0.9.21'), 'established');
  const peer = await playBfdPeer('127.0.9.22');
  t.after(() => peer.close());
  await event('session', ({ state }) => state === 'up');
  peer.mute = true;
  const down = await event('session', ({ state }) => state === 'down');
  assert.match(JSON.stringify(down.reason), /BFD/);
});
