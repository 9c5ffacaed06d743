/** The pair that AGGREGATOR and AS4_AGGREGATOR hold: who aggregated, and the router that did. Layout: [ASN][IPv4 address]. */
import { assert } from '../../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { PathAttributes } from '../types.ts';
import { toTwoOctets } from './as-path-segments.ts';
import { AttributeFault } from './descriptor.ts';
import { checkedAsn } from './number.ts';

export type Aggregator = NonNullable<PathAttributes['aggregator']>;

export function decodeAggregator(reader: ByteReader, fourOctetAsn: boolean): Aggregator {
  const offset = reader.offset;
  const asn = fourOctetAsn ? reader.u32('asn') : reader.u16('asn');
  if (asn === 0) {
    throw new AttributeFault('it names AS 0, which is nobody', { offset, field: 'asn', rfc: 'RFC 7607 §2' });
  }
  return { asn, address: { family: 4, bytes: reader.take(4, 'address').slice() } };
}

export function encodeAggregator({ asn, address }: Aggregator, writer: ByteWriter, fourOctetAsn: boolean): void {
  assert(address.family === 4, 'an aggregator is named by an IPv4 address');
  checkedAsn(asn, "the aggregator's AS number");
  if (fourOctetAsn) writer.u32(asn);
  else writer.u16(toTwoOctets(asn));
  writer.put(address.bytes);
}
