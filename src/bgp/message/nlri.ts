/**
 * NLRI: prefixes on the wire, each a length in bits and as few bytes as hold it (RFC 4271 §4.3); with ADD-PATH a path identifier
 * of four bytes before it (RFC 7911 §3).
 *
 * Errors: a length above the family's, or beyond the field's end, cannot be stepped over, so the whole field is lost and the
 * session with it (RFC 7606 §5.3, §3(j)). Bits behind the length mean nothing and are cleared.
 */
import { assert } from '../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import type { Family } from '../../ip/address.ts';
import { addressBits, formatPrefix } from '../../ip/prefix.ts';
import { MessageFault } from './fault.ts';
import type { AddressFamily, CodecContext, Nlri } from './types.ts';

/** How prefixes of one family are laid out in one direction of a session. */
export interface NlriFormat {
  readonly ipFamily: Family;
  readonly pathIds: boolean;
}

export interface NlriPlace {
  /** For the error: `withdrawn`, `nlri`, `MP_REACH_NLRI.nlri`. */
  readonly field: string;
  /** Of UPDATE Message Error: 10 (Invalid Network Field), or 9 (Optional Attribute Error) inside an attribute. */
  readonly subcode: number;
  /** The erroneous attribute, for the NOTIFICATION. */
  readonly data?: Uint8Array;
}

/** Whether prefixes of `family` that the peer sends carry path identifiers (RFC 7911 §4). */
export function receivesPathIds(context: CodecContext, family: AddressFamily): boolean {
  return context.addPath?.receive.includes(family) === true;
}

/** Whether prefixes of `family` that we send carry path identifiers (RFC 7911 §4). */
export function sendsPathIds(context: CodecContext, family: AddressFamily): boolean {
  return context.addPath?.send.includes(family) === true;
}

export const pathIdBytes = 4;

/** Reads prefixes up to the reader's end; throws a `MessageFault` that resets the session where they cannot be told apart. */
export function decodeNlri(reader: ByteReader, { ipFamily, pathIds }: NlriFormat, place: NlriPlace): Nlri[] {
  const prefixes: Nlri[] = [];
  const bits = addressBits(ipFamily);
  function fault(offset: number, what: string): MessageFault {
    const field = `${place.field}[${prefixes.length}]`;
    const { subcode, data = new Uint8Array(0) } = place;
    return new MessageFault({ code: 3, subcode, data, offset, field, what, rfc: 'RFC 7606 §5.3' });
  }
  while (reader.left > 0) {
    if (pathIds && reader.left <= pathIdBytes) {
      throw fault(reader.offset, `a path identifier and a prefix need 5 bytes or more; ${reader.left} are left`);
    }
    const pathId = pathIds ? reader.u32(place.field) : 0;
    const offset = reader.offset;
    const length = reader.u8(place.field);
    if (length > bits) throw fault(offset, `a prefix of ${length} bits; IPv${ipFamily} has at most ${bits}`);
    const count = Math.ceil(length / 8);
    if (count > reader.left) {
      throw fault(offset, `a prefix of ${length} bits needs ${count} bytes; its field has ${reader.left} left`);
    }
    const bytes = new Uint8Array(bits / 8);
    bytes.set(reader.take(count, place.field));
    if (length % 8 !== 0) bytes[count - 1] = (bytes[count - 1] as number) & (0xff << (8 - (length % 8)));
    prefixes.push(pathIds ? { family: ipFamily, bytes, length, pathId } : { family: ipFamily, bytes, length });
  }
  return prefixes;
}

/** Prefixes to be written, wherever they are kept. */
export interface NlriList {
  readonly count: number;
  /** The bytes that the one at `index` takes on the wire. */
  bytesOf(index: number): number;
  write(index: number, writer: ByteWriter): void;
}

/** Without `pathIds` an identifier that is there is left out: the same prefix may go to a peer with ADD-PATH and to one without. */
export function nlriList(prefixes: readonly Nlri[], pathIds: boolean): NlriList {
  return {
    count: prefixes.length,
    bytesOf: (index) => nlriLength(prefixes[index] as Nlri, pathIds),
    write: (index, writer) => encodeNlri([prefixes[index] as Nlri], writer, pathIds),
  };
}

/** The bytes that a prefix takes on the wire. */
function nlriLength(prefix: Nlri, pathIds: boolean): number {
  return (pathIds ? pathIdBytes : 0) + 1 + Math.ceil(prefix.length / 8);
}

/** As `nlriList` about `pathIds`. */
export function encodeNlri(prefixes: readonly Nlri[], writer: ByteWriter, pathIds: boolean): void {
  for (const prefix of prefixes) {
    if (pathIds) writer.u32(checkedPathId(prefix));
    writer.u8(prefix.length).put(prefix.bytes.subarray(0, Math.ceil(prefix.length / 8)));
  }
}

function checkedPathId(prefix: Nlri): number {
  const { pathId } = prefix;
  const valid = pathId !== undefined && Number.isInteger(pathId) && pathId >= 0 && pathId <= 0xffff_ffff;
  assert(valid, `${formatPrefix(prefix)} goes out with ADD-PATH and has the path identifier ${pathId}`);
  return pathId;
}

/** A text that is equal for the same prefix and path: what a withdrawal and an announcement are matched by (RFC 7911 §3). */
export function nlriKey(prefix: Nlri): string {
  return prefix.pathId === undefined ? formatPrefix(prefix) : `${formatPrefix(prefix)} ${prefix.pathId}`;
}
