/** Every row of the attribute table against its vectors, and what the driver does for all of them alike. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { ByteReader, toHex } from '../../../base/bytes.ts';
import { MessageFault } from '../fault.ts';
import { type AttributeVectors, bytesOf, defaultContext } from '../shape.vectors.ts';
import type { CodecContext, MessageError } from '../types.ts';
import { type DecodedAttributes, decodeAttributes } from './decode.ts';
import type { WireAttributes } from './descriptor.ts';
import { encodeAttributes } from './encode.ts';
import { attributeTable } from './table.ts';

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.vectors.ts'));
const modules: Record<string, AttributeVectors>[] = await Promise.all(files.map((name) => import(`./${name}`)));
const allVectors = modules.flatMap((module) => Object.values(module));

function decode(hex: string, context: Partial<CodecContext> = {}): DecodedAttributes | MessageError {
  try {
    return decodeAttributes(new ByteReader(bytesOf(hex)), { ...defaultContext, ...context });
  } catch (error) {
    if (error instanceof MessageFault) return error.error;
    throw error;
  }
}

function decodeGood(hex: string, context: Partial<CodecContext> = {}): DecodedAttributes {
  const result = decode(hex, context);
  assert.ok('wire' in result, 'what' in result ? result.what : '');
  return result;
}

function encode(attributes: Parameters<typeof encodeAttributes>[0], context: Partial<CodecContext> = {}): string {
  return toHex(encodeAttributes(attributes, { ...defaultContext, ...context }));
}

test('every row of the table has good and bad vectors, every vector a row', () => {
  for (const { name, type } of attributeTable) {
    const own = allVectors.filter(({ descriptor }) => descriptor.type === type);
    assert.equal(own.length, 1, `${name} has ${own.length} files of vectors`);
    assert.ok(
      own.every(({ good, badBytes }) => good.length > 0 && badBytes.length > 0),
      `${name} lacks vectors`,
    );
  }
  assert.equal(allVectors.length, attributeTable.length);
  assert.deepEqual(
    attributeTable.filter((row, index) => index > 0 && row.type <= (attributeTable[index - 1]?.type ?? 0)),
    [],
    'the table is in the order of type codes',
  );
});

test('every attribute is shown to people, but those that the codec makes part of others', () => {
  const hidden = attributeTable.filter(({ json }) => json === undefined).map(({ key }) => key);
  assert.deepEqual(hidden, ['nextHop', 'mpReach', 'mpUnreach', 'as4Path', 'as4Aggregator']);
});

for (const { descriptor, good, badValues, badBytes } of allVectors) {
  for (const { name, value, hex, context, decodeOnly } of good) {
    test(`${descriptor.name}: ${name}`, () => {
      const { wire, errors } = decodeGood(hex, context);
      assert.deepEqual(errors, []);
      assert.deepEqual(wire, { [descriptor.key]: value });
      if (decodeOnly === undefined) assert.equal(encode({ wire }, context), toHex(bytesOf(hex)));
    });
  }
  for (const { name, value, context } of badValues) {
    test(`${descriptor.name}: a bad value is not sent: ${name}`, () => {
      const wire = { [descriptor.key]: value } as WireAttributes;
      assert.throws(() => encode({ wire }, { fourOctetAsn: !descriptor.name.startsWith('AS4'), ...context }), /bug:/);
    });
  }
  for (const { name, hex, context, ...expected } of badBytes) {
    test(`${descriptor.name}: bad bytes: ${name}`, () => {
      const result = decode(hex, context);
      const errors = 'wire' in result ? result.errors : [result];
      assert.deepEqual(
        errors.map(({ outcome, code, subcode, offset }) => ({ outcome, code, subcode, offset })),
        [{ code: 3, ...expected }],
        errors.map(({ what }) => what).join('; '),
      );
      assert.match(errors[0]?.field ?? '', new RegExp(`^${descriptor.name}`));
      // The prefixes of a multiprotocol attribute with wrong flags were read: they are what is withdrawn.
      const prefixesKnown = descriptor.malformed === 'session-reset' && expected.subcode === 4;
      if ('wire' in result) assert.deepEqual(Object.keys(result.wire), prefixesKnown ? [descriptor.key] : []);
    });
  }
}

test('an attribute that comes twice: the first holds (RFC 7606 §3(g))', () => {
  const { wire, errors } = decodeGood('40010100 40010102');
  assert.deepEqual(wire, { originCode: 'igp' });
  assert.deepEqual(
    errors.map(({ outcome, subcode, offset }) => [outcome, subcode, offset]),
    [['attribute-discard', 1, 4]],
  );
});

test('a multiprotocol attribute that comes twice resets the session (RFC 7606 §3(g))', () => {
  const result = decode('800f03000201 800f03000101');
  assert.ok('outcome' in result);
  assert.deepEqual([result.outcome, result.code, result.subcode, result.offset], ['session-reset', 3, 1, 6]);
});

test('unknown attributes: well-known resets, transitive is kept, non-transitive is dropped (RFC 4271 §5, §6.3)', () => {
  const refused = decode('40 63 01 00');
  assert.ok('outcome' in refused);
  assert.deepEqual([refused.outcome, refused.subcode, toHex(refused.data)], ['session-reset', 2, '40630100']);
  const { wire, unknown, errors } = decodeGood('c0 63 02 abcd  80 64 00');
  assert.deepEqual([wire, errors], [{}, []]);
  assert.deepEqual(unknown, [{ type: 0x63, flags: 0xc0, bytes: Uint8Array.of(0xab, 0xcd) }]);
  assert.equal(encode({ wire, unknown }), 'e06302abcd', 'passed on with Partial set');
});

test('the Partial bit of a known attribute stays (RFC 4271 §5)', () => {
  const { wire, unknown, partial } = decodeGood('e0 08 04 fbf40001');
  assert.deepEqual(partial, [8]);
  assert.equal(encode({ wire, unknown, partial }), 'e00804fbf40001');
});

test('attributes that end too early are treat-as-withdraw; what stood before them holds (RFC 7606 §4)', () => {
  for (const [hex, offset] of [
    ['40010100 40', 4],
    ['40010100 4002', 4],
    ['40010100 500200', 4],
    ['40010100 400205 0201', 4],
  ] as const) {
    const { wire, errors } = decodeGood(hex);
    assert.deepEqual(wire, { originCode: 'igp' });
    assert.deepEqual(
      errors.map((error) => [error.outcome, error.subcode, error.offset]),
      [['treat-as-withdraw', 1, offset]],
    );
  }
});

test('the data of an error is the whole attribute, but nothing for AS_PATH (RFC 4271 §6.3)', () => {
  assert.equal(toHex(decodeGood('40 01 01 07').errors[0]?.data as Uint8Array), '40010107');
  assert.equal(toHex(decodeGood('40 02 02 02 00').errors[0]?.data as Uint8Array), '');
});

test('order: multiprotocol first (RFC 7606 §5.1), then by type; empty lists and LOCAL_PREF to an external peer left out', () => {
  const wire: WireAttributes = {
    originCode: 'igp',
    asPath: [],
    localPreference: 5,
    communities: [],
    largeCommunities: [[1, 2, 3]],
    mpUnreach: { family: 'ipv6-unicast', prefixes: [] },
  };
  const unknown = [{ type: 20, flags: 0xc0, bytes: new Uint8Array(0) }];
  const external = encode({ wire, unknown }, { external: true });
  assert.equal(external, '800f03000201 40010100 400200 e01400 c0200c000000010000000200000003'.replaceAll(' ', ''));
  assert.ok(encode({ wire }).includes('40050400000005'));
});

test('an unknown attribute whose type we do know is a bug', () => {
  assert.throws(() => encode({ wire: {}, unknown: [{ type: 8, flags: 0xc0, bytes: new Uint8Array(4) }] }), /bug:/);
});
