/**
 * One origin server: where it is, its kept-alive connections, its health.
 *
 * Why a free list of clients and not undici's own pool: taking the last one that came back is one array read whatever the
 * number of connections, and the connections of a quiet time fall idle and close.
 */
import { isIP } from 'node:net';
import { buildConnector, Client } from 'undici';
import type { EdgeLimits } from '../limits.ts';
import type { OriginHealth } from './health.ts';

export interface OriginServer {
  readonly url: string;
  readonly region: string;
  readonly healthPath: string | undefined;
  /** The URL's path without its last slash; put before every request's path. */
  readonly basePath: string;
  /** What TLS asks for and checks: the origin server's own name, while Host stays the customer's. */
  readonly servername: string;
  readonly health: OriginHealth;
  /** A connection that nothing uses, an open one where there is one. */
  acquire(): Client;
  /** Gives it back once its request is through. */
  release(client: Client): void;
  /** Ends idle connections now, and those in use when they come back. */
  close(): void;
}

const mostIdle = 256;

export function createOriginServer(
  facts: { readonly url: string; readonly region: string; readonly healthPath?: string | undefined },
  health: OriginHealth,
  limits: EdgeLimits,
): OriginServer {
  const url = new URL(facts.url);
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const byAddress = isIP(hostname) !== 0;
  const connect = buildConnector({ timeout: limits.originConnectMs, keepAlive: true });
  const idle: Client[] = [];
  let closed = false;

  function create(): Client {
    return new Client(url.origin, {
      // One request at a time all the same: each client is given out once. At 1, undici waits a turn before reuse.
      pipelining: 2,
      headersTimeout: limits.originHeadersMs,
      bodyTimeout: limits.originBodyIdleMs,
      keepAliveTimeout: limits.originKeepAliveMs,
      keepAliveMaxTimeout: limits.originKeepAliveMs,
      maxHeaderSize: limits.originHeaderBytes,
      // RFC 6066 §3: an address is no server name; undici would take the customer's Host instead.
      connect: byAddress ? (options, done) => connect({ ...options, servername: '' }, done) : connect,
    });
  }

  return {
    url: facts.url,
    region: facts.region,
    healthPath: facts.healthPath,
    basePath: url.pathname.replace(/\/+$/, ''),
    servername: byAddress ? 'origin.invalid' : hostname,
    health,
    acquire: () => idle.pop() ?? create(),
    release(client) {
      if (client.destroyed || client.closed) return;
      if (closed || idle.length >= mostIdle) void client.close();
      else idle.push(client);
    },
    close() {
      closed = true;
      for (const client of idle.splice(0)) void client.close();
    },
  };
}
