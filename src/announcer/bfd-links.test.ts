/** The embedded announcer's sessions with BFD, over real sockets on loopback: strict mode, a silent peer, and what cannot run. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { openDatagramSocket } from '../base/datagram-socket.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import { createSpeaker } from '../bgp/transport/speaker-host.ts';
import type { BfdIntent } from '../network/intent.ts';
import { playBfdPeer } from '../testing/bfd-peer.ts';
import { address } from '../testing/bgp-routes.ts';
import { waitFor } from '../testing/wait.ts';
import type { Announcer } from './announcer.ts';
import { createEmbeddedAnnouncer } from './embedded.ts';

const options = { skip: process.platform !== 'linux' && 'BFD needs Linux', timeout: 30_000 };
const asn = 64500;

/** A router at `neighbor`, and an announcer at `source` with one session to it. */
async function world(t: TestContext, source: string, neighbor: string, bfd: BfdIntent) {
  const router = createSpeaker({
    asn: 65536,
    routerId: address('203.0.113.2'),
    clock: systemClock,
    random: seededRandom(2),
  });
  t.after(() => router.stop({ timeoutMs: 500 }));
  const { listen } = await router.addPeer(
    {
      id: 'pop',
      address: address(source),
      peerAsn: asn,
      holdTimeSeconds: 90,
      connectRetrySeconds: 5,
      families: ['ipv4-unicast'],
      passive: true,
      nextHops: {},
    },
    { listen: { host: neighbor, port: 0 } },
  );
  assert.ok(listen !== undefined);
  const announcer: Announcer = createEmbeddedAnnouncer({
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    environment: {},
  });
  t.after(() => announcer.stop({ communication: 'the test ends', timeoutMs: 500 }));
  const session = {
    name: 'fra/0/ipv4',
    family: 4 as const,
    peerAsn: 65536,
    neighborAddress: neighbor,
    neighborPort: listen.port,
    sourceAddress: source,
    holdTimeSeconds: 90,
    announcements: [],
  };
  const apply = (intent: BfdIntent) =>
    announcer.apply({ asn, routerId: '203.0.113.1', sessions: [{ ...session, bfd: intent }] });
  apply(bfd);
  return { router, announcer, apply, phase: () => announcer.sessions()[0]?.phase };
}

for (const strict of [false, true]) {
  test(
    `${strict ? 'strict' : 'not strict'}: a peer that BFD loses loses its session, long before the hold time`,
    options,
    async (t) => {
      const [source, neighbor] = strict ? ['127.0.9.1', '127.0.9.2'] : ['127.0.9.3', '127.0.9.4'];
      const { router, announcer, phase } = await world(t, source, neighbor, { intervalMs: 50, multiplier: 3, strict });
      if (strict) assert.equal(phase(), 'idle', 'no BFD, no session');
      else await waitFor('the session without BFD', () => phase() === 'established');
      const peer = await playBfdPeer(neighbor);
      t.after(() => peer.close());
      await waitFor('the session', () => phase() === 'established');
      // BFD is up once its peer was asked something in state Up; only then its silence counts.
      const sentAt = peer.lastSentAt();
      await waitFor('BFD to be at its pace', () => peer.lastSentAt() > sentAt + 300);
      peer.mute = true;
      const reason = await waitFor('the router to be told', () => router.neighbors()[0]?.lastDown);
      assert.deepEqual([reason.code, reason.subcode], [6, 10]);
      assert.match(announcer.sessions()[0]?.lastDown ?? '', /BFD/);
      if (strict) assert.equal(phase(), 'idle');
      peer.mute = false;
      await waitFor('the session to be back', () => phase() === 'established');
      assert.deepEqual(announcer.problems(), []);
    },
  );
}

test('another pace is agreed on by a poll; the BGP session does not notice', options, async (t) => {
  const intent = { intervalMs: 50, multiplier: 3, strict: true };
  const { router, apply, phase } = await world(t, '127.0.9.9', '127.0.9.10', intent);
  const peer = await playBfdPeer('127.0.9.10');
  t.after(() => peer.close());
  await waitFor('the session at its pace', () => phase() === 'established' && peer.heardPaceUs() === 50_000);
  apply({ ...intent, intervalMs: 80 });
  await waitFor('the new pace', () => peer.heardPaceUs() === 80_000);
  assert.equal(phase(), 'established');
  assert.equal(router.neighbors()[0]?.lastDown, undefined);
  apply({ ...intent, intervalMs: 80, strict: false });
  const reason = await waitFor(
    'a session that is changed otherwise to start anew',
    () => router.neighbors()[0]?.lastDown,
  );
  assert.deepEqual([reason.code, reason.subcode], [6, 3]);
});

test('an AdminDown of the peer is no reason to end the session', options, async (t) => {
  const { router, phase } = await world(t, '127.0.9.5', '127.0.9.6', { intervalMs: 50, multiplier: 3, strict: true });
  const peer = await playBfdPeer('127.0.9.6');
  await waitFor('the session', () => phase() === 'established');
  peer.close();
  const stopped = await playBfdPeer('127.0.9.6', { state: 'admin-down', diagnostic: 7 });
  t.after(() => stopped.close());
  const sentAt = performance.now();
  await waitFor('some packets', () => stopped.lastSentAt() > sentAt + 1_000);
  assert.equal(phase(), 'established');
  assert.equal(router.neighbors()[0]?.lastDown, undefined);
});

test(
  'where BFD cannot run the session runs without it, strict or not, and the Problem says why',
  options,
  async (t) => {
    const holder = await openDatagramSocket({ host: '127.0.9.7', port: 3784 });
    t.after(() => void holder.socket.close());
    const { announcer, phase } = await world(t, '127.0.9.7', '127.0.9.8', {
      intervalMs: 50,
      multiplier: 3,
      strict: true,
    });
    await waitFor('the session', () => phase() === 'established');
    assert.deepEqual(
      announcer.problems().map(({ code }) => code),
      ['bfd.in-use'],
    );
  },
);
