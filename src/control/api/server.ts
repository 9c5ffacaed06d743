/**
 * The API's HTTP server: the table of routes on Fastify, with the guards before them and problems as the only errors.
 *
 * Order of a request: Host and Origin, then the token, then the schemas, then the handler. So a stranger learns nothing
 * but that he is one.
 */
import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type HTTPMethods } from 'fastify';
import type { Logger } from '../../base/log.ts';
import { ProblemError } from '../../base/problem.ts';
import type { Control } from '../control.ts';
import type { AdminToken } from '../tokens.ts';
import { apiProblem, problemDetails, problemMediaType, statusOf } from './api-problem.ts';
import { bearerToken, hostProblem } from './guard.ts';
import { parsePart } from './parse.ts';
import type { Route } from './route.ts';
import { apiRoutes } from './table.ts';

export interface ApiOptions {
  readonly control: Control;
  readonly allowedHosts: ReadonlySet<string>;
  /** Absent: on loopback, whoever can reach the port is the administrator. */
  readonly adminToken?: AdminToken;
  readonly version: string;
  readonly logger: Logger;
}

/** A report of an agent with thousands of sessions is far below. */
const bodyBytes = 1024 * 1024;

export function createApi(options: ApiOptions): FastifyInstance {
  const { logger, allowedHosts } = options;
  const routes = apiRoutes(options.version);
  const app = Fastify({
    bodyLimit: bodyBytes,
    // A client must have sent its request by then; the feed's answer may take for ever.
    requestTimeout: 15_000,
    keepAliveTimeout: 10_000,
    http: { headersTimeout: 10_000, maxHeaderSize: 16 * 1024 },
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 300 },
    logger: false,
    frameworkErrors: (error, request, reply) => answerError(error, request, reply, logger),
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket),
  });
  app.server.maxConnections = 4_096;
  const json = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else json(request, body as string, done);
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
    const problem = hostProblem(request.raw as { method: string; rawHeaders: string[] }, allowedHosts);
    if (problem !== undefined) throw problem;
  });
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, logger));
  app.setNotFoundHandler((request, reply) => answerUnrouted(routes, request, reply));
  for (const row of routes) register(app, row, options);
  return app;
}

function register(app: FastifyInstance, row: Route, { control, adminToken }: ApiOptions): void {
  const callers = new WeakMap<FastifyRequest, { pop: string; actor: string }>();
  app.route({
    method: methodsOf(row),
    url: row.path.replace(/\{(\w+)\}/g, ':$1'),
    onRequest: async (request, reply) => {
      callers.set(request, authenticate(row, request, reply, control, adminToken));
    },
    handler: async (request, reply) => {
      const caller = callers.get(request) as { pop: string; actor: string };
      const input = {
        params: parsePart(row.params, 'path', request.params),
        query: parsePart(row.query, 'query', { ...(request.query as object) }),
        body: row.method === 'GET' ? undefined : bodyOf(row, request),
        ...caller,
        request,
        reply,
      };
      const answer = await row.handle(control, input);
      if (reply.sent || answer === reply || answer === undefined) return reply;
      // Not Fastify's serializer: it would want schemas of another kind than ours.
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer));
    },
  });
}

/** RFC 9110 §9.1: HEAD where GET is; but the head of an answer without end would be no answer. */
function methodsOf(row: Route): HTTPMethods[] {
  return row.method === 'GET' && !row.stream ? ['GET', 'HEAD'] : [row.method];
}

function bodyOf(row: Route, request: FastifyRequest): unknown {
  const body = request.body === undefined && row.bodyOptional ? {} : request.body;
  return parsePart(row.body, 'body', body);
}

function authenticate(
  row: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  control: Control,
  adminToken: AdminToken | undefined,
): { readonly pop: string; readonly actor: string } {
  if (row.access === 'open') return { pop: '', actor: '' };
  const token = bearerToken(request.raw.rawHeaders);
  if (row.access === 'agent') {
    const pop = token === undefined ? undefined : control.tokens.popOf(token);
    if (pop !== undefined) return { pop, actor: `agent:${pop}` };
  } else {
    if (adminToken === undefined) return { pop: '', actor: 'api' };
    if (token !== undefined && adminToken.accepts(token)) return { pop: '', actor: 'api:admin' };
  }
  reply.header('www-authenticate', 'Bearer realm="nearcast"');
  const fix =
    row.access === 'agent'
      ? "send the token of this PoP's agent, from <state>/tokens/<pop>.token of control"
      : "send the administrator's token; on the command line: --token-file FILE";
  const what = token === undefined ? 'this needs a bearer token' : 'the token is not known here';
  throw apiProblem(401, { code: 'control.unauthorized', what, fix });
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): void {
  if (error instanceof ProblemError) {
    const status = statusOf(error);
    if (status >= 500) logger.error({ problems: error.problems }, 'a request failed');
    send(reply, status, problemDetails(status, error.problems));
    return;
  }
  const { statusCode, message } = error as { statusCode?: number; message: string };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const code = badRequestCodes[statusCode] ?? 'control.bad-request';
    send(reply, statusCode, problemDetails(statusCode, [{ code, severity: 'error', what: message }]));
    return;
  }
  // A bug: the log has the stack, the caller no detail.
  logger.error({ err: error, method: request.method, url: request.url }, 'a request met a bug');
  const what = 'control met an error of its own';
  const problem = { code: 'control.internal', severity: 'error', what, fix: "see control's log" } as const;
  send(reply, 500, problemDetails(500, [problem]));
}

const badRequestCodes: Readonly<Record<number, string>> = {
  413: 'control.body-too-large',
  415: 'control.not-json',
};

/** No route: another method would have one, or nothing is there at all. */
function answerUnrouted(routes: readonly Route[], request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split('?')[0] as string;
  const there = routes.filter((row) => pathPattern(row.path).test(path));
  if (there.length === 0) {
    const what = `there is nothing at ${path.slice(0, 200)}`;
    const fix = 'GET /api/v1/openapi.json tells what there is';
    const problem = { code: 'control.not-found', severity: 'error', what, fix } as const;
    send(reply, 404, problemDetails(404, [problem]));
    return;
  }
  const methods = there.flatMap(methodsOf);
  reply.header('allow', methods.join(', '));
  const what = `${request.method} is not possible here; use ${methods.join(' or ')}`;
  send(reply, 405, problemDetails(405, [{ code: 'control.method', severity: 'error', what }]));
}

function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`);
}

function send(reply: FastifyReply, status: number, details: unknown): void {
  reply.code(status).type(problemMediaType).send(JSON.stringify(details));
}

/** What is no HTTP at all never becomes a request; it gets its answer on the bare socket. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.destroyed) {
    socket.destroy();
    return;
  }
  const known: Record<string, readonly [number, string]> = {
    ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not come in time'],
    HPE_HEADER_OVERFLOW: [431, 'the headers are too long'],
  };
  const [status, what] = known[error.code ?? ''] ?? [400, 'this is not a valid HTTP request'];
  const details = problemDetails(status, [{ code: 'control.bad-request', severity: 'error', what }]);
  const body = JSON.stringify(details);
  socket.end(
    `HTTP/1.1 ${status} ${details.title}\r\nContent-Type: ${problemMediaType}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
