/**
 * One connection to a cache, over TCP or TLS, from the attempt to its end.
 *
 * Why: a session wants to know four things (connected, failed, bytes, closed) and to say two (send, close); here they are made of
 * Node's events, with the attempt, the TLS handshake and the lingering bounded in time.
 */
import net from 'node:net';
import tls from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { CacheAddress } from './address.ts';

/** Nothing is called after `failed` or `closed`, nor after the session's own `close`. */
export interface ConnectionOwner {
  connected(): void;
  failed(why: string): void;
  bytes(bytes: Uint8Array): void;
  closed(why: string): void;
}

export interface CacheConnection {
  send(bytes: Uint8Array): void;
  /** Delivers what was sent, then closes. */
  close(): void;
  /** Settles when nothing is left of it. */
  readonly gone: Promise<void>;
}

export type ConnectCache = (address: CacheAddress, clock: Clock, owner: ConnectionOwner) => CacheConnection;

const connectTimeoutMs = 10_000;
const lingerMs = 2_000;

export const connectCache: ConnectCache = (address, clock, owner) => {
  const { host, port } = address;
  const socket =
    address.tls === undefined ? net.connect({ host, port }) : tls.connect(tlsOptions(address, address.tls));
  let phase: 'connecting' | 'open' | 'ended' = 'connecting';
  let why: string | undefined;
  let cancel = clock.after(connectTimeoutMs, () => giveUp(`no answer in ${connectTimeoutMs / 1000} s`));

  const end = (reason: string): void => {
    cancel();
    const before = phase;
    phase = 'ended';
    if (before === 'connecting') owner.failed(reason);
    else if (before === 'open') owner.closed(reason);
  };
  const giveUp = (reason: string): void => {
    socket.destroy();
    end(reason);
  };
  const opened = (): void => {
    if (phase !== 'connecting') return;
    cancel();
    phase = 'open';
    socket.setNoDelay(true);
    // A cache may have nothing to say for an hour, and we nothing to ask: only this finds one that is gone.
    socket.setKeepAlive(true, 30_000);
    owner.connected();
  };

  // A TLS socket is open when the cache's certificate has been accepted.
  socket.on(address.tls === undefined ? 'connect' : 'secureConnect', opened);
  socket.on('data', (data: Uint8Array) => {
    if (phase === 'open') owner.bytes(data);
  });
  socket.on('error', (error) => {
    why ??= reasonOf(error);
  });
  socket.on('end', () => end('the cache closed the connection'));
  const gone = new Promise<void>((resolve) => {
    socket.on('close', () => {
      end(why ?? 'the connection closed');
      cancel();
      resolve();
    });
  });

  return {
    gone,
    send(bytes) {
      if (phase === 'open') socket.write(bytes);
    },
    close() {
      const wasOpen = phase === 'open';
      phase = 'ended';
      cancel();
      if (!wasOpen) {
        socket.destroy();
        return;
      }
      socket.end();
      socket.resume(); // what comes is dropped; unread bytes would turn our close into a reset
      cancel = clock.after(lingerMs, () => socket.destroy());
    },
  };
};

/** RFC 8210 §9.2: TLS 1.2 at least, and the cache's certificate must name it. */
function tlsOptions({ host, port }: CacheAddress, options: NonNullable<CacheAddress['tls']>): tls.ConnectionOptions {
  const { serverName, ca, certificate, privateKey } = options;
  const name = serverName ?? host;
  return {
    host,
    port,
    minVersion: 'TLSv1.2',
    // Server Name Indication is for names only (RFC 6066 §3); the certificate is checked in any case.
    ...(net.isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_, peer) => tls.checkServerIdentity(name, peer),
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(privateKey === undefined ? {} : { key: privateKey }),
  };
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name cannot be resolved';
    case 'ECONNRESET':
      return 'the connection was reset';
    default:
      return error.message || error.code || 'the connection failed';
  }
}
