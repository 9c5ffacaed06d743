/**
 * Problems: what an operator can cause or mend, as a value that the command line and the API show alike.
 *
 * Why: an error must say what is wrong, where, and how to mend it, and all problems of an input are reported in one go.
 */
import { type ExitCode, exitCode } from './exit-codes.ts';

export interface Problem {
  /** Stable and documented: `room.what-is-wrong`. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  /** One sentence: what is wrong, with the offending value in it. */
  readonly what: string;
  /** The place: `network.yaml:41:16  pops.fra.sessions[0].holdTimeSeconds`, a file, an address. */
  readonly where?: string;
  /** How to mend it. */
  readonly fix?: string;
  /** The source of the rule: an RFC section, a registry's page. */
  readonly source?: string;
}

/** Carries problems through code that cannot go on. Caught at the edges: command line, API, feed. */
export class ProblemError extends Error {
  readonly problems: readonly Problem[];
  /** What the command line ends with when it shows these problems. */
  readonly exitCode: ExitCode;

  constructor(problems: readonly Problem[], exit: ExitCode = exitCode.invalidInput) {
    super(problems.map((problem) => problem.what).join('; '));
    this.name = 'ProblemError';
    this.problems = problems;
    this.exitCode = exit;
  }
}

/** Throws one error-level problem. */
export function fail(problem: Omit<Problem, 'severity'>, exit: ExitCode = exitCode.invalidInput): never {
  throw new ProblemError([{ severity: 'error', ...problem }], exit);
}

/** The problems that an unknown error stands for: its own, or one made of a system error's text. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ProblemError) return error.problems;
  const what = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: unknown })?.code;
  return [{ code: `system.${typeof code === 'string' ? code.toLowerCase() : 'error'}`, severity: 'error', what }];
}

export function formatProblem(problem: Problem): string {
  const lines = [`${problem.severity}: ${problem.what}`];
  if (problem.where !== undefined) lines.push(`  where: ${problem.where}`);
  if (problem.fix !== undefined) lines.push(`  fix:   ${problem.fix}`);
  const source = problem.source === undefined ? '' : `   (${problem.source})`;
  lines.push(`  code:  ${problem.code}${source}`);
  return lines.join('\n');
}

/** A value, or the problems that kept it from being made. Warnings may stand beside a value. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };
