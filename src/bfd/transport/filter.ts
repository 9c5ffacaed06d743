/**
 * The socket filter of a receiving socket: lets in what comes from one of our peers with TTL enough, and drops the rest in the
 * kernel, so that a flood of other packets never wakes us.
 *
 * Why by source, too: sessions over several hops share a port and may have different least TTLs; and a session here is with one
 * address, which the peer must send from. RFC 5880 §6.8.6 would let a known discriminator stand for any address.
 * Layout of a program: for each peer [compare the source's words][compare the TTL][accept], then [drop].
 * Classic BPF: loads at `netOffset` count from the network header; a load beyond the packet drops it.
 */
import type { FilterInstruction } from '../../base/datagram-socket.ts';
import type { Address } from '../../ip/address.ts';

export interface Admitted {
  readonly source: Address;
  readonly minimumTtl: number;
}

const loadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
const loadByte = 0x30; // BPF_LD | BPF_B | BPF_ABS
const jumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const jumpIfAtLeast = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const accept: FilterInstruction = { code: 0x06, k: 0xffff_ffff }; // BPF_RET | BPF_K: all of the packet
const drop: FilterInstruction = { code: 0x06, k: 0 };

/** SKF_NET_OFF. */
const netOffset = -0x10_0000 >>> 0;
/** Where the TTL or hop limit and the source address stand in the IP header (RFC 791 §3.1, RFC 8200 §3). */
const layout = { 4: { ttl: 8, source: 12 }, 6: { ttl: 7, source: 8 } };

/** BPF_MAXINSNS of Linux. */
const maximumInstructions = 4096;
/** So many peers fit, the longer IPv6 programs included. */
export const maximumPeers = Math.floor((maximumInstructions - 1) / 11);

export function filterProgram(peers: readonly Admitted[]): readonly FilterInstruction[] {
  return [...peers.flatMap(admit), drop];
}

/** Two instructions a word and three at the end; a word that differs leads to the next peer. */
function admit({ source, minimumTtl }: Admitted): FilterInstruction[] {
  const at = layout[source.family];
  const view = new DataView(source.bytes.buffer, source.bytes.byteOffset, source.bytes.byteLength);
  const words = source.bytes.length / 4;
  const program: FilterInstruction[] = [];
  for (let word = 0; word < words; word++) {
    program.push({ code: loadWord, k: netOffset + at.source + word * 4 });
    // Behind this comparison stand two instructions for each word left, and three.
    program.push({ code: jumpIfEqual, k: view.getUint32(word * 4), jumpFalse: (words - word - 1) * 2 + 3 });
  }
  program.push({ code: loadByte, k: netOffset + at.ttl });
  program.push({ code: jumpIfAtLeast, k: minimumTtl, jumpFalse: 1 });
  program.push(accept);
  return program;
}
