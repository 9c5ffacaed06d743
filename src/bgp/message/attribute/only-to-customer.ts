/**
 * ONLY_TO_CUSTOMER: the AS that sent a route to a customer or across to a peer; from there on it may only go down, and whoever
 * sees it come up or across again has found a leak.
 *
 * Layout (RFC 9234 §5): [ASN u32], 4 octets always.
 * Errors: malformed → treat-as-withdraw (RFC 9234 §5).
 * Not here: what a role makes of it, which is the speaker's.
 */
import { type AttributeDescriptor, asItIs, optionalTransitive } from './descriptor.ts';
import { exactly } from './length-rules.ts';
import { checkedU32 } from './number.ts';
import { identical } from './same.ts';

export const onlyToCustomer: AttributeDescriptor<'onlyToCustomer'> = {
  type: 35,
  name: 'ONLY_TO_CUSTOMER',
  key: 'onlyToCustomer',
  flags: optionalTransitive,
  length: exactly(4),
  malformed: 'treat-as-withdraw',
  valueSubcode: 9,
  rfc: 'RFC 9234 §5',
  decode: (reader) => reader.u32('asn'),
  encode(value, writer) {
    // RFC 9234 §5: once set it is passed on unchanged, whatever it says.
    writer.u32(checkedU32(value, 'ONLY_TO_CUSTOMER'));
  },
  json: asItIs,
  same: identical,
};
