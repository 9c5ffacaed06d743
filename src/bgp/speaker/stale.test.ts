/** Graceful restart as helper, the long-lived kind, and refreshes with a beginning and an end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mustPrefix } from '../../ip/prefix.ts';
import { type ScriptedPeer, SpeakerStage } from '../../testing/scripted-peer.ts';
import { longLivedStale, noLongLived } from '../message/community.ts';
import type { AddressFamily, Capability, GracefulRestartCapability, Message } from '../message/types.ts';
import { acceptAll } from '../policy/common.ts';
import type { GracefulRestartConfig } from '../session/types.ts';

const [one, two, six] = ['192.0.2.0/24', '198.51.100.0/24', '2001:db8::/48'];
const both: readonly AddressFamily[] = ['ipv4-unicast', 'ipv6-unicast'];

function graceful(more: Partial<GracefulRestartCapability> = {}): GracefulRestartCapability {
  return {
    kind: 'graceful-restart',
    restarted: false,
    notification: false,
    restartTimeSeconds: 90,
    families: both.map((family) => ({ family, forwardingPreserved: true })),
    ...more,
  };
}

const longLived: Capability = {
  kind: 'long-lived-graceful-restart',
  families: [{ family: 'ipv4-unicast', forwardingPreserved: true, staleTimeSeconds: 5000 }],
};

function setUp(gracefulRestart: GracefulRestartConfig = {}, capabilities: readonly Capability[] = [graceful()]) {
  const stage = new SpeakerStage();
  const b = stage.peer('b');
  const a = stage.idlePeer('a', { gracefulRestart });
  a.establish(capabilities);
  a.announce([one, two, six]);
  b.take();
  stage.take('set-timer');
  return { stage, a, b };
}

const lose = (stage: SpeakerStage): void => stage.step({ type: 'closed', peer: 'a', side: 'incoming' });
const best = (stage: SpeakerStage): number => [...stage.core.bestRoutes()].length;
const stale = (stage: SpeakerStage) => stage.core.neighbors().find(({ id }) => id === 'a')?.staleRoutes;
const endOfRib = (peer: ScriptedPeer, family: AddressFamily): void =>
  peer.say({ type: 'update', withdrawn: [], reach: [], attributes: {}, endOfRib: family, errors: [] });

function timersSet(stage: SpeakerStage): readonly (readonly [string, number])[] {
  return stage
    .take('set-timer')
    .filter(({ peer, timer }) => peer === 'a' && /^(restart|stale|long-lived)/.test(timer))
    .map(({ timer, delayMs }) => [timer, delayMs / 1000]);
}

test('routes stay while the peer restarts, and what it does not say again goes with its End-of-RIB', () => {
  const { stage, a, b } = setUp();
  lose(stage);
  assert.deepEqual([best(stage), stale(stage)], [3, 3]);
  assert.deepEqual(timersSet(stage), [['restart', 90]]);
  assert.deepEqual(b.takeShort(), [], 'nobody hears of it');
  a.establish([graceful({ restarted: true })]);
  assert.deepEqual(timersSet(stage), [['stale', 360]]);
  a.announce([one, six]);
  assert.equal(stale(stage), 1);
  endOfRib(a, 'ipv4-unicast');
  assert.deepEqual(b.takeShort(), [`-${two}`]);
  assert.equal(stale(stage), 0);
  assert.ok(
    stage.take('clear-timer').some(({ timer }) => timer === 'stale'),
    'nothing is waited for any more',
  );
});

test('a peer that does not come back in time loses its routes', () => {
  const { stage, b } = setUp();
  lose(stage);
  stage.step({ type: 'timer', peer: 'a', timer: 'restart' });
  assert.equal(best(stage), 0);
  assert.deepEqual(b.takeShort(), [`-${one}`, `-${two}`, `-${six}`]);
});

test('a peer that is back and says no End-of-RIB loses what it has not said again', () => {
  const { stage, a } = setUp({ staleSeconds: 30 });
  lose(stage);
  timersSet(stage);
  a.establish([graceful()]);
  assert.deepEqual(timersSet(stage), [['stale', 30]]);
  a.announce([two]);
  stage.step({ type: 'timer', peer: 'a', timer: 'stale' });
  assert.equal(best(stage), 1);
});

test('a family whose forwarding did not survive goes when the peer is back (RFC 4724 §4.2)', () => {
  const { stage, a } = setUp();
  lose(stage);
  a.establish([
    graceful({
      families: [
        { family: 'ipv4-unicast', forwardingPreserved: false },
        { family: 'ipv6-unicast', forwardingPreserved: true },
      ],
    }),
  ]);
  assert.deepEqual(
    [...stage.core.bestRoutes()].map(({ prefix }) => prefix.family),
    [6],
  );
  lose(stage);
  a.establish();
  assert.equal(best(stage), 0, 'it knows nothing of restarts any more');
});

test('lost twice before it has said all: what was stale already is not kept again', () => {
  const { stage, a } = setUp();
  lose(stage);
  a.establish([graceful()]);
  a.announce([one]);
  lose(stage);
  assert.deepEqual([best(stage), stale(stage)], [1, 1]);
});

test('routes go at once where restarts were not agreed on, or where somebody ended the session on purpose', () => {
  const cease = (subcode: number, data = new Uint8Array()): Message => ({
    type: 'notification',
    code: 6,
    subcode,
    data,
  });
  const left = (capabilities: readonly Capability[], end: (stage: SpeakerStage, a: ScriptedPeer) => void): number => {
    const { stage, a } = setUp({}, capabilities);
    end(stage, a);
    return best(stage);
  };
  const notify = (message: Message) => (_: SpeakerStage, a: ScriptedPeer) => a.say(message);
  assert.equal(left([], lose), 0, 'the peer does not offer it');
  assert.equal(left([graceful({ families: [] })], lose), 0, 'the peer only helps others');
  assert.equal(left([graceful()], notify(cease(4))), 0, 'RFC 4724: a NOTIFICATION ends it');
  assert.equal(left([graceful({ notification: true })], notify(cease(4))), 3, 'RFC 8538: unless both agreed');
  assert.equal(left([graceful({ notification: true })], notify(cease(9, Uint8Array.of(6, 2)))), 0, 'Hard Reset');
  const stop = (stage: SpeakerStage) => stage.step({ type: 'stop-peer', peer: 'a' });
  assert.equal(left([graceful({ notification: true })], stop), 0);
  const hold = (stage: SpeakerStage) => stage.step({ type: 'timer', peer: 'a', timer: 'hold:incoming' });
  assert.equal(left([graceful({ notification: true })], hold), 3);
  assert.equal(left([graceful()], hold), 0);
  const lostThenStopped = (stage: SpeakerStage) => {
    lose(stage);
    stop(stage);
  };
  assert.equal(left([graceful()], lostThenStopped), 0, 'nobody waits for a session that nobody wants');
});

test('a stop on purpose is a Hard Reset where a NOTIFICATION alone would keep our routes (RFC 8538 §3.1)', () => {
  const { stage, a } = setUp({}, [graceful({ notification: true })]);
  a.take();
  stage.step({ type: 'stop-peer', peer: 'a', communication: 'bye' });
  const [last] = a.take().slice(-1);
  assert.ok(last?.type === 'notification');
  assert.deepEqual([last.code, last.subcode, ...last.data], [6, 9, 6, 2, 3, ...Buffer.from('bye')]);
});

test('our OPEN asks nobody to keep our routes, unless families to preserve are configured', () => {
  const offered = (gracefulRestart?: GracefulRestartConfig) => {
    const stage = new SpeakerStage();
    const peer = stage.idlePeer('a', { ...(gracefulRestart && { gracefulRestart }) });
    stage.step({ type: 'connected', peer: 'a', side: 'incoming' });
    const [open] = peer.take();
    assert.ok(open?.type === 'open');
    return open.capabilities.filter(({ kind }) => /graceful/.test(kind));
  };
  assert.deepEqual(offered(), []);
  assert.deepEqual(offered({}), [graceful({ families: [], notification: true, restartTimeSeconds: 120 })]);
  assert.deepEqual(
    offered({ preserve: ['ipv4-unicast'], restarted: true, longLivedSeconds: 60, notification: false }),
    [
      graceful({
        restarted: true,
        restartTimeSeconds: 120,
        families: [{ family: 'ipv4-unicast', forwardingPreserved: true }],
      }),
      {
        kind: 'long-lived-graceful-restart',
        families: [
          { family: 'ipv4-unicast', forwardingPreserved: true, staleTimeSeconds: 60 },
          { family: 'ipv6-unicast', forwardingPreserved: false, staleTimeSeconds: 60 },
        ],
      },
    ],
  );
});

test('only the first OPEN after our restart says so (RFC 4724 §3, R bit)', () => {
  const stage = new SpeakerStage();
  const peer = stage.idlePeer('a', { gracefulRestart: { restarted: true } });
  const saysSo = () => {
    const open = peer.take().find((message) => message.type === 'open');
    return open?.capabilities.some((one) => one.kind === 'graceful-restart' && one.restarted);
  };
  peer.establish([graceful()]);
  assert.equal(saysSo(), true);
  lose(stage);
  peer.establish([graceful()]);
  assert.equal(saysSo(), false);
});

test('long-lived: after the restart time its routes are marked, the last choice, and told only to who knows the mark', () => {
  const { stage, a, b } = setUp({ longLivedSeconds: 3600 }, [graceful(), longLived]);
  a.announce([two], { communities: [noLongLived] });
  const c = stage.peer('c', {}, [longLived]);
  c.take();
  b.take();
  lose(stage);
  timersSet(stage);
  stage.step({ type: 'timer', peer: 'a', timer: 'restart' });
  assert.deepEqual(timersSet(stage), [['long-lived:ipv4-unicast', 3600]], 'the smaller of the two times');
  const [left] = [...stage.core.bestRoutes()];
  assert.deepEqual([best(stage), left?.attributes.communities], [1, [longLivedStale]], 'NO_LLGR and IPv6 are gone');
  assert.deepEqual(b.takeShort(), [`-${one}`, `-${two}`, `-${six}`]);
  assert.deepEqual(c.takeShort(), [`-${two}`, `-${six}`, `+${one}`]);

  stage.step({ type: 'set-import-policy', peer: 'a', policy: acceptAll });
  assert.deepEqual([...stage.core.bestRoutes()][0]?.attributes.communities, [longLivedStale], 'it stays marked');

  b.announce([one], { asPath: [{ kind: 'sequence', asns: [64501, 1, 2, 3, 4] }] });
  const decision = stage.core.decision(mustPrefix(one));
  assert.deepEqual([decision?.best.source.peer, decision?.losers[0]?.reason], ['b', 'long-lived-stale']);

  a.establish([graceful(), longLived]);
  a.announce([one]);
  assert.equal(stage.core.decision(mustPrefix(one))?.best.source.peer, 'a', 'said again, it is a route as any');
  endOfRib(a, 'ipv4-unicast');
  assert.ok(stage.take('clear-timer').some(({ timer }) => timer === 'long-lived:ipv4-unicast'));
});

test('long-lived: a family that only this capability lists has no restart time to wait for (RFC 9494 §4.2)', () => {
  const onlySix = graceful({ families: [{ family: 'ipv6-unicast', forwardingPreserved: true }] });
  const { stage, a, b } = setUp({ longLivedSeconds: 3600 }, [onlySix, longLived]);
  lose(stage);
  assert.deepEqual(timersSet(stage), [
    ['long-lived:ipv4-unicast', 3600],
    ['restart', 90],
  ]);
  const marks = [...stage.core.bestRoutes()].map(({ attributes }) => attributes.communities);
  assert.deepEqual(marks, [[longLivedStale], [longLivedStale], undefined], 'at once');
  assert.deepEqual(b.takeShort(), [`-${one}`, `-${two}`]);
  stage.step({ type: 'timer', peer: 'a', timer: 'restart' });
  assert.deepEqual([best(stage), timersSet(stage)], [2, []], 'the long time does not begin anew');
  a.establish([onlySix, longLived]);
  a.announce([one]);
  endOfRib(a, 'ipv4-unicast');
  assert.deepEqual(b.takeShort(), [`-${six}`, `+${one}`]);
});

test('long-lived alone: no restart time at all is waited for, and a time of 0 keeps nothing', () => {
  const without = graceful({ restartTimeSeconds: 0, families: [] });
  const { stage } = setUp({ longLivedSeconds: 3600 }, [without, longLived]);
  assert.ok(stage.core.restartsGracefully('a'));
  lose(stage);
  assert.deepEqual(timersSet(stage), [['long-lived:ipv4-unicast', 3600]]);
  assert.deepEqual([best(stage), stale(stage)], [2, 2]);
  stage.step({ type: 'timer', peer: 'a', timer: 'long-lived:ipv4-unicast' });
  assert.equal(best(stage), 0);

  const zero: Capability = {
    kind: 'long-lived-graceful-restart',
    families: [{ family: 'ipv4-unicast', forwardingPreserved: true, staleTimeSeconds: 0 }],
  };
  const other = setUp({ longLivedSeconds: 3600 }, [without, zero]);
  assert.ok(!other.stage.core.restartsGracefully('a'));
  lose(other.stage);
  assert.deepEqual([best(other.stage), timersSet(other.stage)], [0, []]);
});

test('long-lived: after the long time, too, the routes go', () => {
  const { stage } = setUp({ longLivedSeconds: 3600 }, [graceful(), longLived]);
  lose(stage);
  stage.step({ type: 'timer', peer: 'a', timer: 'restart' });
  assert.equal(best(stage), 2);
  stage.step({ type: 'timer', peer: 'a', timer: 'long-lived:ipv4-unicast' });
  assert.equal(best(stage), 0);
});

test('a refresh with BoRR and EoRR drops what the peer has not said in between (RFC 7313 §4)', () => {
  const { stage, a, b } = setUp({}, [{ kind: 'enhanced-route-refresh' }]);
  a.context = { ...a.context, enhancedRouteRefresh: true };
  const mark = (subtype: 'begin' | 'end'): void => a.say({ type: 'route-refresh', family: 'ipv4-unicast', subtype });
  mark('begin');
  assert.deepEqual(timersSet(stage), [['stale', 360]], 'it may not take for ever');
  a.announce([one]);
  assert.deepEqual(b.takeShort(), []);
  mark('end');
  assert.deepEqual(b.takeShort(), [`-${two}`]);
  assert.equal(best(stage), 2);
  a.say({ type: 'route-refresh', family: 'ipv4-unicast', subtype: 'begin' });
  stage.step({ type: 'timer', peer: 'a', timer: 'stale' });
  assert.equal(best(stage), 1, 'without an end, too');
});

test('our answer to a request stands between BoRR and EoRR where the peer knows them', () => {
  const stage = new SpeakerStage();
  stage.step({ type: 'announce', route: { prefix: mustPrefix(one), attributes: {} } });
  for (const [enhanced, expected] of [
    [true, ['begin', `+${one}`, 'end']],
    [false, [`+${one}`]],
  ] as const) {
    const peer = stage.idlePeer(`enhanced ${enhanced}`, {});
    peer.context = { ...peer.context, enhancedRouteRefresh: enhanced };
    peer.establish(enhanced ? [{ kind: 'enhanced-route-refresh' }] : []);
    peer.take();
    peer.say({ type: 'route-refresh', family: 'ipv4-unicast' });
    const heard = peer.take().map((message) => {
      if (message.type === 'route-refresh') return message.subtype;
      return message.type === 'update' ? `+${one}` : message.type;
    });
    assert.deepEqual(heard, expected);
  }
});

test('a refresh is asked of a peer that knows how to answer', () => {
  const stage = new SpeakerStage();
  const peer = stage.peer('a');
  peer.take();
  stage.step({ type: 'request-refresh', peer: 'a' });
  stage.step({ type: 'request-refresh', peer: 'a', family: 'ipv6-unicast' });
  const families = peer.take().map((message) => message.type === 'route-refresh' && message.family);
  assert.deepEqual(families, ['ipv4-unicast', 'ipv6-unicast', 'ipv6-unicast']);
});
