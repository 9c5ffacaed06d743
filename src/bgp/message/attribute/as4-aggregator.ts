/**
 * AS4_AGGREGATOR: AGGREGATOR with a 4-octet AS number, carried past speakers that know 2 octets (RFC 6793 §3).
 *
 * Errors: malformed, or from a speaker of 4 octets → attribute discard (RFC 6793 §4.1, §6).
 */
import { decodeAggregator, encodeAggregator } from './aggregator-value.ts';
import { type AttributeDescriptor, optionalTransitive } from './descriptor.ts';
import { exactly } from './length-rules.ts';

export const as4Aggregator: AttributeDescriptor<'as4Aggregator'> = {
  type: 18,
  name: 'AS4_AGGREGATOR',
  key: 'as4Aggregator',
  flags: optionalTransitive,
  length: exactly(8),
  malformed: 'attribute-discard',
  valueSubcode: 9,
  rfc: 'RFC 6793 §6',
  only: {
    where: (context) => !context.fourOctetAsn,
    what: 'a speaker of 4-octet AS numbers sent it',
    rfc: 'RFC 6793 §4.1',
  },
  decode: (reader) => decodeAggregator(reader, true),
  encode: (value, writer) => encodeAggregator(value, writer, true),
};
