/**
 * One line of `nearcast bgp decode`: the bytes of a message, with or without its marker, as one JSON object.
 *
 * Why no error can leave: the command answers every line it is given, so what goes wrong with one is that line's answer.
 * The shapes are documented in docs/bgp.md.
 */
import { bugField, decodeMessage } from '../../bgp/message/codec.ts';
import { longestReceived, readHeader } from '../../bgp/message/header.ts';
import { errorJson, type Json, messageJson } from '../../bgp/message/json.ts';
import type { AddressFamily, CodecContext, ErrorOutcome, MessageError } from '../../bgp/message/types.ts';
import type { HexLine } from './hex-lines.ts';

export interface DecodeOptions {
  readonly fourOctetAsn: boolean;
  readonly external: boolean;
  readonly addPathFamilies: readonly AddressFamily[];
}

/**
 * A session that negotiated all that makes more messages readable. What would make the same bytes mean something else (the size of
 * AS numbers, path identifiers) is the user's to say.
 */
export function contextOf({ fourOctetAsn, external, addPathFamilies }: DecodeOptions): CodecContext {
  return {
    fourOctetAsn,
    external,
    families: ['ipv4-unicast', 'ipv6-unicast'],
    addPath: { receive: addPathFamilies, send: [] },
    extendedMessages: true, // RFC 8654
    extendedNextHop: ['ipv4-unicast'], // RFC 8950
    enhancedRouteRefresh: true, // RFC 7313
  };
}

const markerLength = 16;
const lengthAndType = 3;

/** The object to print for one line. Never throws. */
export function decodeLine(line: HexLine, context: CodecContext): Json {
  if (!line.ok) return invalid([lineError(line.offset, line.what)]);
  try {
    return decodeBytes(withMarker(line.bytes), context);
  } catch (error) {
    // A bug of ours, which is this line's answer and not the end of all lines.
    return invalid([{ ...lineError(0, `a bug of ours: ${String(error)}`), field: bugField }]);
  }
}

function decodeBytes(raw: Uint8Array, context: CodecContext): Json {
  const result = decodeMessage(raw, context);
  if (result.ok) {
    const { message } = result;
    const errors = message.type === 'update' ? message.errors : [];
    return { type: message.type, outcome: worst(errors), ...messageJson(message), errors: errors.map(errorJson) };
  }
  const type = typeOf(raw, context);
  if (type === undefined) return invalid([errorJson(result.error)]);
  // The bytes are a message of this type by their header, and what is in it ends the session.
  const nothing = type === 'update' ? { withdrawn: [], nlri: [], attributes: {} } : {};
  return { type, outcome: 'session-reset', ...nothing, errors: [errorJson(result.error)] };
}

/** What the header says that this is; `undefined` where the header cannot be believed. */
function typeOf(raw: Uint8Array, context: CodecContext): string | undefined {
  if (raw.length < markerLength + lengthAndType) return undefined;
  const header = readHeader(raw, longestReceived(context));
  return header.ok && header.length === raw.length ? header.kind.type : undefined;
}

/** RFC 7606 §3(h): the strongest of all. */
function worst(errors: readonly MessageError[]): ErrorOutcome | 'accept' {
  const outcomes = new Set(errors.map(({ outcome }) => outcome));
  if (outcomes.has('session-reset')) return 'session-reset';
  if (outcomes.has('treat-as-withdraw')) return 'treat-as-withdraw';
  return outcomes.has('attribute-discard') ? 'attribute-discard' : 'accept';
}

/** Puts the marker before bytes that came without it, so that offsets count from where it stands in a capture. */
function withMarker(bytes: Uint8Array): Uint8Array {
  if (bytes.length >= markerLength && bytes.subarray(0, markerLength).every((byte) => byte === 0xff)) return bytes;
  // A marker that is there and damaged, not one that is missing: the length behind it fits, the one at the start does not.
  const damaged = u16(bytes, markerLength) === bytes.length && u16(bytes, 0) !== markerLength + bytes.length;
  if (damaged) return bytes;
  const raw = new Uint8Array(markerLength + bytes.length).fill(0xff, 0, markerLength);
  raw.set(bytes, markerLength);
  return raw;
}

function u16(bytes: Uint8Array, at: number): number | undefined {
  const [high, low] = [bytes[at], bytes[at + 1]];
  return high === undefined || low === undefined ? undefined : high * 256 + low;
}

/** For what is no message: Message Header Error, Unspecific. */
function lineError(offset: number, what: string): Json {
  return { code: 1, subcode: 0, offset, field: 'line', what, rfc: 'RFC 4271 §6.1' };
}

function invalid(errors: readonly Json[]): Json {
  return { type: 'invalid', errors };
}
