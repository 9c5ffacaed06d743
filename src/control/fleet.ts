/**
 * The fleet: what control knows of each PoP's agent, from its reports and from its feed connection.
 *
 * Why the connection: an agent that dies closes it at once, while its last report looks well for seconds. So a PoP is
 * `down` as soon as its last feed connection has closed, until the feed is back and has been followed by a report.
 * A report that was under way while its agent died does not bring a PoP back.
 * Pure: `stepFleet(state, event)` and `viewOf(entry, now)`. Nothing is stored: after a restart of control, reports tell anew.
 */
import { type AgentReport, type PopPhase, reportIntervalMs } from '../feed/report.ts';

export interface FleetEntry {
  /** Since when control has known this PoP, by the clock of `now`. */
  readonly since: number;
  /** Open feed connections; more than one while an agent reconnects. */
  readonly connections: number;
  /** When the last of them closed. */
  readonly closedAt?: number;
  readonly report?: AgentReport;
  readonly reportedAt?: number;
}

export type FleetState = ReadonlyMap<string, FleetEntry>;

export type FleetEvent =
  /** The network has these PoPs and no others. */
  | { readonly type: 'pops'; readonly pops: readonly string[]; readonly at: number }
  | { readonly type: 'feed-opened'; readonly pop: string; readonly at: number }
  | { readonly type: 'feed-closed'; readonly pop: string; readonly at: number }
  | { readonly type: 'report'; readonly report: AgentReport; readonly at: number };

/** After so long without a report, an agent counts as gone. */
export const reportTimeoutMs = 3 * reportIntervalMs;

/** Events of a PoP that the network does not have change nothing. */
export function stepFleet(state: FleetState, event: FleetEvent): FleetState {
  if (event.type === 'pops') {
    return new Map(event.pops.map((pop) => [pop, state.get(pop) ?? { since: event.at, connections: 0 }]));
  }
  const pop = event.type === 'report' ? event.report.pop : event.pop;
  const entry = state.get(pop);
  if (entry === undefined) return state;
  return new Map(state).set(pop, stepEntry(entry, event));
}

function stepEntry(entry: FleetEntry, event: Exclude<FleetEvent, { type: 'pops' }>): FleetEntry {
  switch (event.type) {
    case 'feed-opened':
      return { ...entry, connections: entry.connections + 1 };
    case 'feed-closed': {
      const connections = Math.max(0, entry.connections - 1);
      return connections > 0 ? { ...entry, connections } : { ...entry, connections, closedAt: event.at };
    }
    case 'report':
      return { ...entry, report: event.report, reportedAt: event.at };
  }
}

export interface PopView {
  readonly phase: PopPhase;
  readonly reason: string;
  /** Is the report the agent's present word? Where not, only its history is known. */
  readonly current: boolean;
}

/** What is true of a PoP now, as far as control can know. */
export function viewOf(entry: FleetEntry, now: number): PopView {
  const { report, reportedAt, connections, closedAt } = entry;
  const stale = (phase: PopPhase, reason: string): PopView => ({ phase, reason, current: false });
  if (connections === 0 && closedAt !== undefined) {
    return stale('down', `its agent's connection closed ${seconds(now - closedAt)} ago`);
  }
  if (report === undefined || reportedAt === undefined) {
    if (connections > 0) return stale('starting', 'its agent is connected; the first report is awaited');
    if (now - entry.since <= reportTimeoutMs) return stale('starting', 'its agent is awaited');
    return stale('down', 'no agent has connected since control started');
  }
  if (now - reportedAt > reportTimeoutMs) {
    return stale('down', `its agent has not reported for ${seconds(now - reportedAt)}`);
  }
  if (closedAt !== undefined && reportedAt < closedAt) {
    return stale('starting', 'its agent is connected again; its report is awaited');
  }
  return { phase: report.phase, reason: report.reason, current: true };
}

function seconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1000))} s`;
}

/** What a PoP announces as far as control knows; nothing where its agent is gone. */
export function announcedBy(entry: FleetEntry, now: number): readonly string[] {
  return viewOf(entry, now).current ? (entry.report?.announced ?? []) : [];
}
