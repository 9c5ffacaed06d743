/** Why a session ended, as facts and as a line for people. */
import { toHex } from '../../base/bytes.ts';
import { describeNotification, shutdownCommunication } from '../message/notification.ts';
import type { NotificationMessage } from '../message/types.ts';
import type { DownReason } from './types.ts';

export function received(notification: NotificationMessage): DownReason {
  const communication = shutdownCommunication(notification);
  const what = `the peer closed: ${describeNotification(notification)}`;
  const reason = { kind: 'notification-received', what, ...factsOf(notification) } as const;
  return communication === undefined ? reason : { ...reason, communication };
}

/** `why` tells what a person wants to know beyond the numbers that the peer gets. */
export function sent(notification: NotificationMessage, why?: string): DownReason {
  const what = `we closed: ${describeNotification(notification)}${why === undefined ? '' : `: ${why}`}`;
  return { kind: 'notification-sent', what, ...factsOf(notification) };
}

export function holdTimerExpired(notification: NotificationMessage, silence: string): DownReason {
  return { kind: 'hold-timer', what: `hold timer expired: ${silence}`, ...factsOf(notification) };
}

export function stopped(notification: NotificationMessage): DownReason {
  return { kind: 'stopped', what: `stopped here: ${describeNotification(notification)}`, ...factsOf(notification) };
}

export function stoppedItself(notification: NotificationMessage, what: string): DownReason {
  return { kind: 'automatic-stop', what, ...factsOf(notification) };
}

export function connectFailed(why: string): DownReason {
  return { kind: 'connect-failed', what: `could not connect: ${why}` };
}

export function connectionClosed(why: string | undefined): DownReason {
  return { kind: 'connection-closed', what: `the connection closed${why === undefined ? '' : `: ${why}`}` };
}

function factsOf({ code, subcode, data }: NotificationMessage): Pick<DownReason, 'code' | 'subcode' | 'data'> {
  return { code, subcode, ...(data.length > 0 && { data: toHex(data) }) };
}
