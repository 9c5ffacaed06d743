import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../../base/problem.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import { address } from '../../testing/bgp-routes.ts';
import { SpeakerStage } from '../../testing/scripted-peer.ts';
import { withdrawnOf } from '../../testing/withdrawn.ts';
import { encodeMessage } from '../message/codec.ts';
import { shutdownCommunication } from '../message/notification.ts';
import { acceptAll, announceOnly, rejectAll } from '../policy/common.ts';

const [one, two, six] = ['192.0.2.0/24', '198.51.100.0/24', '2001:db8::/48'];
const local = (prefix: string) =>
  ({ type: 'announce', route: { prefix: mustPrefix(prefix), attributes: {} } }) as const;
const bestPeer = (stage: SpeakerStage, prefix: string) => stage.core.decision(mustPrefix(prefix))?.best.source.peer;

test('a new session hears the whole table, packed, then End-of-RIB of each family', () => {
  const stage = new SpeakerStage();
  for (const prefix of [one, six, two]) stage.step(local(prefix));
  const peer = stage.peer('a');
  const updates = peer.take().filter((message) => message.type === 'update');
  assert.equal(updates.length, 4, 'two families, two markers');
  assert.deepEqual(
    updates.map((message) => message.endOfRib),
    [undefined, undefined, 'ipv4-unicast', 'ipv6-unicast'],
  );
  assert.deepEqual([...stage.core.adjRibOut('a')].length, 3);
});

test('without policies an external peer gives and gets nothing (RFC 8212)', () => {
  const stage = new SpeakerStage();
  stage.step(local(one));
  const peer = stage.peer('a', { importPolicy: undefined, exportPolicy: undefined });
  peer.announce([two]);
  assert.deepEqual(peer.takeShort().slice(1), ['end ipv4-unicast', 'end ipv6-unicast']);
  assert.equal(bestPeer(stage, two), undefined);
  const [received] = [...stage.core.adjRibIn('a')];
  assert.equal(received?.outcome.verdict === 'reject' && received.outcome.rejection.reason, 'no-import-policy');
  const outcome = stage.core.explainExport('a', mustPrefix(one));
  assert.equal(outcome?.verdict === 'suppress' && outcome.suppression.reason, 'no-export-policy');
  assert.equal(stage.core.explainExport('a', mustPrefix('203.0.113.0/24')), undefined, 'nobody has such a route');
});

test('an internal peer needs no policy', () => {
  const stage = new SpeakerStage();
  stage.step(local(one));
  const peer = stage.peer('a', { peerAsn: 64500, importPolicy: undefined, exportPolicy: undefined });
  peer.announce([two], { localPreference: 100 });
  assert.equal(bestPeer(stage, two), 'a');
  assert.ok(peer.takeShort().includes(`+${one}`));
});

test('a route with our own ASN is unusable, replaces the good one before it, and keeps its reason', () => {
  const stage = new SpeakerStage();
  const peer = stage.peer('a', { peerAsn: 64501 });
  peer.announce([one]);
  assert.equal(bestPeer(stage, one), 'a');
  peer.announce([one], { asPath: [{ kind: 'sequence', asns: [64501, 64500, 64502] }] });
  assert.equal(bestPeer(stage, one), undefined);
  const [route] = [...stage.core.adjRibIn('a')];
  assert.deepEqual(route?.outcome, {
    verdict: 'reject',
    rejection: { reason: 'as-path-loop', what: 'our own AS 64500 is in its AS path' },
  });
});

test('a next hop that is our own address is ignored and the session stays (RFC 4271 §6.3)', () => {
  const stage = new SpeakerStage();
  const peer = stage.peer('a');
  peer.announce([one], {}, '203.0.113.1');
  assert.equal(bestPeer(stage, one), undefined);
  assert.equal(stage.core.sessionPhase('a'), 'established');
  const sharing = stage.peer('b', { address: address('203.0.113.1') });
  sharing.announce([one], {}, '203.0.113.1');
  assert.equal(bestPeer(stage, one), 'b', 'on a shared address the next hop tells nothing');
});

test('a prefix that is no unicast one is ignored, keeps its reason, and harms no other (RFC 4271 §6.3)', () => {
  const stage = new SpeakerStage();
  const b = stage.peer('b');
  const a = stage.peer('a');
  b.take();
  const bad = [
    '224.0.0.0/4',
    '224.0.0.0/3',
    '239.1.2.0/24',
    '240.0.0.0/4',
    '255.255.255.255/32',
    'ff00::/8',
    'ff02::/16',
  ];
  // The last ones cover unicast addresses, too.
  const good = ['223.255.255.0/24', '192.0.0.0/2', '0.0.0.0/0', '2001:db8::/32', 'fe00::/7'];
  a.announce([...bad, ...good]);
  assert.deepEqual(b.takeShort().toSorted(), good.map((prefix) => `+${prefix}`).toSorted());
  const status = stage.core.neighbors().find(({ id }) => id === 'a');
  assert.deepEqual([status?.receivedRoutes, status?.acceptedRoutes], [bad.length + good.length, good.length]);
  for (const prefix of bad) {
    const [only] = stage.core.explainImport('a', mustPrefix(prefix));
    assert.equal(only?.outcome.verdict === 'reject' && only.outcome.rejection.reason, 'not-unicast', prefix);
  }
  stage.step({ type: 'set-import-policy', peer: 'a', policy: acceptAll });
  a.withdraw(...bad, ...good);
  assert.deepEqual([...stage.core.bestRoutes()], []);
  assert.equal(stage.core.neighbors().find(({ id }) => id === 'a')?.receivedRoutes, 0);
});

test('the better route moves the best, and other peers hear the difference only', () => {
  const stage = new SpeakerStage();
  const [a, b, c] = [stage.peer('a'), stage.peer('b'), stage.peer('c')];
  a.announce([one, two], { asPath: [{ kind: 'sequence', asns: [64501, 64510] }] });
  c.take();
  b.announce([one]);
  assert.deepEqual(c.takeShort(), [`+${one}`]);
  b.withdraw(one);
  assert.deepEqual(c.takeShort(), [`+${one}`]);
  b.withdraw(one);
  a.announce([one], { asPath: [{ kind: 'sequence', asns: [64501, 64510] }] });
  assert.deepEqual(c.takeShort(), [], 'nothing new, nothing said');
  a.withdraw(one, two);
  assert.deepEqual(c.takeShort(), [`-${one}`, `-${two}`]);
});

test('what goes and comes back within one step is never told', () => {
  const stage = new SpeakerStage();
  const [a, b] = [stage.peer('a'), stage.peer('b')];
  b.take();
  stage.take('best-changed');
  a.say(a.announcement(one), {
    type: 'update',
    withdrawn: withdrawnOf(mustPrefix(one)),
    reach: [],
    attributes: {},
    errors: [],
  });
  assert.deepEqual(stage.take('best-changed'), []);
  assert.deepEqual(b.takeShort(), []);
});

test('when a session ends, its routes are gone everywhere, and told anew when it is back', () => {
  const stage = new SpeakerStage();
  const [a, b] = [stage.peer('a'), stage.peer('b')];
  a.announce([one, six]);
  b.take();
  stage.step({ type: 'closed', peer: 'a', side: 'incoming' });
  assert.deepEqual(b.takeShort(), [`-${one}`, `-${six}`]);
  assert.deepEqual([...stage.core.bestRoutes()], []);
  const status = stage.core.neighbors().find(({ id }) => id === 'a');
  assert.equal(status?.receivedRoutes, 0);
  assert.equal(status?.lastDown?.kind, 'connection-closed');
  const down = stage.take('session-down');
  assert.deepEqual([down.length, down[0]?.peer, down[0]?.wasEstablished], [1, 'a', true]);

  stage.step({ type: 'timer', peer: 'a', timer: 'idle-hold' });
  a.take();
  b.announce([two]);
  a.establish();
  assert.deepEqual(a.takeShort(), ['open', `+${two}`, 'end ipv4-unicast', 'end ipv6-unicast']);
});

test('a route refresh is answered with that family, and no other', () => {
  const stage = new SpeakerStage();
  stage.step(local(one));
  stage.step(local(six));
  const peer = stage.peer('a');
  peer.take();
  peer.say({ type: 'route-refresh', family: 'ipv6-unicast' });
  assert.deepEqual(peer.takeShort(), [`+${six}`]);
  const onlyIpv4 = stage.peer('b', { families: ['ipv4-unicast'] });
  onlyIpv4.take();
  onlyIpv4.say({ type: 'route-refresh', family: 'ipv6-unicast' });
  assert.deepEqual(onlyIpv4.takeShort(), []);
});

test('a malformed attribute withdraws the route, is counted, and leaves the session up (RFC 7606)', () => {
  const stage = new SpeakerStage();
  const peer = stage.peer('a');
  peer.announce([one, two]);
  const [bytes] = encodeMessage(peer.announcement(one), peer.context);
  assert.ok(bytes);
  const origin = bytes.findIndex((_, at) => bytes[at] === 0x40 && bytes[at + 1] === 1 && bytes[at + 2] === 1);
  peer.sayBytes(Uint8Array.from(bytes, (byte, at) => (at === origin + 3 ? 9 : byte)));
  assert.equal(bestPeer(stage, one), undefined);
  assert.equal(bestPeer(stage, two), 'a');
  const [status] = stage.core.neighbors();
  assert.equal(status?.phase, 'established');
  assert.equal(status?.malformedUpdates, 1);
  assert.equal(status?.lastMalformed?.outcome, 'treat-as-withdraw');
  assert.equal(status?.receivedRoutes, 1);
});

test('a broken header ends the session with the right NOTIFICATION, and what follows is not read', () => {
  const stage = new SpeakerStage();
  const peer = stage.peer('a');
  peer.take();
  const [good] = encodeMessage(peer.announcement(one), peer.context);
  assert.ok(good);
  peer.sayBytes(new Uint8Array(Buffer.concat([new Uint8Array(19), good])));
  const [said] = peer.take();
  assert.ok(said?.type === 'notification' && said.code === 1 && said.subcode === 1, 'Connection Not Synchronized');
  assert.equal(bestPeer(stage, one), undefined);
  assert.equal(stage.take('close').length, 1);
});

test('what stands behind a NOTIFICATION in one piece is not read', () => {
  const stage = new SpeakerStage();
  const peer = stage.peer('a');
  peer.say({ type: 'notification', code: 6, subcode: 2, data: new Uint8Array() }, peer.announcement(one));
  assert.equal(bestPeer(stage, one), undefined);
  assert.deepEqual([...stage.core.adjRibIn('a')], []);
});

test('a changed export policy sends what it changes', () => {
  const stage = new SpeakerStage();
  for (const prefix of [one, two, six]) stage.step(local(prefix));
  const peer = stage.peer('a');
  peer.take();
  const change = (policy: typeof acceptAll) => {
    stage.step({ type: 'set-export-policy', peer: 'a', policy });
    return peer.takeShort();
  };
  assert.deepEqual(change(announceOnly([mustPrefix(one), mustPrefix(six)])), [`-${two}`]);
  assert.deepEqual(change(announceOnly([mustPrefix(one), mustPrefix(six)])), []);
  assert.deepEqual(change(rejectAll), [`-${one}`, `-${six}`]);
  assert.deepEqual(change(acceptAll), [`+${one}`, `+${two}`, `+${six}`]);
  const prepended = {
    terms: [
      { name: 'longer', match: { prefixes: [{ prefix: one }] }, actions: [{ type: 'prepend', count: 2 } as const] },
    ],
    otherwise: 'accept',
  } as const;
  stage.step({ type: 'set-export-policy', peer: 'a', policy: prepended });
  const updates = peer.take().filter((message) => message.type === 'update');
  assert.deepEqual(
    updates.map((message) => message.attributes.asPath),
    [[{ kind: 'sequence', asns: [64500, 64500, 64500] }]],
  );
});

test('stopping says why to every peer, and they stay idle', () => {
  const stage = new SpeakerStage();
  const peers = [stage.peer('a'), stage.peer('b')];
  peers[0]?.announce([one]);
  for (const peer of peers) peer.take();
  stage.step({ type: 'stop', communication: 'maintenance' });
  for (const peer of peers) {
    const said = peer.take();
    assert.equal(said.length, 1, 'no updates on the way out');
    const [notification] = said;
    assert.ok(notification?.type === 'notification' && notification.code === 6 && notification.subcode === 2);
    assert.equal(shutdownCommunication(notification), 'maintenance');
    assert.equal(stage.core.sessionPhase(peer.config.id), 'idle');
  }
  peers[0]?.announce([two]);
  stage.step({ type: 'timer', peer: 'a', timer: 'idle-hold' });
  assert.equal(stage.core.sessionPhase('a'), 'idle');
  assert.deepEqual([...stage.core.bestRoutes()], []);
});

test('a removed peer hears Peer De-configured, and late news of it is ignored', () => {
  const stage = new SpeakerStage();
  const [a, b] = [stage.peer('a'), stage.peer('b')];
  a.announce([one]);
  a.take();
  b.take();
  stage.step({ type: 'remove-peer', peer: 'a' });
  const [said] = a.take();
  assert.ok(said?.type === 'notification' && said.code === 6 && said.subcode === 3);
  assert.deepEqual(b.takeShort(), [`-${one}`]);
  assert.equal(stage.core.sessionPhase('a'), undefined);
  a.announce([two]);
  stage.step({ type: 'closed', peer: 'a', side: 'incoming' });
  stage.step({ type: 'timer', peer: 'a', timer: 'hold:incoming' });
  stage.step({ type: 'connected', peer: 'a', side: 'incoming' });
  stage.step({ type: 'remove-peer', peer: 'a' });
  assert.equal(stage.core.neighbors().length, 1);
});

test('what an operator can mend is a problem, and nothing is changed by it', () => {
  const stage = new SpeakerStage();
  const { config } = stage.peer('a');
  const broken = { terms: [{ name: 'x', match: { prefixes: [{ prefix: 'y' }] } }], otherwise: 'accept' } as const;
  for (const [event, code] of [
    [{ type: 'add-peer', peer: config }, 'speaker.peer-exists'],
    [{ type: 'add-peer', peer: { ...config, id: 'local' } }, 'speaker.peer-name'],
    [{ type: 'add-peer', peer: { ...config, id: 'b', exportPolicy: broken } }, 'policy.prefix'],
    [{ type: 'set-export-policy', peer: 'nobody', policy: acceptAll }, 'speaker.peer-unknown'],
    [{ type: 'set-export-policy', peer: 'a', policy: broken }, 'policy.prefix'],
  ] as const) {
    assert.throws(
      () => stage.step(event),
      (error) => error instanceof ProblemError && error.problems[0]?.code === code,
    );
  }
  assert.equal(stage.core.neighbors().length, 1);
  assert.equal(stage.core.sessionPhase('a'), 'established');
});

test('a path that outgrows a message is withdrawn, and the reason is known', () => {
  const stage = new SpeakerStage();
  const [a, b] = [stage.peer('a'), stage.peer('b')];
  b.take();
  a.announce([one]);
  const asns = [64501, ...new Array<number>(1010).fill(64999)];
  const segments = [0, 255, 510, 765].map((at) => ({ kind: 'sequence' as const, asns: asns.slice(at, at + 255) }));
  a.announce([one], { asPath: segments });
  assert.equal(bestPeer(stage, one), 'a');
  assert.deepEqual(b.takeShort(), [`+${one}`, `-${one}`]);
  assert.equal(stage.core.neighbors().find(({ id }) => id === 'b')?.announcedRoutes, 0);
  const outcome = stage.core.explainExport('b', mustPrefix(one));
  assert.equal(outcome?.verdict === 'suppress' && outcome.suppression.reason, 'too-large');
});

test('half a message of a connection that closed is not the start of the next one', () => {
  const stage = new SpeakerStage();
  const peer = stage.peer('a');
  const [bytes] = encodeMessage(peer.announcement(one), peer.context);
  assert.ok(bytes);
  peer.sayBytes(bytes.subarray(0, 30));
  stage.step({ type: 'closed', peer: 'a', side: 'incoming' });
  stage.step({ type: 'timer', peer: 'a', timer: 'idle-hold' });
  peer.establish();
  peer.announce([one]);
  assert.equal(bestPeer(stage, one), 'a');
});

test('a burst of updates restarts the hold timer once', () => {
  const stage = new SpeakerStage();
  const peer = stage.peer('a');
  stage.take('set-timer');
  peer.say(peer.announcement(one), peer.announcement(two), peer.announcement(six));
  assert.deepEqual(stage.take('set-timer'), [{ type: 'set-timer', peer: 'a', timer: 'hold:incoming', delayMs: 9000 }]);
});
