/**
 * The per-peer header: whose routes or session a message is about, and when.
 *
 * Layout (RFC 7854 §4.2): [kind u8][flags u8][distinguisher 8][address 16][AS u32][BGP identifier 4][seconds u32][microseconds u32]
 * Flags: V IPv6, L post-policy, A 2-octet AS_PATH (RFC 7854 §4.2), O Adj-RIB-Out (RFC 8671 §4). A Loc-RIB has flags of its own:
 * F filtered (RFC 9069 §4.2).
 */
import { assert } from '../../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { Address } from '../../../ip/address.ts';
import { BmpFault } from './fault.ts';
import type { MonitoredRib, PeerHeader, PeerKind } from './types.ts';

export const peerHeaderLength = 42;

const kinds: readonly PeerKind[] = ['global', 'route-distinguisher', 'local', 'loc-rib'];
const flags = { ipv6: 0x80, postPolicy: 0x40, twoOctetPath: 0x20, adjRibOut: 0x10 } as const;
const filteredFlag = 0x80;

/** RFC 8671 §4: O and L together say which of four tables. */
function ribOf(bits: number): MonitoredRib {
  const post = (bits & flags.postPolicy) !== 0;
  if ((bits & flags.adjRibOut) !== 0) return post ? 'adj-rib-out-post-policy' : 'adj-rib-out-pre-policy';
  return post ? 'adj-rib-in-post-policy' : 'adj-rib-in-pre-policy';
}

const ribBits: Readonly<Record<MonitoredRib, number>> = {
  'adj-rib-in-pre-policy': 0,
  'adj-rib-in-post-policy': flags.postPolicy,
  'adj-rib-out-pre-policy': flags.adjRibOut,
  'adj-rib-out-post-policy': flags.adjRibOut | flags.postPolicy,
  'loc-rib': 0,
};

export function decodePeerHeader(reader: ByteReader): PeerHeader {
  const offset = reader.offset;
  const code = reader.u8('peer type');
  const kind = kinds[code];
  if (kind === undefined) {
    const what = `${code} is not a peer type that we know`;
    throw new BmpFault({ offset, field: 'peer type', what, rfc: 'RFC 7854 §4.2' });
  }
  const bits = reader.u8('peer flags');
  const distinguisher = readU64(reader, 'peer distinguisher');
  const address = readAddress(reader, { ipv6: (bits & flags.ipv6) !== 0, field: 'peer address' });
  const asn = reader.u32('peer AS');
  const routerId: Address = { family: 4, bytes: reader.take(4, 'peer BGP identifier').slice() };
  const seconds = reader.u32('timestamp seconds');
  const timeMicroseconds = seconds * 1_000_000 + reader.u32('timestamp microseconds');
  const rest = { kind, distinguisher, asn, routerId, timeMicroseconds };
  if (kind === 'loc-rib') {
    return { ...rest, rib: 'loc-rib', twoOctetPath: false, filtered: (bits & filteredFlag) !== 0 };
  }
  return { ...rest, rib: ribOf(bits), address, twoOctetPath: (bits & flags.twoOctetPath) !== 0, filtered: false };
}

export function encodePeerHeader(peer: PeerHeader, writer: ByteWriter): void {
  const { kind, rib, distinguisher, address, asn, routerId, twoOctetPath, filtered, timeMicroseconds } = peer;
  assert((kind === 'loc-rib') === (rib === 'loc-rib'), `${rib} of a peer of kind ${kind}`);
  assert((kind === 'loc-rib') === (address === undefined), 'a peer has an address, a Loc-RIB none');
  const common = (address?.family === 6 ? flags.ipv6 : 0) | (twoOctetPath ? flags.twoOctetPath : 0) | ribBits[rib];
  writer.u8(kinds.indexOf(kind)).u8(kind === 'loc-rib' ? (filtered ? filteredFlag : 0) : common);
  writeU64(writer, distinguisher);
  writeAddress(writer, address);
  writer.u32(asn).put(routerId.bytes);
  writer.u32(Math.floor(timeMicroseconds / 1_000_000)).u32(timeMicroseconds % 1_000_000);
}

/** 16 bytes; an IPv4 address stands in the last four (RFC 7854 §4.2). */
export function readAddress(reader: ByteReader, options: { readonly ipv6: boolean; readonly field: string }): Address {
  const bytes = reader.take(16, options.field);
  return options.ipv6 ? { family: 6, bytes: bytes.slice() } : { family: 4, bytes: bytes.slice(12) };
}

export function writeAddress(writer: ByteWriter, address: Address | undefined): void {
  const bytes = new Uint8Array(16);
  if (address !== undefined) bytes.set(address.bytes, 16 - address.bytes.length);
  writer.put(bytes);
}

export function readU64(reader: ByteReader, field: string): bigint {
  return (BigInt(reader.u32(field)) << 32n) | BigInt(reader.u32(field));
}

export function writeU64(writer: ByteWriter, value: bigint): void {
  assert(value >= 0n && value <= 0xffff_ffff_ffff_ffffn, `${value} does not fit 64 bits`);
  writer.u32(Number(value >> 32n)).u32(Number(value & 0xffff_ffffn));
}
