/** How many users are within so many milliseconds: a curve for each set-up, read from left (fast) to right (slow). */
import type { Weighted } from '../catchment/summary.ts';
import { faint, ink } from './colors.ts';
import { element, picture, text } from './svg.ts';

export interface RttCurve {
  readonly name: string;
  readonly color: string;
  readonly dashed?: boolean;
  readonly weighted: Weighted;
}

const width = 640;
const height = 320;
const plot = { left: 56, right: 616, top: 18, bottom: 262 };

export function rttChart(title: string, curves: readonly RttCurve[]): string {
  const longest = Math.max(50, ...curves.map(({ weighted }) => weighted.quantile(0.995)));
  const stepMs = longest > 250 ? 50 : longest > 100 ? 25 : 10;
  const maximum = Math.ceil(longest / stepMs) * stepMs;
  const x = (ms: number): number => plot.left + ((plot.right - plot.left) * ms) / maximum;
  const y = (share: number): number => plot.bottom - (plot.bottom - plot.top) * share;
  const grid: string[] = [];
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    grid.push(element('line', { x1: plot.left, x2: plot.right, y1: y(share), y2: y(share), stroke: '#e3e8eb' }));
    grid.push(text(plot.left - 8, y(share) + 4, `${share * 100} %`, { 'text-anchor': 'end', fill: faint }));
  }
  for (let ms = 0; ms <= maximum; ms += stepMs) {
    grid.push(text(x(ms), plot.bottom + 18, String(ms), { 'text-anchor': 'middle', fill: faint }));
  }
  return picture(
    width,
    height,
    title,
    ...grid,
    text((plot.left + plot.right) / 2, plot.bottom + 36, 'round-trip time in milliseconds', {
      'text-anchor': 'middle',
      fill: ink,
    }),
    ...curves.map(({ weighted, color, dashed }) =>
      element('path', {
        d: curveOf(weighted, maximum, x, y),
        fill: 'none',
        stroke: color,
        'stroke-width': 2.5,
        'stroke-dasharray': dashed === true ? '6 4' : undefined,
      }),
    ),
    ...curves.map(({ name, color, dashed }, index) => {
      const at = plot.left + 12 + (index * (plot.right - plot.left)) / curves.length;
      const line = { x1: at, x2: at + 26, y1: height - 8, y2: height - 8, stroke: color, 'stroke-width': 2.5 };
      return (
        element('line', { ...line, 'stroke-dasharray': dashed === true ? '6 4' : undefined }) +
        text(at + 32, height - 4, name, { fill: ink })
      );
    }),
  );
}

function curveOf(weighted: Weighted, maximum: number, x: (ms: number) => number, y: (share: number) => number): string {
  const cumulative = weighted.cumulative();
  const points: string[] = [];
  let last = 0;
  const at = (step: number, share: number): string => `${x(step * weighted.stepMs).toFixed(1)} ${y(share).toFixed(1)}`;
  const steps = Math.min(cumulative.length, maximum / weighted.stepMs);
  for (let step = 0; step < steps; step++) {
    const share = (cumulative[step] as number) / Math.max(weighted.users, 1);
    // A point where the curve has risen by a third of a pixel is enough; before it runs level.
    if (share - last < 0.0013) continue;
    points.push(at(step, last), at(step + 1, share));
    last = share;
  }
  points.push(at(steps, last));
  return `M${x(0).toFixed(1)} ${y(0).toFixed(1)}L${points.join('L')}`;
}
