/** NOTIFICATION in words: every code has a name, and a peer's words can neither break a log line nor steer a terminal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeMessage, encodeMessage } from './codec.ts';
import {
  cease,
  describeNotification,
  encodeShutdownCommunication,
  notificationOf,
  shutdownCommunication,
} from './notification.ts';
import { errorNames } from './notification-codes.ts';
import { bytesOf, defaultContext } from './shape.vectors.ts';
import type { NotificationMessage } from './types.ts';

function notification(code: number, subcode: number, data: Uint8Array | string = ''): NotificationMessage {
  return { type: 'notification', code, subcode, data: typeof data === 'string' ? bytesOf(data) : data };
}

for (const [given, expected] of [
  [notification(6, 2, encodeShutdownCommunication('maintenance')), 'Cease / Administrative Shutdown "maintenance"'],
  [notification(6, 4, encodeShutdownCommunication('')), 'Cease / Administrative Reset'],
  [notification(6, 2), 'Cease / Administrative Shutdown'],
  [notification(6, 10), 'Cease / BFD Down'],
  [notification(6, 1, '0001 01 00000064'), 'Cease / Maximum Number of Prefixes Reached (ipv4-unicast, limit 100)'],
  [notification(6, 9, '06 02 03 627965'), 'Cease / Hard Reset (Cease / Administrative Shutdown "bye")'],
  [notification(6, 9, '06 09 06 09'), 'Cease / Hard Reset (data 06090609)'],
  [notification(4, 0), 'Hold Timer Expired'],
  [notification(2, 1, '0004'), 'OPEN Message Error / Unsupported Version Number (the peer supports version 4)'],
  [notification(3, 6, '40010107'), 'UPDATE Message Error / Invalid ORIGIN Attribute (data 40010107)'],
  [notification(3, 99), 'UPDATE Message Error / subcode 99'],
  [notification(200, 7), 'error code 200 / subcode 7'],
  [notification(6, 2, '02 c328'), 'Cease / Administrative Shutdown "malformed: 02c328"'],
  [notification(6, 2, 'ff 6279'), 'Cease / Administrative Shutdown "malformed: ff6279"'],
  // An escape sequence, a quote, a line end, a right-to-left override.
  [notification(6, 2, '09 1b5b22 0a e280ae 6f6b'), 'Cease / Administrative Shutdown "\\u{1b}[\\"\\u{a}\\u{202e}ok"'],
] as const) {
  test(expected, () => assert.equal(describeNotification(given), expected));
}

test('every code and subcode that RFC 4271 defines has a name', () => {
  const counts = { 1: 3, 2: 6, 3: 11, 4: 0, 5: 0, 6: 0 };
  for (const [code, count] of Object.entries(counts)) {
    const known = errorNames[Number(code)];
    assert.ok(known);
    for (let subcode = 1; subcode <= count; subcode++) assert.ok(known.subcodes[subcode], `${code}/${subcode}`);
  }
});

test('the names of Cease that the session sends are those of the table', () => {
  assert.equal(errorNames[cease.code]?.name, 'Cease');
  assert.equal(errorNames[cease.code]?.subcodes[cease.administrativeShutdown], 'Administrative Shutdown');
  assert.equal(errorNames[cease.code]?.subcodes[cease.collisionResolution], 'Connection Collision Resolution');
  assert.equal(errorNames[cease.code]?.subcodes[cease.bfdDown], 'BFD Down');
});

test('words come back as they went, cut at a whole character behind 255 bytes (RFC 9003)', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }), (text) => {
      const data = encodeShutdownCommunication(text);
      assert.ok(data.length <= 256 && data[0] === data.length - 1);
      const words = shutdownCommunication(notification(6, 2, data)) ?? '';
      assert.ok(text.startsWith(words) && !words.startsWith('malformed'));
      if (Buffer.byteLength(text) <= 255) assert.equal(words, text);
      else assert.ok(Buffer.byteLength(words) > 255 - 4);
    }),
  );
});

test('any notification has a description of one line without control characters', () => {
  const any = fc.tuple(fc.nat(9), fc.nat(12), fc.uint8Array({ maxLength: 80 }));
  fc.assert(
    fc.property(any, ([code, subcode, data]) => {
      const text = describeNotification(notification(code, subcode, data));
      assert.ok(text.length > 0);
      assert.doesNotMatch(text, /[\p{Cc}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test('an error becomes the notification that tells it; data that does not fit is cut off', () => {
  const result = decodeMessage(new Uint8Array(19), defaultContext);
  assert.ok(!result.ok);
  assert.deepEqual(notificationOf(result.error), notification(1, 1));
  const [raw] = encodeMessage(notification(3, 1, new Uint8Array(5000)), defaultContext);
  assert.equal(raw?.length, 4096);
});
