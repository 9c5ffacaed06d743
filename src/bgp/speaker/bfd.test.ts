/** What BFD does to a session: ends it with Cease / BFD Down (RFC 9384), and in strict mode holds it back until it is up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpeakerStage } from '../../testing/scripted-peer.ts';
import { describeNotification } from '../message/notification.ts';

const strict = { waitForBfd: true } as const;

/** The NOTIFICATION that the peer has just been sent. */
function lastWords(peer: ReturnType<SpeakerStage['peer']>): string | undefined {
  const [last] = peer.take().slice(-1);
  return last?.type === 'notification' ? describeNotification(last) : undefined;
}

test('without strict mode the session is told BFD Down and tried again by itself', () => {
  const stage = new SpeakerStage();
  const peer = stage.peer('a');
  stage.take('set-timer');
  stage.step({ type: 'bfd-down', peer: 'a' });
  assert.equal(lastWords(peer), 'Cease / BFD Down');
  assert.ok(stage.take('set-timer').some(({ timer }) => timer === 'idle-hold'));
  stage.step({ type: 'bfd-up', peer: 'a' });
  assert.equal(stage.core.sessionPhase('a'), 'idle', 'its delay still runs: BFD coming back is no reason to hurry');
});

test('in strict mode a session waits for BFD, and again when BFD has gone', () => {
  const stage = new SpeakerStage();
  const peer = stage.idlePeer('a', strict);
  assert.equal(stage.core.sessionPhase('a'), 'idle');
  stage.step({ type: 'bfd-up', peer: 'a' });
  assert.equal(stage.core.sessionPhase('a'), 'active');
  peer.establish();
  peer.take();
  stage.take('set-timer');
  stage.step({ type: 'bfd-down', peer: 'a' });
  assert.equal(lastWords(peer), 'Cease / BFD Down');
  assert.equal(stage.core.sessionPhase('a'), 'idle');
  assert.deepEqual(
    stage.take('set-timer').filter(({ timer }) => timer === 'idle-hold'),
    [],
    'no retry before BFD is up',
  );
  stage.step({ type: 'bfd-up', peer: 'a' });
  assert.equal(stage.core.sessionPhase('a'), 'active');
});

test('in strict mode, BFD going down while a retry waits holds the session, too', () => {
  const stage = new SpeakerStage();
  const peer = stage.idlePeer('a', strict);
  stage.step({ type: 'bfd-up', peer: 'a' });
  peer.establish();
  stage.step({ type: 'reset-peer', peer: 'a' });
  stage.step({ type: 'bfd-down', peer: 'a' });
  stage.step({ type: 'timer', peer: 'a', timer: 'idle-hold' });
  assert.equal(stage.core.sessionPhase('a'), 'idle');
  stage.step({ type: 'bfd-up', peer: 'a' });
  assert.equal(stage.core.sessionPhase('a'), 'active');
});

test('who stops a session by hand is not overruled by BFD; who starts it is neither', () => {
  const stage = new SpeakerStage();
  stage.idlePeer('a', strict);
  stage.step({ type: 'stop-peer', peer: 'a' });
  stage.step({ type: 'bfd-up', peer: 'a' });
  assert.equal(stage.core.sessionPhase('a'), 'idle');
  stage.step({ type: 'bfd-down', peer: 'a' });
  stage.step({ type: 'bfd-up', peer: 'a' });
  assert.equal(stage.core.sessionPhase('a'), 'idle', 'a session that was stopped is not BFD’s to start');
  stage.step({ type: 'start-peer', peer: 'a' });
  assert.equal(stage.core.sessionPhase('a'), 'active');
});

test('news of a peer that is gone changes nothing', () => {
  const stage = new SpeakerStage();
  for (const type of ['bfd-up', 'bfd-down'] as const) assert.deepEqual(stage.core.step({ type, peer: 'a' }), []);
});
