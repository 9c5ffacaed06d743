/**
 * ORIGIN: how the first AS came to know of the prefix.
 *
 * Layout (RFC 4271 §4.3): [0 IGP | 1 EGP | 2 INCOMPLETE]
 * Errors: malformed → treat-as-withdraw (RFC 7606 §7.1).
 */
import { assert } from '../../../base/assert.ts';
import type { OriginCode } from '../types.ts';
import { type AttributeDescriptor, AttributeFault, asItIs, wellKnown } from './descriptor.ts';
import { exactly } from './length-rules.ts';
import { identical } from './same.ts';

const codes: readonly OriginCode[] = ['igp', 'egp', 'incomplete'];

export const origin: AttributeDescriptor<'originCode'> = {
  type: 1,
  name: 'ORIGIN',
  key: 'originCode',
  flags: wellKnown,
  length: exactly(1),
  malformed: 'treat-as-withdraw',
  valueSubcode: 6,
  rfc: 'RFC 7606 §7.1',
  decode(reader) {
    const offset = reader.offset;
    const number = reader.u8('value');
    const code = codes[number];
    if (code === undefined)
      throw new AttributeFault(`it is ${number}; only 0, 1 and 2 are defined`, { offset, field: 'value' });
    return code;
  },
  encode(value, writer) {
    const number = codes.indexOf(value);
    assert(number >= 0, `${value} is not an origin code`);
    writer.u8(number);
  },
  json: asItIs,
  same: identical,
};
