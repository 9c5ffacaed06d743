/**
 * NOTIFICATION, for people: what its numbers mean, and the words that an operator may put into a Cease (RFC 9003).
 *
 * Why care with the words: they come from a stranger and end in a log or a terminal, so what could steer one is escaped.
 */
import { toHex } from '../../base/bytes.ts';
import { familyByNumbers } from './family/table.ts';
import { errorNames } from './notification-codes.ts';
import type { MessageError, NotificationMessage } from './types.ts';

export const cease = {
  code: 6,
  maximumPrefixes: 1,
  administrativeShutdown: 2,
  peerDeconfigured: 3,
  administrativeReset: 4,
  connectionRejected: 5,
  otherConfigurationChange: 6,
  collisionResolution: 7,
  outOfResources: 8,
  hardReset: 9,
  bfdDown: 10,
} as const;

const maximumCommunicationBytes = 255;

/** What to send for an error that ends the session. */
export function notificationOf(error: MessageError): NotificationMessage {
  return { type: 'notification', code: error.code, subcode: error.subcode, data: error.data };
}

/** The data of a Cease with words for people, cut at a character where longer than 255 bytes (RFC 9003 §2). */
export function encodeShutdownCommunication(text: string): Uint8Array {
  const room = new Uint8Array(maximumCommunicationBytes);
  const { written } = new TextEncoder().encodeInto(text.toWellFormed(), room); // whole characters only
  return Uint8Array.of(written, ...room.subarray(0, written));
}

/**
 * The peer's words; `undefined` where it sent none or this is no Administrative Shutdown or Reset. Words that are not UTF-8 or
 * contradict their length are shown as hex, as RFC 9003 §4 wants them logged. Not escaped: see `describeNotification`.
 */
export function shutdownCommunication(notification: NotificationMessage): string | undefined {
  const { code, subcode, data } = notification;
  const [length] = data;
  if (code !== cease.code || length === undefined) return undefined;
  if (subcode === cease.hardReset) {
    const inner = encapsulated(notification);
    return inner === undefined ? undefined : shutdownCommunication(inner);
  }
  if (subcode !== cease.administrativeShutdown && subcode !== cease.administrativeReset) return undefined;
  const bytes = data.subarray(1, 1 + length);
  if (bytes.length < length) return `malformed: ${toHex(data)}`;
  if (length === 0) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return `malformed: ${toHex(data)}`;
  }
}

/** One line for a log or a person: `Cease / Administrative Shutdown "maintenance"`. */
export function describeNotification(notification: NotificationMessage): string {
  const { code, subcode, data } = notification;
  const known = errorNames[code];
  const subname = subcode === 0 ? undefined : (known?.subcodes[subcode] ?? `subcode ${subcode}`);
  const name = [known?.name ?? `error code ${code}`, subname].filter((part) => part !== undefined).join(' / ');
  const detail = detailOf(notification);
  if (detail !== undefined) return `${name} ${detail}`;
  return data.length === 0 || isEmptyCommunication(notification) ? name : `${name} (data ${abbreviatedHex(data)})`;
}

function detailOf(notification: NotificationMessage): string | undefined {
  const { code, subcode, data } = notification;
  if (code === cease.code && subcode === cease.hardReset) {
    const inner = encapsulated(notification);
    return inner === undefined ? undefined : `(${describeNotification(inner)})`; // RFC 8538 §3.1
  }
  const words = shutdownCommunication(notification);
  if (words !== undefined) return `"${escapeForTerminal(words)}"`;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (code === cease.code && subcode === cease.maximumPrefixes && data.length === 7) {
    const family = familyByNumbers({ afi: view.getUint16(0), safi: view.getUint8(2) }); // RFC 4486 §4
    return `(${family?.name ?? 'another family'}, limit ${view.getUint32(3)})`;
  }
  if (code === 2 && subcode === 1 && data.length === 2) return `(the peer supports version ${view.getUint16(0)})`;
  return undefined;
}

/** The NOTIFICATION inside a Hard Reset; `undefined` where it holds none, or another Hard Reset. */
function encapsulated({ data }: NotificationMessage): NotificationMessage | undefined {
  const [code, subcode] = data;
  if (code === undefined || subcode === undefined) return undefined;
  if (code === cease.code && subcode === cease.hardReset) return undefined;
  return { type: 'notification', code, subcode, data: data.subarray(2) };
}

function isEmptyCommunication({ code, subcode, data }: NotificationMessage): boolean {
  const speaks = subcode === cease.administrativeShutdown || subcode === cease.administrativeReset;
  return code === cease.code && speaks && data.length === 1 && data[0] === 0;
}

function abbreviatedHex(data: Uint8Array): string {
  const shown = toHex(data.subarray(0, 32));
  return data.length > 32 ? `${shown}… ${data.length} bytes` : shown;
}

/** Control characters, invisible ones and line separators as \u{…}; quotes and backslashes behind a backslash. */
function escapeForTerminal(text: string): string {
  return text
    .replace(/["\\]/g, '\\$&')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`);
}
