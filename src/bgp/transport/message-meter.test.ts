import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeMessage } from '../message/codec.ts';
import type { CodecContext } from '../message/types.ts';
import { MessageMeter, noMessages } from './message-meter.ts';

const context: CodecContext = { fourOctetAsn: true, external: true, families: ['ipv4-unicast'] };
const keepalive = encodeMessage({ type: 'keepalive' }, context)[0] as Uint8Array;
const refresh = encodeMessage({ type: 'route-refresh', family: 'ipv4-unicast' }, context)[0] as Uint8Array;
const stream = Buffer.concat([keepalive, refresh, keepalive, refresh, refresh]);
const counted = { ...noMessages(), keepalive: 2, 'route-refresh': 3 };

test('messages are counted by kind, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
      const counts = noMessages();
      const meter = new MessageMeter(counts);
      const places = [0, ...cuts.sort((a, b) => a - b), stream.length];
      for (const [i, place] of places.entries()) meter.push(stream.subarray(places[i - 1] ?? 0, place));
      assert.deepEqual(counts, counted);
    }),
  );
});

test('a stream that is no BGP any more counts no further, and any bytes do no harm', () => {
  const counts = noMessages();
  const meter = new MessageMeter(counts);
  meter.push(keepalive);
  meter.push(Buffer.alloc(19, 0xee)); // type 238
  meter.push(stream);
  assert.deepEqual(counts, { ...noMessages(), keepalive: 1 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      new MessageMeter(noMessages()).push(bytes);
    }),
  );
});

test('counts go on from one connection to the next', () => {
  const counts = noMessages();
  new MessageMeter(counts).push(stream.subarray(0, 25)); // cut off in the middle of the second message
  new MessageMeter(counts).push(stream);
  assert.equal(counts.keepalive, 3);
});
