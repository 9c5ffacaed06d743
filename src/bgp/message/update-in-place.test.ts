import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mutate } from '../../../scripts/fuzz/mutate.ts';
import { seededRandom } from '../../base/random.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import { address } from '../../testing/bgp-routes.ts';
import { anyContext, anyUpdate } from './arbitrary.vectors.ts';
import { decodeMessage, encodeMessage } from './codec.ts';
import { familyOf } from './family/table.ts';
import { longestMessage } from './header.ts';
import type { CodecContext, Nlri, UpdateMessage } from './types.ts';
import { type Announced, findUpdate, forEachNlri, readAnnounced, type UpdateInPlace } from './update-in-place.ts';

const anyContextAndUpdate = anyContext.chain((context) => fc.tuple(fc.constant(context), anyUpdate(context)));
const context: CodecContext = { fourOctetAsn: true, external: false, families: ['ipv4-unicast', 'ipv6-unicast'] };

function prefixesOf(update: UpdateInPlace): Nlri[] {
  const { bytes: raw } = update;
  const family = familyOf(update.family).ipFamily;
  const found: Nlri[] = [];
  forEachNlri(update, (at, pathId) => {
    const length = raw[at] as number;
    const bytes = new Uint8Array(family === 4 ? 4 : 16);
    bytes.set(raw.subarray(at + 1, at + 1 + ((length + 7) >> 3)));
    const whole = length >> 3;
    if (length % 8 > 0) bytes[whole] = (bytes[whole] as number) & (0xff << (8 - (length % 8)));
    found.push({ family, bytes, length, ...(pathId !== undefined && { pathId }) });
    return true;
  });
  return found;
}

/** What the speaker takes from a plain message, with what it has read before; `undefined` where it asks the careful reader. */
function quick(raw: Uint8Array, context: CodecContext, known: Map<string, Announced>) {
  const found = findUpdate(raw, context);
  if (found === undefined) return undefined;
  const prefixes = prefixesOf(found);
  if (found.key === undefined) return { withdrawn: [{ family: found.family, prefixes }], reach: [], attributes: {} };
  const announced = known.get(found.key) ?? readAnnounced(found, context);
  if (announced === undefined) return undefined;
  known.set(found.key, announced);
  const { nextHop, attributes } = announced;
  return { withdrawn: [], reach: [{ family: found.family, nextHop, prefixes }], attributes };
}

function careful(raw: Uint8Array, context: CodecContext) {
  const decoded = decodeMessage(raw, context);
  assert.ok(decoded.ok && decoded.message.type === 'update', 'what is found in place is an update without a reset');
  const { withdrawn, reach, attributes, errors, endOfRib } = decoded.message;
  assert.deepEqual([errors, endOfRib], [[], undefined]);
  return {
    withdrawn,
    reach: reach.map(({ family, nextHop, prefixes }) => ({ family, nextHop, prefixes })),
    attributes,
  };
}

test('what is read in place is what the careful reader reads, with attributes known or not, mutated or not', () => {
  let found = 0;
  fc.assert(
    fc.property(anyContextAndUpdate, fc.nat(), ([context, update], seed) => {
      const known = new Map<string, Announced>();
      const random = seededRandom(seed);
      for (const raw of encodeMessage(update, context).slice(0, 3)) {
        const inputs = [
          raw,
          raw,
          Uint8Array.of(...raw, 8, 10),
          ...Array.from({ length: 8 }, () => mutate(raw, random)),
        ];
        for (const input of inputs) {
          if (input.length < 23 || input.length > longestMessage(context)) continue; // the framer hands out no such
          input.fill(0xff, 0, 16);
          input.set([input.length >> 8, input.length & 0xff], 16);
          const read = quick(input, context, known);
          if (read === undefined) continue;
          found++;
          assert.deepEqual(read, careful(input, context));
        }
      }
    }),
    { numRuns: 100, endOnFailure: true },
  );
  assert.ok(found > 200, `${found} were found in place`);
});

const announcement = (prefixes: string[], more: Partial<UpdateMessage> = {}): UpdateMessage => ({
  type: 'update',
  withdrawn: [],
  reach: [{ family: 'ipv4-unicast', nextHop: address('192.0.2.1'), prefixes: prefixes.map(mustPrefix) }],
  attributes: { originCode: 'igp', asPath: [], localPreference: 100 },
  errors: [],
  ...more,
});
const ipv6 = (...prefixes: string[]) =>
  ({ family: 'ipv6-unicast', nextHop: address('2001:db8::1'), prefixes: prefixes.map(mustPrefix) }) as const;
const encoded = (update: UpdateMessage): Uint8Array => encodeMessage(update, context)[0] as Uint8Array;

test('the key is the same for other prefixes with the same attributes, in either place, and another for others', () => {
  const keyOf = (update: UpdateMessage): string | undefined => findUpdate(encoded(update), context)?.key;
  assert.ok(keyOf(announcement(['10.0.0.0/8'])));
  assert.equal(keyOf(announcement(['10.0.0.0/8'])), keyOf(announcement(['11.0.0.0/8', '192.0.2.0/24'])));
  assert.notEqual(
    keyOf(announcement(['10.0.0.0/8'])),
    keyOf(announcement(['10.0.0.0/8'], { attributes: { originCode: 'egp', asPath: [], localPreference: 100 } })),
  );
  const six = (...prefixes: string[]) => announcement([], { reach: [ipv6(...prefixes)] });
  assert.ok(keyOf(six('2001:db8::/32')));
  const many = Array.from({ length: 60 }, (_, index) => `2001:db8:${index.toString(16)}::/48`);
  assert.equal(keyOf(six('2001:db8::/32')), keyOf(six(...many)), 'with an extended length, too');
});

test('what is not plain is left to the careful reader', () => {
  const withdrawn = [{ family: 'ipv4-unicast', prefixes: [mustPrefix('10.0.0.0/8')] }] as const;
  const nothing = { reach: [], attributes: {} } as const;
  const cases: [string, Uint8Array][] = [
    ['an End-of-RIB', encoded(announcement([], { ...nothing, endOfRib: 'ipv4-unicast' }))],
    ['an End-of-RIB of IPv6', encoded(announcement([], { ...nothing, endOfRib: 'ipv6-unicast' }))],
    ['a KEEPALIVE', encodeMessage({ type: 'keepalive' }, context)[0] as Uint8Array],
  ];
  for (const [what, raw] of cases) assert.equal(findUpdate(raw, context), undefined, what);
  assert.ok(findUpdate(encoded(announcement([], { ...nothing, withdrawn })), context));
  const only6: CodecContext = { ...context, families: ['ipv6-unicast'] };
  assert.equal(findUpdate(encoded(announcement(['10.0.0.0/8'])), only6), undefined, 'a family not negotiated');

  // Both kinds in one message with one next hop: the careful reader makes one list of them.
  const raw = encoded(announcement(['10.0.0.0/8']));
  const more = Uint8Array.of(0x80, 14, 11, 0, 1, 1, 4, 192, 0, 2, 1, 0, 8, 11);
  const at = 23 + ((raw[21] as number) << 8) + (raw[22] as number);
  const both = Uint8Array.of(...raw.subarray(0, at), ...more, ...raw.subarray(at));
  both.set([both.length >> 8, both.length & 0xff], 16);
  both.set([(at - 23 + more.length) >> 8, (at - 23 + more.length) & 0xff], 21);
  assert.equal(careful(both, context).reach[0]?.prefixes.length, 2);
  const found = findUpdate(both, context);
  assert.ok(found && readAnnounced(found, context) === undefined);
});
