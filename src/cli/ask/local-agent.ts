/** The way to the agent of this machine, by its own socket: the lines of an answer as they come, and why there are none. */
import { statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { exitCode } from '../../base/exit-codes.ts';
import { fail } from '../../base/problem.ts';
import type { Question } from '../../feed/question.ts';

/** As long as an agent under load may take for its next word. */
const silenceMs = 15_000;

/**
 * Problem codes: `cli.socket` for what is no socket, `cli.agent-away` where nobody listens, `cli.agent-silent`, and
 * `cli.socket-denied`.
 */
export async function* askLocally(path: string, question: Question): AsyncGenerator<string, void, void> {
  const socketPath = placeOf(path);
  const body = JSON.stringify(question);
  const asked = request({
    socketPath,
    path: '/ask',
    method: 'POST',
    agent: false,
    headers: { host: 'agent', 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  });
  asked.setTimeout(silenceMs, () => asked.destroy(new Error('silent')));
  const response = await new Promise<AsyncIterable<string>>((resolve, reject) => {
    asked.on('error', reject);
    asked.on('response', (incoming) => {
      if (incoming.statusCode === 200) resolve(incoming.setEncoding('utf8'));
      else reject(new Error(`it answered ${incoming.statusCode}`));
    });
    asked.end(body);
  }).catch((error: NodeJS.ErrnoException) => cannot(socketPath, error));
  let rest = '';
  try {
    for await (const text of response) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    cannot(socketPath, error as NodeJS.ErrnoException);
  } finally {
    asked.destroy();
  }
}

/** The state directory stands for the socket in it. */
function placeOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isSocket()) return path;
  if (stats.isDirectory()) return placeOf(join(path, 'agent.sock'));
  return fail(
    {
      code: 'cli.socket',
      what: `${path} is no socket`,
      where: '--socket',
      fix: "give the agent's state directory, or agent.sock in it",
    },
    exitCode.usage,
  );
}

function cannot(path: string, error: NodeJS.ErrnoException): never {
  const where = '--socket';
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') {
    const why = error.code === 'ENOENT' ? 'there is no such socket' : 'nobody listens there any more';
    const fix = 'start the agent, give its state directory, or ask through control with --pop NAME';
    fail({ code: 'cli.agent-away', what: `no agent answers at ${path}: ${why}`, where, fix }, exitCode.unreachable);
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    const fix = "use the agent's user, or root";
    fail(
      { code: 'cli.socket-denied', what: `the socket ${path} may not be used by you`, where, fix },
      exitCode.failure,
    );
  }
  const why = error.message === 'silent' ? `it said nothing for ${silenceMs / 1000} s` : error.message;
  const fix = "look at the agent's log";
  return fail(
    { code: 'cli.agent-silent', what: `the agent at ${path} broke off: ${why}`, where, fix },
    exitCode.unreachable,
  );
}
