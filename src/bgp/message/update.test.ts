/** UPDATE as a whole: what needs more than one attribute or field, and what each outcome of RFC 7606 does to the message. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../base/bytes.ts';
import { formatAddress } from '../../ip/address.ts';
import { formatPrefix, mustPrefix } from '../../ip/prefix.ts';
import { prefixesOf, withdrawnOf } from '../../testing/withdrawn.ts';
import { decodeMessage, encodeMessage } from './codec.ts';
import { bytesOf, defaultContext, type UpdateHex, updateBytes } from './shape.vectors.ts';
import type { CodecContext, MessageError, UpdateMessage } from './types.ts';
import { encodeUpdate } from './update-encode.ts';

function decode(parts: UpdateHex, context: Partial<CodecContext> = {}): UpdateMessage {
  const result = decodeMessage(updateBytes(parts), { ...defaultContext, ...context });
  assert.ok(result.ok, result.ok ? '' : result.error.what);
  assert.equal(result.message.type, 'update');
  return result.message as UpdateMessage;
}

function refused(parts: UpdateHex | Uint8Array, context: Partial<CodecContext> = {}): MessageError {
  const bytes = parts instanceof Uint8Array ? parts : updateBytes(parts);
  const result = decodeMessage(bytes, { ...defaultContext, ...context });
  assert.ok(!result.ok);
  assert.equal(result.error.outcome, 'session-reset');
  return result.error;
}

function errorsOf(update: UpdateMessage): unknown {
  return update.errors.map(({ outcome, code, subcode }) => [outcome, code, subcode]);
}

const origin = '40010100';
const path = '4002060201 0000fbf4'; // 64500
const nextHop = '400304c0000201';
const mandatory = `${origin} ${path} ${nextHop}`;
const nlri = '18c63364'; // 198.51.100.0/24
const global = '20010db8000000000000000000000001';
const mpReach = `800e1a0002 01 10 ${global} 00 2020010db8`; // 2001:db8::/32

test('both families in one message', () => {
  const update = decode({
    withdrawn: '18cb0071',
    attributes: `${mpReach} ${mandatory} 800f08 0002 01 20 20010db9`,
    nlri,
  });
  assert.deepEqual(prefixesOf(update.withdrawn).map(formatPrefix), ['203.0.113.0/24', '2001:db9::/32']);
  assert.deepEqual(
    update.reach.map(({ family, nextHop: hop, prefixes }) => [family, formatAddress(hop), prefixes.map(formatPrefix)]),
    [
      ['ipv4-unicast', '192.0.2.1', ['198.51.100.0/24']],
      ['ipv6-unicast', '2001:db8::1', ['2001:db8::/32']],
    ],
  );
  assert.deepEqual(update.attributes, { originCode: 'igp', asPath: [{ kind: 'sequence', asns: [64500] }] });
  assert.deepEqual(update.errors, []);
});

test('a prefix both withdrawn and announced is announced (RFC 4271 §4.3)', () => {
  const update = decode({ withdrawn: `18cb0071 ${nlri}`, attributes: mandatory, nlri });
  assert.deepEqual(prefixesOf(update.withdrawn).map(formatPrefix), ['203.0.113.0/24']);
});

test('IPv4 in both places: one entry where the next hop is one, else two', () => {
  const same = decode({ attributes: `800e0d0001 01 04 c0000201 00 18cb0071 ${mandatory}`, nlri });
  assert.deepEqual(
    same.reach.map(({ prefixes }) => prefixes.map(formatPrefix)),
    [['198.51.100.0/24', '203.0.113.0/24']],
  );
  const other = decode({ attributes: `800e0d0001 01 04 c0000202 00 18cb0071 ${mandatory}`, nlri });
  assert.equal(other.reach.length, 2);
});

test('End-of-RIB of each family (RFC 4724 §2)', () => {
  assert.equal(decode({}).endOfRib, 'ipv4-unicast');
  assert.equal(decode({ attributes: '800f03 0002 01' }).endOfRib, 'ipv6-unicast');
  assert.equal(decode({ withdrawn: nlri }).endOfRib, undefined);
  assert.equal(decode({ attributes: '800f08 0002 01 20 20010db8' }).endOfRib, undefined);
  assert.equal(decode({ attributes: origin }).endOfRib, undefined);
  assert.equal(decode({ attributes: '800f03 4004 47' }).endOfRib, undefined, 'of a family that is not ours');
});

for (const [name, attributes, errors] of [
  ['ORIGIN is missing', `${path} ${nextHop}`, [['treat-as-withdraw', 3, 3]]],
  ['AS_PATH is missing', `${origin} ${nextHop}`, [['treat-as-withdraw', 3, 3]]],
  ['NEXT_HOP is missing', `${origin} ${path}`, [['treat-as-withdraw', 3, 3]]],
  [
    'a malformed AS_PATH is not missing, too',
    `${origin} 400205 0201 0000fb ${nextHop}`,
    [['treat-as-withdraw', 3, 11]],
  ],
  ['NEXT_HOP is multicast', `${origin} ${path} 400304e0000001`, [['treat-as-withdraw', 3, 8]]],
  ['attributes cut short', `${mandatory} c0`, [['treat-as-withdraw', 3, 1]]],
  [
    'the strongest outcome counts, all errors are told (RFC 7606 §3(h))',
    `${mandatory} 400601 00 c00800`,
    [
      ['attribute-discard', 3, 5],
      ['treat-as-withdraw', 3, 5],
    ],
  ],
] as const) {
  test(`treat-as-withdraw: ${name}`, () => {
    const update = decode({ withdrawn: '18cb0071', attributes, nlri });
    assert.deepEqual(errorsOf(update), errors);
    assert.deepEqual(prefixesOf(update.withdrawn).map(formatPrefix), ['203.0.113.0/24', '198.51.100.0/24']);
    assert.deepEqual([update.reach, update.attributes, update.endOfRib], [[], {}, undefined]);
  });
}

test('treat-as-withdraw takes the prefixes of MP_REACH_NLRI along', () => {
  const update = decode({ attributes: `${mpReach} ${origin}` });
  assert.deepEqual(errorsOf(update), [['treat-as-withdraw', 3, 3]]);
  assert.deepEqual(prefixesOf(update.withdrawn).map(formatPrefix), ['2001:db8::/32']);
  const unspecified = decode({ attributes: `${mpReach.replace(global, '00'.repeat(16))} ${origin} ${path}` });
  assert.deepEqual(errorsOf(unspecified), [['treat-as-withdraw', 3, 8]]);
});

test('NEXT_HOP beside MP_REACH_NLRI alone is neither needed nor judged (RFC 4760 §3)', () => {
  assert.deepEqual(decode({ attributes: `${mpReach} ${origin} ${path}` }).errors, []);
  assert.deepEqual(decode({ attributes: `${mpReach} ${origin} ${path} 40030400000000` }).errors, []);
});

test('attribute discard leaves the announcement', () => {
  const update = decode({ attributes: `${mandatory} 40050400000064`, nlri }, { external: true });
  assert.deepEqual(errorsOf(update), [['attribute-discard', 3, 9]]);
  assert.equal(update.attributes.localPreference, undefined);
  assert.deepEqual(update.reach.length, 1);
});

test('the first AS of an external path must be the peer (RFC 4271 §6.3)', () => {
  const parts = { attributes: mandatory, nlri };
  const wrong = decode(parts, { external: true, peerAsn: 64501 });
  assert.deepEqual(errorsOf(wrong), [['treat-as-withdraw', 3, 11]]);
  assert.equal(wrong.reach.length, 0);
  assert.deepEqual(decode(parts, { external: true, peerAsn: 64500 }).errors, []);
  assert.deepEqual(decode(parts, { external: true }).errors, [], 'a route server does not put itself in');
  assert.deepEqual(decode(parts, { external: false, peerAsn: 64501 }).errors, []);
  const empty = { attributes: `${origin} 400200 ${nextHop}`, nlri };
  assert.deepEqual(errorsOf(decode(empty, { external: true, peerAsn: 64500 })), [['treat-as-withdraw', 3, 11]]);
  const set = { attributes: `${origin} 4002060101 0000fbf4 ${nextHop}`, nlri };
  assert.deepEqual(errorsOf(decode(set, { external: true, peerAsn: 64500 })), [['treat-as-withdraw', 3, 11]]);
});

test('a 2-octet peer: AS4_PATH is joined in', () => {
  const attributes = `${origin} 4002060202 fbf45ba0 ${nextHop} c01106 0201 fa56ea00`;
  const update = decode({ attributes, nlri }, { fourOctetAsn: false, external: true, peerAsn: 64500 });
  assert.deepEqual(update.attributes.asPath, [{ kind: 'sequence', asns: [64500, 4200000000] }]);
  assert.deepEqual(update.errors, []);
});

test('prefixes of a family that was not negotiated are left out with an error', () => {
  const update = decode({ withdrawn: nlri, attributes: mpReach + mandatory, nlri }, { families: ['ipv6-unicast'] });
  assert.deepEqual(update.withdrawn, []);
  assert.deepEqual(
    update.reach.map(({ family }) => family),
    ['ipv6-unicast'],
  );
  assert.deepEqual(
    update.errors.map(({ field }) => field),
    ['withdrawn', 'nlri'],
  );
  const other = decode({ attributes: mpReach + mandatory }, { families: ['ipv4-unicast'] });
  assert.deepEqual([other.withdrawn, other.reach, other.endOfRib], [[], [], undefined]);
  assert.equal(other.errors.length, 1);
});

for (const [name, parts, subcode, offset] of [
  ['a withdrawn prefix of 33 bits', { withdrawn: '21c633640000' }, 10, 21],
  ['a withdrawn prefix beyond its field', { withdrawn: '18c633' }, 10, 21],
  ['a prefix of 33 bits', { attributes: mandatory, nlri: '21c633640000' }, 10, 43],
  ['a prefix beyond the message', { attributes: mandatory, nlri: `${nlri} 18` }, 10, 47],
  ['treat-as-withdraw with nothing to withdraw (RFC 7606 §5.2)', { attributes: '40010107' }, 6, 26],
  ['the same where only withdrawals are sure', { withdrawn: nlri, attributes: '40010107' }, 6, 30],
  ['an unknown well-known attribute', { attributes: `${mandatory} 406300`, nlri }, 2, 43],
] as const) {
  test(`session reset: ${name}`, () => {
    const error = refused(parts);
    assert.deepEqual([error.code, error.subcode, error.offset], [3, subcode, offset]);
  });
}

test('session reset: lengths that contradict the message (RFC 7606 §3(b))', () => {
  for (const [at, value] of [
    [20, 200],
    [22, 200],
  ] as const) {
    const bytes = updateBytes({ attributes: mandatory, nlri });
    bytes[at] = value;
    const error = refused(bytes);
    assert.deepEqual([error.code, error.subcode], [3, 1]);
  }
});

test('attribute errors without prefixes are borne where discarding is enough (RFC 7606 §5.2)', () => {
  assert.deepEqual(errorsOf(decode({ attributes: '40060100' })), [['attribute-discard', 3, 5]]);
});

test('a whole UPDATE on the wire', () => {
  const update: UpdateMessage = {
    type: 'update',
    withdrawn: withdrawnOf(mustPrefix('203.0.113.0/24')),
    reach: [
      {
        family: 'ipv4-unicast',
        nextHop: { family: 4, bytes: Uint8Array.of(192, 0, 2, 1) },
        prefixes: [mustPrefix('198.51.100.0/24')],
      },
    ],
    attributes: { originCode: 'igp', asPath: [{ kind: 'sequence', asns: [64500] }] },
    errors: [],
  };
  const expected = [updateBytes({ withdrawn: '18cb0071' }), updateBytes({ attributes: mandatory, nlri })];
  assert.deepEqual(encodeMessage(update, defaultContext).map(toHex), expected.map(toHex));
});

test('nothing to say is no message; End-of-RIB is one', () => {
  const nothing: UpdateMessage = { type: 'update', withdrawn: [], reach: [], attributes: {}, errors: [] };
  assert.deepEqual(encodeMessage(nothing, defaultContext), []);
  const markers = [...encodeMessage({ ...nothing, endOfRib: 'ipv4-unicast' }, defaultContext)];
  markers.push(...encodeMessage({ ...nothing, endOfRib: 'ipv6-unicast' }, defaultContext));
  assert.deepEqual(markers.map(toHex), [toHex(updateBytes({})), toHex(updateBytes({ attributes: '800f03000201' }))]);
});

test('an announcement without its mandatory attributes, or of another family, is a bug', () => {
  const reach = {
    family: 'ipv4-unicast',
    nextHop: { family: 4, bytes: new Uint8Array(4) },
    prefixes: [mustPrefix('::/0')],
  } as const;
  const update: UpdateMessage = { type: 'update', withdrawn: [], reach: [reach], attributes: {}, errors: [] };
  assert.throws(() => encodeUpdate(update, defaultContext), /bug:.*ORIGIN/);
  const complete: UpdateMessage = { ...update, attributes: { originCode: 'igp', asPath: [] } };
  assert.throws(() => encodeUpdate(complete, defaultContext), /bug:.*another family/);
});

test('a path that outgrows a message on its way out is withdrawn and named', () => {
  // 2,000 ASes fit in 2 octets each, not in 4.
  const asns = new Array<number>(2000).fill(1);
  const update: UpdateMessage = {
    type: 'update',
    withdrawn: [],
    reach: [
      {
        family: 'ipv6-unicast',
        nextHop: { family: 6, bytes: bytesOf(global) },
        prefixes: [mustPrefix('2001:db8::/32')],
      },
    ],
    attributes: { originCode: 'igp', asPath: [{ kind: 'sequence', asns }] },
    errors: [],
  };
  assert.deepEqual(encodeUpdate(update, { ...defaultContext, fourOctetAsn: false }).tooLarge, []);
  const { messages, tooLarge } = encodeUpdate(update, defaultContext);
  assert.deepEqual(prefixesOf(tooLarge).map(formatPrefix), ['2001:db8::/32']);
  assert.deepEqual(messages.map(toHex), [toHex(updateBytes({ attributes: '800f08 0002 01 20 20010db8' }))]);
});
