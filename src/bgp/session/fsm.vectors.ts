/**
 * The situations and events that the state machine's table is made of, and how a cell of it is written.
 *
 * A situation is `outgoing side | incoming side`. Each is reached by events, never made by hand, so a situation that cannot be
 * reached is not tested by mistake. `fsm.cells.ts` has the table.
 */
import assert from 'node:assert/strict';
import { parseAddress } from '../../ip/address.ts';
import { describeNotification } from '../message/notification.ts';
import type { Message, OpenMessage } from '../message/types.ts';
import { initialSession, type SessionState, stepSession } from './fsm.ts';
import type { SessionConfig, SessionEffect, SessionEvent, SessionTimer, Side } from './types.ts';

/** Always the shortest jitter: factor 0.75. */
export const noRandom = { next: () => 0, below: () => 0 };

export function routerId(text: string) {
  const address = parseAddress(text);
  assert(address !== undefined);
  return address;
}

/** The peer's identifier is higher: connections that the peer opened win. */
export const config: SessionConfig = {
  localAsn: 64500,
  peerAsn: 64501,
  routerId: routerId('10.0.0.1'),
  holdTimeSeconds: 90,
  connectRetrySeconds: 8,
  families: ['ipv4-unicast'],
  passive: false,
};

export const peerOpen: OpenMessage = {
  type: 'open',
  asn: 64501,
  holdTimeSeconds: 30,
  routerId: routerId('10.0.0.2'),
  capabilities: [{ kind: 'four-octet-asn', asn: 64501 }],
};

const malformed = {
  outcome: 'session-reset',
  code: 3,
  subcode: 1,
  data: new Uint8Array(),
  offset: 23,
  field: 'update.attributes',
  what: 'a test',
  rfc: 'RFC 4271 §6.3',
} as const;

const messages: Readonly<Record<string, Message>> = {
  OPEN: peerOpen,
  'graceful OPEN': {
    ...peerOpen,
    capabilities: [
      ...peerOpen.capabilities,
      {
        kind: 'graceful-restart',
        restarted: false,
        notification: true,
        restartTimeSeconds: 60,
        families: [{ family: 'ipv4-unicast', forwardingPreserved: true }],
      },
    ],
  },
  'OPEN of another AS': { ...peerOpen, asn: 64999 },
  KEEPALIVE: { type: 'keepalive' },
  UPDATE: { type: 'update', withdrawn: [], reach: [], attributes: {}, errors: [] },
  'ROUTE-REFRESH': { type: 'route-refresh', family: 'ipv4-unicast' },
  'NOTIFICATION Cease/Shutdown': { type: 'notification', code: 6, subcode: 2, data: new Uint8Array() },
  'NOTIFICATION Cease/Collision': { type: 'notification', code: 6, subcode: 7, data: new Uint8Array() },
};

const timers: readonly SessionTimer[] = [
  'connect-retry',
  'idle-hold',
  'hold:outgoing',
  'hold:incoming',
  'keepalive:outgoing',
  'keepalive:incoming',
  'delay-open:outgoing',
  'delay-open:incoming',
];

const sides: readonly Side[] = ['outgoing', 'incoming'];
/** Short names of the sides, as the table has them. */
export const short = { outgoing: 'out', incoming: 'in' } as const;

/** All events, by name. */
export const events: ReadonlyMap<string, SessionEvent> = new Map<string, SessionEvent>([
  ['start', { type: 'manual-start' }],
  ['stop', { type: 'manual-stop', subcode: 2, communication: 'bye' }],
  ['limit', { type: 'automatic-stop', subcode: 1, what: 'too much', restart: 'by-hand' }],
  ['BFD down', { type: 'automatic-stop', subcode: 10, what: 'away', restart: 'soon' }],
  ['connect failed', { type: 'connect-failed', why: 'refused' }],
  ...sides.flatMap((side): [string, SessionEvent][] => [
    [`${short[side]} connected`, { type: 'connected', side }],
    [`${short[side]} closed`, { type: 'closed', side, why: 'reset' }],
    ...Object.entries(messages).map(([name, message]): [string, SessionEvent] => [
      `${short[side]} ${name}`,
      { type: 'message', side, message },
    ]),
    [`${short[side]} malformed`, { type: 'malformed', side, error: malformed }],
  ]),
  ...timers.map((timer): [string, SessionEvent] => [`timer ${timer}`, { type: 'timer', timer }]),
]);

interface Situation {
  readonly passive?: true;
  /** The peer speaks first, if it does so within 5 s. */
  readonly delayOpen?: true;
  /** Both ends offered graceful restart with families to preserve. */
  readonly graceful?: true;
  /** Ours; the peer's is 10.0.0.2. */
  readonly routerId?: string;
  readonly path: readonly string[];
}

/** All situations, with the events that lead there. */
export const situations: Readonly<Record<string, Situation>> = {
  stopped: { path: [] },
  'idle-hold': { path: ['start', 'out connected', 'out OPEN of another AS'] },
  connect: { path: ['start'] },
  active: { path: ['start', 'connect failed'] },
  passive: { passive: true, path: ['start'] },
  'open-sent | none': { path: ['start', 'out connected'] },
  'open-confirm | none': { path: ['start', 'out connected', 'out OPEN'] },
  'established | none': { path: ['start', 'out connected', 'out OPEN', 'out KEEPALIVE'] },
  'none | open-sent': { path: ['start', 'connect failed', 'in connected'] },
  'none | open-sent, passive': { passive: true, path: ['start', 'in connected'] },
  'none | open-confirm': { path: ['start', 'connect failed', 'in connected', 'in OPEN'] },
  'none | established': { path: ['start', 'connect failed', 'in connected', 'in OPEN', 'in KEEPALIVE'] },
  'connecting | open-sent': { path: ['start', 'in connected'] },
  'open-sent | open-sent': { path: ['start', 'out connected', 'in connected'] },
  'open-confirm | open-sent': { path: ['start', 'out connected', 'out OPEN', 'in connected'] },
  'open-sent | open-confirm': { path: ['start', 'in connected', 'out connected', 'in OPEN'] },
  'open-sent | open-sent, dominant': { routerId: '10.0.0.3', path: ['start', 'out connected', 'in connected'] },
  'open-confirm | open-sent, dominant': {
    routerId: '10.0.0.3',
    path: ['start', 'out connected', 'out OPEN', 'in connected'],
  },
  'delay-open | none': { delayOpen: true, path: ['start', 'out connected'] },
  'none | delay-open': { delayOpen: true, path: ['start', 'connect failed', 'in connected'] },
  'delay-open | delay-open': { delayOpen: true, path: ['start', 'out connected', 'in connected'] },
  'delay-open | open-confirm': { delayOpen: true, path: ['start', 'in connected', 'out connected', 'in OPEN'] },
  'established | open-sent, graceful': {
    graceful: true,
    path: ['start', 'out connected', 'out graceful OPEN', 'out KEEPALIVE', 'in connected'],
  },
  'open-sent | established': { path: ['start', 'in connected', 'out connected', 'in OPEN', 'in KEEPALIVE'] },
  'established | open-sent': { path: ['start', 'out connected', 'out OPEN', 'out KEEPALIVE', 'in connected'] },
};

export function event(name: string): SessionEvent {
  const found = events.get(name);
  assert(found !== undefined, `no event is called ${name}`);
  return found;
}

export function situation(name: string): SessionState {
  const found = situations[name];
  assert(found !== undefined, `no situation is called ${name}`);
  const { passive = false, routerId: id = '10.0.0.1', delayOpen, graceful } = found;
  let state = initialSession({
    ...config,
    passive,
    routerId: routerId(id),
    ...(delayOpen && { delayOpenSeconds: 5 }),
    ...(graceful && { gracefulRestart: {} }),
  });
  for (const step of found.path) state = stepSession(state, event(step), noRandom).state;
  const [sides] = name.split(', ');
  if (name.includes('|')) assert.equal(stateText(state).split(': ')[1], sides, `the path does not lead to ${name}`);
  else assert.equal(state.phase, { stopped: 'idle', 'idle-hold': 'idle', passive: 'active' }[name] ?? name);
  return state;
}

/** `established: none | established` */
export function stateText({ phase, connections }: SessionState): string {
  return `${phase}: ${connections.outgoing.phase} | ${connections.incoming.phase}`;
}

export function effectText(effect: SessionEffect): string {
  switch (effect.type) {
    case 'connect':
      return 'connect';
    case 'send': {
      const { message, side } = effect;
      const name = message.type === 'notification' ? describeNotification(message) : message.type.toUpperCase();
      return `${short[side]} send ${name}`;
    }
    case 'close':
      return `${short[effect.side]} close`;
    case 'set-timer':
      return `set ${effect.timer} ${effect.delayMs / 1000}`;
    case 'clear-timer':
      return `clear ${effect.timer}`;
    case 'established':
      return `ESTABLISHED ${short[effect.side]}, hold ${effect.negotiated.holdTimeSeconds}`;
    case 'down':
      return `${effect.wasEstablished ? 'LOST' : 'failed'} ${effect.reason.kind}`;
    case 'received':
      return `received ${effect.message.type}`;
  }
}

/** A cell: the state that follows, then the effects in order. A cell that changes nothing is `ignored`. */
export function cell(state: SessionState, event: SessionEvent): string {
  const { state: next, effects } = stepSession(state, event, noRandom);
  if (effects.length === 0 && JSON.stringify(next) === JSON.stringify(state)) return 'ignored';
  return [stateText(next), ...effects.map(effectText)].join('; ');
}
