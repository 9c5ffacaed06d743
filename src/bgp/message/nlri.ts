/**
 * NLRI: prefixes on the wire, each a length in bits and as few bytes as hold it (RFC 4271 §4.3).
 *
 * Errors: a length above the family's, or beyond the field's end, cannot be stepped over, so the whole field is lost and the
 * session with it (RFC 7606 §5.3, §3(j)). Bits behind the length mean nothing and are cleared.
 */
import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import type { Family } from '../../ip/address.ts';
import { addressBits, type Prefix } from '../../ip/prefix.ts';
import { MessageFault } from './fault.ts';

export interface NlriPlace {
  /** For the error: `withdrawn`, `nlri`, `MP_REACH_NLRI.nlri`. */
  readonly field: string;
  /** Of UPDATE Message Error: 10 (Invalid Network Field), or 9 (Optional Attribute Error) inside an attribute. */
  readonly subcode: number;
  /** The erroneous attribute, for the NOTIFICATION. */
  readonly data?: Uint8Array;
}

/** Reads prefixes up to the reader's end; throws a `MessageFault` that resets the session where they cannot be told apart. */
export function decodeNlri(reader: ByteReader, ipFamily: Family, place: NlriPlace): Prefix[] {
  const prefixes: Prefix[] = [];
  const bits = addressBits(ipFamily);
  function fault(offset: number, what: string): MessageFault {
    const field = `${place.field}[${prefixes.length}]`;
    const { subcode, data = new Uint8Array(0) } = place;
    return new MessageFault({ code: 3, subcode, data, offset, field, what, rfc: 'RFC 7606 §5.3' });
  }
  while (reader.left > 0) {
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
    prefixes.push({ family: ipFamily, bytes, length });
  }
  return prefixes;
}

/** The bytes that a prefix takes on the wire. */
export function nlriLength(prefix: Prefix): number {
  return 1 + Math.ceil(prefix.length / 8);
}

export function encodeNlri(prefixes: readonly Prefix[], writer: ByteWriter): void {
  for (const prefix of prefixes) {
    writer.u8(prefix.length).put(prefix.bytes.subarray(0, Math.ceil(prefix.length / 8)));
  }
}
