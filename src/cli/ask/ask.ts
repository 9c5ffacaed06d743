/**
 * Asks running agents: one by its own socket, one by name through control, or all that control knows.
 *
 * Why a PoP that fails does not end it: on a bad day one agent is away, and the others' answers are what one looks for. Its
 * problem is shown beside them, and decides the exit code.
 */
import { type Command, Option } from 'commander';
import { type ExitCode, exitCode } from '../../base/exit-codes.ts';
import { fail, formatProblem, type Problem, ProblemError } from '../../base/problem.ts';
import { explainAnswerSchema, neighborAnswerSchema } from '../../control/api/routes/tables.ts';
import { popListSchema } from '../../control/api/schemas.ts';
import { type AnswerLine, answerLineSchema, type Question, type RoutesQuestion } from '../../feed/question.ts';
import { type ApiClient, type ApiOptions, apiClient, withApiOptions } from '../client.ts';
import { askLocally } from './local-agent.ts';

export interface AskOptions extends ApiOptions {
  readonly pop?: string;
  readonly socket?: string;
  readonly json?: boolean;
}

/** The options of every command that asks agents. */
export function withAskOptions(command: Command): Command {
  return withApiOptions(
    command
      .option('--pop <name>', 'the PoP to ask; without it all of them')
      .addOption(
        new Option(
          '--socket <path>',
          'ask the agent of this machine, without control: its socket or its state directory',
        ).env('NEARCAST_AGENT_SOCKET'),
      ),
  );
}

export interface Agent {
  /** Unknown of a socket until it has answered. */
  readonly pop: string | undefined;
  ask(question: Question): AsyncGenerator<AnswerLine, void, void>;
}

/** Whom the options mean. Problem codes: those of `apiClient`, `cli.no-pops`. */
export async function agentsOf(options: AskOptions): Promise<readonly Agent[]> {
  const { socket, pop } = options;
  if (pop === '' || socket === '') {
    const what = `${pop === '' ? '--pop' : '--socket'} is empty`;
    fail({ code: 'cli.pop', what, fix: 'name a PoP of nearcast pop list, or leave it out for all' }, exitCode.usage);
  }
  if (socket !== undefined) {
    return [{ pop, ask: (question) => checked(askLocally(socket, question), pop) }];
  }
  const client = apiClient(options);
  const names = pop === undefined ? await popNames(client) : [pop];
  return names.map((name) => ({ pop: name, ask: (question) => throughControl(client, name, question) }));
}

async function popNames(client: ApiClient): Promise<readonly string[]> {
  const { pops } = await client.get('/api/v1/pops', popListSchema);
  if (pops.length > 0) return pops.map(({ name }) => name);
  return fail({ code: 'cli.no-pops', what: 'the network has no PoPs', fix: 'add one to the network file' });
}

async function* throughControl(
  client: ApiClient,
  pop: string,
  question: Question,
): AsyncGenerator<AnswerLine, void, void> {
  const path = `/api/v1/pops/${encodeURIComponent(pop)}`;
  switch (question.kind) {
    case 'neighbors': {
      const { neighbors } = await client.get(`${path}/neighbors`, neighborAnswerSchema);
      for (const neighbor of neighbors) yield { neighbor };
      yield { end: { pop, count: neighbors.length, more: false } };
      return;
    }
    case 'explain': {
      const query = new URLSearchParams({ prefix: question.prefix });
      const { pop: _, ...explanation } = await client.get(`${path}/explain?${query}`, explainAnswerSchema);
      yield { explanation };
      yield { end: { pop, count: 1, more: false } };
      return;
    }
    case 'routes':
      yield* checked(client.lines(`${path}/routes?${queryOf(question)}`), pop);
  }
}

function queryOf({ kind: _, ...question }: RoutesQuestion): URLSearchParams {
  const given = Object.entries(question).filter(([, value]) => value !== undefined);
  return new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)])));
}

/** Each line checked, a problem thrown, and an answer without an end told as what it is. */
async function* checked(
  lines: AsyncGenerator<string, void, void>,
  pop: string | undefined,
): AsyncGenerator<AnswerLine, void, void> {
  for await (const text of lines) {
    const line = parsed(text, pop);
    if ('problem' in line) throw new ProblemError([line.problem as Problem], exitOf(line.problem.code));
    if ('end' in line && pop !== undefined && line.end.pop !== pop) {
      const what = `the agent behind this socket is that of ${line.end.pop}, not of ${pop}`;
      fail({ code: 'cli.other-pop', what, where: '--pop', fix: 'leave --pop out, or give its socket' }, exitCode.usage);
    }
    yield line;
    if ('end' in line) return;
  }
  const what = `the answer${pop === undefined ? '' : ` of ${pop}`} was cut off`;
  fail({ code: 'cli.answer-cut', what, fix: 'ask again' }, exitCode.unreachable);
}

function parsed(text: string, pop: string | undefined): AnswerLine {
  try {
    return answerLineSchema.parse(JSON.parse(text));
  } catch {
    const what = `what the agent${pop === undefined ? '' : ` of ${pop}`} answered cannot be read`;
    const fix = 'nearcast --version must be the same on both ends';
    return fail({ code: 'cli.answer-unreadable', what, fix }, exitCode.unreachable);
  }
}

function exitOf(code: string): ExitCode {
  return /^control\.agent-|^agent\.busy$/.test(code) ? exitCode.unreachable : exitCode.invalidInput;
}

/**
 * Does `work` for each agent in turn. Returns the problems of those that failed; throws where all did. A neighbour that one
 * PoP has and the others have not is no problem of theirs.
 */
export async function forEachAgent(
  agents: readonly Agent[],
  work: (agent: Agent) => Promise<void>,
): Promise<readonly Problem[]> {
  const failures: ProblemError[] = [];
  const without: Problem[] = [];
  for (const agent of agents) {
    try {
      await work(agent);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const [problem] = error.problems;
      if (problem?.code === 'agent.unknown-neighbor') without.push(problem);
      else failures.push(error);
    }
  }
  const [first] = failures;
  const [none] = without;
  if (failures.length + without.length < agents.length) {
    if (first !== undefined) process.exitCode = first.exitCode;
    return failures.flatMap(({ problems }) => problems);
  }
  if (first !== undefined)
    throw new ProblemError(
      failures.flatMap(({ problems }) => problems),
      first.exitCode,
    );
  if (none === undefined) return [];
  if (without.length === 1) throw new ProblemError([none]);
  const known = without.map(({ fix }) => fix).join('; ');
  throw new ProblemError([{ ...none, what: 'no PoP has a session with that neighbor', fix: known }]);
}

export function printProblems(problems: readonly Problem[]): void {
  for (const problem of problems) console.error(formatProblem(problem));
}
