/**
 * What one BGP session knows between two events: its connections, which of its timers run, and how often it failed.
 *
 * Why: RFC 4271 §8.2.1 gives each TCP connection a state machine of its own, and §6.8 lets a peering have two at once. So
 * each side has its own small phase, and the session's phase, which people see, is the most advanced of the two.
 */
import type { Negotiated, SessionConfig, SessionPhase, SessionTimer, Side } from './types.ts';

/** `connecting` is the outgoing side only. `none` on the outgoing side with the connect-retry timer running is Active. */
export type Connection =
  | { readonly phase: 'none' }
  | { readonly phase: 'connecting' }
  /** It stands, and we wait for the peer to speak first (RFC 4271 §8.1.1 DelayOpen). */
  | { readonly phase: 'delay-open' }
  /** `late`: it began while the other side was established already, so it is no collision of two attempts. */
  | { readonly phase: 'open-sent'; readonly late?: true }
  | { readonly phase: 'open-confirm'; readonly negotiated: Negotiated }
  | { readonly phase: 'established'; readonly negotiated: Negotiated };

export interface SessionState {
  readonly config: SessionConfig;
  readonly phase: SessionPhase;
  /** Between manual-start and manual-stop. Started and idle: waiting for the idle-hold timer. */
  readonly started: boolean;
  readonly connections: Readonly<Record<Side, Connection>>;
  /** The timers that run; any other that fires is late news and ignored. */
  readonly timers: readonly SessionTimer[];
  /** RFC 4271's ConnectRetryCounter: failures in a row; delays grow with it. */
  readonly failures: number;
  /** Keepalives sent since Established, up to `provenKeepalives`: how we know, without a clock, that the session holds. */
  readonly keepalivesSent: number;
}

export const noConnection: Connection = { phase: 'none' };

export const sides: readonly Side[] = ['outgoing', 'incoming'];

export function otherSide(side: Side): Side {
  return side === 'outgoing' ? 'incoming' : 'outgoing';
}

export function initialSession(config: SessionConfig): SessionState {
  return {
    config,
    phase: 'idle',
    started: false,
    connections: { outgoing: noConnection, incoming: noConnection },
    timers: [],
    failures: 0,
    keepalivesSent: 0,
  };
}

/** Whether the TCP connection stands. */
export function isOpen(connection: Connection): boolean {
  return connection.phase !== 'none' && connection.phase !== 'connecting';
}

/** Whether our OPEN was sent on it and it was not closed since: what has not spoken may not send a NOTIFICATION. */
export function hasSpoken(connection: Connection): boolean {
  return isOpen(connection) && connection.phase !== 'delay-open';
}

/** What the session negotiated on the side that is established; `undefined` where none is. */
export function negotiatedOf(state: SessionState): Negotiated | undefined {
  for (const side of sides) {
    const connection = state.connections[side];
    if (connection.phase === 'established') return connection.negotiated;
  }
  return undefined;
}

const order: readonly Connection['phase'][] = [
  'none',
  'connecting',
  'delay-open',
  'open-sent',
  'open-confirm',
  'established',
];

/** The phase that people see: that of the most advanced connection. */
export function phaseOf(state: Pick<SessionState, 'started' | 'timers' | 'connections'>): SessionPhase {
  if (!state.started || state.timers.includes('idle-hold')) return 'idle';
  const { outgoing, incoming } = state.connections;
  const phase = order.indexOf(outgoing.phase) > order.indexOf(incoming.phase) ? outgoing.phase : incoming.phase;
  if (phase === 'none') return 'active';
  // RFC 4271 §8.2.2: the DelayOpenTimer runs in Connect where we have connected, else in Active.
  if (phase === 'delay-open') return outgoing.phase === 'delay-open' ? 'connect' : 'active';
  return phase === 'connecting' ? 'connect' : phase;
}
