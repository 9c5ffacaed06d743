/**
 * TLVs: [type u16][length u16][value] to the end of a message, in Initiation, Termination, Peer Up, Peer Down and Route Mirroring.
 *
 * Why kept as they stand: unknown ones are to be ignored (RFC 7854 §4.4), and whoever shows a message may want to see them.
 */
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { Tlv } from './types.ts';

/** Initiation and Peer Up (RFC 7854 §4.4, §4.10; RFC 8671 §6.3.1; RFC 9069 §5.2.1). */
export const informationType = { string: 0, sysDescr: 1, sysName: 2, tableName: 3, adminLabel: 4 } as const;
/** RFC 7854 §4.5. */
export const terminationType = { string: 0, reason: 1 } as const;
/** RFC 7854 §4.7. */
export const mirroringType = { message: 0, information: 1 } as const;

/** RFC 7854 §4.5. */
export const terminationReason = {
  administrativelyClosed: 0,
  unspecified: 1,
  outOfResources: 2,
  redundantConnection: 3,
  permanentlyClosed: 4,
} as const;

const terminationWords = [
  'the session was closed by an operator',
  'no reason given',
  'the router is out of resources',
  'the connection is redundant',
  'the session was closed by an operator for good',
];

const mirroringWords = ['the message was malformed', 'messages were lost'];

export function decodeTlvs(reader: ByteReader, field: string): readonly Tlv[] {
  const tlvs: Tlv[] = [];
  while (reader.left > 0) {
    const type = reader.u16(`${field}.type`);
    const length = reader.u16(`${field}.length`);
    tlvs.push({ type, bytes: reader.take(length, `${field}.value`).slice() });
  }
  return tlvs;
}

export function encodeTlvs(tlvs: readonly Tlv[], writer: ByteWriter): void {
  for (const { type, bytes } of tlvs) writer.u16(type).lengthU16(() => writer.put(bytes));
}

/** A TLV of words, cut at a character where it is longer than `maximumBytes`. */
export function textTlv(type: number, text: string, maximumBytes = 0xffff): Tlv {
  const room = new Uint8Array(Math.min(maximumBytes, text.length * 3));
  const { written } = new TextEncoder().encodeInto(text.toWellFormed(), room);
  return { type, bytes: room.subarray(0, written) };
}

/** The first of this type, as words; what is no UTF-8 shows as replacement characters. Whoever prints it escapes it. */
export function tlvText(tlvs: readonly Tlv[], type: number): string | undefined {
  const found = tlvs.find((tlv) => tlv.type === type);
  return found === undefined ? undefined : new TextDecoder().decode(found.bytes);
}

function tlvNumber(tlvs: readonly Tlv[], type: number): number | undefined {
  const found = tlvs.find((tlv) => tlv.type === type && tlv.bytes.length === 2)?.bytes;
  return found === undefined ? undefined : ((found[0] as number) << 8) | (found[1] as number);
}

/** Why the router ends, for people: its reason and its words. */
export function describeTermination(tlvs: readonly Tlv[]): string {
  const code = tlvNumber(tlvs, terminationType.reason);
  const words = tlvText(tlvs, terminationType.string);
  const reason = code === undefined ? 'no reason given' : (terminationWords[code] ?? `reason ${code}`);
  return words === undefined ? reason : `${reason}: ${words}`;
}

/** What a Route Mirroring message says of its BGP message: `the message was malformed`; `undefined` where nothing. */
export function describeMirroring(tlvs: readonly Tlv[]): string | undefined {
  const code = tlvNumber(tlvs, mirroringType.information);
  return code === undefined ? undefined : (mirroringWords[code] ?? `information ${code}`);
}
