/**
 * AGGREGATOR: the AS and router that formed an aggregate route.
 *
 * Errors: malformed → attribute discard (RFC 7606 §7.7), AS 0 too (RFC 7607 §2).
 */
import { addressesEqual, formatAddress } from '../../../ip/address.ts';
import { decodeAggregator, encodeAggregator } from './aggregator-value.ts';
import { type AttributeDescriptor, optionalTransitive } from './descriptor.ts';
import { byAsnSize } from './length-rules.ts';
import { both } from './same.ts';

export const aggregator: AttributeDescriptor<'aggregator'> = {
  type: 7,
  name: 'AGGREGATOR',
  key: 'aggregator',
  flags: optionalTransitive,
  length: byAsnSize({ twoOctets: 6, fourOctets: 8 }),
  malformed: 'attribute-discard',
  valueSubcode: 9,
  rfc: 'RFC 7606 §7.7',
  decode: (reader, { fourOctetAsn }) => decodeAggregator(reader, fourOctetAsn),
  encode: (value, writer, { fourOctetAsn }) => encodeAggregator(value, writer, fourOctetAsn),
  json: ({ asn, address }) => ({ asn, address: formatAddress(address) }),
  same: both((a, b) => a.asn === b.asn && addressesEqual(a.address, b.address)),
};
