/** An announcer whose sessions are established at once and whose peers are a list: for tests of the agent, without BGP. */
import type { Announcer, AnnouncerPlan, SessionPlan } from '../announcer/announcer.ts';
import { communityProblem } from '../announcer/export-policy.ts';
import type { AnnouncementIntent } from '../network/intent.ts';

export interface FakeAnnouncer extends Announcer {
  /** What the peer of this session has of us now. */
  heard(session: string): readonly AnnouncementIntent[];
  /** What was done, in its order: `fra/0/ipv4 + 192.0.2.0/24`, `… - …`, `… ~ …` for changed attributes, `… up`, `… down`, `stop why`. */
  readonly log: string[];
}

export function createFakeAnnouncer(): FakeAnnouncer {
  const sessions = new Map<string, SessionPlan>();
  const listeners = new Set<() => void>();
  const log: string[] = [];
  let plan: AnnouncerPlan | undefined;
  let stopped = false;

  function change(session: string, before: readonly AnnouncementIntent[], after: readonly AnnouncementIntent[]): void {
    for (const { prefix } of before) {
      if (!after.some((other) => other.prefix === prefix)) log.push(`${session} - ${prefix}`);
    }
    for (const announcement of after) {
      const old = before.find((other) => other.prefix === announcement.prefix);
      if (old === undefined) log.push(`${session} + ${announcement.prefix}`);
      else if (JSON.stringify(old) !== JSON.stringify(announcement)) log.push(`${session} ~ ${announcement.prefix}`);
    }
  }

  function end(name: string): void {
    change(name, sessions.get(name)?.announcements ?? [], []);
    sessions.delete(name);
    log.push(`${name} down`);
  }

  return {
    log,
    heard: (session) => sessions.get(session)?.announcements ?? [],
    apply(next) {
      if (stopped) return;
      plan = next;
      for (const name of [...sessions.keys()]) if (!next.sessions.some((session) => session.name === name)) end(name);
      for (const session of next.sessions) {
        if (communityProblem(session) !== undefined) continue;
        if (!sessions.has(session.name)) log.push(`${session.name} up`);
        change(session.name, sessions.get(session.name)?.announcements ?? [], session.announcements);
        sessions.set(session.name, session);
      }
      for (const listener of listeners) listener();
    },
    sessions: () =>
      (plan?.sessions ?? []).map(({ name, peerAsn, neighborAddress }) => ({
        name,
        peerAsn,
        neighborAddress,
        phase: sessions.has(name) ? ('established' as const) : ('idle' as const),
        announced: (sessions.get(name)?.announcements ?? []).map(({ prefix }) => prefix),
      })),
    problems: () => (plan?.sessions ?? []).flatMap((session) => communityProblem(session) ?? []),
    validation: () => undefined,
    stations: () => undefined,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop({ communication }) {
      if (stopped) return;
      for (const name of [...sessions.keys()]) end(name);
      stopped = true;
      log.push(`stop ${communication}`);
      for (const listener of listeners) listener();
    },
  };
}
