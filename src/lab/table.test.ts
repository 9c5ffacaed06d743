import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabSnapshot } from './lab.ts';
import { renderChanges, renderTable } from './table.ts';

const before: LabSnapshot = {
  controlPid: 7,
  status: {
    pops: [
      {
        name: 'fra',
        phase: 'announcing',
        announced: ['192.0.2.0/24'],
        agentPid: 11,
        edgePid: 12,
        sessions: [
          { name: 'fra/0/ipv4', phase: 'established' },
          { name: 'fra/0/ipv6', phase: 'active' },
        ],
        reason: 'healthy',
      },
    ],
    domains: [],
  },
  vantages: [
    {
      name: 'london',
      url: 'http://127.0.0.1:7502',
      networkName: 'Thames',
      path: { reached: true, pop: 'fra', asPath: [65543, 65537, 64500], crossed: [65543, 65537], delayMs: 4.9 },
    },
  ],
};

test('the table shows PoPs, sessions, and where each vantage lands', () => {
  assert.deepEqual(renderTable(before, new Map([['london', 'fra']])), [
    'POP  PHASE       SESSIONS  AGENT  EDGE  ANNOUNCES     WHY',
    'fra  announcing  1/2       11     12    192.0.2.0/24  healthy',
    '',
    'VANTAGE  URL                    LANDS AT  PREDICTED  ROUND TRIP  AS PATH            NETWORK',
    'london   http://127.0.0.1:7502  fra       fra        9.8 ms      65543 65537 64500  Thames',
  ]);
});

test('changes are told once, a line each', () => {
  const [fra] = before.status?.pops ?? [];
  const [london] = before.vantages;
  assert.ok(fra && london);
  const after: LabSnapshot = {
    ...before,
    status: { domains: [], pops: [{ ...fra, phase: 'withdrawn', reason: 'the edge died' }] },
    vantages: [{ ...london, path: { reached: false, why: 'no-route', crossed: [65543] } }],
  };
  assert.deepEqual(renderChanges(before, after), ['pop fra: withdrawn (the edge died)', 'vantage london: no route']);
  assert.deepEqual(renderChanges(after, after), []);
  assert.deepEqual(renderChanges(before, { ...before, status: undefined }), [
    'control does not answer; the PoPs go on without it',
  ]);
});
