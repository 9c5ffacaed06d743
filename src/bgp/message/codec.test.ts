/** Properties of the whole codec: what goes in comes out, and no bytes whatever get more than an error value out of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../base/bytes.ts';
import { type Random, seededRandom } from '../../base/random.ts';
import { anyContext, anyOther, anyUpdate } from './arbitrary.vectors.ts';
import { bugField, decodeMessage, encodeMessage } from './codec.ts';
import { longestMessage } from './header.ts';
import { nlriKey } from './nlri.ts';
import type { CodecContext, Message, UpdateMessage } from './types.ts';

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

test('any UPDATE, encoded and decoded, says the same, in however many messages', () => {
  fc.assert(
    fc.property(anyContextAndUpdate, ([context, update]) => {
      const decoded = encodeMessage(update, context).map((raw) => {
        assert.ok(raw.length <= longestMessage(context));
        return decodeGood(raw, context) as UpdateMessage;
      });
      assert.deepEqual(
        decoded.flatMap((part) => part.withdrawn.map(nlriKey)),
        update.withdrawn.map(nlriKey),
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
  assert.deepEqual([message.withdrawn, message.reach], [[prefix], []]);
});

/** Changes 1 to 4 places: a byte set, a bit turned, bytes cut out, doubled or put in; the header's length often kept right. */
function mutate(raw: Uint8Array, random: Random): Uint8Array {
  let bytes = [...raw];
  for (let round = random.below(4); round >= 0; round--) {
    const at =
      random.below(4) === 0 ? random.below(bytes.length) : Math.min(bytes.length - 1, 19 + random.below(bytes.length));
    const count = 1 + random.below(8);
    const change = random.below(5);
    if (change === 0) bytes[at] = random.below(256);
    else if (change === 1) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
    else if (change === 2 && bytes.length > count) bytes.splice(at, count);
    else if (change === 3) bytes.splice(at, 0, ...bytes.slice(at, at + count));
    else bytes = [...bytes.slice(0, at), ...Array.from({ length: count }, () => random.below(256)), ...bytes.slice(at)];
    if (bytes.length === 0) bytes = [0];
  }
  const mutated = Uint8Array.from(bytes);
  if (mutated.length >= 19 && random.below(8) > 0) mutated.set([mutated.length >> 8, mutated.length & 0xff], 16);
  return mutated;
}

// NEARCAST_FUZZ_SEED runs one seed alone: the line that a failure prints.
const onlySeed = process.env.NEARCAST_FUZZ_SEED;
const seeds = onlySeed === undefined ? Array.from({ length: 10_000 }, (_, seed) => seed) : [Number(onlySeed)];

test(`${seeds.length} random mutations of valid messages crash nothing, and each error lies in its message`, () => {
  const contexts = fc.sample(anyContext, { seed: 1, numRuns: 12 });
  const samples = contexts.flatMap((context, index) => {
    const external = context.external && index % 2 === 0 ? { ...context, peerAsn: 64500 } : context;
    const updates = fc.sample(anyUpdate(context), { seed: index, numRuns: 25 });
    const messages: Message[] = [...fc.sample(anyOther, { seed: index, numRuns: 25 }), ...updates];
    return messages.flatMap((message) => encodeMessage(message, context).map((raw) => ({ raw, context: external })));
  });
  const outcomes = new Map<string, number>();
  for (const seed of seeds) {
    const random = seededRandom(seed);
    const sample = samples[random.below(samples.length)] as (typeof samples)[number];
    const mutated = mutate(sample.raw, random);
    const reproduce = `reproduce: NEARCAST_FUZZ_SEED=${seed} node --test src/bgp/message/codec.test.ts\n${toHex(mutated)}`;
    const result = decodeMessage(mutated, sample.context);
    const errors = result.ok ? (result.message.type === 'update' ? result.message.errors : []) : [result.error];
    for (const error of errors) {
      assert.ok(error.offset >= 0 && error.offset <= mutated.length, `${error.field} at ${error.offset}; ${reproduce}`);
      assert.notEqual(error.field, bugField, `${error.what}; ${reproduce}`);
      assert.ok(error.what.length > 0 && error.rfc.length > 0, reproduce);
      outcomes.set(error.outcome, (outcomes.get(error.outcome) ?? 0) + 1);
      if (result.ok) assert.notEqual(error.outcome, 'session-reset', reproduce);
      else assert.equal(error.outcome, 'session-reset', reproduce);
    }
    // What was accepted can be said again.
    if (result.ok && result.message.type === 'update') encodeMessage(result.message, sample.context);
  }
  // The mutations reach every outcome, else they would prove little.
  if (onlySeed === undefined) {
    for (const outcome of ['attribute-discard', 'treat-as-withdraw', 'session-reset']) {
      assert.ok((outcomes.get(outcome) ?? 0) > 50, `${outcome}: ${outcomes.get(outcome)}`);
    }
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
