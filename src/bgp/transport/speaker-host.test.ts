import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { ProblemError } from '../../base/problem.ts';
import { seededRandom } from '../../base/random.ts';
import { type Address, parseAddress } from '../../ip/address.ts';
import { formatPrefix, mustPrefix } from '../../ip/prefix.ts';
import { waitFor } from '../../testing/wait.ts';
import { decodeMessage, encodeMessage } from '../message/codec.ts';
import { MessageFramer } from '../message/framer.ts';
import type { CodecContext, Message, NotificationMessage } from '../message/types.ts';
import { acceptAll } from '../policy/common.ts';
import type { PeerConfig } from '../speaker/types.ts';
import { createSpeaker, type PeerTransport, type SpeakerHost, type SpeakerOptions } from './speaker-host.ts';

const linuxOnly = process.platform === 'linux' ? {} : { skip: 'needs the loopback addresses and TCP MD5 of Linux' };
const prefix = mustPrefix('192.0.2.0/24');
const loopback = '127.0.0.1';

interface Context {
  after(action: () => unknown): void;
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  assert(parsed !== undefined);
  return parsed;
}

function speaker(t: Context, asn: number, options: Partial<SpeakerOptions> = {}): SpeakerHost {
  const host = createSpeaker({
    asn,
    routerId: address(`10.0.0.${asn % 256}`),
    clock: systemClock,
    random: seededRandom(asn),
    ...options,
  });
  t.after(() => host.stop({ timeoutMs: 100 }));
  return host;
}

function peer(peerAsn: number, more: Partial<PeerConfig> = {}): PeerConfig {
  return {
    id: `AS${peerAsn}`,
    peerAsn,
    address: address(loopback),
    holdTimeSeconds: 9,
    connectRetrySeconds: 0.1,
    families: ['ipv4-unicast', 'ipv6-unicast'],
    passive: false,
    importPolicy: acceptAll,
    exportPolicy: acceptAll,
    nextHops: { ipv4: address(`198.51.100.${peerAsn}`) },
    ...more,
  };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, loopback);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function isUp(host: SpeakerHost, id: string): Promise<void> {
  await waitFor(`the session with ${id}`, () => host.sessionPhase(id) === 'established');
}

/** Two speakers, AS 1 connecting to AS 2, established. */
async function pair(t: Context, transport: PeerTransport = {}, options: Partial<SpeakerOptions> = {}) {
  const [one, two] = [speaker(t, 1, options), speaker(t, 2, options)];
  const { listen } = await two.addPeer(peer(1), { listen: { host: loopback, port: 0 } });
  assert(listen !== undefined);
  await one.addPeer(peer(2), { remote: listen, ...transport });
  await Promise.all([isUp(one, 'AS2'), isUp(two, 'AS1')]);
  return { one, two, listen };
}

test('two speakers exchange routes; stopping tells the peer why, and leaves nothing behind', async (t) => {
  const before = process.getActiveResourcesInfo().sort();
  const { one, two } = await pair(t);
  const seen: string[] = [];
  const unsubscribe = two.on('best', ({ prefix, best }) => seen.push(`${formatPrefix(prefix)} ${best?.source.peer}`));
  one.announce({ prefix, attributes: { originCode: 'igp' } });
  const route = await waitFor('the route', () => two.lookup(address('192.0.2.1')));
  assert.deepEqual(route.attributes.asPath, [{ kind: 'sequence', asns: [1] }]);
  one.withdraw(prefix);
  await waitFor('the withdrawal', () => two.lookup(address('192.0.2.1')) === undefined);
  assert.deepEqual(seen, ['192.0.2.0/24 AS1', '192.0.2.0/24 undefined']);
  unsubscribe();
  one.announce({ prefix, attributes: { originCode: 'igp' } });
  await waitFor('the route again', () => two.lookup(address('192.0.2.1')));
  assert.equal(seen.length, 2);

  const downs: unknown[] = [];
  two.on('session', (change) => change.type === 'down' && downs.push(change));
  const outcome = await one.stop({ communication: 'maintenance' });
  assert.deepEqual(outcome, { unacknowledged: [] });
  await waitFor('the end of the session', () => downs.length > 0);
  const [status] = two.neighbors();
  assert.equal(status?.lastDown?.communication, 'maintenance');
  assert.match(status?.lastDown?.what ?? '', /Cease \/ Administrative Shutdown "maintenance"/);
  assert.equal(two.lookup(address('192.0.2.1')), undefined);
  one.announce({ prefix, attributes: { originCode: 'igp' } }); // a stopped speaker ignores what it is told
  await two.stop();
  await waitFor('the last handles to go', () => {
    assert.deepEqual(process.getActiveResourcesInfo().sort(), before);
    return true;
  });
});

test('both connect at once: one connection stays, whichever side is dominant', async (t) => {
  for (const [a, b] of [
    [1, 2],
    [4, 3],
  ] as const) {
    const [one, two] = [speaker(t, a), speaker(t, b)];
    const [portOne, portTwo] = [await freePort(), await freePort()];
    const downs: string[] = [];
    for (const host of [one, two]) {
      host.on('session', (change) => change.type === 'down' && downs.push(change.reason.what));
    }
    const at = (port: number) => ({ host: loopback, port });
    // Both listeners stand before the first attempt, so both attempts succeed and collide.
    await Promise.all([
      one.addPeer(peer(b, { connectRetrySeconds: 5 }), { listen: at(portOne), remote: at(portTwo) }),
      two.addPeer(peer(a, { connectRetrySeconds: 5 }), { listen: at(portTwo), remote: at(portOne) }),
    ]);
    await Promise.all([isUp(one, `AS${b}`), isUp(two, `AS${a}`)]);
    one.announce({ prefix, attributes: { originCode: 'igp' } });
    await waitFor('the route', () => two.lookup(address('192.0.2.1')));
    assert.equal(two.sessionPhase(`AS${a}`), 'established');
    assert.deepEqual(
      downs.filter((what) => !what.includes('ECONNREFUSED')),
      [],
    );
  }
});

test('TCP MD5: a wrong password never comes up, the right one does', linuxOnly, async (t) => {
  const listening = speaker(t, 2);
  const { listen } = await listening.addPeer(peer(1), { listen: { host: loopback, port: 0 }, password: 'right' });
  assert(listen !== undefined);
  const wrong = speaker(t, 1, { connectTimeoutMs: 300 });
  const failures: string[] = [];
  wrong.on('session', (change) => change.type === 'down' && failures.push(change.reason.kind));
  await wrong.addPeer(peer(2, { connectRetrySeconds: 5 }), { remote: listen, password: 'wrong' });
  await waitFor('a failed attempt', () => failures.length > 0);
  assert.deepEqual(failures, ['connect-failed']);
  assert.equal(listening.sessionPhase('AS1'), 'active');
  await wrong.removePeer('AS2');
  await wrong.addPeer(peer(2), { remote: listen, password: 'right' });
  await isUp(listening, 'AS1');
});

test('a shared listener knows its peers by their addresses and refuses strangers', linuxOnly, async (t) => {
  const router = speaker(t, 10);
  const listen = { host: loopback, port: await freePort() };
  for (const asn of [1, 2]) await router.addPeer(peer(asn, { address: address(`127.0.0.${asn + 1}`) }), { listen });
  assert.equal(await attempt({ ...listen, localAddress: '127.0.0.9' }), 'ECONNRESET');
  for (const asn of [1, 2]) {
    const host = speaker(t, asn);
    await host.addPeer(peer(10), { remote: listen, localAddress: `127.0.0.${asn + 1}` });
    await isUp(router, `AS${asn}`);
  }
  // A listener lives as long as one of its peers.
  await router.removePeer('AS1');
  assert.equal(router.sessionPhase('AS2'), 'established');
  assert.equal(await attempt(listen), 'ECONNRESET');
  await router.removePeer('AS2');
  assert.equal(await attempt(listen), 'ECONNREFUSED');
});

/** How a connection that sends nothing ends: an error's code, or `closed`. */
async function attempt(options: net.TcpNetConnectOpts): Promise<string | undefined> {
  const socket = net.connect(options);
  try {
    await once(socket, 'close'); // rejects on an error
    return 'closed';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  } finally {
    socket.destroy();
  }
}

test('a peer can be removed and added again at once, on the same port', async (t) => {
  const { one, two, listen } = await pair(t);
  const removed = two.removePeer('AS1', { communication: 'moved' });
  await two.addPeer(peer(1), { listen });
  await removed;
  await Promise.all([isUp(two, 'AS1'), isUp(one, 'AS2')]);
});

test('a port in use is a Problem, and the peer is not added', async (t) => {
  const { one, listen } = await pair(t);
  const problem = await one.addPeer(peer(3), { listen }).catch((error: unknown) => error);
  assert(problem instanceof ProblemError);
  assert.equal(problem.problems[0]?.code, 'socket.in-use');
  assert.equal(one.sessionPhase('AS3'), undefined);
});

test('an id in use is a Problem, and the peer that has it stays', async (t) => {
  const { one, listen } = await pair(t);
  await assert.rejects(one.addPeer(peer(2), { remote: listen }), ProblemError);
  assert.equal(one.sessionPhase('AS2'), 'established');
});

test('a peer that refuses is tried again, and a setting that cannot be is told as the reason', async (t) => {
  const host = speaker(t, 1);
  const port = await freePort();
  const reasons: string[] = [];
  host.on('session', (change) => change.type === 'down' && reasons.push(change.reason.what));
  await host.addPeer(peer(2), { remote: { host: loopback, port } });
  await waitFor('two failed attempts', () => reasons.length >= 2);
  assert.match(reasons[0] as string, /could not connect: .*ECONNREFUSED/);
  await host.addPeer(peer(3), { remote: { host: 'example.net', port } });
  await waitFor('the reason', () => reasons.some((what) => what.includes('"example.net" is not an IP address')));
});

test('a listener may call the speaker in the middle of what it tells', async (t) => {
  const [one, two] = [speaker(t, 1), speaker(t, 2)];
  const { listen } = await two.addPeer(peer(1), { listen: { host: loopback, port: 0 } });
  assert(listen !== undefined);
  one.on('session', (change) => {
    if (change.type === 'up') one.announce({ prefix, attributes: { originCode: 'igp' } });
  });
  two.on('best', ({ best }) => {
    if (best?.source.peer === 'AS1') void two.removePeer('AS1');
  });
  await one.addPeer(peer(2, { connectRetrySeconds: 5 }), { remote: listen });
  await waitFor('the removal', () => one.neighbors()[0]?.lastDown?.kind === 'notification-received');
  assert.deepEqual([...two.bestRoutes()], []);
});

const codec: CodecContext = { fourOctetAsn: true, external: true, families: ['ipv4-unicast'] };

/** A peer of AS 7 that does what a test wants. */
class RawPeer {
  readonly socket: net.Socket;
  readonly received: Message[] = [];
  readonly #framer = new MessageFramer();

  constructor(options: net.NetConnectOpts) {
    this.socket = net.connect(options);
    this.socket.on('error', () => {});
    this.socket.on('data', (data) => {
      for (const raw of this.#framer.push(data).messages) {
        const decoded = decodeMessage(raw, codec);
        if (decoded.ok) this.received.push(decoded.message);
      }
    });
  }

  send(message: Message): void {
    for (const bytes of encodeMessage(message, codec)) this.socket.write(bytes);
  }

  handshake(): void {
    this.send({
      type: 'open',
      asn: 7,
      holdTimeSeconds: 0,
      routerId: address('10.0.0.7'),
      capabilities: [{ kind: 'four-octet-asn', asn: 7 }],
    });
    this.send({ type: 'keepalive' });
  }

  notification(): NotificationMessage | undefined {
    return this.received.find((message) => message.type === 'notification');
  }
}

async function rawListener(t: Context, options: Partial<SpeakerOptions> = {}) {
  const host = speaker(t, 1, options);
  const { listen } = await host.addPeer(peer(7), { listen: { host: loopback, port: 0 } });
  assert(listen !== undefined);
  const connect = (more: Partial<net.TcpNetConnectOpts> = {}) => {
    const raw = new RawPeer({ ...listen, ...more });
    t.after(() => raw.socket.destroy());
    return raw;
  };
  return { host, connect };
}

async function rawPair(t: Context, options: Partial<SpeakerOptions> = {}, more: Partial<net.TcpNetConnectOpts> = {}) {
  const { host, connect } = await rawListener(t, options);
  const raw = connect(more);
  raw.handshake();
  await isUp(host, 'AS7');
  return { host, connect, raw };
}

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
