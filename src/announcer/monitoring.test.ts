/** The announcer tells stations what its sessions and tables are, each for itself, and no station of the real network from a lab. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { assert as must } from '../base/assert.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import type { StationNotice } from '../bgp/bmp/station/station.ts';
import { type BmpStation, startStation } from '../bgp/bmp/transport/station-server.ts';
import { acceptAll } from '../bgp/policy/common.ts';
import { createSpeaker } from '../bgp/transport/speaker-host.ts';
import { parseAddress } from '../ip/address.ts';
import { formatPrefix } from '../ip/prefix.ts';
import type { BmpIntent } from '../network/bmp-intent.ts';
import { waitFor } from '../testing/wait.ts';
import type { AnnouncerPlan } from './announcer.ts';
import { createEmbeddedAnnouncer } from './embedded.ts';

const session = 'fra/0/ipv4';
const neighbor = '203.0.113.2';

function address(text: string) {
  const parsed = parseAddress(text);
  must(parsed !== undefined, text);
  return parsed;
}

const plan: AnnouncerPlan = {
  asn: 64500,
  routerId: '203.0.113.1',
  sessions: [
    {
      name: session,
      family: 4,
      peerAsn: 65536,
      neighborAddress: neighbor,
      neighborPort: 179,
      sourceAddress: '203.0.113.1',
      holdTimeSeconds: 9,
      announcements: [{ prefix: '192.0.2.0/24', prepend: 0, communities: [], largeCommunities: [] }],
    },
  ],
};

async function world(context: TestContext, environment: Record<string, string> = {}) {
  const router = createSpeaker({
    asn: 65536,
    routerId: address(neighbor),
    clock: systemClock,
    random: seededRandom(2),
  });
  const { listen } = await router.addPeer(
    {
      id: 'pop',
      address: address('203.0.113.1'),
      peerAsn: 64500,
      holdTimeSeconds: 9,
      connectRetrySeconds: 5,
      families: ['ipv4-unicast'],
      passive: true,
      importPolicy: acceptAll,
      exportPolicy: acceptAll,
      nextHops: { ipv4: address(neighbor) },
    },
    { listen: { host: '127.0.0.1', port: 0 } },
  );
  must(listen !== undefined, 'the router listens');
  router.announce({ prefix: prefixOf('198.51.100.0/24'), attributes: {} });
  let [ups, changes] = [0, 0];
  router.on('session', ({ type }) => {
    if (type === 'up') ups++;
  });
  const announcer = createEmbeddedAnnouncer({
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    environment,
    connectVia: () => listen,
  });
  announcer.onChange(() => changes++);
  context.after(() => announcer.stop({ communication: 'the test ends', timeoutMs: 500 }));
  context.after(() => router.stop({ timeoutMs: 500 }));
  return { announcer, ups: () => ups, changes: () => changes };
}

function prefixOf(text: string) {
  const [host = '', length = ''] = text.split('/');
  return { ...address(host), length: Number(length) };
}

async function station(context: TestContext) {
  const server: BmpStation = await startStation({ clock: systemClock, listen: { host: '127.0.0.1', port: 0 } });
  const notices: StationNotice[] = [];
  server.subscribe((notice) => notices.push(notice));
  context.after(() => server.stop());
  const routes = (rib: Parameters<BmpStation['routes']>[2]): readonly string[] =>
    server
      .routers()
      .flatMap(({ id, peers }) => peers.flatMap(({ key }) => [...server.routes(id, key, rib)]))
      .map(({ prefix }) => formatPrefix(prefix));
  return { server, notices, routes, place: server.listen };
}

const bmp = (...stations: BmpIntent['stations']): BmpIntent => ({
  sysName: 'fra.example',
  stations,
  tables: ['adj-rib-in-pre-policy', 'adj-rib-out-post-policy'],
  statisticsSeconds: 0,
});

test('a station is told of sessions and of the tables that the plan names; the status says so', async (context) => {
  const [{ announcer, changes }, one] = [await world(context), await station(context)];
  assert.equal(announcer.stations(), undefined);
  announcer.apply({ ...plan, bmp: bmp(one.place) });
  await waitFor('what was announced is told', () => one.routes('adj-rib-out-post-policy').includes('192.0.2.0/24'));
  await waitFor('what was sent is told', () => one.routes('adj-rib-in-pre-policy').includes('198.51.100.0/24'));
  assert.deepEqual(one.routes('loc-rib'), []);
  assert.equal(one.server.routers()[0]?.sysName, 'fra.example');
  const where = `127.0.0.1:${one.place.port}`;
  assert.deepEqual(announcer.stations(), [{ station: where, connected: true, connections: 1, waiting: 0 }]);
  assert.ok(one.notices.every(({ type }) => type !== 'fault'));

  announcer.apply({
    ...plan,
    sessions: plan.sessions.map((wanted) => ({ ...wanted, announcements: [] })),
    bmp: bmp(one.place),
  });
  await waitFor('the withdrawal is told', () => one.routes('adj-rib-out-post-policy').length === 0);

  const before = changes();
  await one.server.stop();
  await waitFor('the status says that it is gone', () => announcer.stations()?.[0]?.connected === false);
  assert.ok(announcer.stations()?.[0]?.failure);
  assert.ok(changes() > before, 'who shows the status is told');
});

test('stations come and go one by one, and no session with them', async (context) => {
  const { announcer, ups } = await world(context);
  const [one, two] = [await station(context), await station(context)];
  announcer.apply(plan);
  await waitFor('the session is up', () => announcer.sessions()[0]?.phase === 'established');
  announcer.apply({ ...plan, bmp: bmp(one.place) });
  await waitFor('the first is told', () => one.routes('adj-rib-in-pre-policy').length === 1);
  announcer.apply({ ...plan, bmp: bmp(one.place, two.place) });
  await waitFor('the second is told', () => two.routes('adj-rib-in-pre-policy').length === 1);
  announcer.apply({ ...plan, bmp: bmp(two.place) });
  await waitFor('the first hears that it was all', () => one.notices.some(({ type }) => type === 'router-down'));
  assert.deepEqual(
    announcer.stations()?.map(({ connected, connections }) => [connected, connections]),
    [[true, 1]],
  );
  announcer.apply({ ...plan, asn: 64501, bmp: bmp(two.place) });
  await waitFor(
    'another AS is another router',
    () => two.notices.filter(({ type }) => type === 'router-up').length === 2,
  );
  assert.equal(ups(), 1);
});

test('when the announcer stops, stations hear of its sessions first', async (context) => {
  const [{ announcer }, one] = [await world(context), await station(context)];
  announcer.apply({ ...plan, bmp: bmp(one.place) });
  await waitFor('it is told', () => one.routes('adj-rib-out-post-policy').length === 1);
  await announcer.stop({ communication: 'bye', timeoutMs: 1_000 });
  await waitFor('the end is told', () => one.notices.some(({ type }) => type === 'router-down'));
  const types = one.notices.map(({ type }) => type);
  assert.ok(types.includes('peer-down') && types.indexOf('peer-down') < types.indexOf('router-down'), types.join());
  assert.match(JSON.stringify(one.notices.at(-1)), /router-down/);
});

test('a password that is missing is told and mended; from a lab, stations elsewhere are not', async (context) => {
  const environment: Record<string, string> = {};
  const { announcer } = await world(context, environment);
  const one = await station(context);
  const wanted = {
    ...plan,
    bmp: bmp({ ...one.place, password: { env: 'BMP_KEY' } }, { host: '10.255.0.1', port: 11019 }),
  };
  announcer.apply(wanted);
  assert.deepEqual(
    announcer.problems().map(({ code }) => code),
    ['announcer.secret-not-found'],
  );
  assert.match(announcer.problems()[0]?.what ?? '', /password of BMP station 127\.0\.0\.1:\d+ should be in/);
  assert.deepEqual(
    announcer.stations()?.map(({ failure }) => failure),
    ['its password is not to be found', 'a lab tells stations on this machine only'],
  );
  environment.BMP_KEY = 'x';
  announcer.apply(wanted);
  assert.deepEqual(announcer.problems(), []);
});
