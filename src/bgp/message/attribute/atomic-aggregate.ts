/**
 * ATOMIC_AGGREGATE: a mark that an aggregate left out some AS of its parts.
 *
 * Layout (RFC 4271 §4.3): nothing; its presence is its value.
 * Errors: malformed → attribute discard (RFC 7606 §7.6).
 */
import { type AttributeDescriptor, asItIs, wellKnown } from './descriptor.ts';
import { exactly } from './length-rules.ts';
import { identical } from './same.ts';

export const atomicAggregate: AttributeDescriptor<'atomicAggregate'> = {
  type: 6,
  name: 'ATOMIC_AGGREGATE',
  key: 'atomicAggregate',
  flags: wellKnown,
  length: exactly(0),
  malformed: 'attribute-discard',
  valueSubcode: 5,
  rfc: 'RFC 7606 §7.6',
  decode: () => true,
  encode: () => {},
  json: asItIs,
  same: identical,
};
