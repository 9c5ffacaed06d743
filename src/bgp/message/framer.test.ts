/** The framer gives the same messages however TCP splits the stream, and stops for good at a header it cannot follow. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '../../base/bytes.ts';
import { anyContext, anyOther, anyUpdate } from './arbitrary.vectors.ts';
import { encodeMessage } from './codec.ts';
import { MessageFramer } from './framer.ts';

const marker = 'ff'.repeat(16);
const keepalive = fromHex(`${marker}001304`) as Uint8Array;

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

test('every split point of a stream gives the same messages', () => {
  const context = { fourOctetAsn: true, external: true, families: [] };
  const messages = [
    ...fc.sample(anyOther, { seed: 7, numRuns: 6 }),
    ...fc.sample(anyUpdate(context), { seed: 3, numRuns: 2 }),
    { type: 'keepalive' } as const,
  ].flatMap((message) => encodeMessage(message, context));
  const stream = concat(messages);
  const expected = messages.map(toHex);
  for (let split = 0; split <= stream.length; split++) {
    const framer = new MessageFramer();
    const found = [stream.subarray(0, split), stream.subarray(split)].flatMap((part) => framer.push(part).messages);
    assert.deepEqual(found.map(toHex), expected, `split at ${split}`);
    assert.equal(framer.pendingBytes, 0);
  }
  const framer = new MessageFramer();
  const found = [...stream].flatMap((byte) => framer.push(Uint8Array.of(byte)).messages);
  assert.deepEqual(found.map(toHex), expected, 'byte by byte');
});

test('any split into any number of parts gives the same messages', () => {
  const stream = anyContext.chain((context) =>
    fc
      .array(anyOther, { minLength: 1, maxLength: 6 })
      .map((messages) => messages.flatMap((message) => encodeMessage(message, context))),
  );
  fc.assert(
    fc.property(stream, fc.array(fc.nat(600)), (messages, cuts) => {
      const all = concat(messages);
      const framer = new MessageFramer();
      const found: Uint8Array[] = [];
      let start = 0;
      for (const cut of [...cuts, all.length]) {
        found.push(...framer.push(all.subarray(start, start + cut)).messages);
        start = Math.min(all.length, start + cut);
      }
      assert.deepEqual(found.map(toHex), messages.map(toHex));
    }),
  );
});

test('a message that came whole is a view of what came; one that came in parts is not', () => {
  const stream = keepalive.slice();
  const [whole] = new MessageFramer().push(stream).messages;
  assert.equal(whole?.buffer, stream.buffer);
  const framer = new MessageFramer();
  const [gathered] = [stream.subarray(0, 18), stream.subarray(18)].flatMap((part) => framer.push(part).messages);
  stream.fill(0);
  assert.equal(toHex(gathered as Uint8Array), toHex(keepalive));
});

for (const [what, header, subcode, data] of [
  ['a marker that is not all ones', `${'ff'.repeat(15)}fe001304`, 1, ''],
  ['a length below the header', `${marker}001204`, 2, '0012'],
  ['a length above 4096', `${marker}100102`, 2, '1001'],
  ['an OPEN below 29', `${marker}001c01`, 2, '001c'],
  ['an UPDATE below 23', `${marker}001602`, 2, '0016'],
  ['a NOTIFICATION below 21', `${marker}001403`, 2, '0014'],
  ['a KEEPALIVE above 19', `${marker}001404`, 2, '0014'],
  ['a ROUTE-REFRESH without a subtype', `${marker}001505`, 2, '0015'],
  ['type 0', `${marker}001300`, 3, '00'],
  ['type 6', `${marker}001306`, 3, '06'],
] as const) {
  test(`${what} ends the stream with 1/${subcode}, after the messages before it`, () => {
    const framer = new MessageFramer();
    const { messages, error } = framer.push(concat([keepalive, fromHex(header) as Uint8Array, keepalive]));
    assert.equal(messages.length, 1);
    assert.ok(error);
    const { outcome, code, subcode: found, offset } = error;
    assert.deepEqual([outcome, code, found, toHex(error.data)], ['session-reset', 1, subcode, data]);
    assert.ok(offset < 19);
    assert.deepEqual(framer.push(keepalive), { messages: [], error });
  });
}

test('the longest message passes, the shortest of each kind too', () => {
  const longest = new Uint8Array(4096);
  longest.set(fromHex(`${marker}100002`) as Uint8Array);
  assert.equal(new MessageFramer().push(longest).messages.length, 1);
  for (const [length, type] of [
    [29, 1],
    [23, 2],
    [21, 3],
    [19, 4],
    [23, 5],
  ] as const) {
    const message = new Uint8Array(length).fill(0xff, 0, 16);
    message.set([0, length, type], 16);
    assert.deepEqual(new MessageFramer().push(message), { messages: [message] });
  }
});

test('what waits for its rest never exceeds one message', () => {
  const framer = new MessageFramer();
  const message = new Uint8Array(4096).fill(0xff, 0, 16);
  message.set([0x10, 0x00, 2], 16);
  let count = 0;
  for (let round = 0; round < 100; round++) {
    for (let at = 0; at < message.length; at += 2) {
      count += framer.push(message.subarray(at, at + 2)).messages.length;
      assert.ok(framer.pendingBytes < 4096);
    }
  }
  assert.equal(count, 100);
});

test('messages of up to 65535 bytes pass once that was negotiated, but for OPEN and KEEPALIVE (RFC 8654 §4)', () => {
  const longest = new Uint8Array(65_535);
  longest.set(fromHex(`${marker}ffff02`) as Uint8Array);
  assert.equal(new MessageFramer().push(longest).error?.subcode, 2);
  for (const cut of [1, 19, 20, 4096, 4097, 65_534]) {
    const framer = new MessageFramer();
    assert.equal(framer.push(keepalive).messages.length, 1);
    framer.negotiated(cut % 2 === 0 ? { extendedMessages: true } : { takesExtendedMessages: true });
    const found = [longest.subarray(0, cut), longest.subarray(cut), keepalive].flatMap(
      (part) => framer.push(part).messages,
    );
    assert.deepEqual(
      found.map(({ length }) => length),
      [65_535, 19],
    );
    assert.ok(found[0] !== undefined && Buffer.compare(found[0], longest) === 0);
  }
  for (const [header, data] of [
    [`${marker}100101`, '1001'],
    [`${marker}001404`, '0014'],
  ] as const) {
    const framer = new MessageFramer();
    framer.negotiated({ extendedMessages: true });
    const { error } = framer.push(fromHex(header) as Uint8Array);
    assert.deepEqual([error?.code, error?.subcode, toHex(error?.data as Uint8Array)], [1, 2, data]);
  }
});

test('messages are no Buffers, whatever the stream is made of: a slice of one is a copy', () => {
  const keepalive = Buffer.from(`${'ff'.repeat(16)}001304`, 'hex');
  const framer = new MessageFramer();
  const whole = framer.push(keepalive).messages;
  framer.push(keepalive.subarray(0, 5));
  const split = framer.push(keepalive.subarray(5)).messages;
  for (const [message] of [whole, split]) {
    assert.equal(Buffer.isBuffer(message), false);
    assert.notEqual(message?.slice(0, 4).buffer, keepalive.buffer);
  }
});
