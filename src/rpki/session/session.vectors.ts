/**
 * The situations and events that the table of the session's state machine is made of, and how a cell of it is written.
 *
 * Each situation is reached by events, never made by hand, so one that cannot be reached is not tested by mistake.
 */
import assert from 'node:assert/strict';
import type { Random } from '../../base/random.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import { rtrFault } from '../pdu/header.ts';
import { type Pdu, type RtrVersion, rtrError, rtrErrorName } from '../pdu/types.ts';
import { stepRtr } from './session.ts';
import { initialRtrState, type RtrState } from './state.ts';
import type { RtrEffect, RtrEvent, RtrTimer } from './types.ts';

/** The shortest jitter: factor 0.75. */
export const noRandom: Random = { next: () => 0, below: () => 0 };

const intervals = { refreshSeconds: 3600, retrySeconds: 600, expireSeconds: 7200 };
const vrp = { prefix: mustPrefix('192.0.2.0/24'), maxLength: 24, asn: 64500 };

const pdus: Readonly<Record<string, Pdu>> = {
  'serial-notify 7': { type: 'serial-notify', sessionId: 1, serial: 7 },
  'serial-notify 8': { type: 'serial-notify', sessionId: 1, serial: 8 },
  'serial-notify of session 2': { type: 'serial-notify', sessionId: 2, serial: 8 },
  'cache-response': { type: 'cache-response', sessionId: 1 },
  'cache-response of session 2': { type: 'cache-response', sessionId: 2 },
  prefix: { type: 'prefix', announce: true, vrp },
  aspa: { type: 'aspa', announce: true, customer: 64500, providers: [64501] },
  'router-key': {
    type: 'router-key',
    announce: true,
    subjectKeyIdentifier: new Uint8Array(20),
    asn: 64500,
    subjectPublicKey: new Uint8Array(8),
  },
  'end-of-data 7': { type: 'end-of-data', sessionId: 1, serial: 7, intervals },
  'end-of-data 6': { type: 'end-of-data', sessionId: 1, serial: 6, intervals },
  'end-of-data of session 2': { type: 'end-of-data', sessionId: 2, serial: 7, intervals },
  'cache-reset': { type: 'cache-reset' },
  'serial-query': { type: 'serial-query', sessionId: 1, serial: 7 },
  'reset-query': { type: 'reset-query' },
  'error: no data': { type: 'error-report', code: rtrError.noDataAvailable, pdu: new Uint8Array(), text: '' },
  'error: corrupt': { type: 'error-report', code: rtrError.corruptData, pdu: new Uint8Array(), text: '' },
  'error: internal': { type: 'error-report', code: rtrError.internalError, pdu: new Uint8Array(), text: 'sorry' },
  'error: version': { type: 'error-report', code: rtrError.unsupportedVersion, pdu: new Uint8Array(), text: '' },
};

/** In which versions each PDU comes; in version 2 where not said. */
const inVersions: Readonly<Record<string, readonly RtrVersion[]>> = {
  'serial-notify 8': [2, 1],
  'cache-response': [2, 1, 0],
  'cache-reset': [2, 1],
  prefix: [2, 1],
  'error: version': [2, 1, 0],
};

const timers: readonly RtrTimer[] = ['response', 'refresh', 'retry', 'expire'];

function fault(code: number): RtrEvent {
  const details = { code, what: 'a test', offset: 0, field: 'type', rfc: 'RFC 8210 §5' };
  return { type: 'fault', fault: rtrFault(Uint8Array.of(2, 4, 0, 0, 0, 0, 0, 8), details) };
}

/** All events, by name. */
export const events: ReadonlyMap<string, RtrEvent> = new Map<string, RtrEvent>([
  ['start', { type: 'start' }],
  ['stop', { type: 'stop' }],
  ['connected', { type: 'connected' }],
  ['connect-failed', { type: 'connect-failed', why: 'refused' }],
  ['closed', { type: 'closed', why: 'reset' }],
  ...Object.entries(pdus).flatMap(([name, pdu]): [string, RtrEvent][] =>
    (inVersions[name] ?? [2]).map((version) => [`v${version} ${name}`, { type: 'pdu', version, pdu }]),
  ),
  ['fault: corrupt', fault(rtrError.corruptData)],
  ['fault: aspa', fault(rtrError.aspaProviderList)],
  [
    'fault in an error report',
    {
      type: 'fault',
      fault: rtrFault(Uint8Array.of(2, 10, 0, 0, 0, 0, 0, 8), {
        code: rtrError.corruptData,
        what: 'a test',
        offset: 0,
        field: 'type',
        rfc: 'RFC 8210 §5',
      }),
    },
  ],
  ...timers.map((timer): [string, RtrEvent] => [`timer ${timer}`, { type: 'timer', timer }]),
]);

const sync = ['start', 'connected', 'v2 cache-response', 'v2 prefix', 'v2 end-of-data 7'];

/** All situations, with the events that lead there. */
export const situations: Readonly<Record<string, readonly string[]>> = {
  stopped: [],
  connecting: ['start'],
  'querying all': ['start', 'connected'],
  'loading all': ['start', 'connected', 'v2 cache-response'],
  'loading all, with progress': ['start', 'connected', 'v2 cache-response', 'v2 prefix'],
  'loading all in version 1': ['start', 'connected', 'v1 cache-response'],
  'waiting without data': ['start', 'connect-failed'],
  ready: sync,
  'querying news': [...sync, 'timer refresh'],
  'loading news': [...sync, 'timer refresh', 'v2 cache-response'],
  'querying all after a cache reset': [...sync, 'timer refresh', 'v2 cache-reset'],
  'waiting with data': [...sync, 'closed'],
  'connecting with data': [...sync, 'closed', 'timer retry'],
  'querying news after a reconnect': [...sync, 'closed', 'timer retry', 'connected'],
  'connecting in version 1': ['start', 'connected', 'v1 error: version'],
  'querying in version 0': ['start', 'connected', 'v0 error: version', 'connected'],
};

export function event(name: string): RtrEvent {
  const found = events.get(name);
  assert(found !== undefined, `no event is called ${name}`);
  return found;
}

export function run(names: readonly string[], from: RtrState = initialRtrState()): RtrState {
  return names.reduce((state, name) => stepRtr(state, event(name), noRandom).state, from);
}

/** `ready v2, session 1 serial 7; timers: expire refresh` */
export function stateText({
  phase,
  version,
  agreed,
  query,
  source,
  ceiling,
  failures,
  timers,
  notified,
}: RtrState): string {
  const asking = phase === 'querying' || phase === 'loading' ? ` ${query}` : '';
  const data = source === undefined ? 'nothing to go on from' : `session ${source.sessionId} serial ${source.serial}`;
  const rest = [
    data,
    ...(ceiling === 2 ? [] : [`at most v${ceiling}`]),
    ...(failures === 0 ? [] : [`${failures} failed`]),
    ...(notified === undefined ? [] : [`notified ${notified}`]),
  ];
  return `${phase}${asking} v${version}${agreed ? '' : '?'}, ${rest.join(', ')}; timers: ${[...timers].sort().join(' ') || 'none'}`;
}

export function effectText(effect: RtrEffect): string {
  switch (effect.type) {
    case 'send': {
      const { version, pdu } = effect;
      const detail =
        pdu.type === 'error-report'
          ? ` ${rtrErrorName(pdu.code)}`
          : pdu.type === 'serial-query'
            ? ` ${pdu.sessionId}/${pdu.serial}`
            : '';
      return `send v${version} ${pdu.type}${detail}`;
    }
    case 'set-timer':
      return `set ${effect.timer} ${effect.delayMs / 1000}`;
    case 'clear-timer':
      return `clear ${effect.timer}`;
    case 'begin':
      return `begin from ${effect.from}`;
    case 'stage':
      return `stage ${effect.pdu.type}`;
    case 'commit':
      return `COMMIT v${effect.source.version} session ${effect.source.sessionId} serial ${effect.source.serial}`;
    case 'expire':
      return 'EXPIRE';
    case 'failed':
      return `FAILED ${effect.failure.kind}: ${effect.failure.what}`;
    case 'connect':
    case 'close':
    case 'abandon':
      return effect.type;
  }
}
