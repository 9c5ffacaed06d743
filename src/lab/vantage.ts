/**
 * A vantage: a local TCP port through which a client reaches the anycast address as one network's users would.
 *
 * Each connection follows the routers' best paths of the moment it is made and stays on them; each link adds its delay.
 * A handshake takes a round trip before the client's first byte leaves; one towards an edge that is not there is refused.
 */
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { ProblemError } from '../base/problem.ts';
import { delayPipe } from './delay-pipe.ts';
import type { ForwardingPath } from './forwarding.ts';

export interface VantageOptions {
  readonly name: string;
  readonly port: number;
  readonly clock: Clock;
  readonly path: () => ForwardingPath;
  /** Where a PoP's edge listens on this machine. */
  readonly edgeOf: (pop: string) => { readonly host: string; readonly port: number };
}

export interface Vantage {
  readonly name: string;
  readonly url: string;
  close(): Promise<void>;
}

export function openVantage(options: VantageOptions): Promise<Vantage> {
  const clients = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
    forward(client, options);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? portInUse(options) : error);
    });
    server.listen(options.port, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      resolve({
        name: options.name,
        url: `http://127.0.0.1:${port}`,
        close: () => closeServer(server, clients),
      });
    });
  });
}

function forward(client: Socket, { clock, path: currentPath, edgeOf }: VantageOptions): void {
  client.on('error', () => {}); // 'close' follows
  const path = currentPath();
  if (!path.reached) {
    client.resetAndDestroy();
    return;
  }
  const { delayMs } = path;
  const established = clock.now() + 2 * delayMs;
  const cancel = clock.after(delayMs, () => {
    const edge = createConnection({ ...edgeOf(path.pop), allowHalfOpen: true, noDelay: true });
    edge.on('error', () => {});
    edge.once('connect', () => {
      delayPipe(client, edge, { clock, delayMs, notBefore: established });
      delayPipe(edge, client, { clock, delayMs, notBefore: 0 });
    });
    edge.once('close', () => {
      // Refused or reset before it carried anything: the refusal travels back.
      if (edge.bytesRead === 0 && edge.bytesWritten === 0) clock.after(delayMs, () => client.resetAndDestroy());
    });
    client.once('close', () => {
      if (edge.connecting) edge.destroy();
    });
  });
  client.once('close', cancel);
}

function closeServer(server: Server, clients: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const client of clients) client.destroy();
  });
}

function portInUse({ name, port }: VantageOptions): ProblemError {
  return new ProblemError([
    {
      code: 'lab.port-in-use',
      severity: 'error',
      what: `port ${port} on 127.0.0.1, meant for the vantage ${name}, is in use`,
      fix: 'end the other program (another lab?), or choose other ports: --vantage-port PORT, or --vantage-port 0 for any',
    },
  ]);
}
