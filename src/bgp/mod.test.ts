/** The library as its users have it: text at the door, events, and a stop that leaves nothing behind. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { bfdBeside, createBfd } from '../bfd/mod.ts';
import { type Context, RawPeer } from '../testing/bgp-speakers.ts';
import { waitFor } from '../testing/wait.ts';
import { prefixesOf } from '../testing/withdrawn.ts';
import {
  type Announcement,
  acceptAll,
  announceOnly,
  announceOwn,
  attributesJson,
  createSpeaker,
  formatPrefix,
  type Peer,
  ProblemError,
  type Speaker,
  type SpeakerOptions,
  type UpdateEvent,
} from './mod.ts';

const loopback = '127.0.0.1';

function speaker(t: Context, asn: number): Speaker {
  const made = createSpeaker({ asn, routerId: `10.0.0.${asn}` });
  t.after(() => made.stop({ timeoutMs: 100 }));
  return made;
}

/** AS 1 connects to AS 2. */
async function pair(t: Context, first: Partial<Peer> = {}, second: Partial<Peer> = {}) {
  const [one, two] = [speaker(t, 1), speaker(t, 2)];
  const { listen } = await two.addPeer({
    address: loopback,
    asn: 1,
    id: 'one',
    connect: 'passive',
    localAddress: loopback,
    listenPort: 0,
    importPolicy: acceptAll,
    nextHops: { ipv4: '198.51.100.2' },
    ...second,
  });
  await one.addPeer({
    address: loopback,
    asn: 2,
    id: 'two',
    port: listen?.port as number,
    exportPolicy: announceOwn,
    connectRetrySeconds: 0.1,
    ...first,
  });
  await waitFor('the session', () =>
    [one.sessionPhase('two'), two.sessionPhase('one')].every((phase) => phase === 'established'),
  );
  return { one, two };
}

test('a session in a few lines: routes go out and come in, as told and as chosen', async (t) => {
  const { one, two } = await pair(t);
  const [updates, best]: [UpdateEvent[], string[]] = [[], []];
  two.on('update', (event) => void updates.push(event));
  two.on('best', ({ prefix, best: route }) => best.push(`${formatPrefix(prefix)} ${route?.source.peer}`));
  one.announce('192.0.2.0/24', { communities: ['64500:1', '64500:1:2', 'rt:64500:1', 'no-export'], originCode: 'egp' });
  await waitFor('the route', () => two.lookup('192.0.2.99'));
  const route = two.decision('192.0.2.0/24')?.best;
  assert.ok(route);
  assert.deepEqual(attributesJson(route.attributes), {
    originCode: 'egp',
    asPath: [{ kind: 'sequence', asns: [1] }],
    communities: ['64500:1', '65535:65281'],
    extendedCommunities: ['rt:64500:1'],
    largeCommunities: ['64500:1:2'],
  });
  // Nobody said a next hop: it is the address that the kernel chose towards the peer.
  assert.deepEqual([...route.nextHop.bytes], [127, 0, 0, 1]);
  one.withdraw('192.0.2.0/24');
  await waitFor('the withdrawal', () => best.length === 2);
  assert.deepEqual(best, ['192.0.2.0/24 one', '192.0.2.0/24 undefined']);
  const said = updates.filter(({ update }) => update.endOfRib === undefined);
  assert.deepEqual(
    said.map(({ peer, update }) => [peer, update.reach.length, prefixesOf(update.withdrawn).map(formatPrefix)]),
    [
      ['one', 1, []],
      ['one', 0, ['192.0.2.0/24']],
    ],
  );
});

test('an update is told whatever the policy makes of it', async (t) => {
  const { one, two } = await pair(t, {}, { importPolicy: { terms: [], otherwise: 'reject' } });
  const updates: UpdateEvent[] = [];
  two.on('update', (event) => void updates.push(event));
  one.announce('192.0.2.0/24');
  await waitFor('the update', () => updates.some(({ update }) => update.reach.length > 0));
  assert.equal(two.lookup('192.0.2.1'), undefined);
  assert.equal(two.explainImport('one', '192.0.2.0/24')[0]?.outcome.verdict, 'reject');
});

test('announceOnly keeps what was announced by mistake', async (t) => {
  const { one, two } = await pair(t, { exportPolicy: announceOnly(['192.0.2.0/24']) });
  one.announce('198.51.100.0/24');
  one.announce('192.0.2.0/24');
  await waitFor('the route', () => two.lookup('192.0.2.1'));
  assert.deepEqual(
    [...two.bestRoutes()].map(({ prefix }) => formatPrefix(prefix)),
    ['192.0.2.0/24'],
  );
});

test('options that the library does not know pass through to the speaker', async (t) => {
  const { two } = await pair(t, { role: 'customer' }, { role: 'provider', requireRole: true });
  assert.equal(two.neighbors()[0]?.negotiated?.peerRole, 'customer');
});

test('what cannot be meant is a Problem that says where, and changes nothing', async (t) => {
  const one = speaker(t, 1);
  const good = { address: loopback, asn: 2, port: 1 };
  const rows: readonly (readonly [() => unknown, string, RegExp])[] = [
    [() => createSpeaker({ asn: 0, routerId: '10.0.0.1' }), 'bgp.asn', /is 0/],
    [() => createSpeaker({ asn: 1, routerId: '0.0.0.0' }), 'bgp.address', /identifier/],
    [() => createSpeaker({ asn: 1, routerId: '::1' }), 'bgp.address', /identifier/],
    [() => createSpeaker({ asn: 1 } as SpeakerOptions), 'bgp.address', /nothing is no IP address/],
    [() => one.announce('192.0.2.1/24'), 'bgp.prefix', /bits set/],
    [() => one.announce('192.0.2.0'), 'bgp.prefix', /no prefix/],
    [() => one.announce('192.0.2.0/24', { communities: ['nonsense'] }), 'policy.community', /nonsense/],
    [() => one.announce('192.0.2.0/24', { multiExitDiscriminator: -1 }), 'bgp.announcement', /is -1/],
    [() => one.announce('192.0.2.0/24', { multiExitDiscriminator: 2 ** 32 }), 'bgp.announcement', /is 4294967296/],
    [() => one.announce('192.0.2.0/24', { originCode: 'IGP' as 'igp' }), 'bgp.announcement', /"IGP"/],
    [() => one.announce('192.0.2.0/24', { med: 1 } as Announcement), 'bgp.announcement', /no "med"/],
    [() => one.announce(undefined as unknown as string), 'bgp.prefix', /nothing is no prefix/],
    [() => one.withdraw('x'), 'bgp.prefix', /"x"/],
    [() => one.lookup('host.example.net'), 'bgp.address', /host\.example\.net/],
    [() => announceOnly(['192.0.2.0/33']), 'bgp.prefix', /longer/],
    [() => one.addPeer({ ...good, address: 'router.example.net' }), 'bgp.address', /router/],
    [() => one.addPeer({ ...good, asn: 0 }), 'speaker.asn', /AS number is 0/],
    [() => one.addPeer({ ...good, asn: 2 ** 32 }), 'speaker.asn', /4294967296/],
    [() => one.addPeer({ ...good, holdTimeSeconds: 2 }), 'speaker.hold-time', /2 s/],
    [() => one.addPeer({ ...good, nextHops: { ipv4: 'x' } }), 'bgp.address', /"x"/],
    [() => one.addPeer({ ...good, ttlSecurityHops: 0 }), 'bgp.ttl', /ttlSecurityHops is 0/],
    [() => one.addPeer({ ...good, families: [] }), 'speaker.families', /no family/],
    [() => one.addRange({ addresses: '10.0.0.1/8', asn: 2 }), 'bgp.prefix', /bits set/],
    [() => one.addRange({ addresses: '10.0.0.0/8', asn: 0, listenPort: 0 }), 'speaker.asn', /is 0/],
    [() => one.setExportPolicy('nobody', acceptAll), 'speaker.peer-unknown', /nobody/],
  ];
  for (const [call, code, what] of rows) {
    const found = await Promise.resolve()
      .then(call)
      .then(
        () => undefined,
        (error: unknown) => (error instanceof ProblemError ? error.problems[0] : Promise.reject(error)),
      );
    assert.equal(found?.code, code, String(call));
    assert.match(found?.what ?? '', what);
  }
  assert.deepEqual(one.neighbors(), []);
  assert.deepEqual([...one.bestRoutes()], []);
});

const linuxOnly = { skip: process.platform !== 'linux' && 'needs the sockets of Linux', timeout: 60_000 };

/** The situations that a stop must come to an end in. Each starts a speaker and answers what else is to be closed. */
const situations: Readonly<
  Record<string, (t: Context) => Promise<{ speaker: Speaker; close: () => unknown; unheard?: string }>>
> = {
  'nothing was added': async (t) => ({ speaker: speaker(t, 1), close: () => {} }),
  'a peer that does not answer': async (t) => {
    const one = speaker(t, 1);
    await one.addPeer({ address: '127.0.0.9', asn: 2, port: 1, connectRetrySeconds: 3600 });
    return { speaker: one, close: () => {} };
  },
  'a connection without an answer to its OPEN': async (t) => {
    const sockets: net.Socket[] = [];
    const silent = net.createServer((socket) => void sockets.push(socket.on('error', () => {})));
    silent.listen(0, loopback);
    await once(silent, 'listening');
    const { port } = silent.address() as net.AddressInfo;
    const one = speaker(t, 1);
    await one.addPeer({ address: loopback, asn: 2, port });
    await waitFor('our OPEN', () => sockets.some(({ bytesRead, readableLength }) => bytesRead + readableLength > 0));
    assert.equal(one.sessionPhase(loopback), 'open-sent');
    return {
      speaker: one,
      unheard: loopback,
      close: () => {
        silent.close();
        for (const socket of sockets) socket.destroy();
      },
    };
  },
  'listeners of a peer and of a range': async (t) => {
    const one = speaker(t, 1);
    const open = { asn: 2, localAddress: loopback, listenPort: 0 };
    await one.addPeer({ ...open, address: loopback, connect: 'both', port: 1 });
    await one.addRange({ ...open, addresses: '127.0.0.0/8' });
    return { speaker: one, close: () => {} };
  },
  'established sessions': async (t) => {
    const { one, two } = await pair(t);
    return { speaker: one, close: () => two.stop() };
  },
  'a peer that never reads': async (t) => {
    const one = speaker(t, 1);
    const { listen } = await one.addPeer({
      address: loopback,
      asn: 7,
      connect: 'passive',
      localAddress: loopback,
      listenPort: 0,
      exportPolicy: {
        // 3 kB a route, so that a few thousand are more than the kernel's buffers hold.
        terms: Array.from({ length: 3 }, () => ({
          name: 'long',
          match: {},
          actions: [{ type: 'prepend', count: 250 }] as const,
        })),
        otherwise: 'accept',
      },
    });
    const raw = new RawPeer({ host: loopback, port: listen?.port as number });
    raw.handshake();
    await waitFor('the session', () => one.sessionPhase(loopback) === 'established');
    raw.socket.pause();
    for (let index = 0; index < 4_000; index++) {
      one.announce(`10.${index >> 8}.${index & 255}.0/24`, { communities: [`2:${index}`] });
    }
    return { speaker: one, close: () => raw.socket.destroy(), unheard: loopback };
  },
  'BFD beside the session': async (t) => {
    const bfd = createBfd({ realtime: false });
    t.after(() => bfd.stop());
    const timers = { desiredMinTxMs: 50, requiredMinRxMs: 50, detectMultiplier: 3 };
    const session = { id: 'two', localAddress: '127.0.8.1', remoteAddress: '127.0.8.2', timers };
    const { one, two } = await pair(t, { bfd: bfdBeside(bfd, session) });
    await waitFor('BFD to run', async () => (await bfd.status()).sessions.length === 1);
    return {
      speaker: one,
      close: async () => {
        await bfd.stop();
        await two.stop();
      },
    };
  },
};

for (const [name, start] of Object.entries(situations)) {
  test(`stopping leaves no handle, no socket and no timer: ${name}`, linuxOnly, async (t) => {
    // What the tests before this one closed is gone, too.
    await waitFor('no sockets', () => !process.getActiveResourcesInfo().some((name) => /^(TCP|UDP)/.test(name)));
    const before = process.getActiveResourcesInfo().sort();
    const { speaker: stopping, close, unheard } = await start(t);
    assert.ok(name === 'nothing was added' || process.getActiveResourcesInfo().length > before.length);
    const { unacknowledged } = await stopping.stop({ timeoutMs: 200 });
    assert.deepEqual(unacknowledged, unheard === undefined ? [] : [unheard]);
    await close();
    await waitFor('the last handles to go', () => {
      assert.deepEqual(process.getActiveResourcesInfo().sort(), before);
      return true;
    });
  });
}

/** A program that stops its speaker while each of several sessions is at another point, and has nothing else to do then. */
const program = `
import net from 'node:net';
import { createSpeaker, announceOwn } from 'nearcast/bgp';
const silent = net.createServer(() => {}).listen(0, '127.0.0.1');
await new Promise((resolve) => silent.once('listening', resolve));
silent.unref();
const speaker = createSpeaker({ asn: 1, routerId: '10.0.0.1' });
const open = { localAddress: '127.0.0.1', listenPort: 0, exportPolicy: announceOwn };
await speaker.addPeer({ id: 'refuses', address: '127.0.0.9', asn: 2, port: 1 });
await speaker.addPeer({ id: 'silent', address: '127.0.0.1', asn: 2, port: silent.address().port });
const { listen } = await speaker.addPeer({ id: 'waits', address: '127.0.0.1', asn: 2, connect: 'passive', ...open });
await speaker.addRange({ addresses: '127.0.0.0/8', asn: 2, ...open });
const other = createSpeaker({ asn: 2, routerId: '10.0.0.2' });
const up = new Promise((resolve) => other.on('session', (change) => change.type === 'up' && resolve()));
await other.addPeer({ address: '127.0.0.1', asn: 1, port: listen.port });
await up;
const adding = speaker.addPeer({ id: 'late', address: '127.0.0.8', asn: 3, connect: 'both', port: 1, ...open });
const outcome = await speaker.stop({ timeoutMs: 300 });
await adding;
await other.stop();
console.log(JSON.stringify(outcome));
`;

test('a process whose speakers were stopped ends by itself', linuxOnly, async (t) => {
  const child = spawn(process.execPath, ['-C', 'nearcast-source', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data));
  const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(20_000) });
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(output), { unacknowledged: ['silent'] });
});

test('koffi is loaded where a socket option is wanted, not with the library', () => {
  const script = `import('nearcast/bgp').then(() => {
    console.log(Object.keys(require.cache).filter((path) => path.includes('koffi')).length);
  })`;
  const output = execFileSync(process.execPath, ['-C', 'nearcast-source', '-e', script], { encoding: 'utf8' });
  assert.equal(output.trim(), '0');
});
