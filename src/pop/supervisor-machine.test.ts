import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { type SupervisorEvent, type SupervisorState, stepSupervisor, supervision } from './supervisor-machine.ts';

const random = seededRandom(1);
const states: Record<SupervisorState['name'], SupervisorState> = {
  off: { name: 'off' },
  looking: { name: 'looking' },
  starting: { name: 'starting', pid: 7, attempt: 0 },
  running: { name: 'running', pid: 7, attempt: 0, since: 0 },
  waiting: { name: 'waiting', attempt: 1 },
  stopping: { name: 'stopping', pid: 7 },
  stopped: { name: 'stopped' },
};
const events: Record<string, SupervisorEvent> = {
  start: { type: 'start' },
  'found-nothing': { type: 'found-nothing' },
  'found-ours': { type: 'found-ours', pid: 8 },
  'found-unusable': { type: 'found-unusable', pid: 8, why: 'x' },
  spawned: { type: 'spawned', pid: 9 },
  'spawn-failed': { type: 'spawn-failed', why: 'x' },
  'lifeline-held': { type: 'lifeline-held' },
  died: { type: 'died', why: 'x' },
  mute: { type: 'mute', why: 'x' },
  timer: { type: 'timer' },
  stop: { type: 'stop', graceMs: 100 },
};

const nothing = (name: string): Record<string, string> =>
  Object.fromEntries(Object.keys(events).map((event) => [event, name]));

/** Every cell: the next state and the effects in their order. */
const cells: Record<SupervisorState['name'], Record<string, string>> = {
  off: { ...nothing('off'), start: 'looking look', stop: 'stopped clear-timer stopped' },
  looking: {
    ...nothing('looking'),
    'found-nothing': 'waiting spawn',
    'found-ours': 'starting set-timer join',
    'found-unusable': 'waiting kill set-timer',
    stop: 'stopped clear-timer stopped',
  },
  starting: {
    ...nothing('starting'),
    'lifeline-held': 'running clear-timer up',
    died: 'waiting kill set-timer',
    mute: 'waiting kill set-timer',
    timer: 'waiting kill set-timer',
    stop: 'stopped clear-timer kill stopped',
  },
  running: {
    ...nothing('running'),
    died: 'waiting down kill set-timer',
    mute: 'waiting down kill set-timer',
    stop: 'stopping set-timer ask-to-stop',
  },
  waiting: {
    ...nothing('waiting'),
    timer: 'waiting spawn',
    spawned: 'starting set-timer join',
    'spawn-failed': 'waiting set-timer',
    stop: 'stopped clear-timer stopped',
  },
  stopping: {
    ...nothing('stopping'),
    died: 'stopped clear-timer stopped',
    mute: 'stopped clear-timer kill stopped',
    timer: 'stopped clear-timer kill stopped',
    stop: 'stopping set-timer',
  },
  stopped: { ...nothing('stopped'), spawned: 'stopped kill' },
};

for (const [name, row] of Object.entries(cells)) {
  test(`edge supervision: every event in ${name}`, () => {
    assert.deepEqual(Object.keys(row), Object.keys(events));
    for (const [event, expected] of Object.entries(row)) {
      const step = stepSupervisor(states[name as SupervisorState['name']], events[event] as SupervisorEvent, 0, random);
      const actual = [step.state.name, ...step.effects.map(({ type }) => type)].join(' ');
      assert.equal(actual, expected, `${name} × ${event}`);
    }
  });
}

test('edge supervision: the delay doubles to its bound with jitter, and a stable run resets it', () => {
  let state: SupervisorState = { name: 'starting', pid: 1, attempt: 0 };
  const delays: number[] = [];
  for (let n = 0; n < 12; n++) {
    const step = stepSupervisor(state, { type: 'died', why: 'x' }, 0, random);
    const timer = step.effects.find((effect) => effect.type === 'set-timer');
    delays.push(timer?.type === 'set-timer' ? timer.delayMs : -1);
    state = stepSupervisor(step.state, { type: 'spawned', pid: n + 2 }, 0, random).state;
  }
  for (const [n, delay] of delays.entries()) {
    const full = Math.min(supervision.backoff.maximumMs, supervision.backoff.firstMs * 2 ** n);
    assert.ok(delay >= full / 2 && delay <= full, `delay ${n}: ${delay} of ${full}`);
  }
  assert.equal(new Set(delays).size, delays.length, 'jitter');
  const running: SupervisorState = { name: 'running', pid: 1, attempt: 9, since: 0 };
  const early = stepSupervisor(running, { type: 'died', why: 'x' }, supervision.stableMs - 1, random).state;
  const late = stepSupervisor(running, { type: 'died', why: 'x' }, supervision.stableMs, random).state;
  assert.deepEqual(
    [early, late],
    [
      { name: 'waiting', attempt: 10 },
      { name: 'waiting', attempt: 1 },
    ],
  );
});
