/**
 * Finds a secret on this machine: the intent names only where it is, so it never travels nor is it stored twice.
 *
 * Problems name the variable or file, never its content.
 */
import { readFileSync } from 'node:fs';
import type { Problem } from '../base/problem.ts';
import type { SecretReference } from '../network/secret-reference.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The secret's text, or the problem that keeps it from being found. A file's last line break does not belong to it. `whose`: for people,
 * where it is no session's.
 */
export function resolveSecret(
  reference: SecretReference,
  where: string,
  environment: Environment,
  whose = `session ${where}`,
): { readonly secret: string } | { readonly problem: Problem } {
  if ('env' in reference) {
    const secret = environment[reference.env];
    if (secret !== undefined && secret !== '') return { secret };
    return {
      problem: {
        code: 'announcer.secret-not-found',
        severity: 'error',
        what: `the password of ${whose} should be in the environment variable ${reference.env}, which is ${secret === undefined ? 'not set' : 'empty'}`,
        where,
        fix: `set ${reference.env} for the agent of this PoP and restart it`,
      },
    };
  }
  try {
    const secret = readFileSync(reference.file, 'utf8').replace(/\r?\n$/, '');
    if (secret !== '') return { secret };
    return { problem: unreadable(reference.file, where, whose, 'it is empty') };
  } catch (error) {
    return { problem: unreadable(reference.file, where, whose, (error as NodeJS.ErrnoException).code ?? 'unreadable') };
  }
}

function unreadable(file: string, where: string, whose: string, why: string): Problem {
  return {
    code: 'announcer.secret-not-found',
    severity: 'error',
    what: `the password of ${whose} should be in the file ${file}, which cannot be used: ${why}`,
    where,
    fix: `put the password into ${file} on this PoP's machine, readable by the agent alone`,
  };
}
