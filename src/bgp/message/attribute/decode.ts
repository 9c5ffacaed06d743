/**
 * Reads the path attributes of an UPDATE by the table: flags, lengths, repetitions, unknown ones, and the outcome of each error.
 *
 * Why one driver: RFC 7606 asks the same questions of every attribute; a descriptor answers only what differs.
 * Errors: those that reset the session are thrown as `MessageFault`; milder ones are collected and the attribute left out.
 */
import { type ByteReader, BytesError } from '../../../base/bytes.ts';
import { MessageFault, messageError } from '../fault.ts';
import type { CodecContext, ErrorOutcome, MessageError, UnknownAttribute } from '../types.ts';
import { type AttributeDescriptor, AttributeFault, flag, type WireAttributes } from './descriptor.ts';
import { mpReachNlri } from './mp-reach-nlri.ts';
import { mpUnreachNlri } from './mp-unreach-nlri.ts';
import { attributeByType } from './table.ts';

/** One attribute's place in the message: for errors that show only when all attributes are read. */
export interface AttributePlace {
  readonly offset: number;
  /** Flags, type, length and value: what the data of a NOTIFICATION holds (RFC 4271 §6.3). */
  readonly bytes: Uint8Array;
}

export interface DecodedAttributes {
  readonly wire: WireAttributes;
  /** Transitive ones that we do not know, to be passed on. */
  readonly unknown: readonly UnknownAttribute[];
  /** The others that we do not know. */
  readonly ignored: readonly UnknownAttribute[];
  readonly partial: readonly number[];
  /** By type code, whether or not the attribute could be read. */
  readonly places: ReadonlyMap<number, AttributePlace>;
  readonly errors: readonly MessageError[];
}

/** One attribute cut out, its value still bytes. */
interface Raw extends AttributePlace {
  readonly flags: number;
  readonly type: number;
  readonly value: ByteReader;
}

/** Reads to the reader's end; throws `MessageFault` for an error that resets the session. */
export function decodeAttributes(reader: ByteReader, context: CodecContext): DecodedAttributes {
  const places = new Map<number, AttributePlace>();
  const errors: MessageError[] = [];
  const unknown: UnknownAttribute[] = [];
  const ignored: UnknownAttribute[] = [];
  const partial: number[] = [];
  const wire: Record<string, unknown> = {};
  function report(error: MessageError): void {
    if (error.outcome === 'session-reset') throw new MessageFault(error);
    errors.push(error);
  }
  while (reader.left > 0) {
    const raw = cut(reader, report);
    if (raw === undefined) break;
    const descriptor = attributeByType(raw.type);
    if (places.has(raw.type)) {
      report(repeated(raw, descriptor));
      continue;
    }
    places.set(raw.type, raw);
    if (descriptor === undefined) {
      const list = (raw.flags & flag.transitive) !== 0 ? unknown : ignored; // RFC 4271 §9
      list.push(unknownAttribute(raw));
      continue;
    }
    const result = decodeOne(descriptor, raw, context);
    if (result.error !== undefined) report(result.error);
    if (result.value === undefined) continue;
    wire[descriptor.key] = result.value;
    const transitive = (descriptor.flags & flag.optional) !== 0 && (descriptor.flags & flag.transitive) !== 0;
    if (transitive && (raw.flags & flag.partial) !== 0) partial.push(raw.type);
  }
  return { wire: wire as WireAttributes, unknown, ignored, partial, places, errors };
}

/** Cuts the next attribute off; `undefined`, with a report, where what is left does not hold one (RFC 7606 §4). */
function cut(reader: ByteReader, report: (error: MessageError) => void): Raw | undefined {
  const offset = reader.offset;
  const flags = reader.bytes[offset] as number;
  const extended = (flags & flag.extendedLength) !== 0;
  const malformed = { code: 3, subcode: 1, offset, rfc: 'RFC 7606 §4' } as const;
  if (reader.left < (extended ? 4 : 3)) {
    const what = `${reader.left} bytes are left behind the path attributes, too few for another`;
    report(messageError({ outcome: 'treat-as-withdraw', ...malformed, field: 'path attributes', what }));
    return undefined;
  }
  reader.u8('flags');
  const type = reader.u8('type');
  const length = extended ? reader.u16('length') : reader.u8('length');
  if (length > reader.left) {
    const field = attributeByType(type)?.name ?? `attribute ${type}`;
    const what = `${field} claims ${length} bytes; the path attributes have ${reader.left} left`;
    // RFC 7606 §3(j): the prefixes of a multiprotocol attribute that is cut off cannot be known, so they cannot be withdrawn.
    const outcome = isMultiprotocol(type) ? 'session-reset' : 'treat-as-withdraw';
    report(messageError({ outcome, ...malformed, field, what }));
    return undefined;
  }
  const value = reader.sub(length, 'value');
  return { offset, flags, type, value, bytes: reader.bytes.subarray(offset, reader.offset) };
}

function repeated(raw: Raw, descriptor: AttributeDescriptor | undefined): MessageError {
  // RFC 7606 §3(g): which of two multiprotocol attributes holds cannot be known; of any other, the first holds.
  const outcome = isMultiprotocol(raw.type) ? 'session-reset' : 'attribute-discard';
  const field = descriptor?.name ?? `attribute ${raw.type}`;
  const what = `${field} appears more than once`;
  return messageError({ outcome, code: 3, subcode: 1, offset: raw.offset, field, what, rfc: 'RFC 7606 §3(g)' });
}

/** An attribute that we do not know; one that claims to be well-known resets the session (RFC 4271 §6.3). */
function unknownAttribute(raw: Raw): UnknownAttribute {
  if ((raw.flags & flag.optional) === 0) {
    const what = `attribute ${raw.type} says that everyone knows it; we do not`;
    const field = `attribute ${raw.type}`;
    const { offset, bytes: data } = raw;
    throw new MessageFault({ code: 3, subcode: 2, data, offset, field, what, rfc: 'RFC 4271 §6.3' });
  }
  const flags = raw.flags & (flag.optional | flag.transitive | flag.partial);
  return { type: raw.type, flags, bytes: raw.value.rest().slice() };
}

/** What one attribute came to: a value, an error, or both where its prefixes are known and must be withdrawn. */
interface One {
  readonly value?: unknown;
  readonly error?: MessageError;
}

function decodeOne(descriptor: AttributeDescriptor, raw: Raw, context: CodecContext): One {
  const { name, only, malformed, length, valueSubcode } = descriptor;
  function refuse(fault: {
    outcome?: ErrorOutcome | undefined;
    subcode: number;
    offset: number;
    field?: string;
    what: string;
    rfc?: string | undefined;
  }): One {
    const { outcome = malformed, subcode, offset, rfc = descriptor.rfc } = fault;
    const data = subcode === 11 ? new Uint8Array(0) : raw.bytes; // RFC 4271 §6.3: Malformed AS_PATH has no data
    const field = fault.field === undefined ? name : `${name}.${fault.field}`;
    return {
      error: messageError({ outcome, code: 3, subcode, data, offset, field, what: `${name}: ${fault.what}`, rfc }),
    };
  }
  if (only !== undefined && !only.where(context)) {
    return refuse({ outcome: 'attribute-discard', subcode: 9, offset: raw.offset, what: only.what, rfc: only.rfc });
  }
  let conflict: One | undefined;
  // RFC 7606 §3(c): the Optional and Transitive bits alone are compared.
  const flags = raw.flags & (flag.optional | flag.transitive);
  if (flags !== descriptor.flags) {
    const what = `its flags are ${hex(raw.flags)}; Optional and Transitive must be as in ${hex(descriptor.flags)}`;
    const outcome = 'treat-as-withdraw';
    const place = { subcode: 4, offset: raw.offset, field: 'flags', what };
    conflict = refuse({ outcome, ...place, rfc: 'RFC 7606 §3(c)' });
    // Withdrawing takes the prefixes (RFC 7606 §3(j)), so the multiprotocol attributes are read all the same.
    if (malformed !== 'session-reset') return conflict;
  }
  if (!length.fits(raw.value.left, context)) {
    const what = `it is ${raw.value.left} bytes long; it has ${length.text(context)}`;
    return refuse({ subcode: 5, offset: raw.offset + 2, field: 'length', what });
  }
  try {
    return { ...conflict, value: descriptor.decode(raw.value, context) };
  } catch (error) {
    if (error instanceof AttributeFault) {
      const { outcome, offset, field, message, rfc } = error;
      return refuse({ outcome, subcode: valueSubcode, offset, field, what: message, rfc });
    }
    if (error instanceof BytesError) {
      return refuse({ subcode: valueSubcode, offset: error.offset, field: error.field, what: error.message });
    }
    // A prefix that cannot be read knows its place but not the attribute around it.
    if (error instanceof MessageFault) return { error: messageError({ ...error.error, data: raw.bytes }) };
    throw error;
  }
}

function isMultiprotocol(type: number): boolean {
  return type === mpReachNlri.type || type === mpUnreachNlri.type;
}

function hex(flags: number): string {
  return flags.toString(16).padStart(2, '0');
}
