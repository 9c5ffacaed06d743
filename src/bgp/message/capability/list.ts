/**
 * Reads and writes lists of capabilities by the table.
 *
 * Layout (RFC 5492 §4): [code u8][length u8][value] …
 * Unknown ones are kept: what a peer offers is worth showing. Malformed → OPEN Message Error, Unspecific (2/0).
 */
import { assert } from '../../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import { MessageFault } from '../fault.ts';
import type { Capability } from '../types.ts';
import type { CapabilityLength } from './descriptor.ts';
import { capabilityTable } from './table.ts';

/** Reads to the reader's end; throws `MessageFault` or `BytesError`. */
export function decodeCapabilities(reader: ByteReader): Capability[] {
  const capabilities: Capability[] = [];
  while (reader.left > 0) {
    const offset = reader.offset;
    const code = reader.u8('capability.code');
    const length = reader.u8('capability.length');
    const value = reader.sub(length, 'capability.value');
    const descriptor = capabilityTable.find((candidate) => candidate.code === code);
    if (descriptor !== undefined && !fits(length, descriptor.length)) {
      const { name, rfc } = descriptor;
      const what = `the capability ${name} is ${length} bytes long; it has ${lengthText(descriptor.length)}`;
      throw new MessageFault({ code: 2, subcode: 0, offset: offset + 1, field: 'capability.length', what, rfc });
    }
    const bytes = reader.bytes.slice(value.offset, value.end);
    capabilities.push(descriptor?.decode(value) ?? { kind: 'unknown', code, bytes });
  }
  return capabilities;
}

export function encodeCapabilities(capabilities: readonly Capability[], writer: ByteWriter): void {
  for (const capability of capabilities) {
    if (capability.kind === 'unknown') {
      const { code, bytes } = capability;
      assert(bytes.length <= 255, `capability ${code} has ${bytes.length} bytes; none has more than 255`);
      writer.u8(code).u8(bytes.length).put(bytes);
      continue;
    }
    const descriptor = capabilityTable.find(({ kind }) => kind === capability.kind);
    assert(descriptor !== undefined, `the capability ${capability.kind} has no row in the table`);
    writer.u8(descriptor.code);
    const start = writer.length + 1;
    writer.lengthU8(() => descriptor.encode(capability, writer));
    const length = writer.length - start;
    assert(length <= 255, `the capability ${descriptor.name} came out ${length} bytes long; none has more than 255`);
  }
}

function fits(length: number, { fixed, each }: CapabilityLength): boolean {
  return each === undefined ? length === fixed : length >= fixed && (length - fixed) % each === 0;
}

function lengthText({ fixed, each }: CapabilityLength): string {
  if (each === undefined) return `${fixed}`;
  return fixed === 0 ? `a multiple of ${each}` : `${fixed} and a multiple of ${each}`;
}
