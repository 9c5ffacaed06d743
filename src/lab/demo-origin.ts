/**
 * A small origin server for the demonstration: says which one it is and shows the request as it arrived.
 *
 * Also answers `/events` with server-sent events and any method with the body's size, so that a newcomer can try streaming.
 * Why its port is shared: two labs on one network file have the same origin servers. Each brings its own, the kernel deals connections
 * out among them, and when one lab ends the other's are still there.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface DemoOrigin {
  readonly url: string;
  close(): Promise<void>;
}

/** Listens at `url` (`http://127.0.0.1:7491`); undefined where something else already does, which then is the origin server. */
export async function startDemoOrigin(url: string, region: string): Promise<DemoOrigin | undefined> {
  try {
    return await listen(url, region, { reusePort: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return undefined;
    if (code !== 'ENOTSUP' && code !== 'EINVAL') throw error;
  }
  // A system that shares no ports.
  return listen(url, region, { reusePort: false }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') return undefined;
    throw error;
  });
}

function listen(url: string, region: string, how: { readonly reusePort: boolean }): Promise<DemoOrigin> {
  const { hostname, port } = new URL(url);
  const server = createServer((request, response) => answer(request, response, region));
  server.keepAliveTimeout = 60_000; // longer than the edge's pools keep a connection
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...how, port: Number(port || 80), host: hostname.replace(/^\[|\]$/g, '') }, () => {
      resolve({
        url,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

function answer(request: IncomingMessage, response: ServerResponse, region: string): void {
  request.on('error', () => {});
  if (request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    let count = 0;
    const timer = setInterval(() => response.write(`data: ${JSON.stringify({ region, count: count++ })}\n\n`), 500);
    response.on('close', () => clearInterval(timer));
    return;
  }
  let bodyBytes = 0;
  request.on('data', (chunk: Buffer) => {
    bodyBytes += chunk.length;
  });
  request.on('end', () => {
    const { method, url: path, headers } = request;
    const body = `${JSON.stringify({ originServer: region, method, path, bodyBytes, headers }, undefined, 2)}\n`;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
}
