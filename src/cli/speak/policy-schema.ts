/**
 * Policies for `nearcast bgp speak`: in the file itself, or in a file of their own.
 *
 * The schema knows the frame alone: what conditions and actions there are, the speaker knows (`bgp/policy/`), and tells
 * what is wrong with one.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { fail, ProblemError } from '../../base/problem.ts';
import { compilePolicy } from '../../bgp/policy/evaluate.ts';
import type { Policy } from '../../bgp/policy/types.ts';
import { field } from '../../network/schema/scalars.ts';
import { checked, placeIn, yamlOf } from './checked.ts';

const verdict = field(z.enum(['accept', 'reject']), 'What happens to the route.', { example: 'accept' });

export const policySchema = field(
  z.strictObject({
    terms: field(
      z.array(
        z.strictObject({
          name: field(z.string().min(1), 'What explanations call the term.', { example: 'customers' }),
          match: field(z.record(z.string(), z.unknown()), 'Conditions that must all hold.', {
            expects: 'a map of conditions',
            example: { family: 4 },
          }),
          actions: field(z.array(z.looseObject({ type: z.string() })), 'What the term changes.', {
            expects: 'a list of actions, each with its type',
            example: [{ type: 'set-local-preference', value: 50 }],
          }).optional(),
          verdict: verdict.optional(),
        }),
      ),
      'Tried in order.',
      { expects: 'a list of terms', example: [{ name: 'all', match: {} }] },
    ),
    otherwise: verdict,
  }),
  'A policy.',
  { expects: 'a policy', example: { terms: [], otherwise: 'accept' } },
);

export type PolicyEntry = string | z.output<typeof policySchema>;

/** A file's name, or the policy itself. */
export function policyField(description: string) {
  return field(z.union([z.string().min(1), policySchema]), description, {
    expects: 'the name of a file, or a policy with terms and otherwise',
    example: 'import.yaml',
  }).optional();
}

/** Problem codes: `speak.policy-file`, `speak.*` of the frame, and `policy.*` of conditions and actions. */
export function policyOf(entry: PolicyEntry, { directory, where }: { directory: string; where: string }): Policy {
  if (typeof entry !== 'string') return compiled(entry, where);
  const file = resolve(directory, entry);
  const yaml = yamlOf(textOf(file, where), file);
  return compiled(checked(policySchema, yaml.value, placeIn(file, yaml)), file);
}

function textOf(file: string, where: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    const fix = 'name a file with a policy: terms and otherwise, as YAML or JSON';
    return fail({ code: 'speak.policy-file', what: `the policy file ${file} cannot be read: ${why}`, where, fix });
  }
}

function compiled(entry: z.output<typeof policySchema>, where: string): Policy {
  const policy = entry as unknown as Policy; // the frame is right, and what stands in it is tried now
  try {
    compilePolicy(policy);
    return policy;
  } catch (error) {
    if (error instanceof ProblemError) {
      throw new ProblemError(
        error.problems.map((problem) => ({ ...problem, where: `${where}  ${problem.where ?? ''}` })),
      );
    }
    const fix = 'docs/bgp.md shows what each condition and action takes';
    return fail({ code: 'speak.policy', what: `the policy cannot be read: ${(error as Error).message}`, where, fix });
  }
}
