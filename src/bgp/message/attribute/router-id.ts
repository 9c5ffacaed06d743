/** Router IDs inside attributes: 4 bytes that look like an IPv4 address and need not be one (RFC 6286). */
import { assert } from '../../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { Address } from '../../../ip/address.ts';

export function decodeRouterId(reader: ByteReader, field: string): Address {
  return { family: 4, bytes: reader.take(4, field).slice() };
}

export function encodeRouterId(routerId: Address, writer: ByteWriter): void {
  assert(routerId.family === 4 && routerId.bytes.length === 4, 'a router ID is 4 bytes');
  writer.put(routerId.bytes);
}
