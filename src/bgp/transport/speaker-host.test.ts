import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { ProblemError } from '../../base/problem.ts';
import { formatPrefix } from '../../ip/prefix.ts';
import { address, freePort, isUp, loopback, pair, peer, prefix, speaker } from '../../testing/bgp-speakers.ts';
import { waitFor } from '../../testing/wait.ts';

const linuxOnly = process.platform === 'linux' ? {} : { skip: 'needs the loopback addresses and TCP MD5 of Linux' };

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

  const [up] = two.neighbors();
  assert.ok((up?.establishedForMs ?? -1) >= 0 && up?.establishedCount === 1);
  assert.deepEqual([up?.messages.received.open, up?.messages.sent.open], [1, 1]);
  // Announced, withdrawn, announced again, and End-of-RIB.
  assert.ok((up?.messages.received.update ?? 0) >= 4, JSON.stringify(up?.messages));
  assert.ok(up?.offered.some(({ kind }) => kind === 'route-refresh'));
  assert.ok(up?.negotiated?.peerCapabilities.some(({ kind }) => kind === 'four-octet-asn'));

  const downs: unknown[] = [];
  two.on('session', (change) => change.type === 'down' && downs.push(change));
  const outcome = await one.stop({ communication: 'maintenance' });
  assert.deepEqual(outcome, { unacknowledged: [] });
  await waitFor('the end of the session', () => downs.length > 0);
  const [status] = two.neighbors();
  assert.equal(status?.lastDown?.communication, 'maintenance');
  assert.ok((status?.lastDownAgoMs ?? -1) >= 0 && status?.establishedForMs === undefined);
  assert.deepEqual([status?.negotiated, status?.messages.received.notification], [undefined, 1]);
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
