/**
 * A session's sending socket: its own source port (RFC 5881 §4), TTL 255 (§5), and the traffic class of network control, so that
 * a full queue drops other packets first.
 */
import type { Socket } from 'node:dgram';
import { isInUse, openDatagramSocket } from '../../base/datagram-socket.ts';
import type { Random } from '../../base/random.ts';
import { closed } from './receivers.ts';

/** RFC 5881 §4: "MUST be in the range 49152 through 65535"; "SHOULD be unique among all BFD sessions on the system". */
const firstPort = 49_152;
const portCount = 65_536 - firstPort;
/** So many ports are tried before the last one's Problem is told. */
const attempts = 64;
/** CS6 (RFC 4594 §3.1): network control. */
const networkControl = 0xc0;

export interface Transmitter {
  /** Sends, or does not: a path that is down loses packets, and it is the peer's silence that will tell. */
  send(bytes: Uint8Array): void;
  /** Packets that the system would not send, as while a link is down. */
  readonly failures: () => number;
  close(): Promise<void>;
}

export async function openTransmitter(
  local: string,
  remote: { readonly host: string; readonly port: number },
  random: Random,
): Promise<Transmitter> {
  const socket = await openOnFreePort(local, random);
  let failures = 0;
  let open = true;
  socket.on('error', () => {
    failures++;
  });
  return {
    send(bytes) {
      if (!open) return;
      socket.send(bytes, remote.port, remote.host, (error) => {
        if (error !== null) failures++;
      });
    },
    failures: () => failures,
    async close() {
      open = false;
      await closed(socket);
    },
  };
}

async function openOnFreePort(host: string, random: Random): Promise<Socket> {
  const start = random.below(portCount);
  for (let attempt = 0; ; attempt++) {
    const port = firstPort + ((start + attempt) % portCount);
    try {
      return (await openDatagramSocket({ host, port, ttl: 255, trafficClass: networkControl })).socket;
    } catch (error) {
      if (!isInUse(error) || attempt >= attempts) throw error;
    }
  }
}
