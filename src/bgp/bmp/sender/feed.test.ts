import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatAddress } from '../../../ip/address.ts';
import { mustPrefix } from '../../../ip/prefix.ts';
import { address } from '../../../testing/bgp-speakers.ts';
import { FakeSource, sourcePeer } from '../../../testing/bmp-source.ts';
import { unicastFamily } from '../../message/family/table.ts';
import { nlriKey } from '../../message/nlri.ts';
import type { Nlri, PathAttributes } from '../../message/types.ts';
import type { ReceivedRoute, Route } from '../../rib/types.ts';
import { describeReason, noticeJson } from '../json.ts';
import { Station, type StationNotice, type StationRoute } from '../station/station.ts';
import { StationFeed } from './feed.ts';
import type { SenderConfig } from './types.ts';

const config: SenderConfig = { sysName: 'fra1', sysDescr: 'a test' };
const now = (): number => 1_767_225_600_000_001;

/** Five sets of attributes, the last with a path that outgrows a message of 4096 bytes. */
const attributeSets: readonly PathAttributes[] = [
  ...[1, 2, 3, 4].map((each) => ({
    originCode: 'igp' as const,
    asPath: [{ kind: 'sequence' as const, asns: [4_200_000_001, each] }],
    communities: [each],
    ...(each === 4 && { localPreference: 200 }),
  })),
  {
    originCode: 'egp',
    asPath: Array.from({ length: 5 }, () => ({ kind: 'sequence', asns: Array(250).fill(4_200_000_001) as number[] })),
  },
];

const source = { peer: 'a', asn: 1, routerId: address('10.0.0.1'), address: address('10.0.0.1'), external: true };

function routeOf(nlri: Nlri, set: number): Route {
  const { pathId, ...prefix } = nlri;
  const nextHop = address(nlri.family === 4 ? '192.0.2.1' : '2001:db8::1');
  const attributes = attributeSets[set % attributeSets.length] as PathAttributes;
  return {
    prefix,
    family: unicastFamily(prefix.family),
    source,
    nextHop,
    attributes,
    ...(pathId !== undefined && { pathId }),
  };
}

function received(nlri: Nlri, set: number, accept = true): ReceivedRoute {
  const route = routeOf(nlri, set);
  if (!accept) return { received: route, outcome: { verdict: 'reject', rejection: { reason: 'policy', what: 'no' } } };
  const changed = { ...route, attributes: { ...route.attributes, multiExitDiscriminator: 7 } };
  return { received: route, outcome: { verdict: 'accept', route: changed } };
}

/** A feed whose station is ours. */
function monitored(from: FakeSource, more: Partial<SenderConfig> = {}) {
  const feed = new StationFeed(from, { ...config, ...more }, now);
  const end = from.subscribe((event) => feed.take(event));
  const station = new Station();
  const id = station.connected('test')?.id as string;
  const notices: StationNotice[] = [];
  function pull(bytes = 1 << 30): void {
    for (const message of feed.pull(bytes)) notices.push(...station.bytes(id, message).notices);
  }
  const types = (): string[] => notices.splice(0).map(({ type }) => type);
  return { feed, station, id, notices, pull, types, end };
}

type Shown = Readonly<Record<string, string>>;

function shown(routes: Iterable<Pick<StationRoute, 'prefix' | 'nextHop' | 'attributes'> & { pathId?: number }>): Shown {
  const entries = Array.from(routes, ({ prefix, nextHop, attributes, pathId }): [string, string] => {
    const { unknown: _unknown, ...rest } = attributes;
    const key = nlriKey(pathId === undefined ? prefix : { ...prefix, pathId });
    return [key, `${formatAddress(nextHop)} ${JSON.stringify(Object.entries(rest).sort())}`];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Each table of the station's beside the source's. */
function assertSame(from: FakeSource, { station, id }: Pick<ReturnType<typeof monitored>, 'station' | 'id'>): void {
  const [router] = station.routers();
  const keyOf = new Map(
    router?.peers.map(({ key, header }) => [header.address ? formatAddress(header.address) : 'loc-rib', key]),
  );
  const table = (where: string, rib: StationRoute extends never ? never : Parameters<Station['routes']>[2]) =>
    shown(station.routes(id, keyOf.get(where) ?? '', rib));
  const peers = [...from.peers()];
  assert.equal(router?.peers.length, peers.length + 1);
  for (const peer of peers) {
    const where = formatAddress(peer.address);
    const all = [...from.received(peer.id)];
    assert.deepEqual(table(where, 'adj-rib-in-pre-policy'), shown(all.map((each) => each.received)));
    const accepted = all.flatMap(({ outcome }) => (outcome.verdict === 'accept' ? [outcome.route] : []));
    assert.deepEqual(table(where, 'adj-rib-in-post-policy'), shown(accepted));
    assert.deepEqual(table(where, 'adj-rib-out-post-policy'), shown(from.told(peer.id)));
  }
  assert.deepEqual(table('loc-rib', 'loc-rib'), shown(from.best()));
}

const one = mustPrefix('198.51.100.0/24');
const two = mustPrefix('198.51.101.0/24');
const six = mustPrefix('2001:db8:5::/48');

describe('what a station is told', () => {
  test('names, the Loc-RIB and each session, each table to its end', () => {
    const from = new FakeSource();
    from.up(sourcePeer('a', '192.0.2.1'));
    from.receive('a', one, received(one, 0));
    from.receive('a', six, received(six, 1, false));
    from.choose(routeOf(one, 0));
    const told = monitored(from);
    told.pull();
    assertSame(from, told);
    assert.deepEqual(told.types(), [
      ...['router-named', 'peer-up', 'routes', 'end-of-rib', 'end-of-rib'],
      ...['peer-up', 'routes', 'routes', 'end-of-rib', 'end-of-rib'], // pre-policy
      ...['routes', 'end-of-rib', 'end-of-rib'], // post-policy
      ...['end-of-rib', 'end-of-rib'], // told
    ]);
    const [router] = told.station.routers();
    assert.deepEqual([router?.sysName, router?.sysDescr, router?.faults], ['fra1', 'a test', 0]);
    assert.equal(told.feed.isIdle, true);
    assert.deepEqual(told.feed.pull(1 << 20), []);
  });

  test('both OPENs and both ends of a session; the Loc-RIB by its name', () => {
    const from = new FakeSource();
    const told = monitored(from);
    from.up({ ...sourcePeer('a', '2001:db8::1'), localAddress: address('2001:db8::2') });
    told.pull();
    const [locRib, peer] = told.notices.filter(({ type }) => type === 'peer-up').map(noticeJson);
    assert.deepEqual([locRib?.table, locRib?.asn, locRib?.routerId], ['global', 64500, '10.0.0.100']);
    assert.deepEqual(locRib?.sent, locRib?.received);
    const { sent, received: theirs, ...ends } = peer as Record<string, Record<string, unknown>>;
    assert.deepEqual(ends, {
      type: 'peer-up',
      router: 'router1',
      peer: '2001:db8::1',
      asn: 4_200_000_001,
      routerId: '10.0.0.1',
      time: '2023-11-14T22:13:20.000Z',
      localAddress: '2001:db8::2',
      localPort: 179,
      remotePort: 40_000,
    });
    assert.deepEqual([sent?.asn, theirs?.asn], [64500, 4_200_000_001]);
  });

  test('changes as they come; End-of-RIB when the peer has said it', () => {
    const from = new FakeSource();
    const told = monitored(from);
    from.up(sourcePeer('a', '192.0.2.1'));
    from.receive('a', one, received(one, 0));
    from.receivedAll('a', 'ipv4-unicast');
    told.pull();
    const ends = told.notices.flatMap((notice) =>
      notice.type === 'end-of-rib' ? [`${notice.peer.rib} ${notice.family}`] : [],
    );
    assert.deepEqual(ends.slice(2), [
      ...['adj-rib-out-post-policy ipv4-unicast', 'adj-rib-out-post-policy ipv6-unicast'],
      ...['adj-rib-in-pre-policy ipv4-unicast', 'adj-rib-in-post-policy ipv4-unicast'],
    ]);
    told.types();
    from.receive('a', one, undefined);
    from.receive('a', two, received(two, 1));
    from.receive('a', two, received(two, 2));
    from.tell('a', six, { ...routeOf(six, 1) });
    told.pull();
    assertSame(from, told);
    // What changed twice is told once, and the withdrawal before it.
    assert.deepEqual(told.types(), ['routes', 'routes', 'routes', 'routes', 'routes']);
  });

  test('what policy rejects is not withdrawn from the table behind it, unless it was there', () => {
    const from = new FakeSource();
    const told = monitored(from);
    from.up(sourcePeer('a', '192.0.2.1'));
    told.pull();
    told.types();
    from.receive('a', one, received(one, 0, false));
    told.pull();
    assert.deepEqual(told.types(), ['routes']);
    from.receive('a', one, received(one, 0, true));
    from.receive('a', one, received(one, 0, false));
    told.pull();
    assert.deepEqual(told.types(), ['routes', 'routes']);
    assertSame(from, told);
  });

  test('another policy leaves what the peer said as it was', () => {
    const from = new FakeSource();
    const told = monitored(from);
    from.up(sourcePeer('a', '192.0.2.1'));
    const first = received(one, 0, false);
    from.receive('a', one, first);
    told.pull();
    told.types();
    const route = { ...first.received };
    from.receive('a', one, { received: route, outcome: { verdict: 'accept', route } });
    told.pull();
    const ribs = told.notices.map((notice) => (notice.type === 'routes' ? notice.peer.rib : notice.type));
    assert.deepEqual(ribs, ['adj-rib-in-post-policy']);
    assertSame(from, told);
  });

  test('why a session ended, with its NOTIFICATION', () => {
    const from = new FakeSource();
    const told = monitored(from);
    const notification = { type: 'notification', code: 6, subcode: 2, data: Uint8Array.of(2, 0x68, 0x69) } as const;
    const rows = [
      [{ kind: 'remote-notification', notification }, 'the peer closed: Cease / Administrative Shutdown "hi"'],
      [{ kind: 'local-notification', notification }, 'the router closed: Cease / Administrative Shutdown "hi"'],
      [{ kind: 'local', fsmEvent: 18 }, 'the router closed without a word (FSM event 18)'],
      [{ kind: 'remote' }, 'the connection was lost, or the peer closed it without a word'],
    ] as const;
    for (const [reason, words] of rows) {
      from.up(sourcePeer('a', '192.0.2.1'));
      told.pull();
      from.down('a', reason);
      told.pull();
      const down = told.notices.findLast((notice) => notice.type === 'peer-down');
      assert.equal(down?.type === 'peer-down' ? describeReason(down.reason) : '', words);
    }
  });

  test('a session that came and went unseen is not told of', () => {
    const from = new FakeSource();
    const told = monitored(from);
    told.pull();
    told.types();
    from.up(sourcePeer('a', '192.0.2.1'));
    from.receive('a', one, received(one, 0));
    from.down('a');
    assert.equal(told.feed.isIdle, true);
    assert.equal(told.feed.waitingCount, 0);
    from.up(sourcePeer('a', '192.0.2.1'));
    told.pull();
    from.down('a');
    from.up(sourcePeer('a', '192.0.2.1'));
    from.down('a');
    told.pull();
    assert.deepEqual(
      told.types().filter((type) => type.startsWith('peer')),
      ['peer-up', 'peer-down'],
    );
  });

  test('sessions that share an address are told apart', () => {
    const from = new FakeSource();
    const told = monitored(from);
    for (const id of ['a', 'b', 'c']) from.up(sourcePeer(id, '127.0.0.1'));
    from.down('a');
    from.receive('b', one, received(one, 0));
    from.receive('c', two, received(two, 0));
    told.pull();
    const peers = told.station.routers()[0]?.peers.filter(({ header }) => header.address !== undefined);
    assert.deepEqual(
      peers?.map(({ header, routes }) => [header.kind, header.distinguisher, routes['adj-rib-in-pre-policy']]),
      [
        ['local', 1n, 1],
        ['local', 2n, 1],
      ],
    );
  });

  test('path identifiers where that direction of the session has them', () => {
    const from = new FakeSource();
    const told = monitored(from);
    const both = sourcePeer('a', '192.0.2.1', true);
    const [multiprotocol4, multiprotocol6, asn] = both.sent.capabilities;
    const receives = { kind: 'add-path', families: [{ family: 'ipv4-unicast', direction: 'receive' }] } as const;
    const capabilities = [multiprotocol4, multiprotocol6, asn, receives].filter((each) => each !== undefined);
    const codec = { ...both.codec, addPath: { receive: ['ipv4-unicast'], send: [] } } as const;
    from.up({ ...both, sent: { ...both.sent, capabilities }, codec });
    from.receive('a', { ...one, pathId: 5 }, received({ ...one, pathId: 5 }, 0));
    from.tell('a', one, routeOf(one, 0));
    told.pull();
    assertSame(from, told);
    assert.deepEqual(told.station.routers()[0]?.faults, 0);
  });

  test('statistics, the newest only', () => {
    const from = new FakeSource();
    from.up(sourcePeer('a', '192.0.2.1'));
    const told = monitored(from);
    told.pull();
    told.types();
    told.feed.statisticsDue();
    from.receive('a', one, received(one, 0));
    told.feed.statisticsDue();
    told.pull();
    const said = told.notices
      .filter(({ type }) => type === 'statistics')
      .map((notice) => noticeJson(notice).statistics);
    assert.deepEqual(said, [{ adjRibInRoutes: 1 }, { locRibRoutes: 0 }]);
  });

  test('only the tables that were asked for', () => {
    const from = new FakeSource();
    const told = monitored(from, { ribs: ['adj-rib-in-post-policy'] });
    from.up(sourcePeer('a', '192.0.2.1'));
    from.receive('a', one, received(one, 0));
    from.tell('a', one, routeOf(one, 0));
    from.choose(routeOf(one, 0));
    told.pull();
    assert.deepEqual(told.types(), ['router-named', 'peer-up', 'routes']);
  });

  test('what waits is counted, and too much of it is overdue', () => {
    const from = new FakeSource();
    const told = monitored(from, { maximumWaiting: 2, ribs: ['loc-rib'] });
    told.pull();
    for (let turn = 0; turn < 10; turn++) from.choose(routeOf(one, turn));
    from.choose(routeOf(two, 0));
    assert.deepEqual([told.feed.waitingCount, told.feed.isOverdue], [2, false]);
    from.choose(routeOf(six, 0));
    assert.deepEqual([told.feed.waitingCount, told.feed.isOverdue], [3, true]);
    told.pull();
    assert.deepEqual([told.feed.waitingCount, told.feed.isOverdue], [0, false]);
  });

  test('a table of which much waits is dumped anew', () => {
    const from = new FakeSource();
    const told = monitored(from, { dumpAbove: 3, ribs: ['loc-rib'] });
    told.pull();
    const prefixes = [1, 2, 3, 4, 5, 6].map((third) => mustPrefix(`198.51.${third}.0/24`));
    for (const prefix of prefixes) from.choose(routeOf(prefix, 0));
    assert.equal(told.feed.waitingCount, 0);
    from.lose(prefixes[0] as Nlri);
    from.lose(prefixes[1] as Nlri);
    from.choose(routeOf(prefixes[1] as Nlri, 1));
    assert.equal(told.feed.waitingCount, 1);
    told.pull();
    assertSame(from, told);
  });

  test('the last words', () => {
    const from = new FakeSource();
    const told = monitored(from);
    told.pull();
    assert.equal(told.station.bytes(told.id, StationFeed.farewell()).close, true);
    const [end] = told.station.closed(told.id, 'gone');
    assert.equal(end?.type === 'router-down' && end.why, 'it said goodbye: the session was closed by an operator');
  });
});

describe('whatever happens in whatever order', () => {
  const peerIds = ['a', 'b', 'add-path'] as const;
  const anyNlri = fc
    .record({ third: fc.nat(5), six: fc.boolean() })
    .map(({ third, six: isSix }) => mustPrefix(isSix ? `2001:db8:${third}::/48` : `198.51.${third}.0/24`));
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('receive' as const),
        peer: fc.constantFrom(...peerIds),
        nlri: anyNlri,
        set: fc.nat(4),
        accept: fc.boolean(),
        gone: fc.boolean(),
        pathId: fc.nat(2),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('tell' as const),
        peer: fc.constantFrom(...peerIds),
        nlri: anyNlri,
        set: fc.nat(4),
        gone: fc.boolean(),
        pathId: fc.nat(2),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('best' as const), nlri: anyNlri, set: fc.nat(4), gone: fc.boolean() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom('up' as const, 'down' as const, 'all' as const),
        peer: fc.constantFrom(...peerIds),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('pull' as const), bytes: fc.integer({ min: 1, max: 400 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('connect' as const) }) },
  );

  test('a station that has caught up knows what the source knows', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.constantFrom(1, 3, 100), (steps, dumpAbove) => {
        const from = new FakeSource();
        let told = monitored(from, { dumpAbove });
        const up = new Set<string>();
        const pathOf = (peer: string, nlri: Nlri, pathId: number): Nlri =>
          peer === 'add-path' && nlri.family === 4 ? { ...nlri, pathId } : nlri;
        for (const each of steps) {
          switch (each.do) {
            case 'receive': {
              const nlri = pathOf(each.peer, each.nlri, each.pathId);
              from.receive(each.peer, nlri, each.gone ? undefined : received(nlri, each.set, each.accept));
              break;
            }
            case 'tell': {
              const nlri = pathOf(each.peer, each.nlri, each.pathId);
              from.tell(each.peer, nlri, each.gone ? undefined : routeOf(nlri, each.set));
              break;
            }
            case 'best':
              if (each.gone) from.lose(each.nlri);
              else from.choose(routeOf(each.nlri, each.set));
              break;
            case 'up':
              if (up.has(each.peer)) break;
              up.add(each.peer);
              from.up(sourcePeer(each.peer, `192.0.2.${peerIds.indexOf(each.peer) + 1}`, each.peer === 'add-path'));
              break;
            case 'down':
              up.delete(each.peer);
              from.down(each.peer);
              break;
            case 'all':
              from.receivedAll(each.peer, 'ipv4-unicast');
              break;
            case 'pull':
              told.pull(each.bytes);
              break;
            case 'connect': // it was cut off, and comes back
              told.end();
              told = monitored(from, { dumpAbove });
              break;
          }
        }
        told.pull();
        assert.equal(told.feed.isIdle, true);
        assert.equal(told.feed.waitingCount, 0);
        assert.deepEqual(
          told.notices.filter(({ type }) => type === 'fault'),
          [],
        );
        assertSame(from, told);
      }),
      { numRuns: 300 },
    );
  });
});
