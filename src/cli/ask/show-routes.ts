/** Routes as text, one a line, as far as one screen of them is known at a time. Pure. */
import type { ShownRoute } from '../../feed/tables.ts';
import { type Prefix, parsePrefix } from '../../ip/prefix.ts';
import { type Column, formatTable } from '../table.ts';
import { pathWithOrigin } from './words.ts';

const marks: Readonly<Record<ShownRoute['state'], string>> = { best: '>', usable: '*', refused: 'x', advertised: '<' };

export const legend = '> best   * usable   x refused   < told to that neighbor';

const columns: readonly Column<ShownRoute>[] = [
  { title: '', cell: ({ state }) => marks[state] },
  { title: 'PREFIX', cell: ({ prefix, pathId }) => (pathId === undefined ? prefix : `${prefix} path ${pathId}`) },
  { title: 'NEXT HOP', cell: ({ nextHop }) => nextHop ?? null },
  { title: 'NEIGHBOR', cell: ({ neighbor }) => neighbor },
  { title: 'PREF', cell: ({ attributes }) => number(attributes.localPreference), align: 'right' },
  { title: 'MED', cell: ({ attributes }) => number(attributes.multiExitDiscriminator), align: 'right' },
  { title: 'RPKI', cell: validation },
  { title: 'AS PATH', cell: ({ attributes }) => pathWithOrigin(attributes) || null },
  { title: 'WHY NOT', cell: ({ why }) => why ?? '' },
];

/** A column in which no row has anything is left out, so that the path has room. */
export function routeTable(routes: readonly ShownRoute[]): readonly string[] {
  const used = columns.filter(({ cell }) => routes.some((route) => (cell(route) ?? '') !== ''));
  return formatTable(used, routes);
}

/** By address, the best of each prefix first. */
export function sorted(routes: readonly ShownRoute[]): readonly ShownRoute[] {
  const rank = { best: 0, advertised: 1, usable: 2, refused: 3 } as const;
  return routes
    .map((route) => ({ route, prefix: parsePrefix(route.prefix) as Prefix }))
    .sort(
      (a, b) =>
        a.prefix.family - b.prefix.family ||
        Buffer.compare(a.prefix.bytes, b.prefix.bytes) ||
        a.prefix.length - b.prefix.length ||
        rank[a.route.state] - rank[b.route.state] ||
        (a.route.neighbor < b.route.neighbor ? -1 : 1),
    )
    .map(({ route }) => route);
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function validation({ origin, path }: ShownRoute): string | null {
  if (origin === undefined) return null;
  return path === undefined ? origin : `${origin}, path ${path}`;
}
