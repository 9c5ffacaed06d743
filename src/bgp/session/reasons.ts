/** Why a session ended, as facts and as a line for people. */
import { describeNotification, shutdownCommunication } from '../message/notification.ts';
import type { NotificationMessage } from '../message/types.ts';
import type { DownReason } from './types.ts';

export function received(notification: NotificationMessage): DownReason {
  const { code, subcode } = notification;
  const communication = shutdownCommunication(notification);
  const what = `the peer closed: ${describeNotification(notification)}`;
  const reason = { kind: 'notification-received', what, code, subcode } as const;
  return communication === undefined ? reason : { ...reason, communication };
}

/** `why` tells what a person wants to know beyond the numbers that the peer gets. */
export function sent(notification: NotificationMessage, why?: string): DownReason {
  const { code, subcode } = notification;
  const what = `we closed: ${describeNotification(notification)}${why === undefined ? '' : `: ${why}`}`;
  return { kind: 'notification-sent', what, code, subcode };
}

export function holdTimerExpired(notification: NotificationMessage, silence: string): DownReason {
  const { code, subcode } = notification;
  return { kind: 'hold-timer', what: `hold timer expired: ${silence}`, code, subcode };
}

export function stopped(notification: NotificationMessage): DownReason {
  const { code, subcode } = notification;
  return { kind: 'stopped', what: `stopped here: ${describeNotification(notification)}`, code, subcode };
}

export function stoppedItself({ code, subcode }: NotificationMessage, what: string): DownReason {
  return { kind: 'automatic-stop', what, code, subcode };
}

export function connectFailed(why: string): DownReason {
  return { kind: 'connect-failed', what: `could not connect: ${why}` };
}

export function connectionClosed(why: string | undefined): DownReason {
  return { kind: 'connection-closed', what: `the connection closed${why === undefined ? '' : `: ${why}`}` };
}
