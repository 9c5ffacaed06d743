/** Speakers over loopback TCP for tests, and a peer of bytes that behaves as badly as a test wants. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { systemClock } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import { decodeMessage, encodeMessage } from '../bgp/message/codec.ts';
import { MessageFramer } from '../bgp/message/framer.ts';
import type { CodecContext, Message, NotificationMessage } from '../bgp/message/types.ts';
import { acceptAll } from '../bgp/policy/common.ts';
import type { PeerConfig } from '../bgp/speaker/types.ts';
import {
  createSpeaker,
  type PeerTransport,
  type SpeakerHost,
  type SpeakerOptions,
} from '../bgp/transport/speaker-host.ts';
import { type Address, parseAddress } from '../ip/address.ts';
import { mustPrefix } from '../ip/prefix.ts';
import { waitFor } from './wait.ts';

export const prefix = mustPrefix('192.0.2.0/24');
export const loopback = '127.0.0.1';

export interface Context {
  after(action: () => unknown): void;
}

export function address(text: string): Address {
  const parsed = parseAddress(text);
  assert(parsed !== undefined);
  return parsed;
}

export function speaker(t: Context, asn: number, options: Partial<SpeakerOptions> = {}): SpeakerHost {
  const host = createSpeaker({
    asn,
    routerId: address(`10.0.0.${asn % 256}`),
    clock: systemClock,
    random: seededRandom(asn),
    ...options,
  });
  t.after(() => host.stop({ timeoutMs: 100 }));
  return host;
}

export function peer(peerAsn: number, more: Partial<PeerConfig> = {}): PeerConfig {
  return {
    id: `AS${peerAsn}`,
    peerAsn,
    address: address(loopback),
    holdTimeSeconds: 9,
    connectRetrySeconds: 0.1,
    families: ['ipv4-unicast', 'ipv6-unicast'],
    passive: false,
    importPolicy: acceptAll,
    exportPolicy: acceptAll,
    nextHops: { ipv4: address(`198.51.100.${peerAsn}`) },
    ...more,
  };
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, loopback);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function isUp(host: SpeakerHost, id: string): Promise<void> {
  await waitFor(`the session with ${id}`, () => host.sessionPhase(id) === 'established');
}

/** Two speakers, AS 1 connecting to AS 2, established. */
export async function pair(t: Context, transport: PeerTransport = {}, options: Partial<SpeakerOptions> = {}) {
  const [one, two] = [speaker(t, 1, options), speaker(t, 2, options)];
  const { listen } = await two.addPeer(peer(1), { listen: { host: loopback, port: 0 } });
  assert(listen !== undefined);
  await one.addPeer(peer(2), { remote: listen, ...transport });
  await Promise.all([isUp(one, 'AS2'), isUp(two, 'AS1')]);
  return { one, two, listen };
}

export const codec: CodecContext = { fourOctetAsn: true, external: true, families: ['ipv4-unicast'] };

/** A peer of AS 7 that does what a test wants. */
export class RawPeer {
  readonly socket: net.Socket;
  readonly received: Message[] = [];
  readonly #framer = new MessageFramer();

  constructor(options: net.NetConnectOpts) {
    this.socket = net.connect(options);
    this.socket.on('error', () => {});
    this.socket.on('data', (data) => {
      for (const raw of this.#framer.push(data).messages) {
        const decoded = decodeMessage(raw, codec);
        if (decoded.ok) this.received.push(decoded.message);
      }
    });
  }

  send(message: Message): void {
    for (const bytes of encodeMessage(message, codec)) this.socket.write(bytes);
  }

  handshake(): void {
    this.send({
      type: 'open',
      asn: 7,
      holdTimeSeconds: 0,
      routerId: address('10.0.0.7'),
      capabilities: [{ kind: 'four-octet-asn', asn: 7 }],
    });
    this.send({ type: 'keepalive' });
  }

  notification(): NotificationMessage | undefined {
    return this.received.find((message) => message.type === 'notification');
  }
}

export async function rawListener(t: Context, options: Partial<SpeakerOptions> = {}) {
  const host = speaker(t, 1, options);
  const { listen } = await host.addPeer(peer(7), { listen: { host: loopback, port: 0 } });
  assert(listen !== undefined);
  const connect = (more: Partial<net.TcpNetConnectOpts> = {}) => {
    const raw = new RawPeer({ ...listen, ...more });
    t.after(() => raw.socket.destroy());
    return raw;
  };
  return { host, connect };
}

export async function rawPair(
  t: Context,
  options: Partial<SpeakerOptions> = {},
  more: Partial<net.TcpNetConnectOpts> = {},
) {
  const { host, connect } = await rawListener(t, options);
  const raw = connect(more);
  raw.handshake();
  await isUp(host, 'AS7');
  return { host, connect, raw };
}
