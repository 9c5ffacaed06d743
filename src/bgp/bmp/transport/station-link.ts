/**
 * The connection to one station: made again whenever it is lost, and fed at the station's pace.
 *
 * Why a slow station harms nobody: at most `highWaterBytes` stand in the socket, what waits beyond is state and bounded, and one that
 * takes nothing for long is cut off and told all anew. Why a fast one neither: after each slice the event loop goes round.
 */
import type net from 'node:net';
import { type Clock, every } from '../../../base/clock.ts';
import { type Logger, silentLogger } from '../../../base/log.ts';
import { problemsOf } from '../../../base/problem.ts';
import type { Random } from '../../../base/random.ts';
import type { SocketAddress } from '../../../base/sockaddr.ts';
import { connectTcp } from '../../../base/socket.ts';
import { formatHostPort } from '../../../ip/address.ts';
import { StationFeed } from '../sender/feed.ts';
import type { BmpSource, SenderConfig } from '../sender/types.ts';

/** Where a station is. */
export interface StationAddress {
  readonly remote: SocketAddress;
  readonly localAddress?: string;
  /** The TCP MD5 key (RFC 2385): BMP itself authenticates nobody. */
  readonly password?: string;
}

export interface LinkOptions extends SenderConfig {
  readonly source: BmpSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  /** The wait before a second try; doubles up to `longestRetryMs`. Defaults 30 s and 720 s (RFC 7854 §3.2). */
  readonly firstRetryMs?: number;
  readonly longestRetryMs?: number;
  readonly connectTimeoutMs?: number;
  /** How long a station may take nothing of what waits in the socket. Default 30 s. */
  readonly stallMs?: number;
  /** Told when a connection was made, and when one was lost or could not be made. */
  readonly changed?: (status: StationLinkStatus) => void;
  /** How long a station may take for the last message when we stop. Default 2 s. */
  readonly lingerMs?: number;
}

export interface StationLinkStatus {
  readonly remote: string;
  readonly connected: boolean;
  /** Connections that were made. */
  readonly connections: number;
  readonly messagesSent: number;
  /** Changes of routes that wait. */
  readonly waiting: number;
  /** Why there is no connection, or why the last one ended. */
  readonly lastFailure?: string;
}

const highWaterBytes = 256 * 1024;
const sliceBytes = 16 * 1024;
const keepaliveMs = 30_000;
/** A connection that held so long has proven the station: the next wait is the first again. */
const provenMs = 60_000;

/** What lives as long as one connection. */
interface Session {
  readonly socket: net.Socket;
  readonly feed: StationFeed;
  readonly end: () => void;
  scheduled: NodeJS.Immediate | undefined;
  cancelStall: (() => void) | undefined;
}

export class StationLink {
  readonly #station: StationAddress;
  readonly #options: LinkOptions;
  readonly #logger: Logger;
  readonly #remote: string;
  #socket: net.Socket | undefined;
  #session: Session | undefined;
  #cancelTimer: (() => void) | undefined;
  #failures = 0;
  #connections = 0;
  #messagesSent = 0;
  #lastFailure: string | undefined;
  #cutWhy: string | undefined;
  #stopped = false;

  constructor(station: StationAddress, options: LinkOptions) {
    this.#station = station;
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#remote = formatHostPort(station.remote.host, station.remote.port);
    this.#connect();
  }

  status(): StationLinkStatus {
    return {
      remote: this.#remote,
      connected: this.#session !== undefined,
      connections: this.#connections,
      messagesSent: this.#messagesSent,
      waiting: this.#session?.feed.waitingCount ?? 0,
      ...(this.#lastFailure !== undefined && { lastFailure: this.#lastFailure }),
    };
  }

  /** Says goodbye and leaves no handle. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    const [socket, session] = [this.#socket, this.#session];
    if (socket === undefined) return;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    if (session === undefined) {
      socket.destroy();
    } else {
      this.#end(session);
      socket.end(StationFeed.farewell());
      const cancel = this.#options.clock.after(this.#options.lingerMs ?? 2_000, () => socket.destroy());
      void closed.then(cancel);
    }
    await closed;
  }

  #connect(): void {
    const { remote, localAddress, password } = this.#station;
    let socket: net.Socket;
    try {
      socket = connectTcp({
        ...remote,
        ...(localAddress === undefined ? {} : { localAddress }),
        ...(password === undefined ? {} : { password }),
      });
    } catch (error) {
      this.#lost(problemsOf(error)[0]?.what ?? String(error), undefined);
      return;
    }
    this.#socket = socket;
    let why: string | undefined;
    let connectedAt: number | undefined;
    const { clock, connectTimeoutMs = 10_000 } = this.#options;
    const giveUp = clock.after(connectTimeoutMs, () => {
      why = `no answer in ${connectTimeoutMs} ms`;
      socket.destroy();
    });
    socket.on('connect', () => {
      giveUp();
      connectedAt = clock.now();
      this.#connected(socket);
    });
    socket.on('data', () => {}); // a station has nothing to say (RFC 7854 §3.2)
    socket.on('drain', () => this.#drained(socket));
    socket.on('error', (error) => {
      why ??= error.message;
    });
    socket.on('close', () => {
      giveUp();
      this.#socket = undefined;
      if (this.#session?.socket === socket) this.#end(this.#session);
      if (!this.#stopped) this.#lost(why ?? this.#cutWhy ?? 'the station closed the connection', connectedAt);
      this.#cutWhy = undefined;
    });
  }

  #connected(socket: net.Socket): void {
    this.#connections++;
    this.#logger.info({ station: this.#remote }, 'connected to a BMP station');
    socket.setKeepAlive(true, keepaliveMs);
    const { source, clock, statisticsSeconds = 60 } = this.#options;
    const feed = new StationFeed(source, this.#options, () => Math.floor(clock.wallTime() * 1000));
    const endEvents = source.subscribe((event) => {
      feed.take(event);
      if (feed.isOverdue) this.#cut(session, `${feed.waitingCount} changes wait for it`);
      else this.#schedule(session);
    });
    const statistics = (): void => {
      feed.statisticsDue();
      this.#schedule(session);
    };
    const endStatistics = statisticsSeconds === 0 ? () => {} : every(clock, statisticsSeconds * 1000, statistics);
    const end = (): void => {
      endEvents();
      endStatistics();
    };
    const session: Session = { socket, feed, end, scheduled: undefined, cancelStall: undefined };
    this.#session = session;
    this.#options.changed?.(this.status());
    this.#schedule(session);
  }

  /** Once the loop has gone round: what one step of the speaker changes goes out together. */
  #schedule(session: Session): void {
    if (session.scheduled !== undefined || session.cancelStall !== undefined || this.#session !== session) return;
    session.scheduled = setImmediate(() => {
      session.scheduled = undefined;
      this.#write(session);
    });
  }

  #write(session: Session): void {
    const { socket, feed } = session;
    const messages = feed.pull(sliceBytes);
    if (messages.length === 0) return;
    this.#messagesSent += messages.length;
    socket.write(Buffer.concat(messages));
    if (socket.writableLength < highWaterBytes) {
      this.#schedule(session);
      return;
    }
    const stallMs = this.#options.stallMs ?? 30_000;
    session.cancelStall = this.#options.clock.after(stallMs, () => {
      this.#cut(session, `it has taken nothing of ${socket.writableLength} bytes for ${stallMs} ms`);
    });
  }

  #drained(socket: net.Socket): void {
    const session = this.#session;
    if (session?.socket !== socket) return;
    session.cancelStall?.();
    session.cancelStall = undefined;
    this.#schedule(session);
  }

  /** The station is told all anew once it takes a connection again. */
  #cut(session: Session, why: string): void {
    this.#logger.warn({ station: this.#remote, why }, 'cut off a BMP station that is too slow');
    this.#cutWhy = `cut off: ${why}`;
    this.#end(session);
    session.socket.destroy();
  }

  #end(session: Session): void {
    session.end();
    session.cancelStall?.();
    if (session.scheduled !== undefined) clearImmediate(session.scheduled);
    if (this.#session === session) this.#session = undefined;
  }

  #lost(why: string, connectedAt: number | undefined): void {
    const { clock, random, firstRetryMs = 30_000, longestRetryMs = 720_000 } = this.#options;
    this.#lastFailure = why;
    if (connectedAt !== undefined && clock.now() - connectedAt >= provenMs) this.#failures = 0;
    const delayMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(this.#failures, 20));
    this.#failures++;
    this.#logger.info({ station: this.#remote, why, retryMs: delayMs }, 'no connection to a BMP station');
    this.#options.changed?.(this.status());
    // Jitter, so that a fleet does not come back to a station at one moment.
    this.#cancelTimer = clock.after(delayMs * (0.75 + random.next() / 4), () => this.#connect());
  }
}
