/**
 * Sockets to an origin server: TCP, or TLS that asks for and checks the origin server's own name.
 *
 * Why plain sockets all read into one buffer: a buffer made for each read is most of what reading a small answer costs.
 * What is kept of it is copied before the call returns. TLS sockets, whose reads may nest, have buffers of their own.
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Takes `length` bytes, which are overwritten once it returns; false where no more is wanted for now. */
export type OnRead = (length: number, bytes: Buffer) => boolean;

export interface Connector {
  /** The event that tells that requests can be sent. */
  readonly readyEvent: 'connect' | 'secureConnect';
  open(onRead: OnRead): Socket;
}

export const readBufferBytes = 64 * 1024;

/** `readBuffer`: shared by all plain sockets of a process. */
export function createConnector(url: URL, readBuffer: Buffer): Connector {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const tcp = { host, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };
  if (url.protocol !== 'https:') {
    const port = Number(url.port || 80);
    return {
      readyEvent: 'connect',
      open: (callback) => connectTcp({ ...tcp, port, onread: { buffer: readBuffer, callback: callback as never } }),
    };
  }
  const port = Number(url.port || 443);
  // RFC 6066 §3: an address is no server name.
  const servername = isIP(host) === 0 ? host : '';
  let session: Buffer | undefined;
  return {
    readyEvent: 'secureConnect',
    open(onRead) {
      const socket = connectTls({
        ...tcp,
        port,
        servername,
        ALPNProtocols: ['http/1.1'],
        ...(session === undefined ? {} : { session }),
      });
      socket.on('session', (ticket) => {
        session = ticket;
      });
      socket.on('data', (bytes) => {
        if (!onRead(bytes.length, bytes)) socket.pause();
      });
      return socket;
    },
  };
}
