/**
 * From a PoP's intent and a mode for each prefix to the plan that an announcer applies.
 *
 * Depreferenced means: still announced, but last choice. The GRACEFUL_SHUTDOWN community asks peers that know it to set the
 * lowest local preference (RFC 8326 §4); the longer path persuades those that do not.
 */
import type { AnnouncementIntent, PopIntent } from '../network/intent.ts';
import type { AnnouncerPlan } from './announcer.ts';

/** `depreference` keeps the prefix announced as last choice; `withdraw` takes it back. */
export type AnnouncementMode = 'announce' | 'depreference' | 'withdraw';

/** RFC 8326 §4.1, RFC 8642 §2: the well-known community GRACEFUL_SHUTDOWN. */
export const gracefulShutdown = '65535:0';
/** So many more copies of our ASN: more than the longest detour that providers are commonly seen to prefer for free. */
export const depreferencePrepend = 5;
/** The intent's own bound; longer paths are dropped by some networks. */
const maximumPrepend = 16;

/** What each session should announce where each prefix has the mode that `modeOf` gives it. */
export function planSessions(intent: PopIntent, modeOf: (prefix: string) => AnnouncementMode): AnnouncerPlan {
  return {
    asn: intent.asn,
    routerId: intent.routerId,
    ...(intent.rpki === undefined ? {} : { rpki: intent.rpki }),
    ...(intent.bmp === undefined ? {} : { bmp: intent.bmp }),
    sessions: intent.sessions.map((session) => ({
      ...session,
      announcements: session.announcements.flatMap((announcement) => inMode(announcement, modeOf(announcement.prefix))),
    })),
  };
}

function inMode(announcement: AnnouncementIntent, mode: AnnouncementMode): AnnouncementIntent[] {
  switch (mode) {
    case 'announce':
      return [announcement];
    case 'depreference':
      return [
        {
          ...announcement,
          prepend: Math.min(maximumPrepend, announcement.prepend + depreferencePrepend),
          communities: [...new Set([...announcement.communities, gracefulShutdown])],
        },
      ];
    case 'withdraw':
      return [];
  }
}
