/** What `nearcast status` and `nearcast pop list` show, as lines of text. Pure. */
import type { PopStatus, Status } from '../control/api/schemas.ts';
import type { VantageReport } from '../feed/vantage.ts';
import { type Column, formatTable, printable } from './table.ts';

const popColumns: readonly Column<PopStatus>[] = [
  { title: 'POP', cell: (pop) => pop.name },
  { title: 'PHASE', cell: (pop) => pop.phase },
  { title: 'ANNOUNCED', cell: (pop) => pop.announced.join(' ') || null },
  { title: 'SESSIONS', cell: (pop) => `${establishedOf(pop)}/${pop.sessions.length}`, align: 'right' },
  { title: 'BFD', cell: bfdOf, align: 'right' },
  { title: 'RPKI', cell: rpkiOf },
  { title: 'BMP', cell: bmpOf, align: 'right' },
  { title: 'AGENT', cell: (pop) => pop.agentPid, align: 'right' },
  { title: 'EDGE', cell: (pop) => pop.edgePid, align: 'right' },
  { title: 'REASON', cell: (pop) => pop.reason },
];

const vantageColumns: readonly Column<VantageReport>[] = [
  { title: 'VANTAGE', cell: (vantage) => vantage.name },
  { title: 'REACHES', cell: (vantage) => vantage.pop ?? 'nothing' },
  { title: 'RTT MS', cell: (vantage) => vantage.roundTripMs?.toFixed(1) ?? null, align: 'right' },
  { title: 'AS PATH', cell: (vantage) => vantage.asPath.join(' ') || null },
  { title: 'URL', cell: (vantage) => vantage.url },
];

export function popLines(pops: readonly PopStatus[]): readonly string[] {
  if (pops.length === 0) return ['no PoPs'];
  const problems = pops.flatMap((pop) =>
    pop.problems.map(({ what, fix }) => `${pop.name}: ${what}${fix === undefined ? '' : ` (${fix})`}`),
  );
  const lines = [...pops.flatMap(cacheTroubles), ...pops.flatMap(stationTroubles), ...problems].map(
    (line) => `! ${printable(line)}`,
  );
  // What no PoP uses takes no room.
  const optional = [bfdOf, rpkiOf, bmpOf];
  const used = popColumns.filter(({ cell }) => !optional.some((one) => one === cell) || pops.some((pop) => cell(pop)));
  return [...formatTable(used, pops), ...lines];
}

/** Sessions whose BFD is up, of those that have it. */
function bfdOf({ sessions }: PopStatus): string | null {
  const watched = sessions.filter(({ bfd }) => bfd !== undefined);
  return watched.length === 0 ? null : `${watched.filter(({ bfd }) => bfd === 'up').length}/${watched.length}`;
}

function rpkiOf({ validation }: PopStatus): string | null {
  if (validation === undefined) return null;
  const { state, vrps, aspa, aspas } = validation;
  return state === 'waiting' ? state : `${state} ${vrps}${aspa ? `+${aspas}` : ''}`;
}

/** Where a PoP has no validated data, or old data, its caches say why. */
function cacheTroubles({ name, validation }: PopStatus): readonly string[] {
  if (validation === undefined || validation.state === 'current') return [];
  const failed = validation.caches.filter(({ failure }) => failure !== undefined);
  return failed.map(({ cache, failure }) => `${name}: RPKI cache ${cache}: ${failure}`);
}

/** Stations that are told, of those that should be. */
function bmpOf({ stations }: PopStatus): string | null {
  return stations === undefined ? null : `${stations.filter(({ connected }) => connected).length}/${stations.length}`;
}

function stationTroubles({ name, stations = [] }: PopStatus): readonly string[] {
  return stations.flatMap(({ station, failure }) =>
    failure === undefined ? [] : [`${name}: BMP station ${station}: ${failure}`],
  );
}

const domainsShown = 20;

export function statusLines(status: Status): readonly string[] {
  const lines = [`network ${status.network}, change ${status.sequence}`, '', ...popLines(status.pops)];
  if (status.vantages.length > 0) lines.push('', ...formatTable(vantageColumns, status.vantages));
  const more = status.domainCount - Math.min(domainsShown, status.domains.length);
  const names = status.domains.slice(0, domainsShown).map(printable).join(', ');
  lines.push('', `domains: ${names || 'none'}${more > 0 ? ` and ${more} more` : ''}`);
  if (status.problems.length > 0) {
    lines.push('', 'the network file as it is now was refused; the last good one is in force:');
    for (const { what, where } of status.problems) {
      lines.push(`! ${printable(where === undefined ? what : `${where}: ${what}`)}`);
    }
  }
  return lines;
}

function establishedOf(pop: PopStatus): number {
  return pop.sessions.filter((session) => session.phase === 'established').length;
}
