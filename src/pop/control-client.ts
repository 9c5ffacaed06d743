/**
 * The agent's HTTP client to control: one place for the address, the token, time limits and what a refusal means.
 *
 * The token is read from its file for each request, so it can be replaced without a restart. It goes into the
 * Authorization header and nowhere else.
 */
import { readFileSync } from 'node:fs';
import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { fail, type Problem, ProblemError } from '../base/problem.ts';

export interface ControlClient {
  /** The answer's head, once it is there and its status is 2xx; its body is the caller's to read. */
  get(path: string, limits: { readonly headMs: number }): Promise<IncomingMessage>;
  /** Sends `body` as JSON; resolves when control has taken it. */
  post(path: string, body: unknown, limits: { readonly headMs: number }): Promise<void>;
  close(): void;
}

/** Control could not be reached or broke off: normal in a life with `control away`, so no problem for an operator. */
export class ControlAway extends Error {}

export function createControlClient(options: { readonly url: string; readonly tokenFile: string }): ControlClient {
  const base = new URL(options.url.endsWith('/') ? options.url : `${options.url}/`);
  const secure = base.protocol === 'https:';
  const agent = secure ? new TlsAgent({ keepAlive: true }) : new PlainAgent({ keepAlive: true });

  function send(
    method: string,
    path: string,
    body: string | undefined,
    headMs: number,
    keepAlive: boolean,
  ): Promise<IncomingMessage> {
    const token = readToken(options.tokenFile);
    return new Promise((resolve, reject) => {
      const asked = (secure ? tlsRequest : plainRequest)(new URL(path.replace(/^\//, ''), base), {
        method,
        agent: keepAlive ? agent : false,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
      });
      const timer = setTimeout(() => asked.destroy(new ControlAway(`no answer within ${headMs} ms`)), headMs);
      asked.on('error', (error) => {
        clearTimeout(timer);
        reject(error instanceof ControlAway ? error : new ControlAway(error.message));
      });
      asked.on('response', (response) => {
        clearTimeout(timer);
        response.on('error', () => {}); // whoever reads the body sees it, too
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) return resolve(response);
        response.destroy();
        reject(
          status >= 500 ? new ControlAway(`control answered ${status}`) : new ProblemError([refusal(status, path)]),
        );
      });
      asked.end(body);
    });
  }

  return {
    get: (path, limits) => send('GET', path, undefined, limits.headMs, false),
    async post(path, body, limits) {
      const response = await send('POST', path, JSON.stringify(body), limits.headMs, true);
      response.resume();
    },
    close: () => agent.destroy(),
  };
}

/** The token in `file`, without its line break. Problem: `agent.token-file`. */
export function readToken(file: string): string {
  const fix = 'give the file that control wrote for this PoP, readable by the agent: --token-file';
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    fail({ code: 'agent.token-file', what: `the token file cannot be read: ${why}`, where: file, fix });
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    fail({ code: 'agent.token-file', what: 'the token file does not hold one token', where: file, fix });
  }
  return token;
}

function refusal(status: number, path: string): Problem {
  const where = path.replace(/\?.*$/, '');
  if (status === 401 || status === 403) {
    return {
      code: 'agent.token-refused',
      severity: 'error',
      what: `control does not accept this agent's token (it answered ${status})`,
      where,
      fix: "give the agent its PoP's current token: --token-file",
    };
  }
  return {
    code: 'agent.control-refuses',
    severity: 'error',
    what: `control answered ${status} to ${where}`,
    where,
    fix: 'check that control and agent are of versions that go together, and that --control names control',
  };
}
