/**
 * Checks what came in against a route's schemas: all that is wrong in one answer, each with its place.
 *
 * Nothing unknown, nothing empty, nothing twice: a misspelt `forse=true` must not pass for a request without force.
 */
import { z } from 'zod';
import type { Problem } from '../../base/problem.ts';
import { didYouMean } from '../../network/nearest.ts';
import { ApiProblem } from './api-problem.ts';

export type Part = 'path' | 'query' | 'body';

/** The schema's output. Throws a 400 with one problem for each fault: `control.bad-path`, `-query`, `-body`. */
export function parsePart<S extends z.ZodType>(schema: S | undefined, part: Part, value: unknown): z.output<S> {
  const result = (schema ?? z.strictObject({})).safeParse(value);
  if (result.success) return result.data as z.output<S>;
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  throw new ApiProblem(
    400,
    result.error.issues.slice(0, 20).map((issue) => problemOf(issue, part, known)),
  );
}

function problemOf(issue: z.core.$ZodIssue, part: Part, known: readonly string[]): Problem {
  const where = [part, ...issue.path.map(String)].join('.');
  const code = `control.bad-${part}`;
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const inner = issue.path.length > 0 ? [] : known;
    const fix = didYouMean(key, inner) ?? (inner.length > 0 ? `known are ${inner.join(', ')}` : 'leave it out');
    return { code, severity: 'error', what: `${JSON.stringify(key.slice(0, 80))} is not known here`, where, fix };
  }
  return { code, severity: 'error', what: issue.message, where };
}

/** A whole number in a query: digits only, for `Number('')` and `Number('1e3')` are numbers too. */
export function wholeNumber(range: { readonly minimum: number; readonly maximum: number }) {
  const { minimum, maximum } = range;
  return z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${minimum} to ${maximum}`)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, `must be from ${minimum} to ${maximum}`);
}
