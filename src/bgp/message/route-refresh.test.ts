/** ROUTE-REFRESH on the wire. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../base/bytes.ts';
import { decodeMessage, encodeMessage } from './codec.ts';
import { bytesOf, defaultContext } from './shape.vectors.ts';

const header = `${'ff'.repeat(16)} 0017 05`;

test('a request for IPv6 unicast; the reserved byte means nothing', () => {
  const message = { type: 'route-refresh', family: 'ipv6-unicast' } as const;
  const [raw] = encodeMessage(message, defaultContext);
  assert.equal(toHex(raw as Uint8Array), toHex(bytesOf(`${header} 0002 00 01`)));
  assert.deepEqual(decodeMessage(bytesOf(`${header} 0002 07 01`), defaultContext), { ok: true, message });
});

test('a family that we do not know has no name', () => {
  const result = decodeMessage(bytesOf(`${header} 0001 00 80`), defaultContext);
  assert.deepEqual(result, { ok: true, message: { type: 'route-refresh' } });
  assert.throws(() => encodeMessage({ type: 'route-refresh' }, defaultContext), /bug:/);
});

const enhanced = { ...defaultContext, enhancedRouteRefresh: true };

for (const [hex, subtype] of [
  ['01', 'begin'],
  ['02', 'end'],
] as const) {
  test(`the ${subtype} of an answer, where enhanced route refresh was negotiated (RFC 7313 §3.2)`, () => {
    const message = { type: 'route-refresh', family: 'ipv4-unicast', subtype } as const;
    const raw = bytesOf(`${header} 0001 ${hex} 01`);
    assert.equal(toHex(encodeMessage(message, enhanced)[0] as Uint8Array), toHex(raw));
    assert.deepEqual(decodeMessage(raw, enhanced), { ok: true, message });
    assert.throws(() => encodeMessage(message, defaultContext), /bug:.*enhanced/);
  });
}

test('a subtype that nobody knows is told apart, to be ignored (RFC 7313 §5)', () => {
  const result = decodeMessage(bytesOf(`${header} 0001 07 01`), enhanced);
  assert.deepEqual(result, {
    ok: true,
    message: { type: 'route-refresh', family: 'ipv4-unicast', subtype: 'unknown' },
  });
});

for (const [name, subtype, context, code, subcode] of [
  ['a mark', '01', enhanced, 7, 1],
  ['an end mark', '02', enhanced, 7, 1],
  ['a request', '00', enhanced, 1, 2],
  ['any, without enhanced route refresh', '01', defaultContext, 1, 2],
] as const) {
  for (const [length, rest] of [
    ['long', '01 00'],
    ['short', ''],
  ] as const) {
    test(`too ${length}: ${name}: ${code}/${subcode}`, () => {
      const bytes = length === 'long' ? '0018' : '0016';
      const raw = bytesOf(`${'ff'.repeat(16)} ${bytes} 05 0001 ${subtype} ${rest}`);
      const result = decodeMessage(raw, context);
      assert.ok(!result.ok);
      assert.deepEqual([result.error.code, result.error.subcode], [code, subcode]);
      // RFC 7313 §5: the data is the whole message.
      assert.equal(toHex(result.error.data), code === 7 ? toHex(raw) : bytes);
    });
  }
}
