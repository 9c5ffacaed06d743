/**
 * The header that every BGP message begins with: a marker of ones, the length of the whole message, and its type.
 *
 * Why: the framer needs it to find the end of a message and the codec to trust what it is given, so its checks stand here once.
 * Layout (RFC 4271 §4.1): [marker 16 × ff][length u16][type u8]
 */
import type { ByteWriter } from '../../base/bytes.ts';
import { messageError } from './fault.ts';
import type { CodecContext, Message, MessageError } from './types.ts';

export const headerLength = 19;
const markerLength = 16;
export const maximumMessageLength = 4096;
/** Towards a speaker that announced the capability (RFC 8654 §4). */
export const maximumExtendedLength = 65_535;

export interface MessageKind {
  readonly type: Message['type'];
  readonly number: number;
  readonly minimumLength: number;
  /** Absent: as long as the session's messages may be. OPEN and KEEPALIVE are never extended (RFC 8654 §4). */
  readonly maximumLength?: number;
}

/**
 * The kinds of message and the lengths that each can have (RFC 4271 §6.1). A ROUTE-REFRESH has 23 bytes; what another length costs
 * depends on its subtype (RFC 7313 §5), so wherever there is one that is judged in its body.
 */
export const messageKinds: readonly MessageKind[] = [
  { type: 'open', number: 1, minimumLength: 29, maximumLength: maximumMessageLength },
  { type: 'update', number: 2, minimumLength: 23 },
  { type: 'notification', number: 3, minimumLength: 21 },
  { type: 'keepalive', number: 4, minimumLength: 19, maximumLength: 19 },
  { type: 'route-refresh', number: 5, minimumLength: 22 },
];

export type HeaderResult =
  | { readonly ok: true; readonly kind: MessageKind; readonly length: number }
  | { readonly ok: false; readonly error: MessageError };

/** What was agreed on about long messages. Each side says what it takes, so that the two directions can differ (RFC 8654 §4). */
export type MessageLengths = Pick<CodecContext, 'extendedMessages' | 'takesExtendedMessages'>;

/** The longest message that may be sent in this context. */
export function longestMessage({ extendedMessages }: MessageLengths): number {
  return extendedMessages === true ? maximumExtendedLength : maximumMessageLength;
}

/** The longest message that the peer may send. */
export function longestReceived({ extendedMessages, takesExtendedMessages }: MessageLengths): number {
  return extendedMessages === true || takesExtendedMessages === true ? maximumExtendedLength : maximumMessageLength;
}

/**
 * Checks the header at `start` of `bytes`, which must hold all of it (RFC 4271 §6.1). `longest` is the session's `longestReceived`.
 * Offsets in errors are those from the header's first byte.
 */
export function readHeader(bytes: Uint8Array, longest: number, start = 0): HeaderResult {
  for (let at = 0; at < markerLength; at++) {
    if (bytes[start + at] === 0xff) continue;
    const what = `the marker's byte ${at} is not ff: this is not BGP, or the stream lost its place`;
    return refuse({ subcode: 1, offset: at, field: 'header.marker', what });
  }
  const length = ((bytes[start + 16] as number) << 8) | (bytes[start + 17] as number);
  const number = bytes[start + 18] as number;
  const kind = messageKinds.find((candidate) => candidate.number === number);
  const minimum = kind?.minimumLength ?? headerLength;
  const maximum = kind?.maximumLength ?? longest;
  if (length < minimum || length > maximum) {
    const name = kind === undefined ? 'a message' : `${kind.type.toUpperCase()}`;
    const bounds = minimum === maximum ? `has ${minimum}` : `has ${minimum} to ${maximum}`;
    const what = `the message claims ${length} bytes; ${name} ${bounds}`;
    return refuse({
      subcode: 2,
      data: bytes.subarray(start + 16, start + 18),
      offset: 16,
      field: 'header.length',
      what,
    });
  }
  if (kind === undefined) {
    const what = `${number} is not a message type that we know`;
    return refuse({ subcode: 3, data: bytes.subarray(start + 18, start + 19), offset: 18, field: 'header.type', what });
  }
  return { ok: true, kind, length };
}

function refuse(fault: { subcode: number; data?: Uint8Array; offset: number; field: string; what: string }) {
  return { ok: false, error: messageError({ code: 1, rfc: 'RFC 4271 §6.1', ...fault }) } as const;
}

/** Writes a header with a length of 0, which `finishMessage` fills in. */
export function writeHeader(writer: ByteWriter, type: Message['type']): ByteWriter {
  const kind = messageKinds.find((candidate) => candidate.type === type) as MessageKind;
  return writer.put(new Uint8Array(16).fill(0xff)).u16(0).u8(kind.number);
}

/** The written message with its length in the header. */
export function finishMessage(writer: ByteWriter): Uint8Array {
  return writer.setU16(16, writer.length).finish();
}
