/**
 * Next hops in MP_REACH_NLRI. Their length tells their kind: 4 bytes are IPv4; 16 and 32 are IPv6, for IPv4 prefixes too where that was
 * negotiated (RFC 8950 §3).
 *
 * An IPv6 next hop is a global address, with a link-local one after it where both speakers share a link (RFC 2545 §3). Routers in
 * the field bend that: some send `::` where they have no global address, then the link-local one is the next hop; a second
 * address that is not link-local says nothing and is left out. BIRD and FRR read both the same way.
 */
import { assert } from '../../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { Address } from '../../../ip/address.ts';
import type { CodecContext, Reach } from '../types.ts';
import type { FamilyDescriptor } from './descriptor.ts';

export type NextHops = Pick<Reach, 'nextHop' | 'linkLocalNextHop'>;

/** The lengths in bytes that a next hop of `family` may have in this session. */
export function nextHopLengths(family: FamilyDescriptor, context: CodecContext): readonly number[] {
  const extended = context.extendedNextHop?.includes(family.name) === true;
  return extended ? [...family.nextHopLengths, ...family.extendedNextHopLengths] : family.nextHopLengths;
}

/** Reads a next hop of one of these lengths, to the reader's end. */
export function decodeNextHops(reader: ByteReader): NextHops {
  if (reader.left === 4) return { nextHop: { family: 4, bytes: reader.take(4, 'next hop').slice() } };
  const nextHop: Address = { family: 6, bytes: reader.take(16, 'next hop').slice() };
  if (reader.left === 0) return { nextHop };
  const second: Address = { family: 6, bytes: reader.take(16, 'link-local next hop').slice() };
  if (!isLinkLocal(second)) return { nextHop };
  return { nextHop: isUnspecified(nextHop) ? second : nextHop, linkLocalNextHop: second };
}

export function encodeNextHops({ nextHop, linkLocalNextHop }: NextHops, writer: ByteWriter): void {
  writer.put(nextHop.bytes);
  if (linkLocalNextHop === undefined) return;
  const valid = nextHop.family === 6 && linkLocalNextHop.family === 6 && isLinkLocal(linkLocalNextHop);
  assert(valid, 'a second next hop is link-local, behind one of IPv6');
  writer.put(linkLocalNextHop.bytes);
}

/**
 * Whether a packet could be sent to this address (RFC 4271 §6.3: "syntactic correctness means a valid IP host address").
 * Loopback addresses pass: a lab on one machine peers through them.
 */
export function isHost(address: Address): boolean {
  const first = address.bytes[0] as number;
  return address.family === 4 ? first !== 0 && first < 224 : !isUnspecified(address) && first !== 0xff;
}

function isLinkLocal({ bytes }: Address): boolean {
  return bytes[0] === 0xfe && ((bytes[1] as number) & 0xc0) === 0x80;
}

function isUnspecified({ bytes }: Address): boolean {
  return bytes.every((byte) => byte === 0);
}
