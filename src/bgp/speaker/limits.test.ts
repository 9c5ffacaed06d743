import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mustPrefix } from '../../ip/prefix.ts';
import { SpeakerStage } from '../../testing/scripted-peer.ts';
import { describeNotification } from '../message/notification.ts';
import { rejectAll } from '../policy/common.ts';
import type { InLimit } from './options.ts';

const v4 = (index: number): string => `198.51.${index}.0/24`;
const many = (count: number, from = 0): readonly string[] => Array.from({ length: count }, (_, i) => v4(from + i));
const limited = (limit: InLimit) => ({ limits: { in: { 'ipv4-unicast': limit } } });

function notices(stage: SpeakerStage): readonly string[] {
  return stage.take('prefix-limit').map(({ notice }) => `${notice.direction} ${notice.level} ${notice.count}`);
}

test('a peer that sends too much is told the limit, and the session stays down until it is started', () => {
  const stage = new SpeakerStage();
  const other = stage.peer('b');
  const peer = stage.peer('a', limited({ maximum: 4 }));
  other.take();
  peer.take();
  peer.announce(many(4));
  assert.deepEqual(notices(stage), ['in warning 3']);
  peer.announce([v4(9)]);
  assert.deepEqual(notices(stage), ['in exceeded 5']);
  const [last] = peer.take().slice(-1);
  assert.ok(last?.type === 'notification');
  assert.equal(describeNotification(last), 'Cease / Maximum Number of Prefixes Reached (ipv4-unicast, limit 4)');
  assert.equal(other.takeShort().filter((one) => one.startsWith('-')).length, 4, 'its routes are gone');
  assert.equal(stage.core.sessionPhase('a'), 'idle');
  assert.equal(stage.core.neighbors().find(({ id }) => id === 'a')?.lastDown?.kind, 'automatic-stop');
  assert.deepEqual(
    stage.take('set-timer').filter(({ timer }) => timer === 'idle-hold'),
    [],
  );

  stage.step({ type: 'start-peer', peer: 'a' });
  assert.equal(stage.core.sessionPhase('a'), 'active');
  peer.establish();
  peer.announce(many(3));
  assert.deepEqual(notices(stage), ['in warning 3'], 'told anew in a new session');
});

test('many prefixes in one UPDATE end the session in the middle of it', () => {
  const stage = new SpeakerStage();
  const peer = stage.peer('a', limited({ maximum: 2 }));
  const update = peer.announcement(v4(0));
  assert.ok(update.type === 'update' && update.reach[0]);
  peer.say({ ...update, reach: [{ ...update.reach[0], prefixes: many(50).map(mustPrefix) }] });
  assert.equal(stage.core.sessionPhase('a'), 'idle');
  assert.deepEqual([...stage.core.adjRibIn('a')], []);
  assert.deepEqual([...stage.core.bestRoutes()], []);
});

test('with a restart delay it comes back by itself after just that time', () => {
  const stage = new SpeakerStage();
  const peer = stage.peer('a', limited({ maximum: 1, restartAfterSeconds: 600 }));
  stage.take('set-timer');
  peer.announce(many(2));
  const timer = stage.take('set-timer').find((one) => one.timer === 'idle-hold');
  assert.equal(timer?.delayMs, 600_000);
  stage.step({ type: 'timer', peer: 'a', timer: 'idle-hold' });
  assert.equal(stage.core.sessionPhase('a'), 'active');
});

test('a limit that only warns keeps the session and tells once until there is room again', () => {
  const stage = new SpeakerStage();
  const peer = stage.peer('a', limited({ maximum: 2, action: 'warn', warnAtPercent: 100 }));
  peer.announce(many(5));
  assert.deepEqual(notices(stage), ['in warning 2', 'in exceeded 3']);
  assert.equal([...stage.core.bestRoutes()].length, 5);
  peer.withdraw(...many(5));
  peer.announce(many(3));
  assert.deepEqual(notices(stage), ['in warning 2', 'in exceeded 3']);
});

test('replacing a route is no growth, and only the family that has the limit counts', () => {
  const stage = new SpeakerStage();
  const peer = stage.peer('a', limited({ maximum: 2, warnAtPercent: 100 }));
  for (let round = 0; round < 3; round++) peer.announce(many(2), { multiExitDiscriminator: round });
  peer.announce(['2001:db8::/48', '2001:db8:1::/48', '2001:db8:2::/48']);
  assert.equal(stage.core.sessionPhase('a'), 'established');
});

test('where accepted routes count, rejected ones do not, until a new policy accepts them', () => {
  const stage = new SpeakerStage();
  const peer = stage.peer('a', { ...limited({ maximum: 2, counts: 'accepted' }), importPolicy: rejectAll });
  peer.announce(many(5));
  assert.equal(stage.core.sessionPhase('a'), 'established');
  const status = stage.core.neighbors()[0];
  assert.deepEqual([status?.receivedRoutes, status?.acceptedRoutes], [5, 0]);
  stage.step({ type: 'set-import-policy', peer: 'a', policy: { terms: [], otherwise: 'accept' } });
  assert.equal(stage.core.sessionPhase('a'), 'idle');
});

test('an outgoing limit withholds what is beyond it, and tells it when there is room', () => {
  const stage = new SpeakerStage();
  const local = (prefix: string) =>
    stage.step({ type: 'announce', route: { prefix: mustPrefix(prefix), attributes: {} } });
  for (const prefix of many(2)) local(prefix);
  const peer = stage.peer('a', { limits: { out: { 'ipv4-unicast': 2 } } });
  peer.take();
  local(v4(7));
  local('2001:db8::/48');
  assert.deepEqual(peer.takeShort(), ['+2001:db8::/48']);
  assert.deepEqual(notices(stage), ['out withheld 3']);
  const outcome = stage.core.explainExport('a', mustPrefix(v4(7)));
  assert.equal(outcome?.verdict === 'suppress' && outcome.suppression.reason, 'prefix-limit');
  assert.equal(stage.core.neighbors()[0]?.withheldRoutes, 1);
  stage.step({ type: 'withdraw', prefix: mustPrefix(v4(0)) });
  assert.deepEqual(peer.takeShort(), [`-${v4(0)}`, `+${v4(7)}`]);
  assert.equal(stage.core.explainExport('a', mustPrefix(v4(7)))?.verdict, 'announce');
});
