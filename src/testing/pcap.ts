/**
 * A capture file of BGP messages that never were on a wire: for tools that read captures.
 *
 * Layout: the classic pcap header, then each message as one TCP segment of one connection, with sequence numbers that fit.
 */

const rawIpLink = 101;
const bgpPort = 179;
const clientPort = 40_000;
const headersLength = 40;

/** Messages of more than 65495 bytes do not fit an IP packet. */
export function pcapOf(messages: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(0x40000, 16);
  header.writeUInt32LE(rawIpLink, 20);
  let sequence = 1;
  const packets = messages.map((message, index) => {
    const packet = Buffer.alloc(16 + headersLength);
    packet.writeUInt32LE(index, 0); // a second apart
    packet.writeUInt32LE(headersLength + message.length, 8);
    packet.writeUInt32LE(headersLength + message.length, 12);
    const ip = packet.subarray(16);
    ip.set([0x45, 0], 0);
    ip.writeUInt16BE(headersLength + message.length, 2);
    ip.set([64, 6], 8);
    ip.set([192, 0, 2, 1, 192, 0, 2, 2], 12);
    ip.writeUInt16BE(clientPort, 20);
    ip.writeUInt16BE(bgpPort, 22);
    ip.writeUInt32BE(sequence, 24);
    ip.writeUInt32BE(1, 28);
    ip.set([0x50, 0x18, 0xff, 0xff], 32);
    sequence += message.length;
    return Buffer.concat([packet, message]);
  });
  return Buffer.concat([header, ...packets]);
}
