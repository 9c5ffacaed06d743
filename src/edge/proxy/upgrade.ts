/** WebSocket (RFC 6455) through the proxy: after the origin server has agreed, bytes go both ways untouched. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Exchange } from '../exchange.ts';
import type { ResponseHead } from '../origin/response-head.ts';
import { forward } from './forward.ts';
import { clientResponseHeaders } from './headers.ts';
import type { OriginServer } from './origin-server.ts';

/** `head`: what the client has already sent behind its request. */
export interface UpgradeSocket {
  readonly socket: Socket;
  readonly head: Buffer;
}

export function forwardWebSocket(
  exchange: Exchange,
  originServers: readonly OriginServer[],
  client: UpgradeSocket,
): void {
  forward(exchange, originServers, {
    protocol: 'websocket',
    onUpgrade: (head, originSocket) => {
      exchange.status = 101;
      client.socket.write(switchingHead(exchange, head), 'latin1');
      if (client.head.length > 0) originSocket.write(client.head);
      join(exchange, client.socket, originSocket);
    },
  });
}

function switchingHead(exchange: Exchange, { fields, status }: ResponseHead): string {
  const { headers } = clientResponseHeaders(fields, status);
  headers.push('connection', 'upgrade', 'upgrade', 'websocket');
  headers.push('x-request-id', exchange.id, 'x-nearcast-pop', exchange.context.serving.pop);
  let head = `HTTP/1.1 101 ${STATUS_CODES[101]}\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${head}\r\n`;
}

/** Joins two sockets until either ends; each side's half-close is passed on, a failure ends both. */
function join(exchange: Exchange, client: Socket, origin: Socket): void {
  origin.on('data', (chunk: Buffer) => {
    exchange.sentBytes += chunk.length;
  });
  client.pipe(origin);
  origin.pipe(client);
  // What is still on its way to the other side gets there; then that side ends too.
  const endAll = () => {
    client.destroySoon();
    origin.destroySoon();
    exchange.finish();
  };
  for (const side of [client, origin]) {
    side.on('error', endAll);
    side.on('close', endAll);
    side.setTimeout(0);
  }
}
