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
 * Not implemented: DelayOpen (optional attribute 3 of §8.1.1), and AutomaticStop by prefix limits, which is the speaker's.
 */
import { assert, unreachable } from '../../base/assert.ts';
import type { Random } from '../../base/random.ts';
import { messageKinds } from '../message/header.ts';
import { cease, encodeShutdownCommunication, notificationOf } from '../message/notification.ts';
import type { Message, MessageError, NotificationMessage, OpenMessage } from '../message/types.ts';
import { collisionWinner } from './collision.ts';
import { openHoldTimeMs, provenKeepalives } from './delays.ts';
import { negotiate } from './open.ts';
import { connectFailed, connectionClosed, holdTimerExpired, received, sent, stopped } from './reasons.ts';
import { isOpen, noConnection, otherSide, type SessionState, sides } from './state.ts';
import type { DownReason, Negotiated, SessionEffect, SessionEvent, SessionTimer, Side } from './types.ts';
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
  const wasEstablished = sides.some((side) => work.connection(side).phase === 'established');
  for (const side of sides) if (isOpen(work.connection(side))) work.notify(side, notification);
  work.abandonAttempt();
  work.clearTimer('connect-retry');
  work.clearTimer('idle-hold');
  work.started = false;
  work.failures = 0;
  work.down(stopped(notification), wasEstablished);
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
      work.open(side);
      return;
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
    work.open('incoming');
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
  const { phase } = work.connection(side);
  switch (phase) {
    case 'none':
      return;
    case 'connecting':
      attemptFailed(work, why ?? 'the connection closed');
      return;
    case 'open-sent': // §8.2.2 OpenSent: "restarts the ConnectRetryTimer …, changes its state to Active"
      work.drop(side, 'closed-by-peer');
      work.retreat(connectionClosed(why), side);
      return;
    case 'open-confirm':
    case 'established': // §8.2.2: "increments the ConnectRetryCounter …, changes its state to Idle"
      work.drop(side, 'closed-by-peer');
      work.giveUp(connectionClosed(why), side, phase === 'established');
      return;
    default:
      unreachable(phase);
  }
}

function message(work: Work, side: Side, message: Message): void {
  const connection = work.connection(side);
  switch (connection.phase) {
    case 'none':
    case 'connecting':
      return;
    case 'open-sent':
      inOpenSent(work, side, message);
      return;
    case 'open-confirm':
      inOpenConfirm(work, side, message, connection.negotiated);
      return;
    case 'established':
      inEstablished(work, side, message, connection.negotiated);
      return;
    default:
      unreachable(connection);
  }
}

function inOpenSent(work: Work, side: Side, message: Message): void {
  switch (message.type) {
    case 'open': // event 19
      receiveOpen(work, side, message);
      return;
    case 'notification': // events 24 and 25
      notified(work, side, message);
      return;
    case 'update':
    case 'keepalive':
    case 'route-refresh':
      unexpected(work, side, message, 1);
      return;
    default:
      unreachable(message);
  }
}

function inOpenConfirm(work: Work, side: Side, message: Message, negotiated: Negotiated): void {
  switch (message.type) {
    case 'keepalive': // event 26
      work.restartHold(side, negotiated);
      work.put(side, { phase: 'established', negotiated });
      work.keepalivesSent = 0;
      if (negotiated.keepaliveSeconds === 0) work.failures = 0; // no keepalives will prove it
      work.effects.push({ type: 'established', side, negotiated });
      return;
    case 'notification':
      notified(work, side, message);
      return;
    case 'open':
    case 'update':
    case 'route-refresh':
      unexpected(work, side, message, 2);
      return;
    default:
      unreachable(message);
  }
}

function inEstablished(work: Work, side: Side, message: Message, negotiated: Negotiated): void {
  switch (message.type) {
    case 'keepalive': // event 26
      work.restartHold(side, negotiated);
      return;
    case 'update': // event 27
      work.restartHold(side, negotiated);
      work.effects.push({ type: 'received', message });
      return;
    case 'route-refresh':
      // RFC 2918 §4: one for a family that we did not offer is ignored.
      if (message.family !== undefined && work.config.families.includes(message.family)) {
        work.effects.push({ type: 'received', message });
      }
      return;
    case 'notification':
      notified(work, side, message);
      return;
    case 'open':
      unexpected(work, side, message, 3);
      return;
    default:
      unreachable(message);
  }
}

/** Event 19 in OpenSent: agree, settle a collision, answer with a KEEPALIVE. */
function receiveOpen(work: Work, side: Side, open: OpenMessage): void {
  const outcome = negotiate(work.config, open);
  if (!outcome.ok) {
    work.notify(side, outcome.notification); // event 22
    work.giveUp(sent(outcome.notification, outcome.what), side, false);
    return;
  }
  if (resolveCollision(work, side, open) !== side) return;
  // This connection has shown a willing peer: no more attempts beside it. BIRD does so, too.
  work.abandonAttempt();
  work.clearTimer('connect-retry');
  const { negotiated } = outcome;
  work.restartHold(side, negotiated);
  work.put(side, { phase: 'open-confirm', negotiated });
  work.sendKeepalive(side, negotiated);
}

/** §6.8: closes the connection that loses, where there are two, and tells the side that stays. */
function resolveCollision(work: Work, side: Side, open: OpenMessage): Side {
  const other = otherSide(side);
  const { phase } = work.connection(other);
  switch (phase) {
    case 'none':
    case 'connecting':
      return side;
    case 'open-sent': {
      // Only the dominant speaker can say already: it alone knows that its own connection stands, so it is the one to stay.
      const early = other === 'outgoing' && collisionWinner(work.config, open.routerId) === other;
      if (!early) return side;
      work.notify(side, ceaseMessage(cease.collisionResolution));
      return other;
    }
    case 'open-confirm': {
      const winner = collisionWinner(work.config, open.routerId);
      work.notify(otherSide(winner), ceaseMessage(cease.collisionResolution)); // event 23, RFC 4486 §4
      return winner;
    }
    case 'established': // §6.8: "causes closing of the newly created connection"
      work.notify(side, ceaseMessage(cease.collisionResolution));
      return other;
    default:
      unreachable(phase);
  }
}

/** Events 24 and 25: the peer has closed, or will at once. */
function notified(work: Work, side: Side, notification: NotificationMessage): void {
  const wasEstablished = work.connection(side).phase === 'established';
  const { code, subcode } = notification;
  const harmless =
    code === cease.code && (subcode === cease.collisionResolution || subcode === cease.connectionRejected);
  work.drop(side, 'close');
  if (harmless && !wasEstablished) work.retreat(received(notification), side);
  else work.giveUp(received(notification), side, wasEstablished);
}

/** A message that has no place in this state (§6.6, RFC 6608 §3 with the type of the message as data). */
function unexpected(work: Work, side: Side, message: Message, subcode: 1 | 2 | 3): void {
  const kind = messageKinds.find(({ type }) => type === message.type);
  assert(kind !== undefined, `no number for ${message.type}`);
  const notification = { type: 'notification', code: 5, subcode, data: Uint8Array.of(kind.number) } as const;
  end(work, side, notification, sent(notification, `a message of type ${message.type}`));
}

/** Events 21, 22 and 28. */
function malformed(work: Work, side: Side, error: MessageError): void {
  if (!isOpen(work.connection(side))) return;
  const notification = notificationOf(error);
  end(work, side, notification, sent(notification, `${error.what} (${error.rfc})`));
}

function end(work: Work, side: Side, notification: NotificationMessage, reason: DownReason): void {
  const wasEstablished = work.connection(side).phase === 'established';
  work.notify(side, notification);
  work.giveUp(reason, side, wasEstablished);
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

/** Words for people go with Administrative Shutdown and Reset only (RFC 9003 §2). */
function ceaseMessage(subcode: number, communication?: string): NotificationMessage {
  const speaks = subcode === cease.administrativeShutdown || subcode === cease.administrativeReset;
  const data = speaks && communication ? encodeShutdownCommunication(communication) : new Uint8Array();
  return { type: 'notification', code: cease.code, subcode, data };
}
