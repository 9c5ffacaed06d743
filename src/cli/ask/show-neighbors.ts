/** Neighbours as text: one a line, or one with all that is known of it. Pure. */
import type { Neighbor } from '../../feed/tables.ts';
import { type Column, formatTable, printable } from '../table.ts';
import { duration } from './words.ts';

export interface NeighborRow {
  /** Shown where several PoPs were asked. */
  readonly pop?: string;
  readonly neighbor: Neighbor;
}

const columns: readonly Column<NeighborRow>[] = [
  { title: 'NEIGHBOR', cell: ({ neighbor }) => neighbor.name },
  { title: 'ADDRESS', cell: ({ neighbor }) => neighbor.neighborAddress },
  { title: 'AS', cell: ({ neighbor }) => neighbor.peerAsn, align: 'right' },
  { title: 'STATE', cell: ({ neighbor }) => neighbor.phase },
  { title: 'FOR', cell: ({ neighbor }) => since(neighbor) },
  { title: 'RECEIVED', cell: ({ neighbor }) => neighbor.routes.received, align: 'right' },
  { title: 'ACCEPTED', cell: ({ neighbor }) => neighbor.routes.accepted, align: 'right' },
  { title: 'SENT', cell: ({ neighbor }) => neighbor.routes.announced, align: 'right' },
  { title: 'BFD', cell: ({ neighbor }) => neighbor.bfd?.state ?? null },
  { title: 'LAST ERROR', cell: ({ neighbor }) => neighbor.problem ?? lastError(neighbor) ?? null },
];

export function neighborTable(rows: readonly NeighborRow[]): readonly string[] {
  if (rows.length === 0) return ['no neighbors'];
  const several = rows.some(({ pop }) => pop !== undefined);
  const popColumn: Column<NeighborRow> = { title: 'POP', cell: ({ pop }) => pop ?? null };
  return formatTable(several ? [popColumn, ...columns] : columns, rows);
}

/** How long it has been up, or down. */
function since({ phase, establishedForSeconds, lastDown }: Neighbor): string | null {
  const seconds = phase === 'established' ? establishedForSeconds : lastDown?.agoSeconds;
  return seconds === undefined ? null : duration(seconds);
}

function lastError({ lastDown }: Neighbor): string | undefined {
  if (lastDown === undefined) return undefined;
  const { what, communication, agoSeconds } = lastDown;
  const said = communication === undefined || what.includes(communication) ? '' : ` "${communication}"`;
  return `${what}${said}${agoSeconds === undefined ? '' : `, ${duration(agoSeconds)} ago`}`;
}

const accepts: Readonly<Record<Neighbor['accepts'], string>> = {
  nothing: 'accepts nothing',
  all: 'accepts all',
  'all-but-invalid': 'accepts all but what RPKI finds invalid',
  'invalid-last': 'uses what RPKI finds invalid last',
};

/** All of one neighbour. */
export function neighborDetails(neighbor: Neighbor): readonly string[] {
  const { routes, bfd } = neighbor;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['problem', neighbor.problem],
    ['us', us(neighbor)],
    ['router ID', neighbor.routerId],
    ['timers', timers(neighbor)],
    ...capabilities(neighbor),
    [
      'routes',
      `${routes.received} received, ${routes.accepted} accepted (${accepts[neighbor.accepts]}), ${routes.announced} sent` +
        (routes.stale > 0 ? `, ${routes.stale} stale` : '') +
        (routes.withheld > 0 ? `, ${routes.withheld} withheld by a limit` : ''),
    ],
    ['received', counts(neighbor.messages.received)],
    ['sent', counts(neighbor.messages.sent)],
    ['malformed', malformed(neighbor)],
    ['BFD', bfd && `${bfd.state}, ${bfd.intervalMs} ms × ${bfd.multiplier}${bfd.strict ? ', strict' : ''}`],
    ['last error', lastError(neighbor)],
  ];
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
  return [heading(neighbor), ...shown.map(([name, text]) => `  ${name.padEnd(13)} ${printable(text)}`)];
}

function heading({ name, peerAsn, neighborAddress, neighborPort, phase, ...rest }: Neighbor): string {
  const port = neighborPort === 179 ? '' : ` port ${neighborPort}`;
  const time = rest.establishedForSeconds === undefined ? '' : ` for ${duration(rest.establishedForSeconds)}`;
  const times = rest.establishedCount > 1 ? `, ${rest.establishedCount} times so far` : '';
  return printable(`${name}: AS${peerAsn} at ${neighborAddress}${port}, ${phase}${time}${times}`);
}

function us({ localAsn, sourceAddress, multihop, password }: Neighbor): string {
  const hops = multihop === undefined ? '' : `, up to ${multihop} hops`;
  return `AS${localAsn} at ${sourceAddress}${hops}${password ? ', TCP MD5 password' : ''}`;
}

function timers({ phase, holdTimeSeconds, keepaliveSeconds }: Neighbor): string {
  const keepalive = keepaliveSeconds === undefined ? '' : `, keepalive ${keepaliveSeconds} s`;
  return `hold time ${holdTimeSeconds} s${phase === 'established' ? '' : ' (ours)'}${keepalive}`;
}

type Capability = Neighbor['offered'][number];

function capabilities({ offered, peerCapabilities }: Neighbor): readonly (readonly [string, string | undefined])[] {
  const ours = new Map(offered.map((each) => [keyOf(each), wordsOf(each)]));
  if (peerCapabilities === undefined) return [['we offer', list([...ours.values()])]];
  const theirs = new Map(peerCapabilities.map((each) => [keyOf(each), wordsOf(each)]));
  return [
    ['both offer', list([...ours].filter(([key]) => theirs.has(key)).map(([, words]) => words))],
    ['only we', list([...ours].filter(([key]) => !theirs.has(key)).map(([, words]) => words))],
    ['only they', list([...theirs].filter(([key]) => !ours.has(key)).map(([, words]) => words))],
  ];
}

function keyOf({ kind, family, code }: Capability): string {
  return [kind, family, code].map((part) => String(part ?? '')).join(' ');
}

function wordsOf({ kind, family, code, role }: Capability): string {
  if (kind === 'multiprotocol') return String(family);
  if (kind === 'unknown') return `capability ${String(code)}`;
  return `${String(kind).replaceAll('-', ' ')}${role === undefined ? '' : ` ${String(role)}`}`;
}

function list(words: readonly string[]): string | undefined {
  return words.length === 0 ? undefined : words.join(', ');
}

function counts(messages: Readonly<Record<string, number>>): string | undefined {
  const said = Object.entries(messages).filter(([, count]) => count > 0);
  if (said.length === 0) return undefined;
  return said.map(([kind, count]) => `${count} ${kind.replaceAll('-', ' ')}${count === 1 ? '' : 's'}`).join(', ');
}

function malformed({ malformedUpdates, lastMalformed }: Neighbor): string | undefined {
  if (malformedUpdates === 0) return undefined;
  return `${malformedUpdates} update${malformedUpdates === 1 ? '' : 's'}${lastMalformed === undefined ? '' : `, the last: ${lastMalformed}`}`;
}
