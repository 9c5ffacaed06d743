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
