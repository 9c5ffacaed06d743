/**
 * The command line's way to control: one request, its answer checked, and every failure a problem with its exit code.
 *
 * A refusal by a rule of safety (409) ends with `refused`, a control that cannot be reached with `unreachable`, so that
 * scripts can tell them apart.
 */
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { type ExitCode, exitCode } from '../base/exit-codes.ts';
import { readFileIfThere } from '../base/files.ts';
import { fail, ProblemError } from '../base/problem.ts';
import { problemDetailsSchema } from '../control/api/schemas.ts';

export const defaultApiUrl = 'http://127.0.0.1:7480';
const timeoutMs = 10_000;

export interface ApiOptions {
  readonly api: string;
  readonly tokenFile?: string;
}

/** The options of every command that speaks to control. */
export function withApiOptions(command: Command): Command {
  return command
    .addOption(new Option('--api <url>', "control's address").env('NEARCAST_API').default(defaultApiUrl))
    .addOption(new Option('--token-file <file>', "the administrator's token").env('NEARCAST_TOKEN_FILE'));
}

export interface ApiClient {
  readonly url: string;
  get<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>>;
  post<S extends z.ZodType>(path: string, body: unknown, schema: S): Promise<z.output<S>>;
  /** The lines of an answer of newline-delimited JSON, as they come. */
  lines(path: string): AsyncGenerator<string, void, void>;
}

/** Codes: `cli.api-url`, `cli.token-file`; of the requests `cli.control-away`, `cli.not-control`, and control's own. */
export function apiClient({ api, tokenFile }: ApiOptions): ApiClient {
  const parsed = URL.canParse(api) ? new URL(api) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    const what = `${JSON.stringify(api)} is not control's address`;
    fail({ code: 'cli.api-url', what, where: '--api', fix: `give it like ${defaultApiUrl}` }, exitCode.usage);
  }
  const url = api.replace(/\/+$/, '');
  const token = tokenFile === undefined ? undefined : readToken(tokenFile);
  const request = (path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    return send(url, `${url}${path}`, { ...init, headers });
  };
  const ask = async <S extends z.ZodType>(path: string, init: RequestInit, schema: S): Promise<z.output<S>> => {
    const response = await request(path, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    const body: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw problemsOfAnswer(url, response.status, body);
    const answer = schema.safeParse(body);
    return answer.success ? (answer.data as z.output<S>) : notControl(url);
  };
  return {
    url,
    get: (path, schema) => ask(path, {}, schema),
    async *lines(path) {
      const abort = new AbortController();
      const patience = setTimeout(() => abort.abort(new DOMException('', 'TimeoutError')), timeoutMs);
      try {
        const response = await request(path, { signal: abort.signal });
        if (!response.ok) throw problemsOfAnswer(url, response.status, await response.json().catch(() => undefined));
        if (response.body === null) return;
        let rest = '';
        for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
          patience.refresh();
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          yield* lines;
        }
      } catch (error) {
        throw error instanceof ProblemError ? error : away(url, error);
      } finally {
        clearTimeout(patience);
        abort.abort();
      }
    },
    post: (path, body, schema) => {
      const headers = { 'content-type': 'application/json' };
      return ask(path, { method: 'POST', headers, body: JSON.stringify(body) }, schema);
    },
  };
}

async function send(api: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'error' });
  } catch (error) {
    return away(api, error);
  }
}

function away(api: string, error: unknown): never {
  return fail(
    {
      code: 'cli.control-away',
      what: `control does not answer at ${api}: ${reasonOf(error)}`,
      where: '--api',
      fix: 'start it (nearcast lab, or nearcast control), or give its address with --api URL',
    },
    exitCode.unreachable,
  );
}

/** fetch() says only that it failed; the cause says why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const cause = error.cause as { code?: string; message?: string } | undefined;
  if (cause?.code === 'ECONNREFUSED') return 'nothing listens there';
  return cause?.message || cause?.code || error.message;
}

function problemsOfAnswer(api: string, status: number, body: unknown): ProblemError {
  const details = problemDetailsSchema.safeParse(body);
  if (!details.success) return notControl(api);
  const problems = details.data.problems.map(({ where, fix, source, ...rest }) => ({
    ...rest,
    ...(where === undefined ? {} : { where }),
    ...(fix === undefined ? {} : { fix }),
    ...(source === undefined ? {} : { source }),
  }));
  return new ProblemError(problems, exitOf(status, problems[0]?.code));
}

function exitOf(status: number, code: string | undefined): ExitCode {
  if (status === 409) return exitCode.refused;
  if (code === 'control.agent-away' || code === 'control.agent-silent') return exitCode.unreachable;
  return status === 400 || status === 404 ? exitCode.invalidInput : exitCode.failure;
}

function notControl(api: string): never {
  return fail(
    {
      code: 'cli.not-control',
      what: `what answers at ${api} is no Nearcast control, or one of another version`,
      where: '--api',
      fix: "give control's address with --api URL; nearcast --version must be the same on both ends",
    },
    exitCode.unreachable,
  );
}

function readToken(path: string): string {
  const token = readFileIfThere(path)?.trim();
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) {
    const what = token === undefined ? 'there is no such token file' : 'the file holds no token';
    return fail(
      { code: 'cli.token-file', what, where: path, fix: 'give the file that control has as --api-token-file' },
      exitCode.usage,
    );
  }
  return token;
}
