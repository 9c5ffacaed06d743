/** Every row of the capability table against its vectors, and what the list does for all of them alike. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { ByteReader, BytesError, ByteWriter, toHex } from '../../../base/bytes.ts';
import { MessageFault } from '../fault.ts';
import { bytesOf, type CapabilityVectors } from '../shape.vectors.ts';
import type { Capability } from '../types.ts';
import { decodeCapabilities, encodeCapabilities } from './list.ts';
import { capabilityTable } from './table.ts';

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.vectors.ts'));
const modules: Record<string, CapabilityVectors>[] = await Promise.all(files.map((name) => import(`./${name}`)));
const allVectors = modules.flatMap((module) => Object.values(module));

function encode(...capabilities: Capability[]): string {
  const writer = new ByteWriter();
  encodeCapabilities(capabilities, writer);
  return toHex(writer.finish());
}

test('every row of the table has good and bad vectors, every vector a row', () => {
  for (const { name, code } of capabilityTable) {
    const own = allVectors.filter(({ descriptor }) => descriptor.code === code);
    assert.equal(own.length, 1, `${name} has ${own.length} files of vectors`);
    assert.ok(
      own.every(({ good, badBytes }) => good.length > 0 && badBytes.length > 0),
      `${name} lacks vectors`,
    );
  }
  assert.equal(allVectors.length, capabilityTable.length);
  const codes = capabilityTable.map(({ code }) => code);
  assert.deepEqual(
    codes.toSorted((a, b) => a - b),
    codes,
    'the table is in the order of codes',
  );
});

for (const { descriptor, good, badValues, badBytes } of allVectors) {
  for (const { name, value, hex, decodeOnly } of good) {
    test(`${descriptor.name}: ${name}`, () => {
      assert.deepEqual(decodeCapabilities(new ByteReader(bytesOf(hex))), [value]);
      if (decodeOnly === undefined) assert.equal(encode(value), toHex(bytesOf(hex)));
    });
  }
  for (const { name, value } of badValues) {
    test(`${descriptor.name}: a bad value is not sent: ${name}`, () => {
      assert.throws(() => encode(value as Capability));
    });
  }
  for (const { name, hex, outcome, subcode, offset } of badBytes) {
    test(`${descriptor.name}: bad bytes: ${name}`, () => {
      assert.throws(
        () => decodeCapabilities(new ByteReader(bytesOf(hex))),
        (error) => {
          // Bytes that end too early become 2/0 in the codec, as every field of an OPEN does.
          if (error instanceof BytesError) return subcode === 0 && error.offset === offset;
          assert.ok(error instanceof MessageFault);
          const found = error.error;
          assert.deepEqual([found.outcome, found.code, found.subcode, found.offset], [outcome, 2, subcode, offset]);
          return true;
        },
      );
    });
  }
}

test('unknown capabilities are kept, repeated ones too (RFC 5492 §4)', () => {
  const bytes = Uint8Array.of(0x80, 0x78);
  const list: Capability[] = [
    { kind: 'unknown', code: 255, bytes },
    { kind: 'route-refresh' },
    { kind: 'unknown', code: 255, bytes },
  ];
  assert.equal(encode(...list), 'ff0280780200ff028078');
  assert.deepEqual(decodeCapabilities(new ByteReader(bytesOf('ff028078 0200 ff028078'))), list);
});
