/**
 * A BMP station over TCP: the pure station with sockets around it.
 *
 * What is bounded: routers at once, how long a new connection may say nothing, and by the station what each may make us keep. A router that has
 * gone without a word is found by TCP keepalive, since BMP has no keepalives of its own (RFC 7854 §3.2). A subscriber that is slow slows
 * the routers: bytes are taken as they are used up.
 */
import net from 'node:net';
import type { Clock } from '../../../base/clock.ts';
import { type Logger, silentLogger } from '../../../base/log.ts';
import type { SocketAddress } from '../../../base/sockaddr.ts';
import { listenTcp } from '../../../base/socket.ts';
import { formatHostPort } from '../../../ip/address.ts';
import type { MonitoredRib } from '../message/types.ts';
import {
  type RouterStatus,
  Station,
  type StationLimits,
  type StationNotice,
  type StationRoute,
} from '../station/station.ts';

export interface StationOptions extends StationLimits {
  readonly clock: Clock;
  /** A port of 0 means any free one. */
  readonly listen: SocketAddress;
  readonly logger?: Logger;
  /** How long a connection may say nothing before it is closed. Default 60 s. */
  readonly firstMessageMs?: number;
}

export interface BmpStation {
  /** Where it really listens. */
  readonly listen: SocketAddress;
  /** Returns what ends the subscription. A listener that throws is a bug and ends the process. */
  subscribe(listener: (notice: StationNotice) => void): () => void;
  routers(): readonly RouterStatus[];
  routes(router: string, peer: string, rib: MonitoredRib): Iterable<StationRoute>;
  /** Stops reading from all routers until `resume`: for whoever cannot keep up. */
  pause(): void;
  resume(): void;
  /** Closes the listener and all connections, and leaves no handle. */
  stop(): Promise<void>;
}

const keepaliveMs = 30_000;

/** Settles when it listens; rejects with the Problems of `listenTcp`. */
export async function startStation(options: StationOptions): Promise<BmpStation> {
  const station = new TcpStation(options);
  await station.start();
  return station;
}

class TcpStation implements BmpStation {
  readonly #options: StationOptions;
  readonly #logger: Logger;
  readonly #station: Station;
  readonly #server = net.createServer((socket) => this.#accepted(socket));
  readonly #sockets = new Set<net.Socket>();
  readonly #listeners = new Set<(notice: StationNotice) => void>();
  #paused = false;
  #stopped = false;

  constructor(options: StationOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#station = new Station(options);
  }

  async start(): Promise<void> {
    await listenTcp(this.#server, this.#options.listen);
    this.#server.on('error', (err) => this.#logger.error({ err }, 'a BMP connection could not be accepted'));
  }

  get listen(): SocketAddress {
    const bound = this.#server.address();
    return bound !== null && typeof bound === 'object'
      ? { host: bound.address, port: bound.port }
      : this.#options.listen;
  }

  subscribe(listener: (notice: StationNotice) => void): () => void {
    const own = (notice: StationNotice): void => listener(notice); // one listener may subscribe twice
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  routers(): readonly RouterStatus[] {
    return this.#station.routers();
  }

  routes(router: string, peer: string, rib: MonitoredRib): Iterable<StationRoute> {
    return this.#station.routes(router, peer, rib);
  }

  pause(): void {
    this.#paused = true;
    for (const socket of this.#sockets) socket.pause();
  }

  resume(): void {
    this.#paused = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const closed = [new Promise((resolve) => this.#server.close(resolve))];
    for (const socket of this.#sockets) {
      closed.push(new Promise((resolve) => socket.once('close', resolve))); // behind ours, which tells of it
      socket.destroy();
    }
    await Promise.all(closed);
  }

  #accepted(socket: net.Socket): void {
    socket.on('error', () => {}); // 'close' follows
    const remote = formatHostPort(socket.remoteAddress ?? '', socket.remotePort ?? 0);
    const connected = this.#stopped ? undefined : this.#station.connected(remote);
    if (connected === undefined) {
      this.#logger.warn({ remote }, 'refused a BMP connection: as many routers as may be are connected');
      socket.resetAndDestroy();
      return;
    }
    const { id, notices } = connected;
    this.#sockets.add(socket);
    socket.setKeepAlive(true, keepaliveMs);
    if (this.#paused) socket.pause();
    let why = 'the router closed the connection';
    const silent = this.#options.clock.after(this.#options.firstMessageMs ?? 60_000, () => {
      if (this.#station.initiated(id)) return;
      why = 'it said nothing';
      socket.destroy();
    });
    this.#tell(notices);
    socket.on('data', (data: Buffer) => {
      const outcome = this.#station.bytes(id, data);
      this.#tell(outcome.notices);
      if (!outcome.close) return;
      why = 'its stream could not be followed';
      socket.destroy();
    });
    socket.on('error', (error) => {
      why = error.message;
    });
    // What the router sent before it closed has been read; our own end follows by itself.
    socket.on('close', () => {
      silent();
      this.#sockets.delete(socket);
      this.#tell(this.#station.closed(id, this.#stopped ? 'the station stopped' : why));
    });
  }

  #tell(notices: readonly StationNotice[]): void {
    for (const notice of notices) for (const listener of [...this.#listeners]) listener(notice);
  }
}
