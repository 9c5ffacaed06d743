/** BFD Control packets on the wire: vectors, and that no bytes make the decoder throw or say what it would not write. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../base/bytes.ts';
import { decodePacket, encodePacket } from './codec.ts';
import { badBytes, badValues, bytesOf, good } from './packet.vectors.ts';
import { type ControlPacket, sessionStates } from './types.ts';

for (const { name, packet, hex } of good) {
  test(`both ways: ${name}`, () => {
    assert.equal(toHex(encodePacket(packet)), toHex(bytesOf(hex)));
    assert.deepEqual(decodePacket(bytesOf(hex)), { ok: true, packet });
  });
}

test('bytes behind the length are not of the packet', () => {
  const [{ packet, hex } = assert.fail()] = good;
  assert.deepEqual(decodePacket(bytesOf(`${hex}\n ffff`)), { ok: true, packet });
});

for (const { name, packet } of badValues) {
  test(`never sent: ${name}`, () => {
    assert.throws(() => encodePacket(packet), /bug/);
  });
}

for (const { name, hex, field, offset } of badBytes) {
  test(`refused: ${name}`, () => {
    const decoded = decodePacket(bytesOf(hex));
    assert.ok(!decoded.ok);
    assert.deepEqual([decoded.error.field, decoded.error.offset], [field, offset]);
  });
}

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const bytes = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength });
const keyId = fc.integer({ min: 0, max: 255 });
const noNullPrototype = { noNullPrototype: true } as const;
const authentication = fc.oneof(
  fc.record({ type: fc.constant('simple-password' as const), keyId, password: bytes(1, 16) }, noNullPrototype),
  fc.record(
    {
      type: fc.constantFrom('keyed-md5' as const, 'meticulous-keyed-md5' as const),
      keyId,
      sequence: u32,
      digest: bytes(16),
    },
    noNullPrototype,
  ),
  fc.record(
    {
      type: fc.constantFrom('keyed-sha1' as const, 'meticulous-keyed-sha1' as const),
      keyId,
      sequence: u32,
      digest: bytes(20),
    },
    noNullPrototype,
  ),
);
const arbitraryPacket: fc.Arbitrary<ControlPacket> = fc
  .record(
    {
      diagnostic: fc.integer({ min: 0, max: 31 }),
      state: fc.constantFrom(...sessionStates),
      poll: fc.boolean(),
      final: fc.boolean(),
      controlPlaneIndependent: fc.boolean(),
      demand: fc.boolean(),
      detectMultiplier: fc.integer({ min: 1, max: 255 }),
      myDiscriminator: fc.integer({ min: 1, max: 0xffff_ffff }),
      yourDiscriminator: fc.integer({ min: 1, max: 0xffff_ffff }),
      desiredMinTxUs: u32,
      requiredMinRxUs: u32,
      requiredMinEchoRxUs: u32,
      authentication,
    },
    {
      noNullPrototype: true,
      requiredKeys: [
        'diagnostic',
        'state',
        'poll',
        'final',
        'controlPlaneIndependent',
        'demand',
        'detectMultiplier',
        'myDiscriminator',
        'yourDiscriminator',
        'desiredMinTxUs',
        'requiredMinRxUs',
        'requiredMinEchoRxUs',
      ],
    },
  )
  .map((packet) => ({ ...packet, final: packet.final && !packet.poll }));

describe('properties', () => {
  test('what is written is read back', () => {
    fc.assert(
      fc.property(arbitraryPacket, (packet) => {
        assert.deepEqual(decodePacket(encodePacket(packet)), { ok: true, packet });
      }),
    );
  });

  test('no bytes make it throw, and what it takes it would write alike but for reserved bits', () => {
    const damaged = fc.tuple(
      arbitraryPacket,
      fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 3 }),
      fc.nat(60),
    );
    fc.assert(
      fc.property(damaged, ([packet, changes, cut]) => {
        const raw = encodePacket(packet).slice(0, cut < 30 ? undefined : cut);
        for (const [at, value] of changes) if (at < raw.length) raw[at] = value;
        const decoded = decodePacket(raw);
        if (!decoded.ok || (decoded.packet.poll && decoded.packet.final)) return;
        assert.deepEqual(decodePacket(encodePacket(decoded.packet)), decoded);
      }),
      { numRuns: 2000 },
    );
  });
});
