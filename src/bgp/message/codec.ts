/**
 * The BGP message codec: bytes to values and back, by the kind of message.
 *
 * Why one entry each way: here alone exceptions of the readers end, so whatever bytes a peer sends, `decodeMessage` answers a
 * value. Pure: what a session negotiated comes in as `CodecContext`.
 */
import { unreachable } from '../../base/assert.ts';
import { ByteReader, BytesError, ByteWriter } from '../../base/bytes.ts';
import { MessageFault, messageError } from './fault.ts';
import {
  finishMessage,
  headerLength,
  longestMessage,
  longestReceived,
  type MessageKind,
  readHeader,
  writeHeader,
} from './header.ts';
import { decodeOpen, encodeOpen } from './open.ts';
import { decodeRouteRefresh, encodeRouteRefresh } from './route-refresh.ts';
import type { CodecContext, Message, MessageError, NotificationMessage } from './types.ts';
import { decodeUpdate } from './update-decode.ts';
import { encodeUpdate } from './update-encode.ts';

export type DecodeResult =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly error: MessageError };

/** Reads one whole message, header included, as the framer hands it out. Never throws. */
export function decodeMessage(raw: Uint8Array, context: CodecContext): DecodeResult {
  if (raw.length < headerLength) {
    const what = `a message of ${raw.length} bytes; the header alone has ${headerLength}`;
    return { ok: false, error: lengthError(raw, what) };
  }
  const header = readHeader(raw, longestReceived(context));
  if (!header.ok) return header;
  if (header.length !== raw.length) {
    const what = `the message claims ${header.length} bytes and has ${raw.length}`;
    return { ok: false, error: lengthError(raw, what) };
  }
  try {
    return { ok: true, message: decodeBody(header.kind, raw, context) };
  } catch (error) {
    return { ok: false, error: errorOf(error, header.kind) };
  }
}

function decodeBody(kind: MessageKind, raw: Uint8Array, context: CodecContext): Message {
  switch (kind.type) {
    case 'open':
      return decodeOpen(raw);
    case 'update':
      return decodeUpdate(raw, context);
    case 'notification':
      return decodeNotification(raw);
    case 'keepalive':
      return { type: 'keepalive' };
    case 'route-refresh':
      return decodeRouteRefresh(raw, context);
    default:
      return unreachable(kind.type);
  }
}

function lengthError(raw: Uint8Array, what: string): MessageError {
  const [data, offset] = [raw.subarray(16, 18), Math.min(16, raw.length)];
  return messageError({ code: 1, subcode: 2, data, offset, field: 'header.length', what, rfc: 'RFC 4271 §6.1' });
}

function errorOf(error: unknown, kind: MessageKind): MessageError {
  if (error instanceof MessageFault) return error.error;
  if (error instanceof BytesError) {
    const { offset, field, message: what } = error;
    // RFC 4271 §6.2, §6.3: lengths inside the message contradict its own. OPEN: Unspecific; UPDATE: Malformed Attribute List.
    const code = kind.type === 'open' ? 2 : 3;
    const subcode = kind.type === 'open' ? 0 : 1; // no other kind has a field that its checked length cannot hold
    return messageError({ code, subcode, offset, field, what, rfc: `RFC 4271 §6.${code}` });
  }
  // A bug of ours. A message that every peer sends on must not end every process that reads it, so the session ends instead;
  // the fuzz test fails on this field.
  const what = `a bug of ours while reading: ${error instanceof Error ? error.message : String(error)}`;
  return messageError({ code: 6, subcode: 0, offset: 0, field: bugField, what, rfc: 'RFC 4271 §6.7' });
}

/** The `field` of an error that no byte of the peer's is guilty of. */
export const bugField = 'nearcast';

/**
 * Writes a message: one, but an UPDATE as many as it takes, none where it says nothing. Prefixes whose attributes do not fit a
 * message are withdrawn instead; call `encodeUpdate` to learn which. A value that no message can say is a bug and throws.
 */
export function encodeMessage(message: Message, context: CodecContext): readonly Uint8Array[] {
  switch (message.type) {
    case 'open':
      return [encodeOpen(message)];
    case 'update':
      return encodeUpdate(message, context).messages;
    case 'notification':
      return [encodeNotification(message, context)];
    case 'keepalive':
      return [finishMessage(writeHeader(new ByteWriter(headerLength), 'keepalive'))];
    case 'route-refresh':
      return [encodeRouteRefresh(message, context)];
    default:
      return unreachable(message);
  }
}

/** Layout (RFC 4271 §4.5): [code u8][subcode u8][data …] */
function decodeNotification(raw: Uint8Array): NotificationMessage {
  const reader = new ByteReader(raw, headerLength);
  const code = reader.u8('code');
  const subcode = reader.u8('subcode');
  return { type: 'notification', code, subcode, data: reader.rest().slice() };
}

/** The data is for people and logs: what does not fit is cut off. */
function encodeNotification({ code, subcode, data }: NotificationMessage, context: CodecContext): Uint8Array {
  const writer = writeHeader(new ByteWriter(headerLength + 2 + data.length), 'notification')
    .u8(code)
    .u8(subcode);
  return finishMessage(writer.put(data.subarray(0, longestMessage(context) - writer.length)));
}
