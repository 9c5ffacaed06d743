import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AgentReport, reportIntervalMs } from '../feed/report.ts';
import {
  announcedBy,
  type FleetEntry,
  type FleetEvent,
  type FleetState,
  reportTimeoutMs,
  stepFleet,
  viewOf,
} from './fleet.ts';

const report: AgentReport = {
  pop: 'fra',
  phase: 'announcing',
  reason: 'healthy',
  announced: ['192.0.2.0/24'],
  sessions: [],
  agentPid: 1,
  edgePid: 2,
  edgeRestarts: 0,
  epoch: null,
  through: 0,
  problems: [],
};
type Step = ['opened' | 'closed' | 'report', number];

function after(...steps: readonly Step[]): FleetEntry {
  let state: FleetState = stepFleet(new Map(), { type: 'pops', pops: ['fra'], at: 0 });
  for (const [what, at] of steps) {
    const event: FleetEvent =
      what === 'report' ? { type: 'report', report, at } : { type: `feed-${what}`, pop: 'fra', at };
    state = stepFleet(state, event);
  }
  return state.get('fra') as FleetEntry;
}

test('the phase that is shown', () => {
  const cases: readonly (readonly [why: string, steps: readonly Step[], now: number, phase: string])[] = [
    ['nothing is known yet', [], 0, 'starting'],
    ['nobody came', [], reportTimeoutMs + 1, 'down'],
    ['connected, no report yet', [['opened', 1]], 2, 'starting'],
    ['connected for long, no report yet', [['opened', 1]], 60_000, 'starting'],
    [
      'connected and reported',
      [
        ['opened', 1],
        ['report', 2],
      ],
      3,
      'announcing',
    ],
    ['reported before the feed was open', [['report', 1]], 2, 'announcing'],
    [
      'the connection closed',
      [
        ['opened', 1],
        ['report', 2],
        ['closed', 3],
      ],
      3,
      'down',
    ],
    [
      'a report that was under way while the agent died',
      [
        ['opened', 1],
        ['closed', 3],
        ['report', 4],
      ],
      5,
      'down',
    ],
    [
      'it is back, with no report since',
      [
        ['opened', 1],
        ['report', 2],
        ['closed', 3],
        ['opened', 4],
      ],
      5,
      'starting',
    ],
    [
      'it is back',
      [
        ['opened', 1],
        ['closed', 3],
        ['opened', 4],
        ['report', 5],
      ],
      6,
      'announcing',
    ],
    [
      'it reported just before its feed was back',
      [
        ['opened', 1],
        ['closed', 3],
        ['report', 4],
        ['opened', 5],
      ],
      6,
      'announcing',
    ],
    [
      'one of two connections closed',
      [
        ['opened', 1],
        ['opened', 2],
        ['report', 3],
        ['closed', 4],
      ],
      5,
      'announcing',
    ],
    [
      'both closed',
      [
        ['opened', 1],
        ['opened', 2],
        ['report', 3],
        ['closed', 4],
        ['closed', 5],
      ],
      5,
      'down',
    ],
    [
      'the last report is old',
      [
        ['opened', 1],
        ['report', 2],
      ],
      2 + reportTimeoutMs + 1,
      'down',
    ],
    [
      'the last report is just not old',
      [
        ['opened', 1],
        ['report', 2],
      ],
      2 + 3 * reportIntervalMs,
      'announcing',
    ],
  ];
  for (const [why, steps, now, phase] of cases) {
    const entry = after(...steps);
    const view = viewOf(entry, now);
    assert.equal(view.phase, phase, why);
    assert.notEqual(view.reason, '', why);
    assert.deepEqual(announcedBy(entry, now), phase === 'announcing' ? report.announced : [], why);
  }
});

test('a PoP that the network does not have is not taken in', () => {
  const state = stepFleet(new Map(), { type: 'pops', pops: ['fra'], at: 0 });
  assert.equal(stepFleet(state, { type: 'report', report: { ...report, pop: 'xxx' }, at: 1 }), state);
  assert.equal(stepFleet(state, { type: 'feed-opened', pop: 'xxx', at: 1 }), state);
});

test('PoPs that stay keep what is known of them; those that go are forgotten', () => {
  let state = stepFleet(new Map(), { type: 'pops', pops: ['fra', 'sin'], at: 0 });
  state = stepFleet(state, { type: 'report', report, at: 1 });
  state = stepFleet(state, { type: 'pops', pops: ['fra', 'iad'], at: 2 });
  assert.deepEqual([...state.keys()], ['fra', 'iad']);
  assert.equal(state.get('fra')?.report, report);
});

test('whatever happens: without an open connection since one closed, a PoP is down and announces nothing', () => {
  const step = fc.constantFrom<Step[0]>('opened', 'closed', 'report');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      let open = 0;
      let everClosed = false;
      steps.forEach((what) => {
        if (what === 'opened') open++;
        if (what === 'closed') {
          open = Math.max(0, open - 1);
          everClosed ||= open === 0;
        }
      });
      const entry = after(...steps.map((what, i): Step => [what, i + 1]));
      if (open > 0 || !everClosed) return;
      assert.equal(viewOf(entry, steps.length + 1).phase, 'down');
      assert.deepEqual(announcedBy(entry, steps.length + 1), []);
    }),
  );
});
