import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../base/random.ts';
import { boundedIntervals, defaultIntervals, retryMs } from './intervals.ts';
import { serialAfter } from './serial.ts';
import { stepRtr } from './session.ts';
import { effectText, event, events, noRandom, run, situations, stateText } from './session.vectors.ts';
import { initialRtrState, type RtrState } from './state.ts';
import type { RtrEffect, RtrTimer } from './types.ts';

test('every situation × every event', () => {
  const file = new URL('session.cells.txt', import.meta.url);
  const lines = ['Written by session.test.ts with UPDATE=1: read what changes before you commit it.', ''];
  for (const [name, path] of Object.entries(situations)) {
    const state = run(path);
    lines.push(`## ${name}`, `   is ${stateText(state)}`);
    const ignored: string[] = [];
    for (const [eventName, each] of events) {
      const { state: next, effects } = stepRtr(state, each, noRandom);
      if (effects.length === 0 && JSON.stringify(next) === JSON.stringify(state)) ignored.push(eventName);
      else lines.push(eventName, `  → ${stateText(next)}`, ...effects.map((effect) => `    ${effectText(effect)}`));
    }
    lines.push(`ignored: ${ignored.join(', ')}`, '');
  }
  const actual = lines.join('\n');
  if (process.env.UPDATE === '1') writeFileSync(file, actual);
  assert.equal(actual, readFileSync(file, 'utf8'));
});

test('the situations hold every phase', () => {
  const phases = new Set(Object.values(situations).map((path) => run(path).phase));
  assert.deepEqual([...phases].sort(), ['connecting', 'loading', 'querying', 'ready', 'stopped', 'waiting']);
});

function effectsOf(names: readonly string[], last: string): readonly string[] {
  return stepRtr(run(names), event(last), noRandom).effects.map(effectText);
}

test('a cache that knows version 0 only is reached in one more connection, and version 0 refused ends it', () => {
  const down = ['start', 'connected', 'v0 error: version', 'connected'];
  assert.equal(run(down).version, 0);
  assert.deepEqual(effectsOf(down.slice(0, 3), 'connected').slice(0, 1), ['send v0 reset-query']);
  const refused = run([...down, 'v0 error: version']);
  assert.equal(refused.phase, 'waiting');
  assert.equal(refused.ceiling, 2, 'the next attempt begins anew');
});

test('a cache that refuses in our own version is asked one version lower, down to none', () => {
  const names = ['start', 'connected', 'v2 error: version', 'connected'];
  assert.equal(run(names).version, 1);
  assert.equal(run([...names, 'v2 error: version', 'connected']).version, 0);
  assert.equal(run([...names, 'v2 error: version', 'connected', 'v2 error: version']).phase, 'waiting');
});

test('a notify that came during an answer is followed at its end, unless the answer has it already', () => {
  const loading = ['start', 'connected', 'v2 cache-response'];
  assert.equal(run([...loading, 'v2 serial-notify 8', 'v2 end-of-data 7']).phase, 'querying');
  assert.equal(run([...loading, 'v2 serial-notify 7', 'v2 end-of-data 7']).phase, 'ready');
});

test('serials wrap around (RFC 1982 §3.2)', () => {
  assert(serialAfter(1, 0));
  assert(!serialAfter(0, 0));
  assert(!serialAfter(0, 1));
  assert(serialAfter(0, 0xffff_ffff));
  assert(serialAfter(0x7fff_ffff, 0));
  assert(!serialAfter(0x8000_0000, 0), 'half the circle apart: not defined');
  assert(!serialAfter(0, 0x8000_0000));
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.integer({ min: 1, max: 0x7fff_ffff }), (serial, step) => {
      const later = (serial + step) >>> 0;
      assert(serialAfter(later, serial) && !serialAfter(serial, later));
    }),
  );
});

test('an incremental answer may wrap the serial, and may not take it back', () => {
  const eod = (serial: number) => ({
    type: 'pdu' as const,
    version: 2 as const,
    pdu: { type: 'end-of-data' as const, sessionId: 1, serial, intervals: defaultIntervals },
  });
  const full = stepRtr(run(['start', 'connected', 'v2 cache-response']), eod(0xffff_ffff), noRandom).state;
  const loading = run(['timer refresh', 'v2 cache-response'], full);
  assert.equal(stepRtr(loading, eod(3), noRandom).state.source?.serial, 3);
  assert.equal(stepRtr(loading, eod(0xffff_ffff), noRandom).state.phase, 'ready', 'nothing new');
  assert.equal(stepRtr(loading, eod(0xffff_fff0), noRandom).state.phase, 'waiting');
});

test('intervals are kept within their bounds, and expire beyond the others (RFC 8210 §6)', () => {
  assert.deepEqual(boundedIntervals(undefined), { refreshSeconds: 3600, retrySeconds: 600, expireSeconds: 7200 });
  assert.deepEqual(boundedIntervals({ refreshSeconds: 0, retrySeconds: 0, expireSeconds: 0 }), {
    refreshSeconds: 1,
    retrySeconds: 1,
    expireSeconds: 600,
  });
  const most = 0xffff_ffff;
  assert.deepEqual(boundedIntervals({ refreshSeconds: most, retrySeconds: most, expireSeconds: most }), {
    refreshSeconds: 86_400,
    retrySeconds: 7200,
    expireSeconds: 172_800,
  });
  assert.equal(boundedIntervals({ refreshSeconds: 3600, retrySeconds: 600, expireSeconds: 700 }).expireSeconds, 3601);
});

test('retries wait 5 s, then twice as long each time, up to the retry interval', () => {
  const waits = [1, 2, 3, 8, 1000].map((failures) =>
    retryMs(defaultIntervals, failures, { ...noRandom, next: () => 1 }),
  );
  assert.deepEqual(waits, [5000, 10_000, 20_000, 600_000, 600_000]);
  assert.equal(retryMs(defaultIntervals, 1, noRandom), 3750);
});

/** Watches effects as a socket, timers and a store would, and complains of what they could not carry out. */
class Owner {
  readonly timers = new Set<RtrTimer>();
  connection: 'none' | 'connecting' | 'open' = 'none';
  staged = false;
  data = false;

  carryOut(effects: readonly RtrEffect[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'connect':
          assert.equal(this.connection, 'none', 'connects twice');
          this.connection = 'connecting';
          break;
        case 'send':
          assert.equal(this.connection, 'open', 'sends on no connection');
          break;
        case 'close':
          assert.notEqual(this.connection, 'none', 'closes what is not open');
          this.connection = 'none';
          break;
        case 'set-timer':
          assert(effect.delayMs > 0 && Number.isFinite(effect.delayMs));
          this.timers.add(effect.timer);
          break;
        case 'clear-timer':
          assert(this.timers.delete(effect.timer), 'clears a timer that does not run');
          break;
        case 'begin':
          assert(!this.staged, 'begins twice');
          assert(effect.from === 'nothing' || this.data, 'goes on from data that is not there');
          this.staged = true;
          break;
        case 'stage':
          assert(this.staged, 'stages nowhere');
          break;
        case 'abandon':
          assert(this.staged, 'abandons nothing');
          this.staged = false;
          break;
        case 'commit':
          assert(this.staged, 'commits nothing');
          this.staged = false;
          this.data = true;
          break;
        case 'expire':
          assert(this.data, 'lets nothing expire');
          this.data = false;
          break;
        case 'failed':
          break;
      }
    }
  }

  /** Whether the event can happen in this world; takes note of it. */
  happens(name: string): boolean {
    const each = event(name);
    switch (each.type) {
      case 'start':
        return true;
      case 'stop':
        this.data = false;
        return true;
      case 'connected':
        if (this.connection !== 'connecting') return false;
        this.connection = 'open';
        return true;
      case 'connect-failed':
        if (this.connection !== 'connecting') return false;
        this.connection = 'none';
        return true;
      case 'closed':
        if (this.connection !== 'open') return false;
        this.connection = 'none';
        return true;
      case 'pdu':
      case 'fault':
        return this.connection === 'open';
      case 'timer':
        return this.timers.delete(each.timer);
    }
  }

  check(state: RtrState): void {
    assert.deepEqual([...this.timers].sort(), [...state.timers].sort());
    const open = ['querying', 'loading', 'ready'].includes(state.phase);
    assert.equal(this.connection, open ? 'open' : state.phase === 'connecting' ? 'connecting' : 'none');
    assert.equal(this.staged, state.phase === 'loading');
    if (this.data) assert(this.timers.has('expire'), 'data without an end');
    if (state.source !== undefined) assert(this.data, 'a session to go on from without its data');
    // Never stuck.
    const waits: Readonly<Record<string, RtrTimer>> = {
      querying: 'response',
      loading: 'response',
      ready: 'refresh',
      waiting: 'retry',
    };
    const timer = waits[state.phase];
    if (timer !== undefined) assert(this.timers.has(timer), `${state.phase} without ${timer}`);
    if (state.phase === 'stopped') assert.deepEqual([...this.timers], []);
  }
}

test('no sequence of events throws, sends on no connection, uses half an update or gets stuck', () => {
  const names = [...events.keys()];
  // Random events alone seldom get in sync.
  const helpful = ['connected', 'v2 cache-response', 'v2 prefix', 'v2 end-of-data 7', 'timer refresh', 'timer retry'];
  const pick = fc.oneof(fc.constantFrom(...names), { arbitrary: fc.constantFrom(...helpful), weight: 4 });
  let commits = 0;
  fc.assert(
    fc.property(fc.array(pick, { maxLength: 120, size: 'max' }), fc.boolean(), (picks, possibleOnly) => {
      const owner = new Owner();
      const random = seededRandom(1);
      let state = initialRtrState();
      for (const name of ['start', ...picks]) {
        const before = JSON.stringify(state);
        const result = stepRtr(state, event(name), random);
        assert.equal(JSON.stringify(state), before, 'the state that came in was changed');
        // Half of the runs also bring events that no owner would: they must not throw.
        if (possibleOnly && !owner.happens(name)) continue;
        state = result.state;
        if (!possibleOnly) continue;
        owner.carryOut(result.effects);
        owner.check(state);
        if (result.effects.some(({ type }) => type === 'commit')) commits++;
      }
    }),
    { numRuns: 1000 },
  );
  assert(commits > 50, 'the runs got in sync');
});
