/** The words of peers, ranges and routes with what they mean, made of the schema's own descriptions. */
import type { z } from 'zod';
import { peerWords } from './peer-schema.ts';
import { announceSchema } from './schema.ts';

const width = 24;

/** One word a line, with its description and its default. */
export function wordsHelp(): string {
  const route = announceSchema.shape;
  return ["A peer's words:", ...lines(peerWords), '', "A route's words:", ...lines(route)].join('\n');
}

function lines(words: Readonly<Record<string, z.ZodType>>): readonly string[] {
  return Object.entries(words).map(([word, schema]) => {
    const { text, initial } = described(schema);
    const shown =
      initial === undefined || initial === false || isEmpty(initial) ? '' : ` Default: ${shownAs(initial)}.`;
    return `  ${word.padEnd(width)}${text}${shown}`;
  });
}

/** The description stands on the schema or on what it wraps. */
function described(schema: z.ZodType): { readonly text: string; readonly initial?: unknown } {
  const { innerType, defaultValue } = schema.def as { innerType?: z.ZodType; defaultValue?: unknown };
  const inner = innerType === undefined ? { text: '' } : described(innerType);
  return { text: schema.description ?? inner.text, initial: defaultValue ?? inner.initial };
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function shownAs(value: unknown): string {
  return Array.isArray(value) ? value.join('+') : String(value);
}
