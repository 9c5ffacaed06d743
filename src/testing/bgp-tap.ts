/**
 * A peer that says as much as a session needs and keeps every message it hears, as bytes: captures from real routers, without a sniffer.
 *
 * Why by hand and not by our speaker: what is tested is the codec, so of the codec only the framer and what writes an OPEN is used here.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { encodeMessage } from '../bgp/message/codec.ts';
import { MessageFramer } from '../bgp/message/framer.ts';
import type { Capability, CodecContext, OpenMessage } from '../bgp/message/types.ts';

export interface BgpTap {
  readonly port: number;
  /** All that was heard, in order. */
  readonly heard: readonly Uint8Array[];
  close(): void;
}

const plain: CodecContext = { fourOctetAsn: true, external: true, families: ['ipv4-unicast', 'ipv6-unicast'] };
const openType = 1;

/** Listens on loopback for a router that connects; answers its OPEN with ours. */
export async function startTap(asn: number, capabilities: readonly Capability[]): Promise<BgpTap> {
  const open: OpenMessage = {
    type: 'open',
    asn,
    holdTimeSeconds: 90,
    routerId: { family: 4, bytes: Uint8Array.of(192, 0, 2, 99) },
    capabilities,
  };
  const heard: Uint8Array[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // a router that is killed resets
    const framer = new MessageFramer();
    framer.negotiated({ extendedMessages: true });
    socket.on('data', (chunk) => {
      for (const message of framer.push(chunk).messages) {
        heard.push(message);
        if (message[18] !== openType) continue;
        for (const answer of [open, { type: 'keepalive' } as const])
          socket.write(encodeMessage(answer, plain)[0] as Uint8Array);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    heard,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
