/** A problem with the HTTP status that goes with it, and its form on the wire (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import { exitCode } from '../../base/exit-codes.ts';
import { type Problem, ProblemError, problemsOf } from '../../base/problem.ts';
import type { ProblemDetails } from './schemas.ts';

export class ApiProblem extends ProblemError {
  readonly status: number;

  constructor(status: number, problems: readonly Problem[]) {
    super(problems, exitCode.failure);
    this.status = status;
  }
}

export function apiProblem(status: number, problem: Omit<Problem, 'severity'>): ApiProblem {
  return new ApiProblem(status, [{ severity: 'error', ...problem }]);
}

export const problemMediaType = 'application/problem+json; charset=utf-8';

/** At least one problem; the first gives the details, all are in `problems`. */
export function problemDetails(status: number, problems: readonly Problem[]): ProblemDetails {
  const first = problems[0] ?? { code: 'control.internal', severity: 'error', what: 'an unknown error' };
  return {
    type: `urn:nearcast:problem:${first.code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: first.what,
    code: first.code,
    ...(first.where === undefined ? {} : { where: first.where }),
    ...(first.fix === undefined ? {} : { fix: first.fix }),
    problems: [...problems],
  };
}

/** The status for problems that were not made for the API. */
export function statusOf(error: ProblemError): number {
  if (error instanceof ApiProblem) return error.status;
  const code = error.problems[0]?.code ?? '';
  // RFC 4918 §11.5: 507 Insufficient Storage.
  if (code === 'control.store-full') return 507;
  return code.startsWith('control.store-') ? 503 : 400;
}

/** The last line of an answer that failed in the middle. */
export function formatStreamProblem(error: unknown): string {
  const { code, severity, what, where, fix } = problemsOf(error)[0] as Problem;
  return JSON.stringify({ problem: { code, severity, what, where, fix } });
}
