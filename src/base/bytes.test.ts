import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteReader, BytesError, ByteWriter, fromHex, toHex } from './bytes.ts';

const anyWrite = fc.oneof(
  fc.record({ kind: fc.constant('u8' as const), value: fc.nat(0xff) }),
  fc.record({ kind: fc.constant('u16' as const), value: fc.nat(0xffff) }),
  fc.record({ kind: fc.constant('u32' as const), value: fc.nat(0xffff_ffff) }),
  fc.record({ kind: fc.constant('bytes' as const), value: fc.uint8Array({ maxLength: 40 }) }),
);

test('what was written is read, however small the writer began', () => {
  fc.assert(
    fc.property(fc.array(anyWrite), fc.integer({ min: 1, max: 8 }), (writes, capacity) => {
      const writer = new ByteWriter(capacity);
      for (const write of writes) write.kind === 'bytes' ? writer.put(write.value) : writer[write.kind](write.value);
      const reader = new ByteReader(writer.finish());
      for (const write of writes) {
        const read = write.kind === 'bytes' ? reader.take(write.value.length, 'f') : reader[write.kind]('f');
        assert.deepEqual(read, write.value);
      }
      assert.equal(reader.left, 0);
    }),
  );
});

test('lengths are written before what they count, across growth', () => {
  const writer = new ByteWriter(1);
  writer.lengthU16(() => writer.u8(7).lengthU8(() => writer.put(new Uint8Array(100))));
  assert.equal(toHex(writer.finish().subarray(0, 4)), '00660764');
});

test('a read past the end tells field and offset', () => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3), 1);
  reader.u8('first');
  assert.throws(
    () => reader.u16('second'),
    (error) => error instanceof BytesError && error.offset === 2 && error.field === 'second',
  );
});

test('hex', () => {
  assert.deepEqual(fromHex('00fF'), Uint8Array.of(0, 255));
  assert.equal(fromHex('0'), undefined);
  assert.equal(fromHex('zz'), undefined);
});
