/** UPDATE where the session negotiated more than the base protocol: path identifiers, long messages, IPv6 next hops of IPv4. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../base/bytes.ts';
import { formatAddress, parseAddress } from '../../ip/address.ts';
import { mustPrefix } from '../../ip/prefix.ts';
import { prefixesOf, withdrawnOf } from '../../testing/withdrawn.ts';
import { decodeMessage } from './codec.ts';
import { nlriKey } from './nlri.ts';
import { bytesOf, defaultContext, type UpdateHex, updateBytes } from './shape.vectors.ts';
import type { CodecContext, UpdateMessage } from './types.ts';
import { encodeUpdate } from './update-encode.ts';

function decode(parts: UpdateHex, context: Partial<CodecContext>): UpdateMessage {
  const result = decodeMessage(updateBytes(parts), { ...defaultContext, ...context });
  assert.ok(result.ok, result.ok ? '' : result.error.what);
  assert.ok(result.message.type === 'update');
  return result.message;
}

function encode(update: Partial<UpdateMessage>, context: Partial<CodecContext>) {
  const whole: UpdateMessage = { type: 'update', withdrawn: [], reach: [], attributes: {}, errors: [], ...update };
  return encodeUpdate(whole, { ...defaultContext, ...context });
}

const mandatory = '40010100 4002060201 0000fbf4 400304c0000201';
const attributes = { originCode: 'igp', asPath: [{ kind: 'sequence', asns: [64500] }] } as const;
const nextHop = parseAddress('192.0.2.1') as NonNullable<ReturnType<typeof parseAddress>>;
const nextHop6 = parseAddress('2001:db8::1') as typeof nextHop;
const prefix = mustPrefix('198.51.100.0/24');
const family = 'ipv4-unicast';
const addPath = { addPath: { receive: [family], send: [family] } } as const;

test('two paths of one prefix in the base message; a path withdrawn beside them is another (RFC 7911 §3)', () => {
  const parts = { withdrawn: '00000009 18c63364', attributes: mandatory, nlri: '00000001 18c63364 00000002 18c63364' };
  const update = decode(parts, addPath);
  assert.deepEqual(prefixesOf(update.withdrawn).map(nlriKey), ['198.51.100.0/24 9']);
  assert.deepEqual(update.reach[0]?.prefixes.map(nlriKey), ['198.51.100.0/24 1', '198.51.100.0/24 2']);
  const withdrawn = withdrawnOf({ ...prefix, pathId: 9 });
  const prefixes = [
    { ...prefix, pathId: 1 },
    { ...prefix, pathId: 2 },
  ];
  const { messages } = encode({ withdrawn, reach: [{ family, nextHop, prefixes }], attributes }, addPath);
  const expected = [updateBytes({ withdrawn: parts.withdrawn }), updateBytes({ ...parts, withdrawn: '' })];
  assert.deepEqual(messages.map(toHex), expected.map(toHex));
});

test('the same path withdrawn and announced is announced', () => {
  const update = decode({ withdrawn: '00000001 18c63364', attributes: mandatory, nlri: '00000001 18c63364' }, addPath);
  assert.deepEqual(update.withdrawn, []);
});

test('ADD-PATH is of a direction and a family: the other ones stay plain', () => {
  const receiveOnly = { addPath: { receive: [family], send: [] } } as const;
  const { messages } = encode({ withdrawn: withdrawnOf({ ...prefix, pathId: 1 }) }, receiveOnly);
  assert.deepEqual(messages.map(toHex), [toHex(updateBytes({ withdrawn: '18c63364' }))]);
  const update = decode({ attributes: '800f08 0002 01 20 20010db8' }, addPath);
  assert.deepEqual(update.withdrawn, withdrawnOf(mustPrefix('2001:db8::/32')), 'no key pathId at all');
  assert.throws(() => encode({ withdrawn: withdrawnOf(prefix) }, addPath), /bug:.*path identifier/);
});

test('a path identifier that is cut off resets the session', () => {
  const result = decodeMessage(updateBytes({ withdrawn: '000000' }), { ...defaultContext, ...addPath });
  assert.ok(!result.ok);
  assert.deepEqual([result.error.code, result.error.subcode, result.error.offset], [3, 10, 21]);
});

test('IPv4 over an IPv6 next hop goes out in MP_REACH_NLRI, and comes back as it went (RFC 8950)', () => {
  const linkLocalNextHop = parseAddress('fe80::1') as typeof nextHop;
  const reach = [{ family, nextHop: nextHop6, linkLocalNextHop, prefixes: [prefix] }] as const;
  const context = { extendedNextHop: [family] } as const;
  const { messages } = encode({ reach, attributes }, context);
  assert.equal(messages.length, 1);
  const mp = `800e29 0001 01 20 ${'20010db8000000000000000000000001'} ${'fe800000000000000000000000000001'} 00 18c63364`;
  assert.equal(
    toHex(messages[0] as Uint8Array),
    toHex(updateBytes({ attributes: `${mp} 40010100 4002060201 0000fbf4` })),
  );
  const back = decodeMessage(messages[0] as Uint8Array, { ...defaultContext, ...context });
  assert.ok(back.ok && back.message.type === 'update');
  assert.deepEqual(back.message.reach, reach);
  assert.throws(() => encode({ reach, attributes }, {}), /bug:.*next hop of 16 bytes/);
});

test('IPv4 in the base message and over IPv6 beside it keeps both next hops', () => {
  const mp = `800e19 0001 01 10 ${'20010db8000000000000000000000001'} 00 18cb0071`;
  const { reach } = decode({ attributes: mp + mandatory, nlri: '18c63364' }, { extendedNextHop: [family] });
  assert.deepEqual(
    reach.map((one) => formatAddress(one.nextHop)),
    ['192.0.2.1', '2001:db8::1'],
  );
});

test('attributes of more than 4096 bytes fit an extended message (RFC 8654)', () => {
  const communities = Array.from({ length: 16_000 }, (_, index) => index);
  const update = {
    reach: [{ family, nextHop, prefixes: [prefix] }],
    attributes: { ...attributes, communities },
  } as const;
  assert.deepEqual(encode(update, {}).tooLarge, withdrawnOf(prefix));
  const { messages, tooLarge } = encode(update, { extendedMessages: true });
  assert.deepEqual(tooLarge, []);
  const raw = messages[0] as Uint8Array;
  assert.ok(messages.length === 1 && raw.length > 64_000 && raw.length <= 65_535);
  const back = decodeMessage(raw, { ...defaultContext, extendedMessages: true });
  assert.ok(back.ok && back.message.type === 'update');
  assert.deepEqual(back.message.attributes.communities, communities);
  const oneWay = { ...defaultContext, takesExtendedMessages: true };
  assert.ok(decodeMessage(raw, oneWay).ok);
  assert.deepEqual(encode(update, { takesExtendedMessages: true }).tooLarge, withdrawnOf(prefix));
  const refused = decodeMessage(raw, defaultContext);
  assert.ok(!refused.ok && refused.error.code === 1 && refused.error.subcode === 2);
});

test('a path that outgrows even its length field is withdrawn and named', () => {
  const asns = new Array<number>(20_000).fill(64_500);
  const long = {
    reach: [{ family, nextHop, prefixes: [prefix] }],
    attributes: { ...attributes, asPath: [{ kind: 'sequence', asns }] },
  } as const;
  assert.deepEqual(encode(long, { extendedMessages: true, fourOctetAsn: false }).tooLarge, []);
  const { messages, tooLarge } = encode(long, { extendedMessages: true });
  assert.deepEqual(tooLarge, withdrawnOf(prefix));
  assert.deepEqual(messages.map(toHex), [toHex(updateBytes({ withdrawn: '18c63364' }))]);
});

test('what nobody knows and may not be passed on is shown apart (RFC 4271 §9)', () => {
  const update = decode({ attributes: `${mandatory} 80f00b 01000b 0000000000000001 c06300`, nlri: '18c63364' }, {});
  assert.deepEqual(update.ignored, [{ type: 0xf0, flags: 0x80, bytes: bytesOf('01000b 0000000000000001') }]);
  assert.deepEqual(update.attributes.unknown, [{ type: 0x63, flags: 0xc0, bytes: new Uint8Array(0) }]);
});

test('AS_SET is taken where the session takes it (RFC 9774)', () => {
  const parts = { attributes: '40010100 4002060101 0000fbf4 400304c0000201', nlri: '18c63364' };
  assert.deepEqual(decode(parts, {}).withdrawn, withdrawnOf(prefix));
  assert.deepEqual(decode(parts, { allowAsSet: true }).attributes.asPath, [{ kind: 'set', asns: [64500] }]);
});
