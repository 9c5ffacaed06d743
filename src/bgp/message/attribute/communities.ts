/**
 * COMMUNITIES: marks by which ASes ask each other for treatment, 32 bits each (RFC 1997).
 *
 * Layout: [ASN u16, value u16] …
 * Errors: malformed → treat-as-withdraw (RFC 7606 §7.8).
 */
import { formatCommunity } from '../community.ts';
import { type AttributeDescriptor, optionalTransitive } from './descriptor.ts';
import { multipleOf } from './length-rules.ts';
import { checkedU32 } from './number.ts';
import { identical, sameSets } from './same.ts';

export const communities: AttributeDescriptor<'communities'> = {
  type: 8,
  name: 'COMMUNITIES',
  key: 'communities',
  flags: optionalTransitive,
  length: multipleOf(4),
  malformed: 'treat-as-withdraw',
  valueSubcode: 9,
  rfc: 'RFC 7606 §7.8',
  decode(reader) {
    const values = new Array<number>(reader.left / 4); // as long as it will be: tables keep many of these
    for (let index = 0; index < values.length; index++) values[index] = reader.u32('value');
    return values;
  },
  encode(values, writer) {
    for (const value of values) writer.u32(checkedU32(value, 'a community'));
  },
  json: (values) => values.map(formatCommunity),
  same: sameSets<number>(identical, (community) => community),
};
