/** Each option of a peering, shown by what the speaker takes and tells with it and without it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../../base/problem.ts';
import { seededRandom } from '../../base/random.ts';
import { formatAddress } from '../../ip/address.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import { address, makeRoute, type RouteFacts } from '../../testing/bgp-routes.ts';
import { type ScriptedPeer, SpeakerStage } from '../../testing/scripted-peer.ts';
import { prefixesOf, withdrawnOf } from '../../testing/withdrawn.ts';
import { noExport } from '../message/community.ts';
import type { PathAttributes, UpdateMessage } from '../message/types.ts';
import { acceptAll, rejectAll } from '../policy/common.ts';
import { compilePolicy } from '../policy/evaluate.ts';
import { flatAsPath } from '../rib/as-path.ts';
import { PrefixTable } from '../rib/prefix-table.ts';
import { ReceivedPath } from '../rib/received-path.ts';
import { type ExportContext, exportRoute } from './export.ts';
import { type ImportContext, Importer } from './import.ts';
import type { PeerConfig } from './types.ts';

const one = '192.0.2.0/24';
const path = (...asns: readonly number[]): PathAttributes => ({ asPath: [{ kind: 'sequence', asns }] });
const nextHops = { ipv4: address('203.0.113.254'), ipv6: address('2001:db8:ffff::1') };

function imported(facts: RouteFacts, peer: Partial<ImportContext['peer']> = {}) {
  const context: ImportContext = {
    localAsn: 64500,
    routerId: address('10.0.0.1'),
    peer: { peerAsn: 64501, address: address('203.0.113.1'), nextHops, ...peer },
    policy: compilePolicy(acceptAll),
  };
  const { prefix, ...path } = makeRoute(facts);
  const table = new PrefixTable(seededRandom(1));
  const { outcome } = new Importer(context, table).import(new ReceivedPath(path), table.intern(prefix, path.family));
  return outcome.verdict === 'accept' ? { ...outcome, route: outcome.path } : outcome;
}

function exported(facts: RouteFacts, peer: Partial<ExportContext['peer']> = {}) {
  const context: ExportContext = {
    localAsn: 64500,
    clusterId: address('10.0.0.1'),
    peer: { id: 'peer', peerAsn: 64599, nextHops, ...peer },
    policy: compilePolicy(acceptAll),
    families: ['ipv4-unicast', 'ipv6-unicast'],
  };
  const outcome = exportRoute(makeRoute(facts), context);
  return outcome.verdict === 'announce' ? outcome.route : outcome.suppression.reason;
}

const pathTowards = (facts: RouteFacts, peer: Partial<ExportContext['peer']>) => {
  const route = exported(facts, peer);
  return typeof route === 'string' ? route : flatAsPath(route.attributes.asPath ?? []);
};

test('allow-own-AS takes a path with our own ASN so many times', () => {
  const verdict = (own: number, allowOwnAs?: number) =>
    imported({ path: [64501, ...new Array<number>(own).fill(64500)] }, allowOwnAs === undefined ? {} : { allowOwnAs })
      .verdict;
  assert.deepEqual(
    [verdict(0), verdict(1), verdict(1, 1), verdict(2, 1), verdict(2, 2)],
    ['accept', 'reject', 'accept', 'reject', 'accept'],
  );
});

test('local-AS: the peer knows us as another AS, whose number stands in the paths (RFC 7705 §3)', () => {
  const localAs = { asn: 64510 };
  assert.deepEqual(pathTowards({ path: [64501] }, { localAs }), [64510, 64500, 64501]);
  assert.deepEqual(pathTowards({ path: [64501] }, { localAs: { ...localAs, replaceAs: true } }), [64510, 64501]);
  const inward = (noPrepend?: true) => {
    const outcome = imported({ path: [64501] }, { localAs: { ...localAs, ...(noPrepend && { noPrepend }) } });
    return outcome.verdict === 'accept' && flatAsPath(outcome.route.attributes.asPath ?? []);
  };
  assert.deepEqual([inward(), inward(true)], [[64510, 64501], [64501]]);
  assert.equal(imported({ path: [64501, 64510] }, { localAs }).verdict, 'reject', 'the AS that we were is ours');

  const stage = new SpeakerStage();
  const peer = stage.idlePeer('a', { localAs });
  stage.step({ type: 'connected', peer: 'a', side: 'incoming' });
  const [open] = peer.take();
  assert.equal(open?.type === 'open' && open.asn, 64510);
});

test("private ASNs are taken out or replaced towards external peers, the peer's own stays", () => {
  const facts = { path: [64512, 3356, 64513, 64599] };
  assert.deepEqual(pathTowards(facts, {}), [64500, 64512, 3356, 64513, 64599]);
  assert.deepEqual(pathTowards(facts, { removePrivateAs: 'only-private' }), [64500, 64512, 3356, 64513, 64599]);
  assert.deepEqual(pathTowards(facts, { removePrivateAs: 'all' }), [64500, 3356, 64599]);
  assert.deepEqual(pathTowards(facts, { removePrivateAs: 'replace' }), [64500, 64500, 3356, 64500, 64599]);
  assert.deepEqual(pathTowards({ path: [64512, 64513] }, { removePrivateAs: 'only-private' }), [64500]);
});

test('next hop: our own, or the one that the route came with', () => {
  const hop = (peer: Partial<ExportContext['peer']>, facts: RouteFacts = {}) => {
    const route = exported(facts, peer);
    return typeof route === 'string' ? route : formatAddress(route.nextHop);
  };
  const internal = { peerAsn: 64500 };
  assert.equal(hop({}), '203.0.113.254');
  assert.equal(hop({ nextHop: 'unchanged' }), '203.0.113.1');
  assert.equal(hop({ nextHop: 'unchanged' }, { peer: 'local', path: [] }), '203.0.113.254', 'ours has none to keep');
  assert.equal(hop({ ...internal, nextHop: 'unchanged' }), '203.0.113.1');
  assert.equal(hop({ ...internal, nextHop: 'self' }), '203.0.113.254');
  assert.equal(hop({ ...internal, nextHop: 'self', nextHops: {} }), 'no-next-hop');
});

test('a next hop of the other family goes out only where the session takes it (RFC 8950)', () => {
  const context: ExportContext = {
    localAsn: 64500,
    peer: { id: 'peer', peerAsn: 64599, nextHops: { ipv4: nextHops.ipv6 } },
    policy: compilePolicy(acceptAll),
    families: ['ipv4-unicast'],
  };
  const outcome = exportRoute(makeRoute({}), context);
  assert.equal(outcome.verdict === 'suppress' && outcome.suppression.reason, 'no-next-hop');
  assert.equal(exportRoute(makeRoute({}), { ...context, extendedNextHop: ['ipv4-unicast'] }).verdict, 'announce');
});

test('extended communities that are not transitive end at the border of the AS (RFC 4360 §6)', () => {
  const attributes = { extendedCommunities: [[0x4300_0000, 1] as const, [0x0002_0001, 1] as const] };
  const towards = (peerAsn: number) => {
    const route = exported({ attributes }, { peerAsn });
    return typeof route !== 'string' && route.attributes.extendedCommunities?.length;
  };
  assert.deepEqual([towards(64599), towards(64500)], [1, 2]);
});

test('what a policy says of the next hop counts more than what the peering says', () => {
  const policy = compilePolicy({
    terms: [{ name: 'hop', match: {}, actions: [{ type: 'set-next-hop', to: { address: '198.51.100.9' } }] }],
    otherwise: 'accept',
  });
  const outcome = exportRoute(makeRoute({}), {
    localAsn: 64500,
    peer: { id: 'peer', peerAsn: 64599, nextHops },
    policy,
    families: ['ipv4-unicast'],
  });
  assert.equal(outcome.verdict === 'announce' && formatAddress(outcome.route.nextHop), '198.51.100.9');
});

test('a route server leaves path, next hop, MED and communities as they are (RFC 7947 §2.2)', () => {
  const attributes = { multiExitDiscriminator: 7, communities: [noExport, 42] };
  const route = exported({ path: [64501, 64502], attributes }, { routeServerClient: true });
  assert.ok(typeof route !== 'string');
  assert.deepEqual(flatAsPath(route.attributes.asPath ?? []), [64501, 64502]);
  assert.equal(formatAddress(route.nextHop), '203.0.113.1');
  assert.equal(route.attributes.multiExitDiscriminator, 7);
  assert.deepEqual(route.attributes.communities, [noExport, 42]);
  assert.equal(exported({ attributes }, {}), 'no-export', 'a plain peer is not told');
});

test('a route that one client of a route server may not have does not hide the next best (RFC 7947 §2.3)', () => {
  const stage = new SpeakerStage();
  const client = { routeServerClient: true } as const;
  const notFromA = {
    terms: [{ name: 'not from a', match: { peer: ['a'] }, verdict: 'reject' }],
    otherwise: 'accept',
  } as const;
  const [a, b, c] = [
    stage.peer('a', client),
    stage.peer('b', client),
    stage.peer('c', { ...client, exportPolicy: notFromA }),
  ];
  c.take();
  const toC = () => c.take().flatMap((m) => (m.type === 'update' ? [said(m)] : []));
  a.announce([one]);
  assert.deepEqual(toC(), []);
  b.announce([one], path(64502, 64510));
  assert.deepEqual(toC(), ['+64502 64510']);
  b.announce([one], path(64502, 64511));
  assert.deepEqual(toC(), ['+64502 64511'], 'a change behind the best is told, too');
  b.withdraw(one);
  assert.deepEqual(toC(), ['-']);
});

function said({ withdrawn, attributes }: UpdateMessage): string {
  return withdrawn.length > 0 ? '-' : `+${flatAsPath(attributes.asPath ?? []).join(' ')}`;
}

test('a reflector passes on what internal peers say: from clients to all, from others to clients (RFC 4456 §6)', () => {
  const stage = new SpeakerStage();
  const internal: Partial<PeerConfig> = { peerAsn: 64500, nextHops: {} };
  const client = { ...internal, reflectorClient: true } as const;
  const [c1, c2] = [stage.peer('c1', client), stage.peer('c2', client)];
  const [n1, n2] = [stage.peer('n1', internal), stage.peer('n2', internal)];
  const hear = () =>
    [c1, c2, n1, n2].map((peer) =>
      peer
        .takeShort()
        .filter((text) => /^[+-]/.test(text))
        .join(),
    );
  hear();
  c1.announce([one], { localPreference: 200 }, '203.0.113.77');
  const [update] = c2.take().filter((message) => message.type === 'update');
  assert.deepEqual(hear().slice(2), [`+${one}`, `+${one}`]);
  const { attributes, reach } = update as UpdateMessage;
  assert.equal(formatAddress(attributes.originatorId ?? nextHops.ipv4), '10.0.1.1', "c1's router ID");
  assert.deepEqual(attributes.clusterList?.map(formatAddress), ['10.0.0.1']);
  assert.equal(attributes.localPreference, 200);
  assert.equal(formatAddress(reach[0]?.nextHop ?? nextHops.ipv4), '203.0.113.77');
  c1.withdraw(one);
  hear();
  n1.announce([one], { localPreference: 100 });
  assert.deepEqual(hear(), [`+${one}`, `+${one}`, '', '']);
});

test('what comes back to where it entered, or crosses a cluster twice, is ignored (RFC 4456 §8)', () => {
  const outcome = (attributes: PathAttributes, internal = true) =>
    imported({ internal, asn: internal ? 64500 : 64501, path: [64501], attributes: { ...path(64501), ...attributes } })
      .verdict;
  assert.equal(outcome({ originatorId: address('10.0.0.1') }), 'reject');
  assert.equal(outcome({ originatorId: address('10.0.0.2') }), 'accept');
  assert.equal(outcome({ clusterList: [address('10.0.0.9'), address('10.0.0.1')] }), 'reject');
  assert.equal(outcome({ clusterList: [address('10.0.0.9')] }), 'accept');
  assert.equal(outcome({ originatorId: address('10.0.0.1') }, false), 'accept', 'no word of an external peer');
});

test('reflection adds to what earlier reflectors wrote and tells external peers nothing of it', () => {
  const attributes = { originatorId: address('10.0.0.7'), clusterList: [address('10.0.0.8')] };
  const facts: RouteFacts = { internal: true, asn: 64500, attributes: { ...path(64501), ...attributes } };
  const inside = exported(facts, { peerAsn: 64500, reflectorClient: true });
  assert.ok(typeof inside !== 'string');
  assert.equal(formatAddress(inside.attributes.originatorId ?? nextHops.ipv4), '10.0.0.7');
  assert.deepEqual(inside.attributes.clusterList?.map(formatAddress), ['10.0.0.1', '10.0.0.8']);
  const outside = exported(facts);
  assert.ok(typeof outside !== 'string');
  assert.deepEqual([outside.attributes.originatorId, outside.attributes.clusterList], [undefined, undefined]);
});

test('another import policy works on what was received, without asking the peer', () => {
  const stage = new SpeakerStage();
  const [a, b] = [stage.peer('a', { importPolicy: rejectAll }), stage.peer('b')];
  a.announce([one]);
  b.take();
  a.take();
  stage.step({ type: 'set-import-policy', peer: 'a', policy: acceptAll });
  assert.deepEqual(b.takeShort(), [`+${one}`]);
  stage.step({ type: 'set-import-policy', peer: 'a', policy: rejectAll });
  assert.deepEqual(b.takeShort(), [`-${one}`]);
  assert.deepEqual(a.takeShort(), [], 'nothing is asked of the peer');
});

test('when validation answers otherwise, what it decided is decided anew', () => {
  let state: 'valid' | 'invalid' = 'valid';
  const stage = new SpeakerStage({ validation: { originState: () => state, aspaState: () => 'unknown' } });
  const importPolicy = {
    terms: [{ name: 'invalid', match: { originValidation: ['invalid'] }, verdict: 'reject' }],
    otherwise: 'accept',
  } as const;
  const [a, b] = [stage.peer('a', { importPolicy }), stage.peer('b')];
  b.take();
  a.announce([one]);
  assert.deepEqual(b.takeShort(), [`+${one}`]);
  state = 'invalid';
  stage.step({ type: 'validation-changed' });
  assert.deepEqual(b.takeShort(), [`-${one}`]);
  const [explained] = stage.core.explainImport('a', mustPrefix(one));
  assert.equal(explained?.policy?.term, 'invalid');
});

test('a session is stopped, started and reset by hand', () => {
  const stage = new SpeakerStage();
  const peer = stage.peer('a');
  const subcode = () => {
    const [last] = peer.take().slice(-1);
    return last?.type === 'notification' ? last.subcode : undefined;
  };
  stage.step({ type: 'stop-peer', peer: 'a' });
  assert.deepEqual([stage.core.sessionPhase('a'), subcode()], ['idle', 2]);
  stage.step({ type: 'start-peer', peer: 'a' });
  peer.establish();
  stage.step({ type: 'reset-peer', peer: 'a' });
  assert.deepEqual([stage.core.sessionPhase('a'), subcode()], ['active', 4]);
  peer.establish();
  stage.step({ type: 'bfd-down', peer: 'a' });
  assert.deepEqual([stage.core.sessionPhase('a'), subcode()], ['idle', 10]);
  stage.step({ type: 'stop' });
  stage.step({ type: 'start-peer', peer: 'a' });
  peer.establish();
  for (const type of ['start-peer', 'stop-peer', 'reset-peer', 'request-refresh'] as const) {
    assert.throws(
      () => stage.step({ type, peer: 'nobody' }),
      (error) => isProblem(error, 'speaker.peer-unknown'),
    );
  }
});

const isProblem = (error: unknown, code: string): boolean =>
  error instanceof ProblemError && error.problems[0]?.code === code;

test('a configuration that contradicts itself is a problem before anything is sent', () => {
  const stage = new SpeakerStage();
  const internal = { peerAsn: 64500 };
  const wrong: readonly (readonly [Partial<PeerConfig>, string])[] = [
    [{ localAs: { asn: 64500 } }, 'speaker.local-as'],
    [{ localAs: { asn: 64510 }, peerAsn: 64510 }, 'speaker.local-as'],
    [{ localAs: { asn: 64510 }, ...internal }, 'speaker.external-only'],
    [{ role: 'peer', ...internal }, 'speaker.external-only'],
    [{ routeServerClient: true, ...internal }, 'speaker.external-only'],
    [{ requireRole: true }, 'speaker.role'],
    [{ reflectorClient: true }, 'speaker.internal-only'],
    [{ limits: { out: { 'ipv4-unicast': -1 } } }, 'speaker.prefix-limit'],
    [{ limits: { in: { 'ipv6-unicast': { maximum: 1.5 } } } }, 'speaker.prefix-limit'],
    [{ gracefulRestart: { restartTimeSeconds: 4096 } }, 'speaker.restart-time'],
    [{ gracefulRestart: { longLivedSeconds: 0x100_0000 } }, 'speaker.restart-time'],
  ];
  for (const [facts, code] of wrong) {
    assert.throws(
      () => stage.idlePeer('a', facts),
      (error) => isProblem(error, code),
      JSON.stringify(facts),
    );
    assert.deepEqual(stage.core.neighbors(), []);
  }
});

test('several paths to a prefix, each with its number, to a peer that takes them (RFC 7911)', () => {
  const both = { family: 'ipv4-unicast', direction: 'both' } as const;
  const stage = new SpeakerStage();
  const [a, b] = [stage.peer('a'), stage.peer('b')];
  const peer: ScriptedPeer = stage.idlePeer('c', { addPath: [both] });
  peer.context = { ...peer.context, addPath: { receive: ['ipv4-unicast'], send: ['ipv4-unicast'] } };
  peer.establish([{ kind: 'add-path', families: [both] }]);
  const heard = () =>
    peer.take().flatMap((m) => {
      if (m.type !== 'update') return [];
      const reached = m.reach.flatMap(({ prefixes }) => prefixes.map(({ pathId }) => `+${pathId}`));
      return [...prefixesOf(m.withdrawn).map(({ pathId }) => `-${pathId}`), ...reached];
    });
  heard();
  a.announce([one]);
  b.announce([one], path(64502, 64510));
  assert.deepEqual(heard(), ['+1', '+2']);
  a.announce([one], path(64501, 64510, 64511));
  assert.deepEqual(heard(), ['+1'], 'the one that changed keeps its number, best or not');
  b.withdraw(one);
  assert.deepEqual(heard(), ['-2']);

  const prefix = mustPrefix(one);
  const update = peer.announcement(one);
  assert.ok(update.type === 'update' && update.reach[0]);
  const reach = {
    ...update.reach[0],
    prefixes: [
      { ...prefix, pathId: 7 },
      { ...prefix, pathId: 9 },
    ],
  };
  peer.say({ ...update, reach: [reach] });
  assert.deepEqual(
    [...stage.core.adjRibIn('c')].map(({ received }) => received.pathId),
    [7, 9],
  );
  assert.deepEqual(
    stage.core.decision(prefix)?.losers.map(({ route, reason }) => [route.source.peer, route.pathId, reason]),
    [
      ['c', 9, 'path-id'],
      ['a', undefined, 'as-path-length'],
    ],
  );
  peer.say({ type: 'update', withdrawn: withdrawnOf({ ...prefix, pathId: 7 }), reach: [], attributes: {}, errors: [] });
  assert.equal(stage.core.decision(prefix)?.best.pathId, 9);
  assert.equal(stage.core.explainImport('c', prefix).length, 1);
});
