/** Dynamic neighbours over loopback, where 127.0.0.0/8 has an address for each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../../base/problem.ts';
import type { TcpKeys } from '../../base/socket.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import { type Context, freePort, loopback, peer, speaker } from '../../testing/bgp-speakers.ts';
import { waitFor } from '../../testing/wait.ts';
import { inRange } from './listeners.ts';
import type { PeerRange } from './ranges.ts';
import type { SpeakerHost } from './types.ts';

const { id: _, address: __, passive: ___, ...settings } = peer(102);

function range(more: Partial<PeerRange> = {}): PeerRange {
  const listen = { host: loopback, port: 0 };
  return { id: 'rack', addresses: mustPrefix('127.0.0.0/28'), listen, peer: settings, ...more };
}

/** A speaker of AS 102 that connects from its own address. */
async function member(t: Context, localAddress: string, port: number, keys: TcpKeys = {}): Promise<SpeakerHost> {
  const host = speaker(t, 102);
  await host.addPeer(peer(101), { remote: { host: loopback, port }, localAddress, ...keys });
  return host;
}

const ids = (host: SpeakerHost): readonly string[] =>
  host
    .neighbors()
    .map(({ id }) => id)
    .sort();
const isUp = (host: SpeakerHost, id: string): boolean => host.sessionPhase(id) === 'established';

test('whoever connects from the range becomes a peer and is forgotten when it goes', async (t) => {
  const host = speaker(t, 101);
  const { listen } = await host.addRange(range());
  assert.ok(listen);
  const [first] = [await member(t, '127.0.0.2', listen.port), await member(t, '127.0.0.3', listen.port)];
  await waitFor('both are up', () => isUp(host, 'rack 127.0.0.2') && isUp(host, 'rack 127.0.0.3'));
  const prefix = mustPrefix('192.0.2.0/24');
  first.announce({ prefix, attributes: {} });
  await waitFor('the route is best', () => host.decision(prefix)?.best.source.peer === 'rack 127.0.0.2');
  await first.stop();
  await waitFor('one of the two is gone', () => ids(host).join() === 'rack 127.0.0.3');
  assert.equal(host.decision(prefix), undefined);
});

test('our next hop is the address that a peer connected to, where the range says none', async (t) => {
  const host = speaker(t, 101);
  const prefix = mustPrefix('192.0.2.0/24');
  host.announce({ prefix, attributes: {} });
  const { listen } = await host.addRange(range({ peer: { ...settings, nextHops: {} } }));
  assert.ok(listen);
  await member(t, '127.0.0.2', listen.port);
  await waitFor('the route to be told', () => [...host.adjRibOut('rack 127.0.0.2')].length > 0);
  const [told] = [...host.adjRibOut('rack 127.0.0.2')];
  assert.deepEqual(told && [...told.nextHop.bytes], [127, 0, 0, 1]);
});

test('a full range and an address outside are refused; room comes back', async (t) => {
  const host = speaker(t, 101);
  const { listen } = await host.addRange(range({ maximumPeers: 1 }));
  assert.ok(listen);
  const first = await member(t, '127.0.0.2', listen.port);
  await waitFor('the first is up', () => isUp(host, 'rack 127.0.0.2'));
  const second = await member(t, '127.0.0.3', listen.port);
  const outside = await member(t, '127.0.0.99', listen.port);
  const refused = (one: SpeakerHost) => one.neighbors()[0]?.lastDown !== undefined;
  await waitFor('both are refused', () => refused(second) && refused(outside));
  assert.deepEqual(ids(host), ['rack 127.0.0.2']);
  await first.stop();
  await waitFor('the second has its place', () => isUp(host, 'rack 127.0.0.3'));
  assert.deepEqual(ids(host), ['rack 127.0.0.3']);
});

test('a narrower range and a peer of its own come first', async (t) => {
  const host = speaker(t, 101);
  const at = { host: loopback, port: await freePort() };
  await host.addRange(range({ listen: at }));
  await host.addRange(range({ id: 'narrow', addresses: mustPrefix('127.0.0.4/31'), listen: at }));
  await host.addPeer(
    { ...peer(102), id: 'own', address: { family: 4, bytes: Uint8Array.of(127, 0, 0, 5) } },
    { listen: at },
  );
  for (const address of ['127.0.0.2', '127.0.0.4', '127.0.0.5']) await member(t, address, at.port);
  await waitFor('each is up where it belongs', () =>
    ['own', 'narrow 127.0.0.4', 'rack 127.0.0.2'].every((id) => isUp(host, id)),
  );
  await host.removeRange('rack');
  assert.deepEqual(ids(host), ['narrow 127.0.0.4', 'own']);
});

const linuxOnly = { skip: process.platform !== 'linux' && 'keys need Linux' };

test('one password for a range, another for a peer of its own within it', linuxOnly, async (t) => {
  const host = speaker(t, 101);
  const at = { host: loopback, port: await freePort() };
  await host.addPeer(
    { ...peer(102), id: 'own', address: { family: 4, bytes: Uint8Array.of(127, 0, 0, 5) } },
    { listen: at, password: 'its own' },
  );
  await host.addRange(range({ listen: at, transport: { password: 'right' } }));
  await member(t, '127.0.0.5', at.port, { password: 'its own' });
  await member(t, '127.0.0.2', at.port, { password: 'right' });
  const wrong = await member(t, '127.0.0.3', at.port, { password: 'wrong' });
  const without = await member(t, '127.0.0.4', at.port);
  await waitFor('both with the right password', () => isUp(host, 'own') && isUp(host, 'rack 127.0.0.2'));
  assert.deepEqual(ids(host), ['own', 'rack 127.0.0.2']);
  for (const refused of [wrong, without]) assert.notEqual(refused.neighbors()[0]?.phase, 'established');
  // The range goes, and its password with it: the next range may have another.
  await host.removeRange('rack');
  await host.addRange(range({ id: 'again', listen: at, transport: { password: 'wrong' } }));
  await waitFor('the other password', () => isUp(host, 'again 127.0.0.3'));
  assert.ok(isUp(host, 'own'));
});

test('a range with TTL security answers as its peers want it', linuxOnly, async (t) => {
  const host = speaker(t, 101);
  const { listen } = await host.addRange(range({ transport: { minimumTtl: 255 } }));
  assert.ok(listen);
  const secure = speaker(t, 102);
  await secure.addPeer(peer(101), { remote: listen, localAddress: '127.0.0.2', minimumTtl: 255 });
  await waitFor('the session', () => isUp(host, 'rack 127.0.0.2'));
});

test('keys that no socket takes are told when a range or a peer is added', linuxOnly, async (t) => {
  const host = speaker(t, 101);
  const code = (expected: string) => (error: unknown) =>
    error instanceof ProblemError && error.problems[0]?.code === expected;
  const password = 'x'.repeat(81);
  await assert.rejects(host.addRange(range({ transport: { password } })), code('socket.password'));
  await host.addRange(range()); // the id is free
  for (const transport of [
    { remote: { host: loopback, port: 1 }, password },
    { listen: range().listen, password },
  ]) {
    await assert.rejects(host.addPeer(peer(102), transport), code('socket.password'));
  }
  assert.deepEqual(host.neighbors(), []);
});

test('two ranges of one id are a problem', async (t) => {
  const host = speaker(t, 101);
  await host.addRange(range());
  await assert.rejects(
    host.addRange(range()),
    (error) => error instanceof ProblemError && error.problems[0]?.code === 'speaker.range-exists',
  );
});

test('an address is of a range whatever its zone', () => {
  const link = mustPrefix('fe80::/10');
  assert.deepEqual(
    ['fe80::1%eth0', 'fe80::1', '2001:db8::1', '10.0.0.1', 'x'].map((text) => inRange(link, text)),
    [true, true, false, false, false],
  );
});
