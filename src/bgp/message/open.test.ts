/** OPEN on the wire: a whole one field by field, both forms of optional parameters, and each way to be refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../base/bytes.ts';
import { decodeMessage, encodeMessage } from './codec.ts';
import { bytesOf, defaultContext } from './shape.vectors.ts';
import type { OpenMessage } from './types.ts';

/** An OPEN with this body, its header put before it. */
function open(body: string): Uint8Array {
  const bytes = bytesOf(body);
  return Uint8Array.of(...new Uint8Array(16).fill(0xff), 0, 19 + bytes.length, 1, ...bytes);
}

const example: OpenMessage = {
  type: 'open',
  asn: 4200000000,
  holdTimeSeconds: 9,
  routerId: { family: 4, bytes: Uint8Array.of(192, 0, 2, 1) },
  capabilities: [
    { kind: 'multiprotocol', family: 'ipv4-unicast' },
    { kind: 'route-refresh' },
    { kind: 'four-octet-asn', asn: 4200000000 },
  ],
};

const exampleBytes = open(`
  04                 # version
  5ba0               # AS_TRANS, for a peer that knows 2 octets
  0009               # hold time
  c0000201           # BGP identifier 192.0.2.1
  10                 # length of the optional parameters
  02 0e              # parameter: capabilities, 14 bytes
  01 04 0001 00 01   # Multiprotocol Extensions: IPv4 unicast
  02 00              # Route Refresh
  41 04 fa56ea00     # 4-octet AS Number 4200000000`);

test('a whole OPEN, both ways', () => {
  assert.equal(toHex(encodeMessage(example, defaultContext)[0] as Uint8Array), toHex(exampleBytes));
  assert.deepEqual(decodeMessage(exampleBytes, defaultContext), { ok: true, message: example });
});

for (const [name, body] of [
  ['a parameter for each capability', '04 5ba0 0009 c0000201 14  02 06 01040001 0001  02 02 0200  02 06 4104fa56ea00'],
  ['the extended form (RFC 9072)', '04 5ba0 0009 c0000201 ff ff 0011 02 000e 010400010001 0200 4104fa56ea00'],
  [
    'the extended form with a short length that is to be ignored',
    '04 5ba0 0009 c0000201 03 ff 0011 02 000e 010400010001 0200 4104fa56ea00',
  ],
] as const) {
  test(`read as the same: ${name}`, () => {
    assert.deepEqual(decodeMessage(open(body), defaultContext), { ok: true, message: example });
  });
}

test('no optional parameters at all', () => {
  const result = decodeMessage(open('04 fbf4 0000 c0000201 00'), defaultContext);
  assert.ok(result.ok);
  const expected = { ...example, asn: 64500, holdTimeSeconds: 0, capabilities: [] };
  assert.deepEqual(result.message, expected);
  assert.equal(
    toHex(encodeMessage(expected, defaultContext)[0] as Uint8Array),
    toHex(open('04 fbf4 0000 c0000201 00')),
  );
});

test('capabilities of more than 253 bytes use the extended form', () => {
  const large: OpenMessage = {
    ...example,
    capabilities: [...example.capabilities, { kind: 'unknown', code: 255, bytes: new Uint8Array(250) }],
  };
  const [raw] = encodeMessage(large, defaultContext);
  assert.deepEqual([...(raw as Uint8Array).subarray(28, 30)], [255, 255]);
  assert.deepEqual(decodeMessage(raw as Uint8Array, defaultContext), { ok: true, message: large });
});

for (const [name, body, subcode, data, offset] of [
  ['version 3', '03 fbf4 0009 c0000201 00', 1, '0004', 19],
  ['AS 0', '04 0000 0009 c0000201 00', 2, '', 20],
  ['AS 0 in the capability', '04 5ba0 0009 c0000201 08 02 06 4104 00000000', 2, '', 20],
  ['BGP identifier 0', '04 fbf4 0009 00000000 00', 3, '', 24],
  ['the parameter of authentication', '04 fbf4 0009 c0000201 03 01 01 00', 4, '', 29],
  ['hold time 1', '04 fbf4 0001 c0000201 00', 6, '', 22],
  ['hold time 2', '04 fbf4 0002 c0000201 00', 6, '', 22],
  ['parameters longer than the message', '04 fbf4 0009 c0000201 05 02 02 0200', 0, '', 28],
  ['parameters shorter than the message', '04 fbf4 0009 c0000201 02 02 02 0200', 0, '', 28],
  ['bytes behind no parameters', '04 fbf4 0009 c0000201 00 02 00', 0, '', 28],
  ['a parameter beyond the end', '04 fbf4 0009 c0000201 02 02 02', 0, '', 31],
  ['a capability beyond its parameter', '04 fbf4 0009 c0000201 04 02 02 02 01', 0, '', 33],
  ['an extended length that is cut off', '04 fbf4 0009 c0000201 ff ff 00', 0, '', 30],
] as const) {
  test(`refused: ${name}`, () => {
    const result = decodeMessage(open(body), defaultContext);
    assert.ok(!result.ok);
    const { error } = result;
    assert.deepEqual(
      [error.outcome, error.code, error.subcode, toHex(error.data), error.offset],
      ['session-reset', 2, subcode, data, offset],
    );
  });
}

test('an OPEN that could not be true is a bug of ours', () => {
  for (const wrong of [
    { asn: 0 },
    { asn: 64500 }, // not the capability's
    { capabilities: [] }, // nowhere to put a large AS number
    { holdTimeSeconds: 2 },
    { routerId: { family: 4, bytes: new Uint8Array(4) } },
  ] as const) {
    assert.throws(() => encodeMessage({ ...example, ...wrong }, defaultContext), /bug:/);
  }
});
