/** BFD in its process over real sockets on loopback: up, AdminDown, silence, the received TTL, Problems, and a stop that leaves nothing. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { openDatagramSocket } from '../base/datagram-socket.ts';
import { ProblemError } from '../base/problem.ts';
import { playBfdPeer } from '../testing/bfd-peer.ts';
import { childrenOf } from '../testing/signal-family.ts';
import { waitFor } from '../testing/wait.ts';
import { type Bfd, type BfdChange, type BfdSessionConfig, createBfd } from './bfd.ts';
import { encodePacket } from './packet/codec.ts';
import { plain } from './packet/packet.vectors.ts';

const options = { skip: process.platform !== 'linux' && 'BFD needs Linux', timeout: 30_000 };
const timers = { desiredMinTxMs: 50, requiredMinRxMs: 50, detectMultiplier: 3 };

function config(id: string, localAddress: string, remoteAddress: string, more: Partial<BfdSessionConfig> = {}) {
  return { id, localAddress, remoteAddress, timers, ...more };
}

function start(t: TestContext): { bfd: Bfd; changes: BfdChange[] } {
  const bfd = createBfd({ realtime: false });
  t.after(() => bfd.stop());
  const changes: BfdChange[] = [];
  bfd.onChange((change) => changes.push(change));
  return { bfd, changes };
}

async function session(bfd: Bfd, id: string) {
  const { sessions } = await bfd.status();
  return sessions.find((one) => one.id === id) ?? assert.fail(`no session ${id}`);
}

async function problemOf(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ProblemError, String(error));
    return error.problems[0]?.code;
  }
}

for (const [name, a, b, more] of [
  ['IPv4', '127.0.7.1', '127.0.7.2', {}],
  ['IPv4, several hops', '127.0.7.1', '127.0.7.2', { multihop: { minimumTtl: 254 } }],
  [
    'IPv4 with meticulous SHA1',
    '127.0.7.1',
    '127.0.7.2',
    { authentication: { type: 'meticulous-keyed-sha1', keys: [{ id: 9, secret: 'a secret' }] } },
  ],
] as const) {
  test(`${name}: up, negotiated, and down by AdminDown of the other`, options, async (t) => {
    const { bfd, changes } = start(t);
    await bfd.addSession(config('a', a, b, more));
    await bfd.addSession(
      config('b', b, a, { ...more, timers: { ...timers, desiredMinTxMs: 70, detectMultiplier: 4 } }),
    );
    await waitFor('both to be up', () => bfd.isUp('a') && bfd.isUp('b'));
    const facts = await waitFor('the poll to end', async () => {
      const one = await session(bfd, 'a');
      return one.detectionTimeMs === 4 * 70 ? one : undefined;
    });
    assert.equal(facts.transmitIntervalMs, 50);
    await bfd.setTimers('b', timers);
    await waitFor('the new timers', async () => (await session(bfd, 'a')).detectionTimeMs === 3 * 50);
    changes.length = 0;
    await bfd.setAdministrativelyDown('b', true);
    await waitFor('a to be down', () => !bfd.isUp('a'));
    const down = changes.find((change) => change.session === 'a');
    assert.ok(down?.type === 'down' && down.administrative && down.diagnostic === 3 && down.remoteDiagnostic === 7);
    await bfd.setAdministrativelyDown('b', false);
    await waitFor('both to be up again', () => bfd.isUp('a') && bfd.isUp('b'));
  });
}

test('IPv6: a session with itself comes up', options, async (t) => {
  // Loopback has one IPv6 address; the session hears its own Down, Init and Up, with its own discriminator.
  const { bfd, changes } = start(t);
  await bfd.addSession(config('self', '::1', '::1'));
  await waitFor('to be up', () => bfd.isUp('self'));
  assert.deepEqual(changes, [{ type: 'up', session: 'self' }]);
});

test('a peer that falls silent: Control Detection Time Expired, in its time', options, async (t) => {
  const { bfd, changes } = start(t);
  const peer = await playBfdPeer('127.0.7.4');
  t.after(() => peer.close());
  await bfd.addSession(config('a', '127.0.7.3', '127.0.7.4'));
  await waitFor('up', () => bfd.isUp('a'));
  await waitFor('the poll to end', async () => (await session(bfd, 'a')).transmitIntervalMs === 50);
  const noticed = new Promise<number>((resolve) => bfd.onChange(() => resolve(performance.now())));
  peer.mute = true;
  const gapMs = (await noticed) - peer.lastSentAt();
  assert.ok(gapMs >= 149 && gapMs < 1_000, `${gapMs} ms`);
  const what = '1 (Control Detection Time Expired)';
  const down = { type: 'down', session: 'a', diagnostic: 1, remoteDiagnostic: 0, administrative: false, what };
  assert.deepEqual(changes.at(-1), down);
});

test('a main thread that does not run for a second costs no session', options, async (t) => {
  const one = start(t);
  const other = start(t);
  await one.bfd.addSession(config('a', '127.0.7.17', '127.0.7.18'));
  await other.bfd.addSession(config('b', '127.0.7.18', '127.0.7.17'));
  await waitFor('both to be up', () => one.bfd.isUp('a') && other.bfd.isUp('b'));
  await waitFor('the pace', async () => (await session(one.bfd, 'a')).detectionTimeMs === 150);
  const until = performance.now() + 1_000;
  while (performance.now() < until) JSON.stringify(new Array(1_000).fill({ a: 1 }));
  for (const [{ bfd }, id] of [
    [one, 'a'],
    [other, 'b'],
  ] as const) {
    assert.equal((await session(bfd, id)).counters.downs, 0);
  }
});

for (const [host, peer] of [
  ['127.0.7.5', '127.0.7.6'],
  ['::1', '::1'],
] as const) {
  test(`${host}: only TTL 255 from the peer is heard on one hop`, options, async (t) => {
    const { bfd } = start(t);
    await bfd.addSession(config('a', host, peer));
    const first = encodePacket({ ...plain, state: 'down', yourDiscriminator: 0 });
    const send = async (from: string, ttl: number) => {
      const { socket } = await openDatagramSocket({ host: from, port: 0, ttl });
      t.after(() => void socket.close());
      await new Promise<void>((resolve) => socket.send(first, 3784, host, () => resolve()));
    };
    await send(peer, 254);
    await send(peer, 64);
    if (peer !== '::1') await send('127.0.7.9', 255);
    await send(peer, 255);
    const heard = async () => (await session(bfd, 'a')).counters.received;
    if (peer === '::1') {
      // Its own packets come in as well, so the count says nothing; the state it reached by the peer's packet does.
      await waitFor('the one with 255', async () => (await session(bfd, 'a')).remoteDiscriminator !== 0);
      return;
    }
    await waitFor('the one with 255', async () => (await heard()) > 0);
    assert.equal(await heard(), 1, 'and none of the others, which came before it');
    assert.equal((await session(bfd, 'a')).state, 'init');
  });
}

test('what cannot be done is a Problem, and leaves the rest alone', options, async (t) => {
  const { bfd } = start(t);
  const holder = await openDatagramSocket({ host: '127.0.7.11', port: 3784 });
  t.after(() => void holder.socket.close());
  await bfd.addSession(config('a', '127.0.7.7', '127.0.7.8'));
  const authentication = { type: 'keyed-md5', keys: [{ id: 1, secret: 'x'.repeat(17) }] } as const;
  const attempts: [string, () => Promise<unknown>][] = [
    ['bfd.session-exists', () => bfd.addSession(config('a', '127.0.7.7', '127.0.7.9'))],
    ['bfd.session-exists', () => bfd.addSession(config('b', '127.0.7.7', '127.0.7.8'))],
    ['bfd.in-use', () => bfd.addSession(config('b', '127.0.7.11', '127.0.7.8'))],
    ['bfd.not-local', () => bfd.addSession(config('b', '192.0.2.1', '127.0.7.8'))],
    ['bfd.address', () => bfd.addSession(config('b', 'here', '127.0.7.8'))],
    ['bfd.address', () => bfd.addSession(config('b', '127.0.7.7', '::1'))],
    [
      'bfd.interval',
      () => bfd.addSession(config('b', '127.0.7.7', '127.0.7.9', { timers: { ...timers, desiredMinTxMs: 9 } })),
    ],
    ['bfd.multiplier', () => bfd.setTimers('a', { ...timers, detectMultiplier: 0 })],
    ['bfd.minimum-ttl', () => bfd.addSession(config('b', '127.0.7.7', '127.0.7.9', { multihop: { minimumTtl: 0 } }))],
    ['bfd.key', () => bfd.addSession(config('b', '127.0.7.7', '127.0.7.9', { authentication }))],
    ['bfd.no-session', () => bfd.setTimers('b', timers)],
  ];
  for (const [code, attempt] of attempts) assert.equal(await problemOf(attempt()), code);
  assert.deepEqual(
    (await bfd.status()).sessions.map(({ id }) => id),
    ['a'],
  );
  await bfd.stop();
  assert.equal(await problemOf(bfd.status()), 'bfd.stopped');
});

test('a stop leaves no socket, no timer and no process; an id is free at once', options, async (t) => {
  const sockets = () =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
      } catch {
        return false; // the one that read the folder
      }
    }).length;
  const before = [sockets(), childrenOf('self').length];
  const { bfd } = start(t);
  await bfd.addSession(config('a', '127.0.7.12', '127.0.7.13'));
  await Promise.all([bfd.removeSession('a'), bfd.addSession(config('a', '127.0.7.12', '127.0.7.13'))]);
  await bfd.addSession(config('b', '127.0.7.13', '127.0.7.12'));
  await waitFor('up', () => bfd.isUp('a') && bfd.isUp('b'));
  assert.ok(sockets() > (before[0] as number));
  await Promise.all([bfd.stop(), bfd.stop()]);
  await waitFor(
    'sockets and processes as before',
    () => sockets() === before[0] && childrenOf('self').length === before[1],
  );
  assert.equal(/:0EC8 /.test(readFileSync('/proc/self/net/udp', 'utf8')), false, 'port 3784 is free');
});

test('a process that is killed is told of once, and refuses what is asked of it', options, async (t) => {
  const failures: string[] = [];
  const before = childrenOf('self');
  const bfd = createBfd({ realtime: false, onFailure: ({ code }) => failures.push(code) });
  t.after(() => bfd.stop());
  await bfd.addSession(config('a', '127.0.7.14', '127.0.7.15'));
  const [child] = childrenOf('self').filter((pid) => !before.includes(pid));
  process.kill(child ?? 0, 'SIGTERM'); // meant for a whole group: its owner decides
  await bfd.status();
  process.kill(child ?? 0, 'SIGKILL');
  await waitFor('the failure', () => failures.length > 0);
  assert.equal(await problemOf(bfd.status()), 'bfd.process');
  await bfd.stop();
  assert.deepEqual(failures, ['bfd.process']);
});

test('it does not outlive its owner, however that dies', options, async (t) => {
  const session = { id: 's', localAddress: '127.0.7.16', remoteAddress: '127.0.7.17', timers };
  const owner = spawn(process.execPath, ['src/testing/bfd-main.ts', JSON.stringify([session])]);
  t.after(() => owner.kill('SIGKILL'));
  await waitFor('it to be started', async () => String((await once(owner.stdout, 'data'))[0]).includes('started'));
  const [child] = childrenOf(owner.pid ?? 'self');
  assert.ok(child !== undefined && existsSync(`/proc/${child}`));
  owner.kill('SIGKILL');
  await waitFor('the BFD process to be gone', () => !existsSync(`/proc/${child}`));
});

test('packets leave from the ports that RFC 5881 wants, each session from its own', options, async (t) => {
  const { bfd } = start(t);
  await bfd.addSession(config('a', '127.0.7.14', '127.0.7.15'));
  await bfd.addSession(config('b', '127.0.7.14', '127.0.7.16'));
  const ports = readFileSync('/proc/self/net/udp', 'utf8')
    .split('\n')
    .map((line) => /: 0E07007F:([0-9A-F]{4}) /.exec(line)?.[1])
    .filter((port) => port !== undefined)
    .map((port) => Number.parseInt(port, 16));
  assert.equal(ports.filter((port) => port === 3784).length, 1);
  assert.equal(new Set(ports.filter((port) => port >= 49_152)).size, 2);
  assert.equal(ports.length, 3);
});
