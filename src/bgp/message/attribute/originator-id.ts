/**
 * ORIGINATOR_ID: the router that brought a reflected route into this AS, so that it knows its own route again.
 *
 * Layout (RFC 4456 §8): [router ID]
 * Errors: from an external peer → discarded unread; malformed → treat-as-withdraw (RFC 7606 §7.9).
 */
import { addressesEqual, formatAddress } from '../../../ip/address.ts';
import { type AttributeDescriptor, optionalNonTransitive } from './descriptor.ts';
import { exactly } from './length-rules.ts';
import { decodeRouterId, encodeRouterId } from './router-id.ts';
import { both } from './same.ts';

export const originatorId: AttributeDescriptor<'originatorId'> = {
  type: 9,
  name: 'ORIGINATOR_ID',
  key: 'originatorId',
  flags: optionalNonTransitive,
  length: exactly(4),
  malformed: 'treat-as-withdraw',
  valueSubcode: 9,
  rfc: 'RFC 7606 §7.9',
  // RFC 4456 §8: it stays inside the AS.
  only: { where: (context) => !context.external, what: 'an external peer sent it', rfc: 'RFC 7606 §7.9' },
  decode: (reader) => decodeRouterId(reader, 'value'),
  encode: (value, writer) => encodeRouterId(value, writer),
  json: formatAddress,
  same: both(addressesEqual),
};
