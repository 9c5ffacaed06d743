/**
 * A world map of a catchment: users as circles whose area is their number, coloured by the PoP that they land at; PoPs by
 * name; the worst detours as arcs from the users to where they land.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type GeoProjection, geoGraticule10, geoNaturalEarth1, geoPath } from 'd3-geo';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import type { Coordinates } from '../../network/intent.ts';
import type { PlaceUsers } from '../catchment/by-place.ts';
import { border, faint, ink, land, popColor, sea } from './colors.ts';
import { element, picture, text } from './svg.ts';

export interface MapInput {
  readonly title: string;
  readonly pops: readonly { readonly name: string; readonly location: Coordinates }[];
  readonly places: readonly Coordinates[];
  readonly users: readonly PlaceUsers[];
  /** From the users' place to the PoP. */
  readonly detours: readonly { readonly place: number; readonly pop: number; readonly label: string }[];
}

/** Nobody's users are farther south: Antarctica would take a sixth of the picture. */
const inhabited = {
  type: 'MultiPoint' as const,
  coordinates: [
    [-180, 0],
    [180, 0],
    [0, 80],
    [0, -57],
  ],
};
const width = 1200;
const height = 600;
const legendHeight = 46;
/** The largest circle, of the place with most users. */
const largestRadius = 26;

export function worldMap({ title, pops, places, users, detours }: MapInput): string {
  const projection = geoNaturalEarth1().fitExtent(
    [
      [4, 4],
      [width - 4, height - legendHeight - 4],
    ],
    inhabited,
  );
  const most = Math.max(...users.map((place) => place.users), 1);
  return picture(
    width,
    height,
    title,
    background(projection),
    ...users.map(({ place, ...rest }) => circle(projection, places[place] as Coordinates, rest, most)),
    ...detours.map(({ place, pop, label }) => {
      const [from, to] = [places[place], pops[pop]?.location];
      return from === undefined || to === undefined ? '' : arc(projection, from, to, popColor(pop), label);
    }),
    ...popMarks(projection, pops),
    legend(),
  );
}

function background(projection: GeoProjection): string {
  const file = createRequire(import.meta.url).resolve('world-atlas/countries-110m.json');
  const atlas = JSON.parse(readFileSync(file, 'utf8')) as Topology<{
    land: GeometryCollection;
    countries: GeometryCollection;
  }>;
  const path = geoPath(projection).digits(1);
  const drawn = (shape: Parameters<typeof path>[0], attributes: Record<string, string | number>): string =>
    element('path', { d: path(shape) ?? '', ...attributes });
  const clip = element('clipPath', { id: 'map' }, element('rect', { width, height: height - legendHeight }));
  return element(
    'g',
    { 'clip-path': 'url(#map)' },
    clip,
    drawn({ type: 'Sphere' }, { fill: sea }),
    drawn(geoGraticule10(), { fill: 'none', stroke: '#eef2f4', 'stroke-width': 0.6 }),
    drawn(feature(atlas, atlas.objects.land), { fill: land }),
    drawn(
      mesh(atlas, atlas.objects.countries, (a, b) => a !== b),
      { fill: 'none', stroke: border, 'stroke-width': 0.8 },
    ),
  );
}

/** A pie by PoP, or a whole circle where one PoP has all but a fiftieth; grey is the part that no route reaches. */
function circle(
  projection: GeoProjection,
  { longitude, latitude }: Coordinates,
  { users, byPop }: Omit<PlaceUsers, 'place'>,
  most: number,
): string {
  const at = projection([longitude, latitude]);
  if (at === null) return '';
  const [x, y] = at;
  const radius = Math.max(1.2, largestRadius * Math.sqrt(users / most));
  const parts = [...byPop].map((count, pop) => ({ pop, share: count / users })).filter(({ share }) => share > 0.02);
  const shared = { 'fill-opacity': 0.72, stroke: '#fff', 'stroke-width': 0.5 };
  const [only] = parts;
  if (only !== undefined && parts.length === 1)
    return element('circle', { cx: x, cy: y, r: radius, fill: popColor(only.pop), ...shared });
  const rest = element('circle', { cx: x, cy: y, r: radius, fill: '#b8c0c6', ...shared });
  let angle = -Math.PI / 2;
  const wedges = parts.map(({ pop, share }) => {
    const end = angle + share * 2 * Math.PI;
    const point = (theta: number): string =>
      `${(x + radius * Math.cos(theta)).toFixed(1)} ${(y + radius * Math.sin(theta)).toFixed(1)}`;
    const large = share > 0.5 ? 1 : 0;
    const d = `M${x.toFixed(1)} ${y.toFixed(1)}L${point(angle)}A${radius.toFixed(1)} ${radius.toFixed(1)} 0 ${large} 1 ${point(end)}Z`;
    angle = end;
    return element('path', { d, fill: popColor(pop), 'fill-opacity': 0.8 });
  });
  return element('g', {}, rest, ...wedges);
}

function arc(projection: GeoProjection, from: Coordinates, to: Coordinates, color: string, label: string): string {
  const line = {
    type: 'LineString' as const,
    coordinates: [
      [from.longitude, from.latitude],
      [to.longitude, to.latitude],
    ],
  };
  const d = geoPath(projection).digits(1)(line) ?? '';
  return element(
    'path',
    { d, fill: 'none', stroke: color, 'stroke-width': 1.6, 'stroke-dasharray': '5 3', opacity: 0.9 },
    element('title', {}, label),
  );
}

/** Labels beside their PoPs, where no earlier one is: to the right, the left, above or below. */
function popMarks(projection: GeoProjection, pops: MapInput['pops']): string[] {
  const taken: { readonly x: number; readonly y: number; readonly width: number }[] = [];
  return pops.map(({ name, location }, pop) => {
    const at = projection([location.longitude, location.latitude]);
    if (at === null) return '';
    const [x, y] = at;
    const labelWidth = 11 * name.length;
    const spots = [
      { x: x + 9, y: y - 4 },
      { x: x - 9 - labelWidth, y: y - 4 },
      { x: x + 9, y: y + 17 },
      { x: x - 9 - labelWidth, y: y + 17 },
      { x: x - labelWidth / 2, y: y - 13 },
      { x: x - labelWidth / 2, y: y + 25 },
    ];
    const free = ({ x: left, y: base }: { x: number; y: number }): boolean =>
      taken.every(
        (other) => Math.abs(other.y - base) > 17 || left > other.x + other.width || other.x > left + labelWidth,
      );
    const spot = spots.find(free) ?? (spots[0] as { x: number; y: number });
    taken.push({ ...spot, width: labelWidth }, { x: x - 6, y: y + 6, width: 12 });
    const label = { 'font-weight': 700, 'font-size': 17 };
    const mark = { x: x - 5, y: y - 5, width: 10, height: 10, transform: `rotate(45 ${x.toFixed(1)} ${y.toFixed(1)})` };
    return element(
      'g',
      {},
      element('rect', { ...mark, fill: popColor(pop), stroke: '#fff', 'stroke-width': 1.5 }),
      text(spot.x, spot.y, name, { ...label, fill: '#fff', stroke: '#fff', 'stroke-width': 4 }),
      text(spot.x, spot.y, name, { ...label, fill: ink }),
    );
  });
}

function legend(): string {
  const y = height - 20;
  return element(
    'g',
    { fill: faint, 'font-size': 16 },
    element('rect', { x: 24, y: y - 9, width: 9, height: 9, transform: `rotate(45 28 ${y - 5})`, fill: faint }),
    text(42, y, 'PoP'),
    element('circle', { cx: 106, cy: y - 5, r: 8, fill: faint, 'fill-opacity': 0.7 }),
    text(122, y, 'users, by number; coloured by the PoP where they land'),
    element('line', {
      x1: 580,
      x2: 624,
      y1: y - 4,
      y2: y - 4,
      stroke: faint,
      'stroke-width': 1.6,
      'stroke-dasharray': '5 3',
    }),
    text(632, y, 'a detour: users who land far away though a PoP is nearer'),
  );
}
