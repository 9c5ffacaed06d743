import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Timers } from './timers.ts';

function timers() {
  const clock = new ManualClock();
  const fired: string[] = [];
  return { clock, fired, timers: new Timers<'a' | 'b'>(clock, (name) => fired.push(`${name} ${clock.now()}`)) };
}

test('a timer fires once, at its time', () => {
  const { clock, fired, timers: all } = timers();
  all.set('a', 100);
  all.set('b', 50);
  clock.advance(1000);
  assert.deepEqual(fired, ['b 50', 'a 100']);
});

test('a timer set again fires at the later or the earlier time, once', () => {
  const { clock, fired, timers: all } = timers();
  all.set('a', 100);
  clock.advance(60);
  all.set('a', 100);
  clock.advance(99);
  assert.deepEqual(fired, []);
  clock.advance(1);
  assert.deepEqual(fired, ['a 160']);
  all.set('a', 100);
  all.set('a', 10);
  clock.advance(1000);
  assert.deepEqual(fired, ['a 160', 'a 170']);
});

test('a cleared timer does not fire and leaves nothing with the clock', () => {
  const { clock, fired, timers: all } = timers();
  all.set('a', 100);
  all.set('a', 200);
  all.set('b', 100);
  all.clear('a');
  all.clearAll();
  assert.equal(clock.nextInMs(), undefined);
  clock.advance(1000);
  assert.deepEqual(fired, []);
});
