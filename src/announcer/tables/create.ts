/** The embedded announcer's tables: its speaker, plan and validation, as they are when somebody asks. */

import type { Problem } from '../../base/problem.ts';
import type { SpeakerHost } from '../../bgp/transport/types.ts';
import { formatPrefix } from '../../ip/prefix.ts';
import type { AnnouncerPlan, BfdState } from '../announcer.ts';
import type { Validation } from '../validation.ts';
import { type ExplainSource, explainRoute } from './explain.ts';
import { neighborView } from './neighbors.ts';
import { coveringPrefixes, routeViews } from './routes.ts';
import type { BgpTables } from './tables.ts';

/** What the announcer is at the moment. */
export interface TablesNow {
  readonly host: SpeakerHost | undefined;
  readonly plan: AnnouncerPlan | undefined;
  /** Names of the sessions that run. */
  readonly running: readonly string[];
  readonly bfdState: (session: string) => BfdState;
  readonly problems: readonly Problem[];
}

export function createTables(now: () => TablesNow, validation: Validation): BgpTables {
  function source(): ExplainSource | undefined {
    const { host, plan, running } = now();
    if (host === undefined || plan === undefined) return undefined;
    const status = validation.status();
    return {
      host,
      localAsn: plan.asn,
      sessions: plan.sessions.map(({ name }) => name).filter((name) => running.includes(name)),
      plans: plan.sessions,
      asnOf: (session) => plan.sessions.find(({ name }) => name === session)?.peerAsn ?? 0,
      ownPrefixes: [
        ...new Set(plan.sessions.flatMap(({ announcements }) => announcements.map(({ prefix }) => prefix))),
      ],
      data: validation.data(),
      ...(status === undefined ? {} : { validation: { ...validation.hook, aspa: status.aspa } }),
    };
  }

  return {
    neighbors() {
      const { host, plan, running, bfdState, problems } = now();
      if (plan === undefined) return [];
      const known = new Map(host?.neighbors().map((neighbor) => [neighbor.id, neighbor]));
      return plan.sessions.map((session) => {
        const { name } = session;
        const neighbor = running.includes(name) ? known.get(name) : undefined;
        const problem = neighbor === undefined ? problems.find(({ where }) => where === name)?.what : undefined;
        return neighborView(session, { plan, neighbor, bfd: bfdState(name), problem });
      });
    },
    routes(question) {
      const tables = source();
      return tables === undefined ? [] : routeViews(tables, question);
    },
    explain(prefix) {
      const tables = source();
      return tables === undefined
        ? { prefix: formatPrefix(prefix), paths: [], told: [] }
        : explainRoute(tables, prefix);
    },
    covering(prefix) {
      const tables = source();
      if (tables === undefined) return [];
      const { host, sessions } = tables;
      return coveringPrefixes(prefix).filter(
        (each) =>
          host.decision(each) !== undefined || sessions.some((session) => host.explainImport(session, each).length > 0),
      );
    },
  };
}
