/**
 * What a client or an origin server may take: sizes, counts and times, in one table.
 *
 * Why: whatever has no limit is a way to bring the edge down. The numbers suit a shared hosting edge; a test or an
 * operator passes others.
 */

export interface EdgeLimits {
  /** Connections of one listener; further ones are closed at once. */
  readonly connections: number;
  readonly requestsPerConnection: number;
  /** Request line and headers together; beyond → 431. */
  readonly headerBytes: number;
  /** The request target; beyond → 414. RFC 9110 §4.1 recommends to take at least 8000. */
  readonly targetBytes: number;
  /** A request's body; beyond → 413. */
  readonly bodyBytes: number;
  /** From the first byte (or the connection) to the end of the headers; beyond → 408. */
  readonly headersMs: number;
  /** A body may pause this long; beyond → 408. */
  readonly bodyIdleMs: number;
  /** After `bodyGraceMs` a body must have come at this rate on average, or it is a slow-loris; → 408. */
  readonly bodyBytesPerSecond: number;
  readonly bodyGraceMs: number;
  /** A client may leave our answer unread this long before it is cut off. */
  readonly slowReaderMs: number;
  /** An idle connection is kept this long between two requests; told in `Keep-Alive`. */
  readonly keepAliveMs: number;
  /** An answer that comes before the request's body was read waits this long for the rest, so that it is not lost. */
  readonly lingerMs: number;

  readonly originConnectMs: number;
  /** From the request sent to the answer's headers. */
  readonly originHeadersMs: number;
  /**
   * After so long without the answer's headers a request that only reads is sent to another origin server that is well, too;
   * whichever answers first is passed on. From `originHeadersMs` on: never.
   */
  readonly originPatienceMs: number;
  /** An origin server's body may pause this long; long, for event streams are quiet by nature. */
  readonly originBodyIdleMs: number;
  readonly originHeaderBytes: number;
  /** An idle connection to an origin server is kept this long, unless its `Keep-Alive` says less. */
  readonly originKeepAliveMs: number;
  /** Different origin servers that one request may be sent to. */
  readonly originAttempts: number;
}

export const defaultLimits: EdgeLimits = {
  connections: 20_000,
  requestsPerConnection: 10_000,
  headerBytes: 32 * 1024,
  targetBytes: 16 * 1024,
  bodyBytes: 1024 ** 3,
  headersMs: 10_000,
  bodyIdleMs: 30_000,
  bodyBytesPerSecond: 500,
  bodyGraceMs: 30_000,
  slowReaderMs: 60_000,
  keepAliveMs: 65_000,
  lingerMs: 2_000,
  originConnectMs: 3_000,
  originHeadersMs: 30_000,
  originPatienceMs: 3_000,
  originBodyIdleMs: 300_000,
  originHeaderBytes: 64 * 1024,
  originKeepAliveMs: 30_000,
  originAttempts: 3,
};

/** The shortest time that an origin server is given for anything. */
export function shortestOriginMs(limits: EdgeLimits): number {
  const { originConnectMs, originHeadersMs, originPatienceMs, originBodyIdleMs, originKeepAliveMs } = limits;
  return Math.min(originConnectMs, originHeadersMs, originPatienceMs, originBodyIdleMs, originKeepAliveMs);
}
