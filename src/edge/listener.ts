/**
 * One listening address: an HTTP/1.1 server with limits on all that a client can send, and plain answers to what is no
 * request at all.
 *
 * Node's parser refuses most smuggling by itself (RFC 9112 §6, §11.2); `requireHostHeader` is off only because admission
 * answers that with a page.
 */
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { fail } from '../base/problem.ts';
import { formatHostPort } from '../ip/address.ts';
import type { EdgeContext } from './exchange.ts';
import { handleRequest, handleUpgrade } from './handler.ts';
import { rejectionOf } from './rejection.ts';
import { connectionFacts, type OpenRequest } from './request/client-address.ts';

export interface Listener {
  /** As configured. */
  readonly host: string;
  readonly port: number;
  /** As bound: port 0 has become one. */
  readonly boundPort: number;
  /** Takes no more connections and ends idle ones; resolves once all are closed. */
  close(): Promise<void>;
  /** Ends all connections at once, those with requests under way too. */
  destroy(): void;
}

/** Listens, or throws Problem `edge.address-in-use`, `edge.address-not-here`, `edge.port-forbidden` or `edge.listen`. */
export async function openListener(context: EdgeContext, address: { host: string; port: number }): Promise<Listener> {
  const { limits } = context;
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    // Bodies have a pace of their own (proxy/body.ts): a large upload may take longer than any fixed time.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
    requireHostHeader: false,
    joinDuplicateHeaders: false,
    insecureHTTPParser: false,
    // Requests without a body make no stream of one: most requests, and a tenth of their cost.
    optimizeEmptyRequests: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    // Only a WebSocket is taken over; any other offer to upgrade is ignored, as RFC 9110 §7.8 allows.
    shouldUpgradeCallback: (request: IncomingMessage) => request.headers.upgrade?.toLowerCase() === 'websocket',
  });
  server.maxConnections = limits.connections;
  const sockets = trackSockets(server, context);
  server.on('request', (request: IncomingMessage, response: ServerResponse) =>
    handleRequest(context, request, response),
  );
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
    handleRequest(context, request, response, true),
  );
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    response.on('finish', () => (socket as Socket).destroySoon());
    handleUpgrade(context, request, response, { socket: socket as Socket, head });
  });
  // CONNECT asks for a tunnel; this is a gateway (RFC 9110 §9.3.6).
  server.on('connect', (_request, socket: Duplex) => {
    context.metrics.malformed++;
    socket.end(rejectionOf('ERR_CONNECT'), () => socket.destroy());
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) =>
    onClientError(context, error, socket as Socket),
  );

  await listen(server, address);
  const boundPort = (server.address() as AddressInfo).port;
  return {
    host: address.host,
    port: address.port,
    boundPort,
    close() {
      for (const socket of sockets) {
        const facts = connectionFacts(socket);
        facts.closing = true;
        // Node ends connections that are idle between two requests, but not those that never sent a byte.
        if (facts.taken === 0 && socket.bytesRead === 0) socket.destroy();
      }
      return new Promise((resolve) => server.close(() => resolve()));
    },
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function trackSockets(server: Server, context: EdgeContext): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    context.metrics.connections++;
    connectionFacts(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      context.metrics.connections--;
    });
  });
  server.on('drop', () => {
    context.metrics.connectionsRefused++;
  });
  return sockets;
}

/** Bytes that are no request: a short plain answer where the client can take it for the answer to these bytes. */
function onClientError(context: EdgeContext, error: NodeJS.ErrnoException, socket: Socket): void {
  context.metrics.malformed++;
  const { open, newest } = connectionFacts(socket);
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  if (newest !== undefined && open > 0) {
    newest.response.shouldKeepAlive = false;
    if (newest.request.complete || newest.answered) {
      // The bytes behind a request that has its answer, or will have it, are bad: the answer is the connection's last.
      if (newest.response.headersSent) endAfterwards(newest, socket);
    } else if (open === 1 && !newest.response.headersSent) {
      newest.fail(400, { failure: 'malformed-body' });
    } else {
      // Our words would be taken for another request's answer.
      socket.destroy();
    }
    return;
  }
  socket.end(rejectionOf(error.code ?? ''), () => socket.destroySoon());
  // Drops what else comes in, for a moment, so that the answer is not lost to a reset.
  context.clock.after(context.limits.lingerMs, () => socket.destroy());
}

function endAfterwards(request: OpenRequest, socket: Socket): void {
  const then = request.onFinished;
  request.onFinished = () => {
    then?.();
    socket.destroySoon();
  };
}

async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: 4096 }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    listenProblem(error as NodeJS.ErrnoException, formatHostPort(host, port));
  }
}

function listenProblem(error: NodeJS.ErrnoException, where: string): never {
  if (error.code === 'EADDRINUSE') {
    fail(
      {
        code: 'edge.address-in-use',
        what: `the edge cannot listen on ${where}: another process already does`,
        where,
        fix: `find it with \`ss -ltnp\` and stop it, or give the edge another address`,
      },
      1,
    );
  }
  if (error.code === 'EADDRNOTAVAIL') {
    fail(
      {
        code: 'edge.address-not-here',
        what: `the edge cannot listen on ${where}: no interface of this machine has this address`,
        where,
        fix: 'bind the address first (`ip address add …/32 dev lo`), or correct it',
      },
      1,
    );
  }
  if (error.code === 'EACCES') {
    fail(
      {
        code: 'edge.port-forbidden',
        what: `the edge may not listen on ${where}: ports below 1024 need a privilege`,
        where,
        fix: 'run it with CAP_NET_BIND_SERVICE, or use a port above 1023',
      },
      1,
    );
  }
  fail({ code: 'edge.listen', what: `the edge cannot listen on ${where}: ${error.message}`, where }, 1);
}
