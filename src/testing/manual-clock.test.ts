/** The heap of the manual clock against the plainest list that does the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from './manual-clock.ts';

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set' as const), value: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cancel' as const), value: fc.nat(300) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('advance' as const), value: fc.nat(15) }) },
);

/** A list that is searched: what the clock must be like. */
class PlainTimers {
  now = 0;
  timers: { at: number; id: number }[] = [];
  readonly fired: number[] = [];

  next(): { at: number; id: number } | undefined {
    return this.timers.toSorted((a, b) => a.at - b.at || a.id - b.id)[0];
  }

  advance(ms: number): void {
    const target = this.now + ms;
    for (let next = this.next(); next !== undefined && next.at <= target; next = this.next()) {
      this.timers = this.timers.filter((timer) => timer !== next);
      this.fired.push(next.id);
    }
    this.now = target;
  }
}

test('timers fire in order of time and making, whatever is cancelled', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const [clock, plain] = [new ManualClock(), new PlainTimers()];
      const fired: number[] = [];
      const cancels: (() => void)[] = [];
      for (const { do: what, value } of steps) {
        if (what === 'set') {
          const id = cancels.length;
          plain.timers.push({ at: plain.now + value, id });
          cancels.push(clock.after(value, () => fired.push(id)));
        } else if (what === 'cancel') {
          cancels[value]?.(); // also such as have fired, and twice
          plain.timers = plain.timers.filter(({ id }) => id !== value);
        } else {
          clock.advance(value);
          plain.advance(value);
        }
        const next = plain.next();
        assert.equal(clock.nextInMs(), next && next.at - plain.now);
      }
      assert.deepEqual(fired, plain.fired);
    }),
    { numRuns: 200 },
  );
});

test('a timer that is set for now while others fire comes in the same advance, behind those that were there', () => {
  const clock = new ManualClock();
  const fired: string[] = [];
  clock.after(5, () => {
    fired.push('a');
    clock.after(0, () => fired.push('c'));
  });
  clock.after(5, () => fired.push('b'));
  clock.advance(5);
  assert.deepEqual(fired, ['a', 'b', 'c']);
});

test('cancelled timers do not pile up', () => {
  const clock = new ManualClock();
  for (let index = 0; index < 10_000; index++) {
    clock.after(9_000, () => {})();
    assert.ok(clock.kept < 200);
  }
  assert.equal(clock.nextInMs(), undefined);
});
