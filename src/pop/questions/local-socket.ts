/**
 * The agent's own socket: questions from this machine, without control.
 *
 * Why: on a bad day control is away, and the engineer is on the machine. A Unix socket in the state directory, mode 0600, so
 * that its owner and root may ask and nobody else; nothing can be changed by it. HTTP, so that `curl --unix-socket` serves, too:
 *
 *   POST /ask     → newline-delimited JSON, an `AnswerLine` a line (feed/question.ts)
 *   GET  /status  → the agent's report
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { writeTo } from '../../base/backpressure.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Problem } from '../../base/problem.ts';
import { type AnswerLine, type Question, questionSchema } from '../../feed/question.ts';
import type { AgentReport } from '../../feed/report.ts';
import { problemLine } from './answer.ts';
import { pieces } from './pieces.ts';

export interface LocalSocketOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly answer: (question: Question) => Iterable<AnswerLine | undefined>;
  readonly report: () => AgentReport;
}

export interface LocalSocket {
  problems(): readonly Problem[];
  stop(): void;
}

const longestQuestion = 16 * 1024;
const mostConnections = 16;
/** A reader that takes nothing for so long is gone or stopped. */
const stallMs = 30_000;

/** Listens at once. A socket that cannot be made is a problem to show, not one to stop for: the PoP serves without it. */
export function listenLocally(options: LocalSocketOptions): LocalSocket {
  const { path, logger } = options;
  let problem: Problem | undefined;
  const server = createServer((request, response) => {
    handle(options, request, response).catch((error: unknown) => {
      logger.error({ err: error }, 'a question at the local socket met a bug');
      response.destroy();
    });
  });
  server.maxConnections = mostConnections;
  server.requestTimeout = 10_000;
  server.on('error', (error: NodeJS.ErrnoException) => {
    problem = cannotListen(path, error);
    logger.error({ problem }, problem.what);
  });
  rmSync(path, { force: true }); // what an agent that was killed left; the state directory's lock says that no other one runs
  const mask = process.umask(0o177); // nobody else may connect in the moment before chmod
  try {
    server.listen(path, () => {
      try {
        chmodSync(path, 0o600);
      } catch (error) {
        problem = cannotListen(path, error as NodeJS.ErrnoException);
      }
    });
  } finally {
    process.umask(mask);
  }
  return {
    problems: () => (problem === undefined ? [] : [problem]),
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function handle(options: LocalSocketOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => {});
  if (request.method === 'GET' && request.url === '/status') {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(options.report()));
    return;
  }
  if (request.method !== 'POST' || request.url !== '/ask') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('POST /ask, or GET /status\n');
    return;
  }
  const question = questionOf(await bodyOf(request));
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  if (question === undefined) {
    response.end(`${JSON.stringify(problemLine(badQuestion))}\n`);
    return;
  }
  for await (const { lines } of pieces(options.answer(question), options.clock)) {
    if (lines.length === 0) continue;
    const text = `${lines.join('\n')}\n`;
    if (!(await writeTo(response, text, { clock: options.clock, stallMs }))) {
      response.destroy();
      return;
    }
  }
  response.end();
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > longestQuestion) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function questionOf(body: string | undefined): Question | undefined {
  if (body === undefined) return undefined;
  try {
    return questionSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

const badQuestion: Problem = {
  code: 'agent.bad-question',
  severity: 'error',
  what: 'the agent does not know this question',
  fix: 'use a nearcast of the same version as the agent',
};

function cannotListen(path: string, { code, message }: NodeJS.ErrnoException): Problem {
  return {
    code: 'agent.local-socket',
    severity: 'error',
    what: `nobody on this machine can ask the agent: its socket ${path} cannot be made (${code ?? message})`,
    where: path,
    fix: 'see to it that the state directory can be written to, and restart the agent',
  };
}
