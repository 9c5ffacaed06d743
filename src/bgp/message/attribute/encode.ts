/**
 * Writes path attributes by the table.
 *
 * Order: MP_REACH_NLRI or MP_UNREACH_NLRI first, so that a receiver finds the prefixes before anything malformed
 * (RFC 7606 §5.1); the others by type code (RFC 4271 §5), unknown ones among them.
 */
import { assert } from '../../../base/assert.ts';
import { ByteWriter } from '../../../base/bytes.ts';
import type { CodecContext, UnknownAttribute } from '../types.ts';
import { type AttributeDescriptor, flag, type WireAttributes } from './descriptor.ts';
import { mpReachNlri } from './mp-reach-nlri.ts';
import { mpUnreachNlri } from './mp-unreach-nlri.ts';
import { attributeByType, attributeTable } from './table.ts';

export interface AttributesToEncode {
  readonly wire: WireAttributes;
  readonly unknown?: readonly UnknownAttribute[];
  /** Type codes whose Partial bit is to stay set. */
  readonly partial?: readonly number[];
}

/** Room for what most announcements say; the writer grows. Such short arrays cost the garbage collector least. */
const valuesCapacity = 64;
/** What the length field of an attribute can say. */
const maximumAttributeBytes = 0xffff;
/** Flags, type and a length of two bytes. */
export const longestHead = 4;

/**
 * Thrown where one attribute is longer than its length field can say. No bug: a path of 2-octet AS numbers in an extended message
 * (RFC 8654) doubles on its way to a peer of 4 octets.
 */
export class AttributeTooLong extends Error {
  override readonly name = 'AttributeTooLong';
}

/** The attributes' bytes, without the length before them. What may not be sent in this context is left out. Throws `AttributeTooLong`. */
export function encodeAttributes(attributes: AttributesToEncode, context: CodecContext): Uint8Array {
  const { wire, unknown = [], partial = [] } = attributes;
  const values = new ByteWriter(valuesCapacity);
  const known: { readonly descriptor: AttributeDescriptor; readonly start: number; readonly end: number }[] = [];
  for (const descriptor of attributeTable) {
    const value = wire[descriptor.key];
    if (value === undefined || descriptor.only?.where(context) === false) continue;
    const start = values.length;
    descriptor.encode(value, values, context);
    const [end, length] = [values.length, values.length - start];
    const fits = descriptor.length.fits(length, context);
    if (!fits && length === 0) continue; // an empty list says nothing
    assert(fits, `${descriptor.name} came out ${length} bytes long; it has ${descriptor.length.text(context)}`);
    known.push({ descriptor, start, end });
  }
  const bytes = values.finish();
  const parts = known.map(({ descriptor: { type, flags }, start, end }) => {
    const kept = partial.includes(type) ? flag.partial : 0;
    return { type, flags: flags | kept, value: bytes.subarray(start, end) };
  });
  for (const { type, flags, bytes: value } of unknown) {
    assert(attributeByType(type) === undefined, `attribute ${type} is known: it has a field of its own`);
    // RFC 4271 §5: whoever passes on what it does not know sets the Partial bit.
    parts.push({ type, flags: flags | flag.partial, value });
  }
  parts.sort((a, b) => rank(a.type) - rank(b.type));
  const writer = new ByteWriter(bytes.length + parts.length * longestHead);
  for (const { value, ...head } of parts) {
    putAttributeHead(head, value.length, writer);
    writer.put(value);
  }
  return writer.finish();
}

/** Flags, type and length. RFC 4271 §4.3: Extended Length only where the length needs it; the low four bits are zero. */
export function putAttributeHead(
  { flags, type }: { readonly flags: number; readonly type: number },
  length: number,
  writer: ByteWriter,
): void {
  if (length > maximumAttributeBytes) throw new AttributeTooLong(`attribute ${type} has ${length} bytes`);
  const extended = length > 0xff;
  writer.u8((flags & 0xe0) | (extended ? flag.extendedLength : 0)).u8(type);
  if (extended) writer.u16(length);
  else writer.u8(length);
}

function rank(type: number): number {
  return type === mpReachNlri.type || type === mpUnreachNlri.type ? type - 0x100 : type;
}
