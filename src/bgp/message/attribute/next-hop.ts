/**
 * NEXT_HOP: where packets for the base message's IPv4 prefixes go. Prefixes in MP_REACH_NLRI bring their own.
 *
 * Layout (RFC 4271 §4.3): [IPv4 address]
 * Errors: malformed → treat-as-withdraw (RFC 7606 §7.3). Whether it is a host's address is asked only where prefixes use it, see
 * ../update-checks.ts: beside MP_REACH_NLRI it is to be ignored (RFC 4760 §3), and some routers send 0.0.0.0 there.
 */
import { assert } from '../../../base/assert.ts';
import { type AttributeDescriptor, wellKnown } from './descriptor.ts';
import { exactly } from './length-rules.ts';

export const nextHop: AttributeDescriptor<'nextHop'> = {
  type: 3,
  name: 'NEXT_HOP',
  key: 'nextHop',
  flags: wellKnown,
  length: exactly(4),
  malformed: 'treat-as-withdraw',
  valueSubcode: 8,
  rfc: 'RFC 7606 §7.3',
  decode: (reader) => ({ family: 4, bytes: reader.take(4, 'address').slice() }),
  encode(value, writer) {
    assert(value.family === 4 && value.bytes.length === 4, 'NEXT_HOP holds an IPv4 address');
    writer.put(value.bytes);
  },
};
