/** Properties of the whole codec: what goes in comes out, and no bytes whatever get more than an error value out of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mutate } from '../../../scripts/fuzz/mutate.ts';
import { toHex } from '../../base/bytes.ts';
import { seededRandom } from '../../base/random.ts';
import { withdrawnOf } from '../../testing/withdrawn.ts';
import { anyContext, anyOther, anyUpdate } from './arbitrary.vectors.ts';
import { decodeMessage, encodeMessage } from './codec.ts';
import { longestMessage } from './header.ts';
import { nlriKey } from './nlri.ts';
import type { CodecContext, Message, UpdateMessage, Withdrawn } from './types.ts';

function decodeGood(raw: Uint8Array, context: CodecContext): Message {
  const result = decodeMessage(raw, context);
  assert.ok(result.ok, result.ok ? '' : `${result.error.what} in ${toHex(raw)}`);
  return result.message;
}

test('any message but UPDATE, encoded and decoded, is the same message', () => {
  fc.assert(
    fc.property(anyOther, anyContext, (message, context) => {
      const raws = encodeMessage(message, context);
      assert.equal(raws.length, 1);
      assert.deepEqual(decodeGood(raws[0] as Uint8Array, context), message);
    }),
  );
});

const anyContextAndUpdate = anyContext.chain((context) => fc.tuple(fc.constant(context), anyUpdate(context)));

const keysOf = ({ family, prefixes }: Withdrawn): string[] => prefixes.map((one) => `${family} ${nlriKey(one)}`);

test('any UPDATE, encoded and decoded, says the same, in however many messages', () => {
  fc.assert(
    fc.property(anyContextAndUpdate, ([context, update]) => {
      const decoded = encodeMessage(update, context).map((raw) => {
        assert.ok(raw.length <= longestMessage(context));
        return decodeGood(raw, context) as UpdateMessage;
      });
      assert.deepEqual(
        decoded.flatMap((part) => part.withdrawn.flatMap(keysOf)),
        update.withdrawn.flatMap(keysOf),
      );
      const announced = decoded.filter((part) => part.reach.length > 0);
      for (const part of decoded) {
        assert.deepEqual(part.errors, []);
        assert.equal(part.endOfRib, undefined);
        // RFC 7606 §5.1: one kind of prefixes a message.
        assert.equal(part.reach.length + Math.min(part.withdrawn.length, 1), 1);
      }
      for (const part of announced) assert.deepEqual(part.attributes, update.attributes);
      for (const reach of update.reach) {
        const parts = announced.flatMap((part) => part.reach.filter(({ family }) => family === reach.family));
        assert.deepEqual(
          parts.flatMap((part) => part.prefixes),
          reach.prefixes,
        );
        for (const part of parts) assert.deepEqual({ ...part, prefixes: [] }, { ...reach, prefixes: [] });
      }
    }),
  );
});

test('attributes too large for a message turn into a withdrawal', () => {
  const context: CodecContext = { fourOctetAsn: true, external: true, families: ['ipv4-unicast'] };
  const prefix = { family: 4 as const, bytes: Uint8Array.of(192, 0, 2, 0), length: 24 };
  const update: UpdateMessage = {
    type: 'update',
    withdrawn: [],
    reach: [
      { family: 'ipv4-unicast', nextHop: { family: 4, bytes: Uint8Array.of(203, 0, 113, 1) }, prefixes: [prefix] },
    ],
    attributes: { originCode: 'igp', asPath: [], communities: Array.from({ length: 1100 }, (_, index) => index) },
    errors: [],
  };
  const raws = encodeMessage(update, context);
  assert.equal(raws.length, 1);
  const message = decodeGood(raws[0] as Uint8Array, context) as UpdateMessage;
  assert.deepEqual([message.withdrawn, message.reach], [withdrawnOf(prefix), []]);
});

test('random mutations reach every outcome, else a fuzz run would prove little', () => {
  const outcomes = new Map<string, number>();
  const samples = fc.sample(anyContextAndUpdate, { seed: 1, numRuns: 200 });
  const raws = samples.flatMap(([context, update]) => encodeMessage(update, context).map((raw) => ({ raw, context })));
  for (let seed = 0; seed < 5000; seed++) {
    const { raw, context } = raws[seed % raws.length] as (typeof raws)[number];
    const input = mutate(raw, seededRandom(seed));
    if (input.length >= 19) input.set([input.length >> 8, input.length & 0xff], 16);
    const result = decodeMessage(input, context);
    const errors = result.ok ? (result.message.type === 'update' ? result.message.errors : []) : [result.error];
    for (const { outcome } of errors) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  for (const outcome of ['attribute-discard', 'treat-as-withdraw', 'session-reset']) {
    assert.ok((outcomes.get(outcome) ?? 0) > 20, `${outcome}: ${outcomes.get(outcome)}`);
  }
});

test('bytes that are no message at all are an error, too', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), anyContext, (bytes, context) => {
      const result = decodeMessage(bytes, context);
      assert.ok(!result.ok && result.error.code === 1 && result.error.offset <= bytes.length);
    }),
  );
});
