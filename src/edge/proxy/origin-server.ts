/**
 * One origin server: where it is, its kept-alive connections, its health.
 *
 * Why a free list that gives out what came back last: taking it is one array read whatever the number of connections, and
 * the connections of a quiet time fall idle and close.
 */
import type { EdgeLimits } from '../limits.ts';
import { OriginConnection } from '../origin/connection.ts';
import { createConnector } from '../origin/connector.ts';
import type { Deadlines } from '../origin/deadlines.ts';
import type { OriginHealth } from './health.ts';

/** What all origin servers of an edge share. */
export interface OriginParts {
  readonly limits: EdgeLimits;
  readonly deadlines: Deadlines;
  readonly readBuffer: Buffer;
}

export interface OriginServer {
  readonly url: string;
  readonly region: string;
  readonly healthPath: string | undefined;
  /** The URL's path without its last slash; put before every request's path. */
  readonly basePath: string;
  /** Host and port as its URL has them. */
  readonly authority: string;
  readonly health: OriginHealth;
  /** A connection that nothing uses, an open one where there is one. */
  acquire(): OriginConnection;
  /** A connection that nothing has used before. */
  connect(): OriginConnection;
  /** Gives it back once its request is through. */
  release(connection: OriginConnection): void;
  /** Ends idle connections now, and those in use when they come back. */
  close(): void;
}

const mostIdle = 256;

export function createOriginServer(
  facts: { readonly url: string; readonly region: string; readonly healthPath?: string | undefined },
  health: OriginHealth,
  parts: OriginParts,
): OriginServer {
  const url = new URL(facts.url);
  const idle: OriginConnection[] = [];
  let closed = false;
  const connectionParts = {
    limits: parts.limits,
    deadlines: parts.deadlines,
    connector: createConnector(url, parts.readBuffer),
    onGone(connection: OriginConnection) {
      const at = idle.lastIndexOf(connection);
      if (at >= 0) idle.splice(at, 1);
    },
  };
  const connect = () => new OriginConnection(connectionParts);

  return {
    url: facts.url,
    region: facts.region,
    healthPath: facts.healthPath,
    basePath: url.pathname.replace(/\/+$/, ''),
    authority: url.host,
    health,
    acquire() {
      for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
        if (connection.reusable) return connection;
        connection.destroy();
      }
      return connect();
    },
    connect,
    release(connection) {
      if (!connection.reusable || closed || idle.length >= mostIdle) connection.destroy();
      else idle.push(connection);
    },
    close() {
      closed = true;
      for (const connection of idle.splice(0)) connection.destroy();
    },
  };
}
