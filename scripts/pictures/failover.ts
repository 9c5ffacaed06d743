/** A fail-over as it ran: each request of London's users by time, at the latency it took, in the colour of the PoP that answered. */
import { dot, drawing, line, muted, popColours, text } from './svg.ts';

export interface Sample {
  /** From the start of the recording. */
  readonly atMs: number;
  readonly tookMs: number;
  /** Absent: no answer. */
  readonly pop?: string;
}

const width = 1000;
const height = 300;
const left = 60;
const bottom = 250;
const top = 80;

export function failoverPicture(samples: readonly Sample[], marks: readonly { atMs: number; what: string }[]): string {
  const lastMs = Math.max(...samples.map(({ atMs }) => atMs));
  const highestMs = Math.ceil(Math.max(...samples.map(({ tookMs }) => tookMs)) / 50) * 50;
  const x = (ms: number): number => left + (ms / lastMs) * (width - left - 30);
  const y = (ms: number): number => bottom - (ms / highestMs) * (bottom - top);
  const failed = samples.filter(({ pop }) => pop === undefined).length;
  const parts = [
    text(30, 32, 'A fail-over as it ran: requests from London, a new connection every 10 ms', {
      size: 17,
      weight: 600,
    }),
    text(
      30,
      52,
      `${samples.length} requests, ${failed} failed (those under way at the dead edge); height is the time to the whole answer.`,
      {
        colour: muted,
      },
    ),
  ];
  for (let ms = 0; ms <= highestMs; ms += highestMs / 4) {
    parts.push(
      line(left, y(ms), width - 30, y(ms), '#e2e8f0'),
      text(left - 8, y(ms) + 4, `${ms} ms`, { size: 10, anchor: 'end', colour: muted }),
    );
  }
  for (let ms = 0; ms <= lastMs; ms += 1000) {
    parts.push(text(x(ms), bottom + 18, `${ms / 1000} s`, { size: 10, anchor: 'middle', colour: muted }));
  }
  for (const { atMs, what } of marks) {
    parts.push(
      line(x(atMs), top - 10, x(atMs), bottom, '#dc2626', 1.2, '3 3'),
      text(x(atMs) + 5, top - 2, what, { size: 11, colour: '#dc2626' }),
    );
  }
  for (const { atMs, tookMs, pop } of samples) {
    parts.push(dot(x(atMs), y(tookMs), 2.2, pop === undefined ? '#dc2626' : (popColours[pop] ?? muted)));
  }
  let legend = left;
  for (const [pop, colour] of Object.entries(popColours)) {
    parts.push(dot(legend, height - 14, 5, colour), text(legend + 10, height - 10, `answered by ${pop}`, { size: 11 }));
    legend += 130;
  }
  parts.push(dot(legend, height - 14, 5, '#dc2626'), text(legend + 10, height - 10, 'no answer', { size: 11 }));
  return drawing(width, height, 'A fail-over as it ran', parts);
}
