/** MRT files, damaged: lines and JSON come out of what is left, and each fault names a place in the stream. */
import { jsonOf, linesOf } from '../../src/testing/mrt.ts';
import { randomMrt } from '../../src/testing/mrt-random.ts';
import type { FuzzTarget } from './target.ts';

function check(input: Uint8Array): string | undefined {
  const { lines, faults } = linesOf(input);
  for (const line of lines) if (line === '') return 'an empty line';
  const json = jsonOf(input);
  for (const { offset, what } of [...faults, ...json.faults]) {
    if (!(offset >= 0 && offset <= input.length) || what.length === 0)
      return `a fault at ${offset} of ${input.length} bytes`;
  }
  return undefined;
}

/** The faults without their numbers, and how many kinds of lines come out. */
function kind(input: Uint8Array): string {
  const { lines, faults } = linesOf(input);
  const whats = new Set(faults.map(({ what }) => what.replace(/[0-9]+/g, '#').slice(0, 80)));
  const heads = new Set(
    lines.map((line) =>
      line
        .replace(/\|[0-9.]+\|/, '|')
        .split('|', 2)
        .join(' '),
    ),
  );
  return [...[...whats].sort(), ...[...heads].sort()].join(', ');
}

export const mrtFile: FuzzTarget = {
  name: 'mrt',
  summary: 'MRT files, as lines and as JSON',
  samples: () => Array.from({ length: 200 }, (_, seed) => ({ bytes: randomMrt(seed, 1 + (seed % 5)), check, kind })),
};
