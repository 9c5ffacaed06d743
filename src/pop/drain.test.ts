import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type DrainEvent,
  type DrainStage,
  type DrainState,
  drainMode,
  edgeDrains,
  initialDrain,
  quietWindowMs,
  stepDrain,
  watches,
} from './drain.ts';

const times = { depreferenceMs: 10_000, quietMs: 4_000 };
const reading = { connectionsTotal: 5, requestsTotal: 9, activeRequests: 0 };
const traffic: DrainEvent = { type: 'traffic', reading };

function at(state: DrainState, event: DrainEvent, now: number): DrainState {
  return stepDrain(state, event, times, now);
}

const wanted: DrainEvent = { type: 'wanted', reason: 'maintenance', announced: true };
const depreferenced = at(initialDrain(), wanted, 0);
const leaving = at(depreferenced, { type: 'tick' }, times.depreferenceMs / 2);
const withdrawn = at(depreferenced, { type: 'tick' }, times.depreferenceMs);
const drained = at(withdrawn, { type: 'tick' }, times.depreferenceMs + times.quietMs);
const states: Record<DrainStage, DrainState> = { serving: initialDrain(), depreferenced, leaving, withdrawn, drained };

const events: Record<string, DrainEvent> = {
  wanted,
  'wanted, nothing announced': { ...wanted, announced: false },
  unwanted: { type: 'unwanted' },
  traffic,
  'no-edge': { type: 'no-edge' },
  tick: { type: 'tick' },
};

/** The stage after the event, right after the stage began. */
const cells: Record<DrainStage, Record<string, DrainStage>> = {
  serving: {
    wanted: 'depreferenced',
    'wanted, nothing announced': 'withdrawn',
    unwanted: 'serving',
    traffic: 'serving',
    'no-edge': 'serving',
    tick: 'serving',
  },
  depreferenced: {
    wanted: 'depreferenced',
    'wanted, nothing announced': 'depreferenced',
    unwanted: 'serving',
    traffic: 'depreferenced',
    'no-edge': 'drained',
    tick: 'depreferenced',
  },
  leaving: {
    wanted: 'leaving',
    'wanted, nothing announced': 'leaving',
    unwanted: 'serving',
    traffic: 'leaving',
    'no-edge': 'drained',
    tick: 'leaving',
  },
  withdrawn: {
    wanted: 'withdrawn',
    'wanted, nothing announced': 'withdrawn',
    unwanted: 'serving',
    traffic: 'withdrawn',
    'no-edge': 'drained',
    tick: 'withdrawn',
  },
  drained: {
    wanted: 'drained',
    'wanted, nothing announced': 'drained',
    unwanted: 'serving',
    traffic: 'drained',
    'no-edge': 'drained',
    tick: 'drained',
  },
};

for (const [stage, row] of Object.entries(cells)) {
  test(`drain: every event in ${stage}`, () => {
    const state = states[stage as DrainStage];
    assert.equal(state.stage, stage);
    assert.deepEqual(Object.keys(row), Object.keys(events));
    const now = stage === 'leaving' ? times.depreferenceMs / 2 : state.since;
    for (const [name, expected] of Object.entries(row)) {
      assert.equal(at(state, events[name] as DrainEvent, now).stage, expected, `${stage} × ${name}`);
    }
  });
}

test('drain: the route moves before the edge asks clients to leave, and is withdrawn only after', () => {
  const table = Object.keys(states).map((stage) => [
    drainMode(stage as DrainStage),
    edgeDrains(stage as DrainStage),
    watches(stage as DrainStage),
  ]);
  assert.deepEqual(table, [
    ['announce', false, false],
    ['depreference', false, true],
    ['depreference', true, true],
    ['withdraw', true, true],
    ['withdraw', true, false],
  ]);
});

test('drain: quiet connections, then quiet requests, then quiet again end the stages early', () => {
  let state = at(depreferenced, traffic, 100);
  state = at(state, { type: 'traffic', reading: { ...reading, connectionsTotal: 6 } }, 400);
  state = at(state, { type: 'traffic', reading: { ...reading, connectionsTotal: 6 } }, 400 + quietWindowMs - 1);
  assert.equal(state.stage, 'depreferenced');
  state = at(state, { type: 'traffic', reading: { ...reading, connectionsTotal: 6 } }, 400 + quietWindowMs);
  assert.equal(state.stage, 'leaving');
  const busy = { ...reading, connectionsTotal: 6, activeRequests: 1 };
  state = at(state, { type: 'traffic', reading: busy }, 2_000);
  assert.equal(at(state, { type: 'traffic', reading: busy }, 9_000).stage, 'leaving', 'a long download is waited for');
  const last = { ...busy, activeRequests: 0 };
  state = at(state, { type: 'traffic', reading: last }, 2_000 + quietWindowMs);
  assert.equal(state.stage, 'withdrawn');
  state = at(state, { type: 'traffic', reading: last }, 2_000 + 2 * quietWindowMs);
  assert.equal(state.stage, 'drained');
});

test('drain: the limits end the stages where traffic never leaves', () => {
  let state = depreferenced;
  let total = 0;
  const seen: [DrainStage, number][] = [];
  for (let now = 100; now <= 20_000; now += 100) {
    total++;
    const stage = state.stage;
    state = at(
      state,
      { type: 'traffic', reading: { connectionsTotal: total, requestsTotal: total, activeRequests: 3 } },
      now,
    );
    if (stage !== state.stage) seen.push([state.stage, now]);
  }
  assert.deepEqual(seen, [
    ['leaving', 5_000],
    ['withdrawn', 10_000],
    ['drained', 14_000],
  ]);
});

test('drain: without one reading of the counters nothing counts as quiet', () => {
  assert.equal(at(depreferenced, { type: 'tick' }, 4_999).stage, 'depreferenced');
});
