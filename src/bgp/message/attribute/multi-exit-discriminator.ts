/**
 * MULTI_EXIT_DISC: which of several links into the announcing AS it would rather have used; lower is better.
 *
 * Layout (RFC 4271 §4.3): [u32]
 * Errors: malformed → treat-as-withdraw (RFC 7606 §7.4).
 */
import { type AttributeDescriptor, asItIs, optionalNonTransitive } from './descriptor.ts';
import { exactly } from './length-rules.ts';
import { checkedU32 } from './number.ts';
import { identical } from './same.ts';

export const multiExitDiscriminator: AttributeDescriptor<'multiExitDiscriminator'> = {
  type: 4,
  name: 'MULTI_EXIT_DISC',
  key: 'multiExitDiscriminator',
  flags: optionalNonTransitive,
  length: exactly(4),
  malformed: 'treat-as-withdraw',
  valueSubcode: 9,
  rfc: 'RFC 7606 §7.4',
  decode: (reader) => reader.u32('value'),
  encode(value, writer) {
    writer.u32(checkedU32(value, 'MULTI_EXIT_DISC'));
  },
  json: asItIs,
  same: identical,
};
