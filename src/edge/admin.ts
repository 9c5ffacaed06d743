/**
 * The admin socket: how the agent speaks with its edge (see feed/edge-config.ts), and how it knows that the edge lives.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createConnection } from 'node:net';
import { ProblemError, problemsOf } from '../base/problem.ts';
import type { EdgeStatus } from '../feed/edge-config.ts';

export interface AdminTarget {
  status(): EdgeStatus;
  reload(): Promise<EdgeStatus>;
  readonly metrics: { expose(): Promise<string>; readonly contentType: string };
  /** Begins the graceful end; returns at once. */
  stop(graceMs: number): void;
}

export interface AdminSocket {
  /** From now on the edge can be spoken to. */
  serve(target: AdminTarget): void;
  /** Ends the lifelines and removes the socket. */
  close(): void;
}

export const defaultGraceMs = 10_000;
const longestGraceMs = 3_600_000;

/**
 * Takes the socket at `path`, replacing one that a dead edge left. Throws Problem `edge.already-running` where a live
 * process answers there, `edge.admin-socket` where the path does not work.
 */
export async function claimAdminSocket(path: string): Promise<AdminSocket> {
  if (await isAlive(path)) {
    throw new ProblemError(
      [
        {
          code: 'edge.already-running',
          severity: 'error',
          what: `another edge already runs with the admin socket ${path}`,
          where: path,
          fix: 'stop it first (POST /stop on its socket), or give this one another `--admin`',
        },
      ],
      1,
    );
  }
  rmSync(path, { force: true });
  let target: AdminTarget | undefined;
  const server = createServer((request, response) => {
    if (target === undefined)
      answer(response, 503, { problems: [{ code: 'edge.starting', what: 'the edge is starting' }] });
    else handle(target, request, response);
  });
  // The lifeline is silent for as long as the process lives.
  server.timeout = 0;
  server.keepAliveTimeout = 5_000;
  server.requestTimeout = 0;
  try {
    await listenPrivately(server, path);
  } catch (error) {
    throw new ProblemError(
      [
        {
          code: 'edge.admin-socket',
          severity: 'error',
          what: `the admin socket cannot be opened: ${(error as Error).message}`,
          where: path,
          fix: 'give `--admin` a path of at most 107 bytes in a directory that this user may write to',
        },
      ],
      1,
    );
  }
  return {
    serve(to) {
      target = to;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** The socket's file has mode 0600 from its first moment on. */
function listenPrivately(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const mask = process.umask(0o177);
    try {
      server.once('error', reject);
      server.listen(path, () => {
        chmodSync(path, 0o600);
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
}

function handle(target: AdminTarget, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://edge');
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /status':
      answer(response, 200, target.status());
      break;
    case 'POST /reload':
      target.reload().then(
        (status) => answer(response, 200, status),
        (error: unknown) => answer(response, 400, { problems: problemsOf(error) }),
      );
      break;
    case 'GET /lifeline':
      response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-store' });
      response.flushHeaders();
      break;
    case 'GET /metrics':
      target.metrics.expose().then(
        (text) => {
          response.writeHead(200, { 'content-type': target.metrics.contentType });
          response.end(text);
        },
        (error: unknown) => answer(response, 500, { problems: problemsOf(error) }),
      );
      break;
    case 'POST /stop': {
      const text = url.searchParams.get('graceMs');
      const graceMs = text === null ? defaultGraceMs : Number(text);
      if (!Number.isInteger(graceMs) || graceMs < 0 || graceMs > longestGraceMs) {
        const what = `graceMs is "${text}"; it must be a whole number from 0 to ${longestGraceMs}`;
        answer(response, 400, { problems: [{ code: 'edge.grace-range', severity: 'error', what }] });
        break;
      }
      response.on('finish', () => target.stop(graceMs));
      answer(response, 202, { stopping: true, graceMs });
      break;
    }
    default: {
      const what = `the edge's admin socket has no ${request.method} ${url.pathname}`;
      answer(response, 404, { problems: [{ code: 'edge.no-such-call', severity: 'error', what }] });
    }
  }
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  const body = `${JSON.stringify(value)}\n`;
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
