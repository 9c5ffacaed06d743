import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PopStatus } from '../control/api/schemas.ts';
import type { ValidationReport } from '../feed/report.ts';
import { popLines } from './show-status.ts';

function pop(name: string, more: Partial<PopStatus> = {}): PopStatus {
  return {
    name,
    location: 'Frankfurt, DE',
    phase: 'announcing',
    reason: 'healthy',
    announced: ['192.0.2.0/24'],
    drainWanted: false,
    agentPid: 11,
    edgePid: 12,
    edgeRestarts: 0,
    sessions: [],
    feed: { connected: true, through: 3, current: true },
    reportAgeMs: 10,
    problems: [],
    ...more,
  };
}

function session(bfd?: 'up' | 'down' | 'unknown'): PopStatus['sessions'][number] {
  const base = {
    name: 's',
    peerAsn: 64501,
    neighborAddress: '203.0.113.2',
    phase: 'established' as const,
    announced: [],
  };
  return bfd === undefined ? base : { ...base, bfd };
}

const validation: ValidationReport = {
  aspa: true,
  state: 'current',
  vrps: 600_123,
  aspas: 42,
  caches: [
    { cache: '10.0.0.1:323', phase: 'ready', inUse: true, inSync: true, vrps: 600_123, aspas: 42 },
    { cache: '10.0.0.2:323', phase: 'waiting', inUse: false, inSync: false, vrps: 0, aspas: 0, failure: 'refused' },
  ],
};

test('BFD and RPKI take room only where they are used', () => {
  assert.deepEqual(popLines([pop('fra', { sessions: [session()] })]), [
    'POP  PHASE       ANNOUNCED     SESSIONS  AGENT  EDGE  REASON',
    'fra  announcing  192.0.2.0/24       1/1     11    12  healthy',
  ]);
  const lines = popLines([
    pop('fra', { sessions: [session('up'), session('down'), session()], validation }),
    pop('sin', { validation: { ...validation, aspa: false, aspas: 0, state: 'waiting', vrps: 0 } }),
    pop('iad', { validation: { ...validation, aspa: false, state: 'stale' } }),
  ]);
  assert.deepEqual(lines, [
    'POP  PHASE       ANNOUNCED     SESSIONS  BFD  RPKI               AGENT  EDGE  REASON',
    'fra  announcing  192.0.2.0/24       3/3  1/2  current 600123+42     11    12  healthy',
    'sin  announcing  192.0.2.0/24       0/0    -  waiting               11    12  healthy',
    'iad  announcing  192.0.2.0/24       0/0    -  stale 600123          11    12  healthy',
    '! sin: RPKI cache 10.0.0.2:323: refused',
    '! iad: RPKI cache 10.0.0.2:323: refused',
  ]);
});

test('monitoring stations take room where there are any, and say why they are not told', () => {
  const station = { station: '10.0.0.1:11019', connected: true, connections: 1, waiting: 0 };
  const away = { station: '10.0.0.2:11019', connected: false, connections: 0, waiting: 0, failure: 'refused' };
  assert.deepEqual(popLines([pop('fra', { stations: [station, away] }), pop('sin')]), [
    'POP  PHASE       ANNOUNCED     SESSIONS  BMP  AGENT  EDGE  REASON',
    'fra  announcing  192.0.2.0/24       0/0  1/2     11    12  healthy',
    'sin  announcing  192.0.2.0/24       0/0    -     11    12  healthy',
    '! fra: BMP station 10.0.0.2:11019: refused',
  ]);
});
