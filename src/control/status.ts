/** What the API says of one PoP: what is wanted of it, beside what its agent reports. Pure. */
import type { PopIntent } from '../network/intent.ts';
import type { PopStatus } from './api/schemas.ts';
import { type FleetEntry, viewOf } from './fleet.ts';

export function popStatus(options: {
  readonly intent: PopIntent;
  readonly entry: FleetEntry;
  readonly drainWanted: boolean;
  /** The store's. */
  readonly position: { readonly epoch: string; readonly through: number };
  readonly now: number;
}): PopStatus {
  const { intent, entry, drainWanted, position, now } = options;
  const { phase, reason, current } = viewOf(entry, now);
  // Of an agent that is gone, nothing is known any more: neither its processes nor its sessions.
  const report = current ? entry.report : undefined;
  const through = report?.epoch === position.epoch ? report.through : 0;
  return {
    name: intent.pop,
    location: intent.location.name,
    phase,
    reason,
    announced: [...(report?.announced ?? [])],
    drainWanted,
    agentPid: report?.agentPid ?? null,
    edgePid: report?.edgePid ?? null,
    edgeRestarts: report?.edgeRestarts ?? 0,
    sessions: report?.sessions ?? intendedSessions(intent),
    ...(report?.validation === undefined ? {} : { validation: report.validation }),
    ...(report?.stations === undefined ? {} : { stations: report.stations }),
    feed: { connected: entry.connections > 0, through, current: through === position.through },
    reportAgeMs: entry.reportedAt === undefined ? null : Math.max(0, Math.round(now - entry.reportedAt)),
    problems: report?.problems ?? [],
  };
}

function intendedSessions(intent: PopIntent): PopStatus['sessions'] {
  return intent.sessions.map(({ name, peerAsn, neighborAddress }) => ({
    name,
    peerAsn,
    neighborAddress,
    phase: 'idle',
    announced: [],
  }));
}
