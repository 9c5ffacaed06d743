import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatPrefix, mustPrefix } from '../../../ip/prefix.ts';
import { address } from '../../../testing/bgp-speakers.ts';
import { withdrawnOf } from '../../../testing/withdrawn.ts';
import { encodeMessage } from '../../message/codec.ts';
import type { CodecContext, OpenMessage, UpdateMessage } from '../../message/types.ts';
import { noticeJson } from '../json.ts';
import {
  addPathOpen,
  bytesOf,
  locRibPeer,
  message,
  notification,
  open,
  peer4,
  peer6,
  update,
  update2,
} from '../message/bmp.vectors.ts';
import { encodeBmp } from '../message/codec.ts';
import { pduOf } from '../message/pdu.ts';
import { textTlv } from '../message/tlv.ts';
import type { BmpMessage, PeerHeader } from '../message/types.ts';
import { Station, type StationLimits, type StationNotice } from './station.ts';

const initiation: BmpMessage = { type: 'initiation', information: [textTlv(2, 'fra1'), textTlv(1, 'a test')] };
const plain = bytesOf(open);

function peerUp(peer: PeerHeader, opens: { sent?: string; received?: string } = {}): BmpMessage {
  const sent = pduOf<OpenMessage>(opens.sent === undefined ? plain : bytesOf(opens.sent));
  const received = pduOf<OpenMessage>(opens.received === undefined ? plain : bytesOf(opens.received));
  const end = peer.address === undefined ? {} : { localAddress: peer.address };
  return { type: 'peer-up', peer, ...end, localPort: 179, remotePort: 4000, sent, received, information: [] };
}

const plainContext: CodecContext = { fourOctetAsn: true, external: false, families: ['ipv4-unicast', 'ipv6-unicast'] };

function announce(prefixes: readonly string[], more: Partial<CodecContext> = {}, nextHop = '192.0.2.1'): Uint8Array {
  const said: UpdateMessage = {
    type: 'update',
    withdrawn: [],
    reach: [
      {
        family: 'ipv4-unicast',
        nextHop: address(nextHop),
        prefixes: prefixes.map((text, index) => ({ ...mustPrefix(text), ...(more.addPath && { pathId: index + 1 }) })),
      },
    ],
    attributes: { originCode: 'igp', asPath: [], localPreference: 200 },
    errors: [],
  };
  return encodeMessage(said, { ...plainContext, ...more })[0] as Uint8Array;
}

function withdraw(prefix: string): Uint8Array {
  const said: UpdateMessage = {
    type: 'update',
    withdrawn: withdrawnOf(mustPrefix(prefix)),
    reach: [],
    attributes: {},
    errors: [],
  };
  return encodeMessage(said, plainContext)[0] as Uint8Array;
}

const monitoring = (peer: PeerHeader, bytes: Uint8Array): BmpMessage => ({
  type: 'route-monitoring',
  peer,
  update: bytes,
});

/** A station that one router is connected to. */
function heard(limits: StationLimits = {}) {
  const station = new Station(limits);
  const id = station.connected('192.0.2.99:4000')?.id as string;
  function say(...messages: (BmpMessage | Uint8Array)[]): readonly StationNotice[] {
    const bytes = messages.map((each) => (each instanceof Uint8Array ? each : encodeBmp(each)));
    return station.bytes(id, Buffer.concat(bytes)).notices;
  }
  const peers = () => station.routers()[0]?.peers ?? [];
  const prefixes = (key: string, rib: PeerHeader['rib']) =>
    [...station.routes(id, key, rib)].map(({ prefix }) => formatPrefix(prefix));
  return { station, id, say, peers, prefixes };
}

const types = (notices: readonly StationNotice[]): string[] => notices.map(({ type }) => type);
const whats = (notices: readonly StationNotice[]): string[] =>
  notices.flatMap((notice) => (notice.type === 'fault' ? [notice.error.what] : []));

describe('what a router tells', () => {
  test('its name, its peers and their routes, table by table', () => {
    const { station, say, peers, prefixes } = heard();
    const post = { ...peer4, rib: 'adj-rib-in-post-policy' } as const;
    const notices = say(
      initiation,
      peerUp(peer4),
      monitoring(peer4, announce(['198.51.100.0/24', '198.51.101.0/24'])),
      monitoring(post, announce(['198.51.100.0/24'])),
      monitoring(peer4, withdraw('198.51.101.0/24')),
      monitoring(
        peer4,
        encodeMessage(
          { type: 'update', withdrawn: [], reach: [], attributes: {}, endOfRib: 'ipv4-unicast', errors: [] },
          plainContext,
        )[0] as Uint8Array,
      ),
    );
    assert.deepEqual(types(notices), ['router-named', 'peer-up', 'routes', 'routes', 'routes', 'end-of-rib']);
    const [router] = station.routers();
    assert.deepEqual([router?.sysName, router?.sysDescr, router?.faults, router?.messages], ['fra1', 'a test', 0, 6]);
    const [peer] = peers();
    assert.ok(peer);
    assert.deepEqual(peer.routes, { 'adj-rib-in-pre-policy': 1, 'adj-rib-in-post-policy': 1 });
    assert.deepEqual(peer.complete, ['adj-rib-in-pre-policy ipv4-unicast']);
    assert.deepEqual(prefixes(peer.key, 'adj-rib-in-pre-policy'), ['198.51.100.0/24']);
    // LOCAL_PREF is the router's own, whoever the peer is.
    const [route] = station.routes(router?.id ?? '', peer.key, 'adj-rib-in-post-policy');
    assert.equal(route?.attributes.localPreference, 200);
  });

  test('Peer Down and a second Peer Up forget the routes', () => {
    const { say, peers } = heard();
    say(initiation, peerUp(peer4), peerUp(peer6), monitoring(peer4, announce(['198.51.100.0/24'])));
    say(peerUp(peer4));
    assert.deepEqual(
      peers().map(({ routes }) => routes),
      [{}, {}],
    );
    say(monitoring(peer4, announce(['198.51.100.0/24'])));
    const notices = say({
      type: 'peer-down',
      peer: peer4,
      reason: { kind: 'remote-notification', notification: pduOf(bytesOf(notification)) },
    });
    assert.deepEqual(noticeJson(notices[0] as StationNotice).reason, {
      kind: 'remote-notification',
      what: 'the peer closed: Cease / Administrative Shutdown',
      notification: { code: 6, subcode: 2, what: 'Cease / Administrative Shutdown', hex: '00' },
    });
    assert.deepEqual(
      peers().map(({ header }) => header.distinguisher),
      [7n],
    );
  });

  test('the end of a connection forgets the router, and its last words are the reason', () => {
    const { station, id, say } = heard();
    say(initiation, peerUp(peer4));
    const { notices, close } = station.bytes(
      id,
      encodeBmp({ type: 'termination', information: [{ type: 1, bytes: bytesOf('0000') }] }),
    );
    assert.deepEqual([types(notices), close], [[], true]);
    assert.deepEqual(station.bytes(id, encodeBmp(initiation)).notices, [], 'nothing counts behind a Termination');
    assert.deepEqual(station.closed(id, 'the router closed the connection'), [
      { type: 'router-down', router: id, why: 'it said goodbye: the session was closed by an operator' },
    ]);
    assert.deepEqual([station.routers(), station.closed(id, 'again')], [[], []]);
  });

  test('statistics and mirrored messages', () => {
    const { say, peers } = heard();
    const statistics = [{ code: 7, value: 3n }];
    const notices = say(
      initiation,
      peerUp(peer4),
      { type: 'statistics-report', peer: peer4, statistics },
      {
        type: 'route-mirroring',
        peer: peer4,
        items: [
          { type: 1, bytes: bytesOf('0000') },
          { type: 0, bytes: bytesOf('0102') },
        ],
      },
      { type: 'route-mirroring', peer: peer4, items: [{ type: 0, bytes: bytesOf(notification) }] },
      { type: 'route-mirroring', peer: peer4, items: [{ type: 1, bytes: bytesOf('0001') }] },
    ).slice(2);
    assert.deepEqual(peers()[0]?.statistics, statistics);
    const json = notices.map(noticeJson);
    assert.deepEqual(json[0]?.statistics, { adjRibInRoutes: 3 });
    assert.deepEqual([json[1]?.what, json[1]?.hex, json[1]?.message], ['the message was malformed', '0102', undefined]);
    assert.equal((json[2]?.message as { type?: string } | undefined)?.type, 'notification');
    assert.equal(json[3]?.what, 'messages were lost');
    JSON.stringify(json);
  });
});

describe('how its updates are read', () => {
  test('ADD-PATH by the OPENs, each way round', () => {
    const addPath = { addPath: { receive: [], send: ['ipv4-unicast'] } } as const;
    const receiveOnly = addPathOpen.replace(/03$/, '01');
    const sendOnly = addPathOpen.replace(/03$/, '02');
    const rows = [
      { sent: addPathOpen, received: addPathOpen, in: true, out: true },
      { sent: receiveOnly, received: sendOnly, in: true, out: false },
      { sent: sendOnly, received: receiveOnly, in: false, out: true },
      { sent: receiveOnly, received: receiveOnly, in: false, out: false },
      { sent: open, received: addPathOpen, in: false, out: false },
    ];
    for (const row of rows) {
      const { say } = heard();
      say(initiation, peerUp(peer4, row));
      const out = { ...peer4, rib: 'adj-rib-out-post-policy' } as const;
      for (const [peer, expected] of [
        [peer4, row.in],
        [out, row.out],
      ] as const) {
        const [notice] = say(monitoring(peer, announce(['198.51.100.0/24'], expected ? addPath : {})));
        assert.ok(notice?.type === 'routes', JSON.stringify(row));
        assert.equal(notice.update.reach[0]?.prefixes[0]?.pathId, expected ? 1 : undefined);
      }
    }
  });

  test('the fabricated OPEN of a Loc-RIB says what its updates look like', () => {
    const { say, peers } = heard();
    const addPath = { addPath: { receive: [], send: ['ipv4-unicast'] } } as const;
    say(initiation, peerUp(locRibPeer, { sent: addPathOpen, received: addPathOpen }));
    const [notice] = say(monitoring(locRibPeer, announce(['198.51.100.0/24'], addPath)));
    assert.ok(notice?.type === 'routes');
    assert.equal(notice.update.reach[0]?.prefixes[0]?.pathId, 1);
    assert.deepEqual(peers()[0]?.routes, { 'loc-rib': 1 });
  });

  test("a router's own routes have no next hop, and are routes", () => {
    const { say, peers } = heard();
    say(initiation, peerUp(locRibPeer), monitoring(locRibPeer, announce(['198.51.100.0/24'], {}, '0.0.0.0')));
    assert.deepEqual(peers()[0]?.routes, { 'loc-rib': 1 });
  });

  test('AS numbers of 2 octets by flag A', () => {
    const { say } = heard();
    const notices = say(
      initiation,
      peerUp(peer4),
      monitoring({ ...peer4, twoOctetPath: true }, bytesOf(update2)),
      monitoring(peer4, bytesOf(update)),
    );
    const paths = notices.flatMap((notice) =>
      notice.type === 'routes' ? [notice.update.attributes.asPath?.[0]?.asns] : [],
    );
    assert.deepEqual(paths, [[64500], [64500]]);
  });

  test('a malformed update withdraws what it names, as BGP would (RFC 7606)', () => {
    const { say, peers } = heard();
    say(initiation, peerUp(peer4), monitoring(peer4, bytesOf(update)));
    assert.deepEqual(peers()[0]?.routes, { 'adj-rib-in-pre-policy': 1 });
    const [notice] = say(monitoring(peer4, bytesOf(update.replace('400101 00', '400101 09'))));
    assert.ok(notice?.type === 'routes' && notice.update.errors.length === 1);
    assert.deepEqual(peers()[0]?.routes, { 'adj-rib-in-pre-policy': 0 });
  });
});

describe('what is wrong is told and stepped over', () => {
  test('a message that cannot be used', () => {
    const { say, peers } = heard();
    const notices = say(
      initiation,
      peerUp(peer4),
      message(99, '00'),
      message(0, '0000'),
      monitoring(peer4, bytesOf(`${'ff'.repeat(16)} 0017 02 0009 0000`)),
      monitoring(peer6, bytesOf(update)),
      monitoring(peer4, bytesOf(update)),
    );
    assert.deepEqual(types(notices).slice(2), ['fault', 'fault', 'fault', 'fault', 'routes']);
    const faults = notices.flatMap((notice) => (notice.type === 'fault' ? [notice] : []));
    assert.deepEqual(
      faults.map(({ error: { field, offset }, ends }) => [field, offset, ends]),
      [
        ['type', 5, false],
        ['peer distinguisher', 8, false],
        ['UPDATE.withdrawn routes', 69, false],
        ['per-peer header', 6, false],
      ],
    );
    assert.deepEqual(peers()[0]?.routes, { 'adj-rib-in-pre-policy': 1 });
  });

  test('a stream that is no BMP ends', () => {
    const { station, id } = heard();
    const { notices, close } = station.bytes(id, Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    assert.equal(close, true);
    assert.deepEqual(types(notices), ['fault']);
    assert.equal(station.initiated(id), false);
  });

  test('a router that does not begin with an Initiation', () => {
    const { say } = heard();
    assert.deepEqual(whats(say(peerUp(peer4), peerUp(peer6))), ['the first message is peer-up, not initiation']);
  });

  test('a Peer Up whose OPEN nobody can read', () => {
    const { say } = heard();
    const faults = say(initiation, peerUp(peer4, { sent: open.replace(' 01 04 ', ' 01 03 ') }));
    assert.deepEqual(whats(faults), ['the peer speaks BGP version 3; we speak 4']);
  });

  test('a Loc-RIB without a Peer Up is told once, and read', () => {
    const { say, peers } = heard();
    const notices = say(initiation, monitoring(locRibPeer, bytesOf(update)), monitoring(locRibPeer, bytesOf(update)));
    assert.deepEqual(types(notices), ['router-named', 'fault', 'routes', 'routes']);
    assert.deepEqual([peers()[0]?.up, peers()[0]?.routes], [undefined, { 'loc-rib': 1 }]);
  });
});

describe('limits', () => {
  test('routers', () => {
    const station = new Station({ maximumRouters: 1 });
    const first = station.connected('a');
    assert.equal(station.connected('b'), undefined);
    station.closed(first?.id ?? '', 'gone');
    assert.ok(station.connected('b'));
  });

  test('peers: told once, and no fault for what is not followed', () => {
    const { say, peers } = heard({ maximumPeers: 1 });
    const notices = say(initiation, peerUp(peer4), peerUp(peer6), monitoring(peer6, bytesOf(update)), peerUp(peer6));
    assert.deepEqual(types(notices), ['router-named', 'peer-up', 'limit']);
    say({ type: 'peer-down', peer: peer4, reason: { kind: 'remote' } }, peerUp(peer6));
    assert.equal(peers().length, 1);
  });

  test('routes: told to subscribers, not kept, and room comes back', () => {
    const { station, id, say, peers } = heard({ maximumRoutes: 2 });
    const three = announce(['198.51.100.0/24', '198.51.101.0/24', '198.51.102.0/24']);
    const notices = say(initiation, peerUp(peer4), monitoring(peer4, three), monitoring(peer4, three));
    assert.deepEqual(types(notices), ['router-named', 'peer-up', 'limit', 'routes', 'routes']);
    assert.deepEqual([peers()[0]?.routes, peers()[0]?.routesLeftOut], [{ 'adj-rib-in-pre-policy': 2 }, 2]);
    say(monitoring(peer4, withdraw('198.51.100.0/24')), monitoring(peer4, announce(['203.0.113.0/24'])));
    assert.deepEqual(peers()[0]?.routes, { 'adj-rib-in-pre-policy': 2 });
    station.closed(id, 'gone');
    const again = station.connected('b')?.id as string;
    station.bytes(
      again,
      Buffer.concat(
        [initiation, peerUp(peer4), monitoring(peer4, announce(['198.51.100.0/24', '198.51.101.0/24']))].map(encodeBmp),
      ),
    );
    assert.deepEqual(station.routers()[0]?.peers[0]?.routes, { 'adj-rib-in-pre-policy': 2 });
  });

  test('none are kept where none may be', () => {
    const { say, peers } = heard({ maximumRoutes: 0 });
    assert.deepEqual(types(say(initiation, peerUp(peer4), monitoring(peer4, bytesOf(update)))), [
      'router-named',
      'peer-up',
      'routes',
    ]);
    assert.deepEqual(peers()[0]?.routes, {});
  });
});
