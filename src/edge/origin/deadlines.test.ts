import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Deadlines, never, type Timed } from './deadlines.ts';

function timed(deadline: number): Timed & { lateCount: number } {
  return {
    deadline,
    lateCount: 0,
    late() {
      this.lateCount++;
      this.deadline = never;
    },
  };
}

describe('deadlines', () => {
  it('pass after their time, never before it, and at most two ticks late, whenever they were set', () => {
    for (let offset = 0; offset < 100; offset += 7) {
      const clock = new ManualClock();
      const deadlines = new Deadlines(clock, 400);
      deadlines.add(timed(never));
      clock.advance(offset);
      const one = timed(deadlines.after(1_000));
      deadlines.add(one);
      clock.advance(999);
      assert.equal(one.lateCount, 0, `early at ${offset}`);
      clock.advance(201);
      assert.equal(one.lateCount, 1, `not late at ${offset}`);
    }
  });

  it('set to pass before a time, pass before it', () => {
    for (let offset = 0; offset < 100; offset += 7) {
      const clock = new ManualClock();
      const deadlines = new Deadlines(clock, 400);
      deadlines.add(timed(never));
      clock.advance(offset);
      const one = timed(deadlines.before(1_000));
      deadlines.add(one);
      clock.advance(799);
      assert.equal(one.lateCount, 0, `much too early at ${offset}`);
      clock.advance(201);
      assert.equal(one.lateCount, 1, `after its time at ${offset}`);
    }
    const deadlines = new Deadlines(new ManualClock(), 400);
    assert.ok(deadlines.isPast(deadlines.before(0)));
    assert.ok(!deadlines.isPast(deadlines.after(0)));
  });

  it('tick only while something is timed', () => {
    const clock = new ManualClock();
    const deadlines = new Deadlines(clock, 400);
    assert.equal(clock.nextInMs(), undefined);
    const one = timed(never);
    const two = timed(never);
    deadlines.add(one);
    deadlines.add(two);
    deadlines.remove(one);
    assert.equal(clock.nextInMs(), 100);
    deadlines.remove(two);
    deadlines.remove(two);
    assert.equal(clock.nextInMs(), undefined);
    deadlines.add(one);
    assert.equal(clock.nextInMs(), 100);
  });

  it('let what is late remove itself and others', () => {
    const clock = new ManualClock();
    const deadlines = new Deadlines(clock, 400);
    const seen: string[] = [];
    const two: Timed = { deadline: deadlines.after(0), late: () => seen.push('two') };
    const one: Timed = {
      deadline: deadlines.after(0),
      late() {
        seen.push('one');
        deadlines.remove(one);
        deadlines.remove(two);
      },
    };
    deadlines.add(one);
    deadlines.add(two);
    clock.advance(1_000);
    assert.deepEqual(seen, ['one']);
    assert.equal(clock.nextInMs(), undefined);
  });
});
