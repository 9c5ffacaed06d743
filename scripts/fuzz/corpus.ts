/**
 * The corpus: short inputs that earlier runs found to take a way of their own through a decoder, kept in `corpus/NAME.txt`.
 *
 * A line is `LABEL HEX`: the label of the samples that decode it, `-` where they have none. Every run tries each of them as it
 * is, and changes them as it changes the target's own samples; so the next run begins where the last one had come to.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fromHex, toHex } from '../../src/base/bytes.ts';
import type { FuzzSample, FuzzTarget } from './target.ts';

/** A corpus stays small enough to be read by people: so many lines, each no longer than this. */
const maximumLines = 250;
const maximumBytes = 160;
const noLabel = '-';

function fileOf(target: FuzzTarget): URL {
  return new URL(`./corpus/${target.name}.txt`, import.meta.url);
}

/** The target's corpus as samples. A label that no sample has any more is an error: its lines would silently be lost. */
export function corpusOf(target: FuzzTarget): readonly FuzzSample[] {
  const file = fileOf(target);
  if (!existsSync(file)) return [];
  const samples = target.samples();
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [label = '', hex = ''] = line.split(' ');
      const like = samples.find((sample) => (sample.label ?? noLabel) === label);
      const bytes = fromHex(hex);
      if (like === undefined || bytes === undefined)
        throw new Error(`${file.pathname}: no such sample, or no hex: ${line}`);
      return { ...like, bytes };
    });
}

/** Gathers inputs of kinds that were not seen before, the shortest of each. */
export class Gatherer {
  readonly #known = new Set<string>();
  readonly #found = new Map<string, { readonly label: string; readonly bytes: Uint8Array }>();

  constructor(samples: readonly FuzzSample[]) {
    for (const { bytes, kind } of samples) if (kind !== undefined) this.#known.add(kind(bytes));
  }

  see(sample: FuzzSample, input: Uint8Array): void {
    if (input.length > maximumBytes || sample.kind === undefined) return;
    const kind = sample.kind(input);
    const before = this.#found.get(kind);
    if (this.#known.has(kind) || (before !== undefined && before.bytes.length <= input.length)) return;
    this.#found.set(kind, { label: sample.label ?? noLabel, bytes: input.slice() });
  }

  /** Adds what was found to the target's file; answers how many lines. */
  save(target: FuzzTarget): number {
    const file = fileOf(target);
    const before = existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
      : [];
    const room = maximumLines - before.length;
    const found = [...this.#found.values()]
      .map(({ label, bytes }) => `${label} ${toHex(bytes)}`)
      .slice(0, Math.max(0, room));
    if (found.length > 0) writeFileSync(file, `${[...before, ...found].join('\n')}\n`);
    return found.length;
  }
}
