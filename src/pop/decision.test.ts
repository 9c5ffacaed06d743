import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import {
  announces,
  type DecisionEffect,
  type DecisionEvent,
  type DecisionPhase,
  type DecisionState,
  initialDecision,
  leaseMs,
  stepDecision,
} from './decision.ts';
import { heldUntil, holdDown } from './hold-down.ts';

const health = { intervalMs: 100, timeoutMs: 50, rise: 2, fall: 3 };
const good: DecisionEvent = { type: 'check', good: true };
const bad: DecisionEvent = { type: 'check', good: false, why: 'no answer within 50 ms', certain: false };
const refused: DecisionEvent = { type: 'check', good: false, why: 'it refuses connections', certain: true };
const dead: DecisionEvent = { type: 'edge-dead', why: 'the edge died' };

function run(events: readonly DecisionEvent[], start = initialDecision(), now = 0): DecisionState {
  return events.reduce((state, event) => stepDecision(state, event, now).state, start);
}

const rising = run([{ type: 'intent', health }, { type: 'bound' }, { type: 'edge-alive' }, { type: 'edge-ready' }]);
const up = run([good, good], rising);
/** It fell and came back once before; the second fall brings a hold-down of 2 s. */
const held = run(
  [dead, { type: 'edge-alive' }, { type: 'edge-ready' }, good, good],
  run([dead, { type: 'edge-alive' }, { type: 'edge-ready' }, good, good], up),
);

const states: Record<DecisionPhase, DecisionState> = {
  unknown: initialDecision(),
  preparing: run([{ type: 'intent', health }]),
  rising,
  held,
  up,
  stopped: run([{ type: 'stop', reason: 'maintenance' }], up),
};

const events: Record<string, DecisionEvent> = {
  intent: { type: 'intent', health: { ...health, rise: 5 } },
  'intent gone': { type: 'intent', health: undefined },
  bound: { type: 'bound' },
  unbound: { type: 'unbound', why: 'unbound' },
  'edge-alive': { type: 'edge-alive' },
  'edge-dead': dead,
  'edge-ready': { type: 'edge-ready' },
  'edge-unready': { type: 'edge-unready', why: 'not listening' },
  good,
  bad,
  refused,
  tick: { type: 'tick' },
  stop: { type: 'stop', reason: 'maintenance' },
};

/** Every cell: the phase after the event, with `+`/`-` where announcing begins or ends. */
const cells: Record<DecisionPhase, Record<string, string>> = {
  unknown: {
    intent: 'preparing',
    'intent gone': 'unknown',
    bound: 'unknown',
    unbound: 'unknown',
    'edge-alive': 'unknown',
    'edge-dead': 'unknown',
    'edge-ready': 'unknown',
    'edge-unready': 'unknown',
    good: 'unknown',
    bad: 'unknown',
    refused: 'unknown',
    tick: 'unknown',
    stop: 'stopped',
  },
  preparing: {
    intent: 'preparing',
    'intent gone': 'unknown',
    bound: 'preparing',
    unbound: 'preparing',
    'edge-alive': 'preparing',
    'edge-dead': 'preparing',
    'edge-ready': 'preparing',
    'edge-unready': 'preparing',
    good: 'preparing',
    bad: 'preparing',
    refused: 'preparing',
    tick: 'preparing',
    stop: 'stopped',
  },
  rising: {
    intent: 'rising',
    'intent gone': 'unknown',
    bound: 'rising',
    unbound: 'preparing',
    'edge-alive': 'rising',
    'edge-dead': 'preparing',
    'edge-ready': 'rising',
    'edge-unready': 'preparing',
    good: 'rising',
    bad: 'rising',
    refused: 'rising',
    tick: 'rising',
    stop: 'stopped',
  },
  held: {
    intent: 'held',
    'intent gone': 'unknown',
    bound: 'held',
    unbound: 'preparing',
    'edge-alive': 'held',
    'edge-dead': 'preparing',
    'edge-ready': 'held',
    'edge-unready': 'preparing',
    good: 'held',
    bad: 'rising',
    refused: 'rising',
    tick: 'held',
    stop: 'stopped',
  },
  up: {
    intent: 'up',
    'intent gone': 'unknown -',
    bound: 'up',
    unbound: 'preparing -',
    'edge-alive': 'up',
    'edge-dead': 'preparing -',
    'edge-ready': 'up',
    'edge-unready': 'preparing -',
    good: 'up',
    bad: 'up',
    refused: 'rising -',
    tick: 'up',
    stop: 'stopped -',
  },
  stopped: {
    intent: 'stopped',
    'intent gone': 'stopped',
    bound: 'stopped',
    unbound: 'stopped',
    'edge-alive': 'stopped',
    'edge-dead': 'stopped',
    'edge-ready': 'stopped',
    'edge-unready': 'stopped',
    good: 'stopped',
    bad: 'stopped',
    refused: 'stopped',
    tick: 'stopped',
    stop: 'stopped',
  },
};

function cellOf(state: DecisionState, event: DecisionEvent): string {
  const { state: after, effects } = stepDecision(state, event, 1);
  const told = effects.find((effect): effect is DecisionEffect & { type: 'announce' } => effect.type === 'announce');
  return `${after.phase}${told === undefined ? '' : told.announce ? ' +' : ' -'}`;
}

for (const [phase, row] of Object.entries(cells)) {
  test(`decision: every event in ${phase}`, () => {
    const state = states[phase as DecisionPhase];
    assert.equal(state.phase, phase, 'the fixture is in the phase that it stands for');
    assert.deepEqual(Object.keys(row).sort(), Object.keys(events).sort(), 'each event has a cell');
    for (const [name, expected] of Object.entries(row)) {
      assert.equal(cellOf(state, events[name] as DecisionEvent), expected, `${phase} × ${name}`);
    }
  });
}

test('decision: the second good check in a row announces, and a bad one between starts the count again', () => {
  assert.equal(cellOf(run([good], rising), good), 'up +');
  assert.equal(cellOf(run([good, bad], rising), good), 'rising');
});

test('decision: what is missing may come in any order', () => {
  const facts: DecisionEvent[] = [
    { type: 'intent', health },
    { type: 'bound' },
    { type: 'edge-alive' },
    { type: 'edge-ready' },
  ];
  for (const first of facts) {
    const order = [first, ...facts.filter((fact) => fact !== first).reverse()];
    // A lifeline comes before the listening socket in any life; readiness told before `alive` still counts.
    assert.equal(run(order).phase, 'rising', order.map(({ type }) => type).join());
  }
});

test('decision: as many bad checks in a row as `fall` says withdraw; one good check between forgives', () => {
  const two = run([bad, bad], up);
  assert.equal(two.phase, 'up');
  assert.equal(cellOf(two, bad), 'rising -');
  assert.equal(cellOf(run([bad, bad, good, bad], up), bad), 'up');
  assert.match(run([bad, bad, bad], up).reason, /no answer within 50 ms \(3 in a row\)/);
});

test('decision: without good checks the lease ends by itself, and the wake-up is asked for at that time', () => {
  const { effects } = stepDecision(run([good], rising), good, 1000);
  assert.deepEqual(effects.at(-1), { type: 'wake', at: 1000 + leaseMs(health) });
  const leased = stepDecision(run([good], rising), good, 1000).state;
  const before = stepDecision(leased, { type: 'tick' }, 1000 + leaseMs(health) - 1).state;
  assert.equal(before.phase, 'up');
  const after = stepDecision(leased, { type: 'tick' }, 1000 + leaseMs(health));
  assert.equal(after.state.phase, 'rising');
  assert.deepEqual(after.effects[0], {
    type: 'announce',
    announce: false,
    reason: 'health checks no longer answer the agent: the lease ended',
  });
});

test('decision: a first failure is not held down, the second is, and the end of the hold-down announces', () => {
  const afterFirst = run([dead, { type: 'edge-alive' }, { type: 'edge-ready' }, good], up);
  assert.equal(cellOf(afterFirst, good), 'up +');
  assert.equal(held.phase, 'held');
  const until = heldUntil(held.failures);
  assert.equal(until, holdDown.firstMs);
  assert.equal(stepDecision(held, { type: 'tick' }, until - 1).state.phase, 'held');
  assert.equal(stepDecision(held, { type: 'tick' }, until).state.phase, 'up');
});

test('hold-down: grows threefold to its bound, and forgets after ten minutes', () => {
  const failures = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => n * 1000);
  const waits = failures.map((at, index) => heldUntil(failures.slice(0, index + 1)) - at);
  assert.deepEqual(waits, [0, 2_000, 6_000, 18_000, 54_000, 162_000, 300_000, 300_000]);
  assert.equal(heldUntil([0, holdDown.windowMs + 1]), holdDown.windowMs + 1);
});

test('hold-down: after twelve failures in an hour nothing is announced until the oldest is an hour old', () => {
  const failures = Array.from({ length: 12 }, (_, n) => n * 4 * 60_000);
  assert.equal(heldUntil(failures), holdDown.hourMs);
  assert.ok(heldUntil(failures.slice(0, 11)) < holdDown.hourMs);
});

test('decision: invariants hold in 300 random lives', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed);
    const all = Object.values(events).filter((event) => event.type !== 'stop');
    let state = initialDecision();
    let now = 0;
    let lastGood = Number.NEGATIVE_INFINITY;
    let goods = 0;
    const ups: number[] = [];
    const where = (): string => `reproduce: seed ${seed}, at ${now}, in ${JSON.stringify(state)}`;
    for (let step = 0; step < 400; step++) {
      now += random.below(120);
      // Mostly a working PoP, so that announcing is reached often.
      const usual: readonly DecisionEvent[] = [
        good,
        good,
        good,
        { type: 'bound' },
        { type: 'edge-alive' },
        { type: 'edge-ready' },
      ];
      const event: DecisionEvent | undefined =
        random.below(10) < 7 ? usual[random.below(6)] : all[random.below(all.length)];
      const before = state;
      state = stepDecision(before, event as DecisionEvent, now).state;
      if (event === good) {
        lastGood = now;
        goods++;
      }
      if (!announces(state)) continue;
      assert.ok(state.bound && state.alive && state.ready, `announces without address or edge; ${where()}`);
      assert.ok(state.health !== undefined, `announces without intent; ${where()}`);
      assert.ok(now - lastGood < leaseMs(health), `announces beyond the lease; ${where()}`);
      assert.ok(state.bad < health.fall, `announces while unhealthy; ${where()}`);
      if (!announces(before)) ups.push(now);
    }
    assert.ok(goods > 50);
    const hour = holdDown.failuresPerHour + 1;
    assert.ok(ups.length <= hour, `announced ${ups.length} times in less than an hour; ${where()}`);
  }
});
