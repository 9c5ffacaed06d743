/** What `nearcast status` and `nearcast pop list` show, as lines of text. Pure. */
import type { PopStatus, Status } from '../control/api/schemas.ts';
import type { VantageReport } from '../feed/vantage.ts';
import { type Column, formatTable, printable } from './table.ts';

const popColumns: readonly Column<PopStatus>[] = [
  { title: 'POP', cell: (pop) => pop.name },
  { title: 'PHASE', cell: (pop) => pop.phase },
  { title: 'ANNOUNCED', cell: (pop) => pop.announced.join(' ') || null },
  { title: 'SESSIONS', cell: (pop) => `${establishedOf(pop)}/${pop.sessions.length}`, align: 'right' },
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
  return [...formatTable(popColumns, pops), ...problems.map((line) => `! ${printable(line)}`)];
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
