/**
 * An edge in the test's own process, on real sockets, with a raw client that sends exactly the bytes it is told to, and
 * origin servers that misbehave in every way that a test needs.
 */
import { writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import type { AccessLog, AccessLogEntry } from '../edge/access-log.ts';
import { Edge } from '../edge/edge.ts';
import { defaultLimits, type EdgeLimits } from '../edge/limits.ts';
import type { HealthRules } from '../edge/proxy/health.ts';
import type { EdgeConfig } from '../feed/edge-config.ts';
import { temporaryDirectory } from './temporary.ts';

export interface TestEdge {
  readonly edge: Edge;
  readonly port: number;
  readonly directory: string;
  readonly configPath: string;
  /** What went to the access log. */
  readonly entries: AccessLogEntry[];
  /** Writes a changed configuration, and has it taken up. */
  reconfigure(change: Partial<EdgeConfig>): Promise<void>;
}

export async function startTestEdge(
  context: TestContext,
  config: Partial<EdgeConfig>,
  options: { limits?: Partial<EdgeLimits>; healthRules?: HealthRules } = {},
): Promise<TestEdge> {
  const directory = temporaryDirectory(context);
  const configPath = join(directory, 'edge.json');
  let current: EdgeConfig = {
    pop: 'fra',
    listen: [{ host: '127.0.0.1', port: 0 }],
    healthPath: '/healthz',
    services: {},
    domains: {},
    draining: false,
    ...config,
  };
  const save = () => writeFileSync(configPath, JSON.stringify(current));
  save();
  const entries: AccessLogEntry[] = [];
  const accessLog: AccessLog = {
    add: (entry) => entries.push(entry),
    reopen: () => {},
    close: () => {},
    droppedLines: 0,
  };
  const edge = await Edge.start({
    configPath,
    clock: systemClock,
    random: seededRandom(1),
    log: silentLogger,
    accessLog,
    limits: { ...defaultLimits, ...options.limits },
    ...(options.healthRules === undefined ? {} : { healthRules: options.healthRules }),
  });
  context.after(() => edge.stop(0));
  return {
    edge,
    port: edge.status().listening[0]?.port ?? 0,
    directory,
    configPath,
    entries,
    async reconfigure(change) {
      current = { ...current, ...change };
      save();
      await edge.reload();
    },
  };
}

/** A well-behaved origin server; returns its URL. */
export async function startOrigin(context: TestContext, listener: RequestListener): Promise<string> {
  const server = createHttpServer(listener);
  return listening(context, server, () => server.closeAllConnections());
}

/** An origin server of raw bytes: `onConnection` does what it wants with each connection. */
export async function startRawOrigin(context: TestContext, onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  return listening(context, server, () => {
    for (const socket of sockets) socket.destroy();
  });
}

/** An origin server that reads a request's head, then does what it is told with the socket. */
export function startHeadOrigin(context: TestContext, act: (socket: Socket, head: string) => void): Promise<string> {
  return startRawOrigin(context, (socket) => {
    let head = '';
    socket.on('data', function read(chunk) {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', read);
      act(socket, head);
    });
  });
}

/** An edge whose one domain, `api.example`, leads to these origin servers, in this order. */
export function startProxyEdge(
  context: TestContext,
  urls: readonly string[],
  options: { limits?: Partial<EdgeLimits>; healthRules?: HealthRules } = {},
): Promise<TestEdge> {
  const originServers = urls.map((url, i) => ({ url, region: `region-${i}` }));
  const services = { api: { kind: 'web' as const, originServers } };
  return startTestEdge(context, { services, domains: { 'api.example': 'api' } }, options);
}

/** An address that refuses connections. */
export async function refusingOrigin(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

async function listening(context: TestContext, server: Server, endConnections: () => void): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        endConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface RawClient {
  readonly socket: Socket;
  /** All that came so far, as Latin-1. */
  readonly received: () => string;
  /** Resolves with all that came once the other side has closed. */
  readonly closed: Promise<string>;
  /** Resolves once what came matches. */
  until(pattern: RegExp): Promise<string>;
}

/** Connects and sends `text`, one byte a character. */
export function rawClient(context: TestContext, port: number, text = ''): RawClient {
  const socket = createConnection({ host: '127.0.0.1', port });
  context.after(() => socket.destroy());
  let received = '';
  const waiting = new Set<() => void>();
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    for (const check of waiting) check();
  });
  socket.on('error', () => {});
  const closed = new Promise<string>((resolve) => {
    socket.on('close', () => {
      for (const check of waiting) check();
      resolve(received);
    });
  });
  if (text !== '') socket.write(text, 'latin1');
  return {
    socket,
    received: () => received,
    closed,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const deadline = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`not within 10 s: ${pattern}; came: ${JSON.stringify(received.slice(0, 500))}`));
        }, 10_000);
        const check = () => {
          const found = pattern.test(received);
          if (!found && !socket.destroyed) return;
          clearTimeout(deadline);
          waiting.delete(check);
          if (found) resolve(received);
          else reject(new Error(`closed before ${pattern}; came: ${JSON.stringify(received.slice(0, 500))}`));
        };
        waiting.add(check);
        check();
      }),
  };
}

/** Sends a whole request, and reads to the end of the connection. */
export function exchangeRaw(context: TestContext, port: number, text: string): Promise<string> {
  return rawClient(context, port, text).closed;
}

export interface Answer {
  readonly status: number;
  /** Lower-case names; the last of equals. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** One request on a connection of its own, which the answer closes; a truncated answer is an error. */
export async function ask(
  context: TestContext,
  port: number,
  request: { host: string; path?: string; method?: string; headers?: Record<string, string>; body?: string },
): Promise<Answer> {
  const { host, path = '/', method = 'GET', headers = {}, body = '' } = request;
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close'];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (body !== '') lines.push(`Content-Length: ${body.length}`);
  return parseAnswer(await exchangeRaw(context, port, `${lines.join('\r\n')}\r\n\r\n${body}`), method);
}

/** Parses one answer that ends with the connection. */
export function parseAnswer(text: string, method = 'GET'): Answer {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) throw new Error(`no whole head: ${JSON.stringify(text.slice(0, 300))}`);
  const [statusLine, ...lines] = text.slice(0, end).split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const status = Number(statusLine?.split(' ')[1]);
  const bytes = Buffer.from(text.slice(end + 4), 'latin1');
  const body = headers['transfer-encoding'] === 'chunked' ? unchunk(bytes) : bytes;
  const length = headers['content-length'];
  if (length !== undefined && method !== 'HEAD' && status !== 304 && body.length !== Number(length)) {
    throw new Error(`truncated: ${body.length} of ${length} bytes`);
  }
  return { status, headers, body };
}

function unchunk(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) throw new Error('truncated: no last chunk');
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    if (size === 0) return Buffer.concat(parts);
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
