/** Each PoP's share of users as a bar; beside it, in a lighter colour, the share in another set-up where one is compared. */
import { faint, ink, popColor } from './colors.ts';
import { element, picture, text } from './svg.ts';

export interface PopShare {
  readonly pop: string;
  readonly share: number;
  readonly before?: number;
}

const width = 640;
const rowHeight = 26;
const plot = { left: 90, right: 560 };

export function shareBars(title: string, shares: readonly PopShare[]): string {
  const most = Math.max(0.01, ...shares.flatMap(({ share, before = 0 }) => [share, before]));
  const compared = shares.some(({ before }) => before !== undefined);
  const length = (share: number): number => ((plot.right - plot.left) * share) / most;
  const rows = shares.map(({ pop, share, before }, index) => {
    const y = 8 + index * rowHeight;
    const change =
      before === undefined ? '' : `  (${before <= share ? '+' : '−'}${(Math.abs(share - before) * 100).toFixed(1)})`;
    return [
      text(plot.left - 10, y + 15, pop, { 'text-anchor': 'end', fill: ink, 'font-weight': 600 }),
      before === undefined
        ? ''
        : element('rect', {
            x: plot.left,
            y: y + 15,
            width: length(before),
            height: 5,
            fill: popColor(index),
            opacity: 0.4,
          }),
      element('rect', {
        x: plot.left,
        y: y + 3,
        width: length(share),
        height: compared ? 11 : 16,
        fill: popColor(index),
        rx: 1.5,
      }),
      text(plot.left + length(Math.max(share, before ?? 0)) + 8, y + 15, `${(share * 100).toFixed(1)} %${change}`, {
        fill: ink,
      }),
    ].join('');
  });
  const height = 20 + shares.length * rowHeight + (compared ? 16 : 0);
  const note = compared ? text(plot.left, height - 6, 'thick: after; thin: before', { fill: faint }) : '';
  return picture(width, height, title, ...rows, note);
}
