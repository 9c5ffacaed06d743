/**
 * LARGE_COMMUNITY: communities with room for a 4-octet AS number (RFC 8092).
 *
 * Layout: [global administrator u32, local data u32, local data u32] …
 * Errors: malformed → treat-as-withdraw (RFC 8092 §6). Repeated values are dropped without a word (§2).
 */
import { formatLargeCommunity } from '../community.ts';
import type { LargeCommunity } from '../types.ts';
import { type AttributeDescriptor, optionalTransitive } from './descriptor.ts';
import { multipleOf } from './length-rules.ts';
import { checkedU32 } from './number.ts';
import { sameNumbers, sameSets } from './same.ts';

export const largeCommunities: AttributeDescriptor<'largeCommunities'> = {
  type: 32,
  name: 'LARGE_COMMUNITY',
  key: 'largeCommunities',
  flags: optionalTransitive,
  length: multipleOf(12),
  malformed: 'treat-as-withdraw',
  valueSubcode: 9,
  rfc: 'RFC 8092 §6',
  decode(reader) {
    const values = new Map<string, LargeCommunity>();
    while (reader.left > 0) {
      const field = `[${values.size}]`;
      const value: LargeCommunity = [reader.u32(field), reader.u32(field), reader.u32(field)];
      if (!values.has(value.join(':'))) values.set(value.join(':'), value);
    }
    return [...values.values()];
  },
  encode(values, writer) {
    const distinct = new Map(values.map((value) => [value.join(':'), value])); // RFC 8092 §2: no duplicates are sent
    for (const value of distinct.values()) {
      for (const part of value) writer.u32(checkedU32(part, 'a part of a large community'));
    }
  },
  json: (values) => values.map(formatLargeCommunity),
  same: sameSets(sameNumbers, (community) => community.join(':')),
};
