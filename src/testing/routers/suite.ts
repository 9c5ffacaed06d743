/**
 * The interop suite: what our speaker and a real router must do together, the same cases for every router.
 *
 * Each case starts its own router and its own speaker at the two ends of one cable, so that none inherits another's state.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { feedSession, startFeeder } from '../feed.ts';
import { connect, makeNamespace, type Namespace, namespacesUnavailable } from '../namespaces.ts';
import { SpeakerProcess } from '../speaker-process.ts';
import { waitFor } from '../wait.ts';
import type { Cells } from './cells/cell.ts';
import type { FeatureId } from './features.ts';
import {
  type Abilities,
  byPrefix,
  ended,
  ends,
  type NormalizedRoute,
  type OriginatedRoute,
  ours,
  type Peering,
  type RouterUnderTest,
  type Site,
  signalAll,
  theirs,
} from './router.ts';
import { announceCommand, expected, mixedTable } from './tables.ts';

export interface RouterRow {
  readonly name: string;
  /** Debian 12's, with which the page was made. */
  readonly version: string;
  /** Its program; undefined where it is not installed. */
  readonly program: string | undefined;
  readonly abilities: Abilities;
  /** Cases that replace the common ones: what the router cannot do in their way, but in its own. */
  readonly ownCells?: Cells;
  make(site: Site, program: string): RouterUnderTest;
}

const key = 'a-16-byte-secret';
const router = 'router';

interface CaseOptions extends Partial<Peering> {
  /** Who connects, as we see it. */
  readonly we?: 'active' | 'passive' | 'both';
  readonly ourKey?: string;
  readonly routes?: readonly OriginatedRoute[];
  /** Beside the router, a feeder may connect to us on loopback. */
  readonly withFeeder?: boolean;
}

const feederPort = 1790;
/** Long enough for a machine that has much else to do: what is held up for seconds is not dead. */
const usualHoldSeconds = 60;

/** The rows of `features.ts` that are proven here; `cells/` has the others. */
export const provenBySuite: readonly FeatureId[] = [
  'connects',
  'waits',
  'md5',
  'ttlSecurity',
  'tables',
  'over6',
  'weRefresh',
  'theyRefresh',
  'theirShutdown',
  'ourShutdown',
  'silent',
  'killed',
  'cut',
];

export function routerSuite(row: RouterRow): void {
  const missing = row.program === undefined ? `${row.name} is missing: npm run test:setup` : undefined;
  const unavailable = namespacesUnavailable() ?? missing;
  if (unavailable !== undefined) console.error(`SKIPPED, interop with ${row.name}: ${unavailable}`);

  describe(`our speaker and ${row.name}`, { skip: unavailable, timeout: 170_000 }, () => {
    const directory = mkdtempSync(join(tmpdir(), 'nearcast-interop-'));
    let [here, there]: Namespace[] = [];
    let serial = 0;
    let speakers: SpeakerProcess[] = [];
    const site = (): Site => ({ namespace: there as Namespace, directory: join(directory, String(serial)) });

    before(() => {
      here = makeNamespace('ours');
      there = makeNamespace('router');
      // Without it, addresses of IPv6 could not be used for their first second.
      for (const each of [here, there]) {
        each.run('sh', '-c', 'for f in all default; do echo 0 > /proc/sys/net/ipv6/conf/$f/accept_dad; done');
      }
      connect(
        { namespace: here, device: 'cable', addresses: [`${ours.address}/24`, `${ours.address6}/64`] },
        { namespace: there, device: 'cable', addresses: [`${theirs.address}/24`, `${theirs.address6}/64`] },
      );
    });

    afterEach(async (context) => {
      const { passed } = context as { passed?: boolean };
      if (passed === false) tellWhy();
      for (const { child } of speakers) child.kill('SIGKILL');
      speakers = [];
      signalAll(site(), 'SIGCONT');
      signalAll(site(), 'SIGKILL');
      await ended(site());
    });

    after(() => {
      for (const namespace of [here, there]) namespace?.remove();
      rmSync(directory, { recursive: true, force: true });
    });

    /** A router and our speaker, started; `up` waits for their session. */
    async function start(options: CaseOptions = {}) {
      const { we = 'active', ourKey = options.password, routes, withFeeder = false, ...peering } = options;
      serial++;
      mkdirSync(site().directory);
      const device = row.make(site(), row.program as string);
      const opposite = { active: 'passive', passive: 'active', both: 'both' } as const;
      const args = ['--local-as', String(ours.asn), '--router-id', ours.routerId];
      args.push('--peer', peerFlag({ ...peering, we, asn: device.abilities.asn, keyed: ourKey !== undefined }));
      if (withFeeder) args.push('--peer', feederFlag, '--pass-on');
      const environment: Record<string, string> = ourKey === undefined ? {} : { BGP_KEY: ourKey };
      const speaker = new SpeakerProcess(here as Namespace, args, environment);
      speakers.push(speaker);
      const started = device.start({ holdTimeSeconds: usualHoldSeconds, ...peering, connect: opposite[we] }, routes);
      await Promise.all([speaker.ready(), started]);
      const up = async () => {
        await waitFor('our session to be up', () => speaker.isUp(router), 20_000);
        await waitFor(`${row.name} to say so, too`, () => device.established());
      };
      return { speaker, device, up };
    }

    function tellWhy(): void {
      for (const speaker of speakers) console.error(speaker.trace());
      const lines = row.make(site(), '').log().split('\n').slice(-12);
      console.error(lines.map((line) => line.slice(0, 300)).join('\n'));
    }

    /** Waits until a side's table equals what it should; the difference is in the error. */
    async function hasTable(
      side: string,
      wanted: readonly NormalizedRoute[],
      read: () => readonly NormalizedRoute[] | Promise<readonly NormalizedRoute[]>,
    ): Promise<void> {
      const want = byPrefix(wanted);
      await waitFor(
        `the table of ${side} to have ${want.size} routes`,
        async () => {
          const found = byPrefix(await read());
          const wrong = [...want.values()].filter((route) => !sameRoute(route, found.get(route.prefix)));
          const extra = [...found.keys()].filter((prefix) => !want.has(prefix));
          if (wrong.length + extra.length === 0) return true;
          const [first] = wrong;
          const shown = first && `wanted ${JSON.stringify(first)}, found ${JSON.stringify(found.get(first.prefix))}`;
          throw new Error(`${wrong.length} wrong or missing, ${extra.length} too many (${extra[0]}): ${shown}`);
        },
        20_000,
      );
    }

    const both = (device: RouterUnderTest) => () => [...device.routes(4), ...device.routes(6)];

    test('we connect: routes with all their attributes, both ways, changed and withdrawn', async () => {
      const { abilities } = row.make(site(), '');
      const onlyAsn = abilities.foreignPaths ? {} : { onlyAsn: abilities.asn };
      const theirTable = mixedTable({ size: abilities.tableSize, seed: 3, block: 7, ...onlyAsn });
      const ourTable = mixedTable({ size: 1_000, seed: 4, block: 8, onlyAsn: ours.asn });
      const { speaker, device, up } = await start({ routes: theirTable, withFeeder: true });
      await up();
      const { nextHop6: address6 = theirs.address6 } = abilities;
      const sender = { asn: abilities.asn, address: theirs.address, address6 };
      const says = (route: OriginatedRoute) => expected({ med: abilities.absentMed, ...route }, sender);
      const heard = theirTable.map(says);
      await hasTable('ours', heard, () => speaker.routes(router));

      speaker.tell(...ourTable.map((route) => `announce ${announceCommand(route)}`));
      const told = ourTable.map((route) => expected(route, ours));
      await hasTable(row.name, told, both(device));

      // Both families change and shrink, on both sides.
      const changed = ourTable.slice(0, 12).map((route) => ({ ...route, med: 77, communities: ['64700:77'] }));
      const gone = ourTable.slice(12, 24).map(({ prefix }) => prefix);
      speaker.tell(...changed.map((route) => `announce ${announceCommand(route)}`), `withdraw ${gone.join(' ')}`);
      const after = [...changed, ...ourTable.slice(24)].map((route) => expected(route, ours));
      await hasTable(row.name, after, both(device));

      const more = mixedTable({ size: 6, seed: 5, block: 9, ...onlyAsn });
      const left = theirTable.slice(6);
      device.announce(more);
      device.withdraw(theirTable.slice(0, 6).map(({ prefix }) => prefix));
      const final = [...left, ...more].map(says);
      await hasTable('ours', final, () => speaker.routes(router));

      // What a third party sends goes on, with what nobody here knows.
      const feeder = startFeeder(here as Namespace, join(site().directory, 'feed.json'), [passedOn]);
      await feeder.ready();
      const third: NormalizedRoute = {
        prefix: passedOnPrefix,
        nextHop: ours.address,
        origin: 'incomplete',
        asPath: `${ours.asn} 64999 4200000999 23456`,
        med: undefined,
        communities: ['64999:1', '65000:2'],
        largeCommunities: ['4200000999:1:2'],
        unknown: abilities.hidesUnknown === true ? [] : ['213:0102030405'],
      };
      await hasTable(row.name, [...after, third], both(device));
      feeder.end();
      await hasTable(row.name, after, both(device));
      assert.equal(speaker.timesUp(router), 1, 'one session carried it all');
      const { neighbors } = await speaker.ask('neighbors', 'neighbors');
      assert.equal((neighbors as { malformedUpdates: number }[])[0]?.malformedUpdates, 0, 'nothing was malformed');

      if (abilities.cannot.theyRefresh === undefined) {
        const before = device.updatesReceived();
        device.requestRefresh();
        await waitFor('all routes to be sent again', () => device.updatesReceived() > before);
        await hasTable(row.name, after, both(device));
        assert.equal(speaker.timesUp(router), 1, 'a refresh needs no new session');
      }

      if (abilities.cannot.weRefresh === undefined) {
        const asked = device.refreshesReceived();
        speaker.tell('refresh');
        await waitFor('the router to be asked for its routes', () => device.refreshesReceived() > asked);
        await hasTable('ours', final, () => speaker.routes(router));
        assert.equal(speaker.timesUp(router), 1, 'asking needs no new session');
      }

      await speaker.stop('moving to another rack');
      if (abilities.cannot.ourShutdown === undefined) {
        await waitFor('the router to have our words', () => device.log().includes('moving to another rack'));
      }
      await waitFor('the router to have dropped our routes', () => both(device)().length === 0);
    });

    test('they connect: the session is up, and we read why they end it', async () => {
      const { speaker, device, up } = await start({ we: 'passive' });
      await up();
      device.shutDown('planned work');
      const down = await waitFor('the end of the session', () => speaker.lastDown(router));
      assert.equal(down.reason?.kind, 'notification-received', JSON.stringify(down));
      assert.match(String(down.reason?.what), /Cease \/ Administrative Shutdown/);
      if (device.abilities.notes.theirShutdown === undefined) assert.equal(down.reason?.communication, 'planned work');
    });

    test('both connect at once: one session stands, and goes with the router', async () => {
      const { speaker, device, up } = await start({
        we: 'both',
        routes: mixedTable({ size: 3, seed: 1, block: 7, onlyAsn: row.abilities.asn }),
      });
      await up();
      await waitFor('the routes', async () => (await speaker.routes(router)).length === 3);
      assert.ok(device.established());
      const { neighbors } = await speaker.ask('neighbors', 'neighbors');
      assert.equal((neighbors as { phase: string }[])[0]?.phase, 'established');
      assert.ok(speaker.timesUp(router) <= 2, `it came up ${speaker.timesUp(router)} times`);
      await device.stop();
      await waitFor('the end of the session', () => speaker.lastDown(router) && !speaker.isUp(router));
      await waitFor('its routes to go', () => speaker.best.size === 0);
    });

    for (const we of ['active', 'passive'] as const) {
      const who = we === 'active' ? 'we connect' : 'they connect';

      test(`${who}: MD5 with the right key`, async () => {
        const { up } = await start({ we, password: key });
        await up();
      });

      test(`${who}: no session with a wrong key`, async () => {
        const { speaker, device } = await start({ we, password: key, ourKey: 'another' });
        const dropped = (): number => md5Failures(here as Namespace) + md5Failures(there as Namespace);
        const before = dropped();
        await waitFor('segments with a wrong signature', () => dropped() > before + 1, 20_000);
        assert.equal(speaker.timesUp(router), 0);
        assert.equal(device.established(), false);
      });

      test(`${who}: TTL security`, async (context) => {
        const { ttlSecurity } = row.abilities.notes;
        if (ttlSecurity !== undefined && we === 'active') return context.skip(`${row.name}: ${ttlSecurity}`);
        const { up } = await start({ we, ttlSecurity: true });
        await up();
      });
    }

    test('over IPv6, with a key: routes of both families, both ways', async () => {
      const { abilities } = row.make(site(), '');
      const theirTable = mixedTable({ size: 30, seed: 6, block: 7, onlyAsn: abilities.asn });
      const ourTable = mixedTable({ size: 30, seed: 7, block: 8, onlyAsn: ours.asn });
      const { speaker, device, up } = await start({ over6: true, password: key, routes: theirTable });
      await up();
      speaker.tell(...ourTable.map((route) => `announce ${announceCommand(route)}`));
      await hasTable(
        row.name,
        ourTable.map((route) => expected(route, ours)),
        both(device),
      );
      const { nextHop4: address4 = theirs.address } = abilities;
      const sender = { asn: abilities.asn, address: address4, address6: theirs.address6 };
      await hasTable(
        'ours',
        theirTable.map((route) => expected({ med: abilities.absentMed, ...route }, sender)),
        () => speaker.routes(router),
      );
    });

    test('a router that falls silent: our hold timer ends it, and its routes go', async () => {
      const routes = mixedTable({ size: 3, seed: 1, block: 7, onlyAsn: row.abilities.asn });
      const { speaker, up } = await start({ holdTimeSeconds: 3, routes });
      await up();
      await waitFor('its routes', () => speaker.best.size === 3);
      signalAll(site(), 'SIGSTOP');
      const down = await waitFor('the hold timer', () => speaker.lastDown(router));
      assert.equal(down.reason?.kind, 'hold-timer');
      await waitFor('its routes to go', () => speaker.best.size === 0);
      signalAll(site(), 'SIGCONT');
      await waitFor('another session', () => speaker.timesUp(router) > 1, 30_000);
      await waitFor('its routes to be back', () => speaker.best.size === 3);
    });

    test('a killed router: its routes go at once', async () => {
      const routes = mixedTable({ size: 3, seed: 1, block: 7, onlyAsn: row.abilities.asn });
      const { speaker, up } = await start({ holdTimeSeconds: 90, routes });
      await up();
      await waitFor('its routes', () => speaker.best.size === 3);
      signalAll(site(), 'SIGKILL');
      await waitFor('its routes to go', () => speaker.best.size === 0, 5_000); // the hold time is 90 s
      assert.equal(speaker.lastDown(router)?.reason?.kind, 'connection-closed');
    });

    test('a cut cable: down by the hold timer, up again when it is mended', async () => {
      const routes = mixedTable({ size: 3, seed: 1, block: 7, onlyAsn: row.abilities.asn });
      const { speaker, up } = await start({ holdTimeSeconds: 3, routes });
      await up();
      await waitFor('its routes', () => speaker.best.size === 3);
      (there as Namespace).run('ip', 'link', 'set', 'dev', 'cable', 'down');
      await waitFor('the end of the session', () => speaker.lastDown(router));
      await waitFor('its routes to go', () => speaker.best.size === 0);
      (there as Namespace).run('ip', 'link', 'set', 'dev', 'cable', 'up');
      // Taking a device down takes its IPv6 address away.
      (there as Namespace).run('ip', 'address', 'replace', `${theirs.address6}/64`, 'dev', 'cable');
      await waitFor('another session', () => speaker.timesUp(router) > 1, 30_000);
      await waitFor('its routes to be back', () => speaker.best.size === 3);
    });
  });
}

const passedOnPrefix = '192.0.2.0/25';
const feederFlag = [
  '127.0.0.1,asn=64999,name=feeder,connect=passive,localAddress=127.0.0.1',
  `listenPort=${feederPort},holdTimeSeconds=0,nextHop6=2001:db8:99::1`,
].join(',');

/** AS_TRANS stands in the path as an ASN that is really there; type 213 is unassigned. */
const passedOn = feedSession({
  host: '127.0.0.1',
  port: feederPort,
  localAddress: '127.0.0.1',
  asn: 64999,
  routerId: '10.99.0.99',
  phases: [
    {
      withdrawn: [],
      announced: [
        {
          prefix: passedOnPrefix,
          nextHop: '192.0.2.254',
          attributes: {
            originCode: 'incomplete',
            asPath: [{ kind: 'sequence', asns: [64_999, 4_200_000_999, 23_456] }],
            multiExitDiscriminator: 5,
            communities: [((64_999 << 16) >>> 0) | 1, ((65_000 << 16) >>> 0) | 2].map((value) => value >>> 0),
            largeCommunities: [[4_200_000_999, 1, 2]],
            unknown: [{ type: 213, flags: 0xc0, bytes: Uint8Array.of(1, 2, 3, 4, 5) }],
          },
        },
      ],
    },
  ],
});

interface PeerFlagOptions extends Partial<Peering> {
  readonly we: string;
  readonly asn: number;
  readonly keyed: boolean;
}

function peerFlag({
  we,
  asn,
  keyed,
  holdTimeSeconds = usualHoldSeconds,
  ttlSecurity,
  over6 = false,
}: PeerFlagOptions): string {
  const { us, them } = ends({ over6 });
  const words = [`${them},asn=${asn},name=${router},connect=${we},localAddress=${us}`];
  words.push(
    `nextHop=${ours.address},nextHop6=${ours.address6},holdTimeSeconds=${holdTimeSeconds},connectRetrySeconds=1`,
  );
  if (keyed) words.push('passwordEnv=BGP_KEY');
  if (ttlSecurity === true) words.push('ttlSecurityHops=1');
  return words.join(',');
}

function sameRoute(a: NormalizedRoute, b: NormalizedRoute | undefined): boolean {
  return b !== undefined && JSON.stringify(a, fields) === JSON.stringify(b, fields);
}
const fields = ['prefix', 'nextHop', 'origin', 'asPath', 'med', 'communities', 'largeCommunities', 'unknown'];

/** Segments that the kernel dropped for their MD5 signature: missing, unexpected or wrong. */
function md5Failures(namespace: Namespace): number {
  const [names = '', values = ''] = namespace
    .run('cat', '/proc/net/netstat')
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'));
  const counts = values.split(' ');
  return names
    .split(' ')
    .reduce((sum, name, index) => (name.startsWith('TCPMD5') ? sum + Number(counts[index]) : sum), 0);
}
