import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../../base/clock.ts';
import { seededRandom } from '../../../base/random.ts';
import { prefixOf } from '../../../ip/prefix.ts';
import { address, type Context, freePort, loopback } from '../../../testing/bgp-speakers.ts';
import { listeningStation } from '../../../testing/bmp.ts';
import { FakeSource, sourcePeer } from '../../../testing/bmp-source.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import { waitFor } from '../../../testing/wait.ts';
import type { Route } from '../../rib/types.ts';
import { type BmpSender, type BmpSenderOptions, startBmpSender } from './sender.ts';

const nextHop = address('192.0.2.1');
const source = { peer: 'a', asn: 1, routerId: nextHop, address: nextHop, external: true };

function routeTo(number: number): Route {
  const prefix = prefixOf({ family: 4, bytes: Uint8Array.of(10, number >> 16, number >> 8, number) }, 32);
  const attributes = { originCode: 'igp', asPath: [], multiExitDiscriminator: number } as const;
  return { prefix, family: 'ipv4-unicast', source, nextHop, attributes };
}

function sender(t: Context, from: FakeSource, port: number, more: Partial<BmpSenderOptions> = {}): BmpSender {
  const made = startBmpSender({
    source: from,
    stations: [{ remote: { host: loopback, port } }],
    sysName: 'fra1',
    sysDescr: 'a test',
    clock: systemClock,
    random: seededRandom(1),
    firstRetryMs: 20,
    longestRetryMs: 40,
    ...more,
  });
  t.after(() => made.stop());
  return made;
}

test('a station hears what is, what changes, and the end', async (t) => {
  const { station, said, table } = await listeningStation(t);
  const from = new FakeSource();
  from.up(sourcePeer('a', '192.0.2.1'));
  for (let each = 0; each < 3000; each++) from.choose(routeTo(each));
  const made = sender(t, from, station.listen.port, { statisticsSeconds: 0.05 });
  await waitFor('the dump', () => table('loc-rib').size === 3000);
  from.lose(routeTo(7).prefix);
  await waitFor('the change', () => table('loc-rib').size === 2999);
  await waitFor('statistics', () => said('statistics').length > 0);
  assert.deepEqual([made.status()[0]?.connected, made.status()[0]?.waiting], [true, 0]);
  await made.stop();
  await made.stop();
  await waitFor('its end', () => said('router-down').length === 1);
  assert.equal(said('router-down')[0]?.why, 'it said goodbye: the session was closed by an operator');
  assert.deepEqual(said('fault'), []);
  assert.equal(from.subscribers, 0);
});

test('a station that is away is tried again, ever more rarely, and one that comes back hears all', async (t) => {
  const clock = new ManualClock();
  const port = await freePort();
  const from = new FakeSource();
  const made = sender(t, from, port, { clock, firstRetryMs: 1000, longestRetryMs: 4000, statisticsSeconds: 0 });
  const waits: number[] = [];
  for (let turn = 0; turn < 5; turn++) {
    // The connection's own time limit is longer than any wait.
    const wait = await waitFor('a failed try', () => {
      const next = clock.nextInMs();
      return next !== undefined && next < 9000 ? next : undefined;
    });
    waits.push(wait);
    assert.match(made.status()[0]?.lastFailure ?? '', /ECONNREFUSED/);
    clock.advance(wait);
  }
  const bounds = [1000, 2000, 4000, 4000, 4000];
  for (const [turn, wait] of waits.entries()) {
    const bound = bounds[turn] as number;
    assert.ok(wait > bound * 0.7 && wait <= bound, `${wait} of ${bound}`);
  }
  const { said } = await listeningStation(t, { listen: { host: loopback, port } });
  await waitFor('a failed or good try', () => clock.nextInMs() === undefined || (clock.nextInMs() as number) < 9000);
  clock.advance(clock.nextInMs() ?? 0);
  await waitFor('its name', () => said('router-named')[0]?.sysName === 'fra1');
  assert.equal(made.status()[0]?.connections, 1);
});

test('a station that takes nothing is cut off, and then told all anew; the source never waits', async (t) => {
  const sockets: net.Socket[] = [];
  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => {});
    sockets.push(socket);
  });
  server.listen(0, loopback);
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const from = new FakeSource();
  for (let each = 0; each < 120_000; each++) from.choose(routeTo(each)); // about 12 MB as messages
  const { port } = server.address() as net.AddressInfo;
  const made = sender(t, from, port, { ribs: ['loc-rib'], stallMs: 50 });
  await waitFor('a second connection', () => sockets.length > 1);
  assert.match(made.status()[0]?.lastFailure ?? '', /^cut off: it has taken nothing of \d+ bytes for 50 ms$/);
});

test('a station for which too much waits is cut off', async (t) => {
  const { station, said, table } = await listeningStation(t);
  const from = new FakeSource();
  const made = sender(t, from, station.listen.port, { maximumWaiting: 100 });
  await waitFor('its name', () => said('router-named').length === 1);
  for (let each = 0; each < 101; each++) from.choose(routeTo(each));
  assert.equal(made.status()[0]?.connected, false);
  await waitFor('all of it', () => said('router-named').length === 2 && table('loc-rib').size === 101);
  assert.equal(made.status()[0]?.lastFailure, 'cut off: 101 changes wait for it');
});

test('a station that cannot even be tried is told of', async (t) => {
  const made = sender(t, new FakeSource(), 1, { stations: [{ remote: { host: 'nowhere', port: 1 } }] });
  assert.match(made.status()[0]?.lastFailure ?? '', /nowhere/);
});
