/**
 * The BGP state machine of one peering (RFC 4271 §8), as a pure function of state and event.
 *
 * Each side of the peering, the connection that we open and the one that the peer opens, has a phase of its own (§8.2.1). A
 * session rests in Idle, tries in Connect, waits in Active; then a connection goes through OpenSent and OpenConfirm to
 * Established. Events of a side that has no connection, and timers that do not run, are late news and change nothing.
 *
 * Deliberate deviations from §8.2.2:
 * - A failed attempt leads from Connect to Active, not to Idle: the RFC's own arm for a running DelayOpenTimer. Idle refuses
 *   connections, and two speakers that started at different times would long miss one another.
 * - In Active, an incoming connection does not stop the ConnectRetryTimer before its OPEN was accepted: a connection that
 *   stays mute must not keep us from connecting. A passive session never connects, so it has no such timer.
 * - After Cease / Connection Collision Resolution or Connection Rejected before Established, to Active: nothing is wrong.
 * - In Idle, an incoming connection is refused with Cease / Connection Rejected (RFC 4486 §4), so that the peer's log says why.
 * - A NOTIFICATION is never answered by one, in OpenSent neither.
 * - Collision is also resolved where the two OPENs carry different identifiers: one peering is one peer here.
 * - The dominant speaker closes an incoming connection at its OPEN where the outgoing one is in OpenSent; §6.8 allows it where
 *   the peer's identifier is known, which that OPEN has just told. Had it to wait for the OPEN on its own connection, it could
 *   become Established on the other first, and close its own, while the peer closes the other as the loser: none is left.
 *
 * - An OPEN that we refuse while the DelayOpenTimer runs is answered by our OPEN before the NOTIFICATION: SendNOTIFICATIONwithoutOPEN
 *   (§8.1.1) is not needed then, and the peer learns why.
 */
import { assert, unreachable } from '../../base/assert.ts';
import type { Random } from '../../base/random.ts';
import { cease } from '../message/notification.ts';
import type { NotificationMessage } from '../message/types.ts';
import { keptOverRestart } from './capabilities.ts';
import { idleHoldMs, openHoldTimeMs, provenKeepalives } from './delays.ts';
import { connectFailed, connectionClosed, holdTimerExpired, stopped, stoppedItself } from './reasons.ts';
import { ceaseMessage, end, malformed, message } from './receive.ts';
import { type Connection, isOpen, noConnection, type SessionState, sides } from './state.ts';
import type { SessionEffect, SessionEvent, SessionTimer, Side } from './types.ts';
import { Work } from './work.ts';

export { initialSession, negotiatedOf, type SessionState } from './state.ts';

/** What becomes of a session by an event, and what its owner has to do now, in this order. Same input, same answer. */
export function stepSession(
  state: SessionState,
  event: SessionEvent,
  random: Random,
): { readonly state: SessionState; readonly effects: readonly SessionEffect[] } {
  const work = new Work(state, random);
  apply(work, event);
  return { state: work.finish(), effects: work.effects };
}

function apply(work: Work, event: SessionEvent): void {
  switch (event.type) {
    case 'manual-start':
      manualStart(work);
      return;
    case 'manual-stop':
      manualStop(work, ceaseMessage(event.subcode, event.communication));
      return;
    case 'automatic-stop':
      automaticStop(work, event);
      return;
    case 'connected':
      connected(work, event.side);
      return;
    case 'connect-failed':
      attemptFailed(work, event.why);
      return;
    case 'closed':
      closed(work, event.side, event.why);
      return;
    case 'message':
      message(work, event.side, event.message);
      return;
    case 'malformed':
      malformed(work, event.side, event.error);
      return;
    case 'timer':
      timer(work, event.timer);
      return;
    default:
      unreachable(event);
  }
}

/** Events 1 and 4. In every state but Idle "the start events are ignored" (§8.2.2). */
function manualStart(work: Work): void {
  if (work.started && !work.runs('idle-hold')) return;
  work.clearTimer('idle-hold');
  work.started = true;
  work.failures = 0; // §8.2.2 Idle: "sets ConnectRetryCounter to zero"
  work.begin();
}

/** Event 2: in Idle ignored, else Cease where an OPEN was sent, all released, ConnectRetryCounter to zero. */
function manualStop(work: Work, notification: NotificationMessage): void {
  if (!work.started) return;
  const wasEstablished = release(work, notification);
  work.started = false;
  work.failures = 0;
  work.down(stopped(notification), wasEstablished);
}

/** Event 8: as a stop by hand, but ConnectRetryCounter grows, and the session may come back by itself. */
function automaticStop(work: Work, event: Extract<SessionEvent, { type: 'automatic-stop' }>): void {
  if (!work.started) return;
  const { subcode, data = new Uint8Array(), what, restart } = event;
  // What is not there need not be stopped for a while.
  if (restart === 'soon' && !sides.some((side) => isOpen(work.connection(side)))) return;
  const notification = { type: 'notification', code: cease.code, subcode, data } as const;
  const wasEstablished = release(work, notification);
  work.failures++;
  work.down(stoppedItself(notification, what), wasEstablished);
  if (restart === 'by-hand') work.started = false;
  else if (restart === 'soon') work.setTimer('idle-hold', idleHoldMs(work.config, work.failures, work.random));
  else work.setTimer('idle-hold', restart.afterSeconds * 1000);
}

/** Ends both connections and all timers; returns whether one was established. */
function release(work: Work, notification: NotificationMessage): boolean {
  const wasEstablished = sides.some((side) => work.connection(side).phase === 'established');
  for (const side of sides) {
    const connection = work.connection(side);
    if (isOpen(connection)) work.notify(side, hardened(notification, connection));
  }
  work.abandonAttempt();
  work.clearTimer('connect-retry');
  work.clearTimer('idle-hold');
  return wasEstablished;
}

/**
 * Where a NOTIFICATION, too, would start a graceful restart, one that means "drop my routes" is sent as a Hard Reset around
 * the real one (RFC 8538 §3.1 and its §4 on which those are).
 */
function hardened(notification: NotificationMessage, connection: Connection): NotificationMessage {
  const negotiated = connection.phase === 'established' ? connection.negotiated : undefined;
  const { code, subcode, data } = notification;
  const hard = [cease.maximumPrefixes, cease.administrativeShutdown, cease.peerDeconfigured].some(
    (one) => one === subcode,
  );
  if (!hard || !negotiated?.gracefulRestart?.notification) return notification;
  return { type: 'notification', code, subcode: cease.hardReset, data: Uint8Array.of(code, subcode, ...data) };
}

/** Events 16 and 17. */
function connected(work: Work, side: Side): void {
  const { phase } = work.connection(side);
  switch (phase) {
    case 'none':
      if (side === 'incoming') accept(work);
      // Nobody asked for it, or no longer: it must not stay open.
      else work.effects.push({ type: 'close', side });
      return;
    case 'connecting':
      work.begun(side);
      return;
    case 'delay-open':
    case 'open-sent':
    case 'open-confirm':
    case 'established':
      return; // The owner keeps one connection a side; it told this one before.
    default:
      unreachable(phase);
  }
}

/** A connection that the peer opened; beside an established session it is "tracked until it sends an OPEN" (§8.2.2). */
function accept(work: Work): void {
  if (work.started && !work.runs('idle-hold')) {
    work.begun('incoming');
    return;
  }
  work.send('incoming', ceaseMessage(cease.connectionRejected)); // §8.2.2 Idle: "refuses all incoming BGP connections"
  work.effects.push({ type: 'close', side: 'incoming' });
}

/** Event 18 in Connect. */
function attemptFailed(work: Work, why: string): void {
  if (work.connection('outgoing').phase !== 'connecting') return;
  work.put('outgoing', noConnection);
  work.clearTimer('connect-retry');
  work.retreat(connectFailed(why), 'outgoing');
}

/** Event 18. */
function closed(work: Work, side: Side, why: string | undefined): void {
  const connection = work.connection(side);
  switch (connection.phase) {
    case 'none':
      return;
    case 'connecting':
      attemptFailed(work, why ?? 'the connection closed');
      return;
    case 'delay-open': // §8.2.2 Connect, with the DelayOpenTimer running: the same
    case 'open-sent': // §8.2.2 OpenSent: "restarts the ConnectRetryTimer …, changes its state to Active"
      work.drop(side, 'closed-by-peer');
      work.retreat(connectionClosed(why), side);
      return;
    case 'established':
      work.drop(side, 'closed-by-peer');
      // A peer that said that it may restart (RFC 4724) is expected back, and must not find us in Idle, refusing it.
      if (keptOverRestart(connection.negotiated.gracefulRestart).length > 0)
        work.retreat(connectionClosed(why), side, true);
      else work.giveUp(connectionClosed(why), side, true);
      return;
    case 'open-confirm': // §8.2.2, both: "increments the ConnectRetryCounter …, changes its state to Idle"
      work.drop(side, 'closed-by-peer');
      work.giveUp(connectionClosed(why), side, false);
      return;
    default:
      unreachable(connection);
  }
}

function timer(work: Work, timer: SessionTimer): void {
  if (!work.runs(timer)) return;
  work.fired(timer);
  switch (timer) {
    case 'idle-hold': // event 13
      work.begin();
      return;
    case 'connect-retry':
      connectRetry(work);
      return;
    case 'delay-open:outgoing': // event 12
      work.open('outgoing');
      return;
    case 'delay-open:incoming':
      work.open('incoming');
      return;
    case 'hold:outgoing':
      holdExpired(work, 'outgoing');
      return;
    case 'hold:incoming':
      holdExpired(work, 'incoming');
      return;
    case 'keepalive:outgoing':
      keepaliveDue(work, 'outgoing');
      return;
    case 'keepalive:incoming':
      keepaliveDue(work, 'incoming');
      return;
    default:
      unreachable(timer);
  }
}

/** Event 9: in Active connect; in Connect drop the attempt and connect anew (§8.2.2). */
function connectRetry(work: Work): void {
  const { phase } = work.connection('outgoing');
  assert(phase === 'none' || phase === 'connecting', `connect-retry ran in ${phase}`);
  if (phase === 'connecting') {
    work.abandonAttempt();
    work.failures++;
    if (!isOpen(work.connection('incoming'))) work.down(connectFailed('no answer in time'), false);
  }
  work.connect();
}

/** Event 10 (§6.5). */
function holdExpired(work: Work, side: Side): void {
  const connection = work.connection(side);
  assert(isOpen(connection), `hold timer ran in ${connection.phase}`);
  const agreed = 'negotiated' in connection ? connection.negotiated.holdTimeSeconds : undefined;
  const notification = { type: 'notification', code: 4, subcode: 0, data: new Uint8Array() } as const;
  const silence = agreed === undefined ? `no OPEN in ${openHoldTimeMs / 1000} s` : `nothing heard for ${agreed} s`;
  end(work, side, notification, holdTimerExpired(notification, silence));
}

/** Event 11. */
function keepaliveDue(work: Work, side: Side): void {
  const connection = work.connection(side);
  assert('negotiated' in connection, `keepalive timer ran in ${connection.phase}`);
  work.sendKeepalive(side, connection.negotiated);
  if (connection.phase !== 'established') return;
  work.keepalivesSent = Math.min(provenKeepalives, work.keepalivesSent + 1);
  if (work.keepalivesSent === provenKeepalives) work.failures = 0; // it holds: what failed before is past
}
