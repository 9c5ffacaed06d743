/** The lab's state as lines of text: a table for a terminal, and the changes between two states for anything else. */
import type { LabSnapshot } from './lab.ts';

/** Columns as wide as their widest cell, two spaces between. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join('  ')
      .trimEnd(),
  );
}

/** `predicted`: by vantage, the PoP that the network file makes one expect. */
export function renderTable(
  { vantages, status, controlPid }: LabSnapshot,
  predicted: ReadonlyMap<string, string> = new Map(),
): string[] {
  const pops = (status?.pops ?? []).map((pop) => [
    pop.name,
    pop.phase,
    `${pop.sessions.filter(({ phase }) => phase === 'established').length}/${pop.sessions.length}`,
    pop.agentPid === null ? '-' : String(pop.agentPid),
    pop.edgePid === null ? '-' : String(pop.edgePid),
    pop.announced.join(' ') || '-',
    pop.reason,
  ]);
  const reached = vantages.map(({ name, networkName, url, path }) => [
    name,
    url,
    path.reached ? path.pop : path.why,
    predicted.get(name) ?? '-',
    path.reached ? `${(path.delayMs * 2).toFixed(1)} ms` : '-',
    path.reached ? path.asPath.join(' ') : '-',
    networkName,
  ]);
  // What one acts on stands first: a narrow terminal cuts the ends of lines.
  return [
    ...columns([['POP', 'PHASE', 'SESSIONS', 'AGENT', 'EDGE', 'ANNOUNCES', 'WHY'], ...pops]),
    ...(status === undefined
      ? [`control does not answer (pid ${controlPid ?? 'none'}); the PoPs go on without it`]
      : []),
    '',
    ...columns([['VANTAGE', 'URL', 'LANDS AT', 'PREDICTED', 'ROUND TRIP', 'AS PATH', 'NETWORK'], ...reached]),
  ];
}

/** A line for each thing that differs between two states. */
export function renderChanges(before: LabSnapshot | undefined, after: LabSnapshot): string[] {
  const lines: string[] = [];
  if (before !== undefined && (before.status === undefined) !== (after.status === undefined)) {
    lines.push(after.status === undefined ? 'control does not answer; the PoPs go on without it' : 'control answers');
  }
  for (const pop of after.status?.pops ?? []) {
    const old = before?.status?.pops.find(({ name }) => name === pop.name);
    if (old?.phase !== pop.phase) lines.push(`pop ${pop.name}: ${pop.phase} (${pop.reason})`);
  }
  for (const { name, path } of after.vantages) {
    const old = before?.vantages.find((vantage) => vantage.name === name)?.path;
    const text = describe(path);
    if (old === undefined || describe(old) !== text) lines.push(`vantage ${name}: ${text}`);
  }
  return lines;
}

function describe(path: LabSnapshot['vantages'][number]['path']): string {
  if (!path.reached) return path.why === 'loop' ? 'a routing loop' : 'no route';
  return `lands at ${path.pop}, AS path ${path.asPath.join(' ')}, ${(path.delayMs * 2).toFixed(1)} ms`;
}
