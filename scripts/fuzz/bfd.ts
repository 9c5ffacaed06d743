/** BFD Control packets: whatever comes is a packet that can be said again, or is refused with a place in it. */
import { decodePacket, encodePacket } from '../../src/bfd/packet/codec.ts';
import { badBytes, bytesOf, good } from '../../src/bfd/packet/packet.vectors.ts';
import type { FuzzTarget } from './target.ts';

function check(input: Uint8Array): string | undefined {
  const result = decodePacket(input);
  if (!result.ok) {
    const { offset, what } = result.error;
    return offset <= input.length && what.length > 0 ? undefined : `an error at ${offset} of ${input.length} bytes`;
  }
  // RFC 5880 §6.8.6 does not discard a packet with both bits; nobody may send one (§6.5).
  if (result.packet.poll && result.packet.final) return undefined;
  const again = decodePacket(encodePacket(result.packet));
  return again.ok ? undefined : `said again, it is refused: ${again.error.what}`;
}

function kind(input: Uint8Array): string {
  const result = decodePacket(input);
  return result.ok ? `good ${result.packet.state}` : result.error.what.replace(/[0-9]+/g, '#');
}

export const bfdPacket: FuzzTarget = {
  name: 'bfd-packet',
  summary: 'BFD Control packets, decoded and encoded again',
  samples: () => [...good, ...badBytes].map(({ hex }) => ({ bytes: bytesOf(hex), check, kind })),
};
