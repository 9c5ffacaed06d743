/** What a peer can do to a speaker: it may lose its session by it, and nothing else may happen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { isUp, prefix, rawListener, rawPair } from '../../testing/bgp-speakers.ts';
import { waitFor } from '../../testing/wait.ts';
import { defaultSendHoldMs } from './defaults.ts';
import type { SpeakerHost } from './speaker-host.ts';

test('bytes that are no BGP get a NOTIFICATION and a close', async (t) => {
  const { connect } = await rawListener(t);
  const raw = connect();
  raw.socket.write('GET / HTTP/1.1\r\nHost: bgp\r\n\r\n');
  const notification = await waitFor('the NOTIFICATION', () => raw.notification());
  assert.deepEqual([notification.code, notification.subcode], [1, 1]); // Connection Not Synchronized
  await waitFor('the close', () => raw.socket.readableEnded);
});

test('random bytes after a good handshake end a session, never the process', async (t) => {
  const { host, connect } = await rawListener(t);
  const random = seededRandom(7);
  for (let round = 0; round < 8; round++) {
    await waitFor('a session that listens', () => host.sessionPhase('AS7') === 'active');
    const raw = connect();
    raw.handshake();
    await isUp(host, 'AS7');
    const body = Uint8Array.from({ length: 4 + random.below(60) }, () => random.below(256));
    const header = [...new Array<number>(16).fill(255), 0, 19 + body.length, 2];
    raw.socket.end(Uint8Array.from([...header, ...body, ...header.slice(0, random.below(19)), random.below(256)]));
    await waitFor('the end of the session', () => host.sessionPhase('AS7') !== 'established');
  }
});

test('a second connection beside an established one is refused', async (t) => {
  const { host, connect } = await rawPair(t);
  const second = connect();
  await waitFor('the refusal', () => second.socket.closed);
  assert.equal(host.sessionPhase('AS7'), 'established');
  assert.deepEqual(second.received, []);
});

test('a newer connection takes the place of one that did not come up', async (t) => {
  const { host, connect } = await rawListener(t);
  const old = connect();
  await waitFor('our OPEN', () => old.received.length > 0);
  const raw = connect();
  await waitFor('the end of the old one', () => old.socket.closed);
  raw.handshake();
  await isUp(host, 'AS7');
});

test('a peer that stops reading loses its session before its queue grows without end', async (t) => {
  const { host, raw } = await rawPair(t, { maximumQueueBytes: 100_000 });
  raw.socket.pause();
  await waitFor('the end of the session', () => {
    announceOften(host, 100);
    return host.sessionPhase('AS7') !== 'established';
  });
  const down = host.neighbors()[0]?.lastDown;
  assert.match(down?.what ?? '', /the peer has left \d+ bytes unread; the limit is 100000/);
});

test('a peer that reads nothing for the send hold time loses its session', async (t) => {
  const { host, raw } = await rawPair(t, { sendHoldMs: 200 });
  raw.socket.pause();
  await waitFor('more than the buffers of the kernel take', () => {
    announceOften(host, 100);
    return host.sessionPhase('AS7') !== 'established';
  });
  assert.match(host.neighbors()[0]?.lastDown?.what ?? '', /read nothing for 200 ms/);
});

test('unasked, the send hold time is 8 minutes, and twice a longer hold time (RFC 9687 §4)', () => {
  assert.deepEqual(
    [0, 9, 240, 241, 65_535].map((holdTimeSeconds) => defaultSendHoldMs({ holdTimeSeconds })),
    [480_000, 480_000, 480_000, 482_000, 131_070_000],
  );
});

/** Messages of almost 4 KB each, no two alike. */
function announceOften(host: SpeakerHost, count: number): void {
  const communities = Array.from({ length: 900 }, (_, index) => index);
  for (let serial = 0; serial < count; serial++) {
    host.announce({ prefix, attributes: { originCode: 'igp', communities: [serial + 1000, ...communities] } });
  }
}

test('stopping does not wait for ever for a peer that does not close, and says so', async (t) => {
  const { host, raw } = await rawPair(t, {}, { allowHalfOpen: true });
  assert.deepEqual(await host.stop({ timeoutMs: 100 }), { unacknowledged: ['AS7'] });
  assert.equal((await waitFor('the NOTIFICATION', () => raw.notification())).subcode, 2);
});
