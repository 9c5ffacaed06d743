/**
 * What a message does to a session, by how far the connection has come on which it arrived (RFC 4271 §8.2.2).
 *
 * Why apart from `fsm.ts`: there stand connections, timers and operators, here stands what the peer says.
 */
import { assert, unreachable } from '../../base/assert.ts';
import { messageKinds } from '../message/header.ts';
import { cease, encodeShutdownCommunication, notificationOf } from '../message/notification.ts';
import type { Message, MessageError, NotificationMessage, OpenMessage } from '../message/types.ts';
import type { UpdateInPlace } from '../message/update-in-place.ts';
import { keptOverRestart } from './capabilities.ts';
import { collisionWinner } from './collision.ts';
import { negotiate } from './open.ts';
import { connectionClosed, received, sent } from './reasons.ts';
import { hasSpoken, isOpen, otherSide } from './state.ts';
import type { DownReason, Negotiated, Side } from './types.ts';
import type { Work } from './work.ts';

/** Events 19 and 24 to 27, by how far their connection has come. */
export function message(work: Work, side: Side, message: Message | UpdateInPlace): void {
  const connection = work.connection(side);
  switch (connection.phase) {
    case 'none':
    case 'connecting':
      return;
    case 'delay-open':
      inDelayOpen(work, side, message);
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

/** RFC 4271 §8.2.2 Connect and Active, with the DelayOpenTimer running. */
function inDelayOpen(work: Work, side: Side, message: Message | UpdateInPlace): void {
  switch (message.type) {
    case 'open': // event 20
      work.open(side);
      receiveOpen(work, side, message);
      return;
    case 'notification':
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

function inOpenSent(work: Work, side: Side, message: Message | UpdateInPlace): void {
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

function inOpenConfirm(work: Work, side: Side, message: Message | UpdateInPlace, negotiated: Negotiated): void {
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

function inEstablished(work: Work, side: Side, message: Message | UpdateInPlace, negotiated: Negotiated): void {
  switch (message.type) {
    case 'keepalive': // event 26
      work.restartHold(side, negotiated);
      return;
    case 'update': // event 27
      work.restartHold(side, negotiated);
      work.effects.push({ type: 'received', message });
      return;
    case 'route-refresh':
      // RFC 2918 §4: one for a family that we did not offer is ignored. RFC 7313 §5: so is an unknown subtype.
      if (message.subtype === 'unknown') return;
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
    case 'delay-open': // it has said nothing yet; should it come as far, the two are compared then
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
    case 'established':
      if (hasRestarted(work, side)) {
        // RFC 4724 §5: the connection that was is dead, and its routes wait for the new one.
        work.drop(other, 'close');
        work.down(connectionClosed('the peer has restarted and opened another'), true);
        return side;
      }
      // §6.8: "causes closing of the newly created connection"
      work.notify(side, ceaseMessage(cease.collisionResolution));
      return other;
    default:
      unreachable(phase);
  }
}

/**
 * RFC 4724 §5 wants the new connection where graceful restart was agreed on. A mere connection proves nothing, an OPEN on it
 * does; and one that began before the session was established is an attempt of the peer's that collides, and no restart.
 */
function hasRestarted(work: Work, side: Side): boolean {
  const [connection, other] = [work.connection(side), work.connection(otherSide(side))];
  if (connection.phase !== 'open-sent' || connection.late === undefined || other.phase !== 'established') return false;
  return keptOverRestart(other.negotiated.gracefulRestart).length > 0;
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
function unexpected(work: Work, side: Side, message: Message | UpdateInPlace, subcode: 1 | 2 | 3): void {
  const kind = messageKinds.find(({ type }) => type === message.type);
  assert(kind !== undefined, `no number for ${message.type}`);
  const notification = { type: 'notification', code: 5, subcode, data: Uint8Array.of(kind.number) } as const;
  end(work, side, notification, sent(notification, `a message of type ${message.type}`));
}

/** Events 21, 22 and 28. */
export function malformed(work: Work, side: Side, error: MessageError): void {
  if (!isOpen(work.connection(side))) return;
  const notification = notificationOf(error);
  end(work, side, notification, sent(notification, `${error.what} (${error.rfc})`));
}

export function end(work: Work, side: Side, notification: NotificationMessage, reason: DownReason): void {
  const connection = work.connection(side);
  work.notify(side, notification);
  // What waits for the peer to speak first sends nothing, so the reason is its closing alone.
  const told = hasSpoken(connection) ? reason : ({ kind: 'connection-closed', what: reason.what } as const);
  work.giveUp(told, side, connection.phase === 'established');
}

/** Words for people go with Administrative Shutdown and Reset only (RFC 9003 §2). */
export function ceaseMessage(subcode: number, communication?: string): NotificationMessage {
  const speaks = subcode === cease.administrativeShutdown || subcode === cease.administrativeReset;
  const data = speaks && communication ? encodeShutdownCommunication(communication) : new Uint8Array();
  return { type: 'notification', code: cease.code, subcode, data };
}
