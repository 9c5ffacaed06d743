/**
 * EXTENDED_COMMUNITIES: communities of 8 bytes that say what kind they are (RFC 4360), some with a 4-octet AS number (RFC 5668).
 *
 * Layout: [type u8 or u16 …8 bytes in all] …
 * Errors: malformed → treat-as-withdraw; a kind that nobody knows is no error (RFC 7606 §7.14). Their text: ../extended-community.ts.
 */
import { formatExtendedCommunity } from '../extended-community.ts';
import type { ExtendedCommunity } from '../types.ts';
import { type AttributeDescriptor, optionalTransitive } from './descriptor.ts';
import { multipleOf } from './length-rules.ts';
import { checkedU32 } from './number.ts';
import { sameNumbers, sameSets } from './same.ts';

export const extendedCommunities: AttributeDescriptor<'extendedCommunities'> = {
  type: 16,
  name: 'EXTENDED_COMMUNITIES',
  key: 'extendedCommunities',
  flags: optionalTransitive,
  length: multipleOf(8),
  malformed: 'treat-as-withdraw',
  valueSubcode: 9,
  rfc: 'RFC 7606 §7.14',
  decode(reader) {
    const values: ExtendedCommunity[] = [];
    while (reader.left > 0) values.push([reader.u32(`[${values.length}]`), reader.u32(`[${values.length}]`)]);
    return values;
  },
  encode(values, writer) {
    for (const [high, low] of values) {
      writer.u32(checkedU32(high, 'an extended community')).u32(checkedU32(low, 'an extended community'));
    }
  },
  json: (values) => values.map(formatExtendedCommunity),
  same: sameSets(sameNumbers, (community) => community.join(':')),
};
