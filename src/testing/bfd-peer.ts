/** The far end of a BFD session on loopback, played by a test: answers each packet, until it is told to fall silent. */
import { openDatagramSocket } from '../base/datagram-socket.ts';
import { decodePacket, encodePacket } from '../bfd/packet/codec.ts';
import type { ControlPacket } from '../bfd/packet/types.ts';

export interface PlayedBfdPeer {
  mute: boolean;
  /** When it last sent, by `performance.now()`. */
  readonly lastSentAt: () => number;
  /** The pace that the other side last asked for. */
  readonly heardPaceUs: () => number;
  close(): void;
}

/** Answers from `address`, one hop away; `overrides` stands in all that it sends. */
export async function playBfdPeer(address: string, overrides: Partial<ControlPacket> = {}): Promise<PlayedBfdPeer> {
  const { socket } = await openDatagramSocket({ host: address, port: 3784, ttl: 255 });
  let lastSentAt = 0;
  let heardPaceUs = 0;
  const peer: PlayedBfdPeer = {
    mute: false,
    lastSentAt: () => lastSentAt,
    heardPaceUs: () => heardPaceUs,
    close: () => void socket.close(),
  };
  socket.on('message', (bytes, { address: from }) => {
    const heard = decodePacket(bytes);
    if (peer.mute || !heard.ok) return;
    const { state, myDiscriminator: yourDiscriminator, poll } = heard.packet;
    heardPaceUs = heard.packet.desiredMinTxUs;
    lastSentAt = performance.now();
    const answer: ControlPacket = {
      diagnostic: 0,
      state: state === 'down' ? 'init' : 'up',
      poll: false,
      final: poll,
      controlPlaneIndependent: false,
      demand: false,
      detectMultiplier: 3,
      myDiscriminator: 1,
      yourDiscriminator,
      desiredMinTxUs: 50_000,
      requiredMinRxUs: 50_000,
      requiredMinEchoRxUs: 0,
      ...overrides,
    };
    socket.send(encodePacket(answer), 3784, from);
  });
  return peer;
}
