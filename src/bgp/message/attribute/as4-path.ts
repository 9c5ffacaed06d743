/**
 * AS4_PATH: AS_PATH with 4-octet AS numbers, carried past speakers that know 2 octets (RFC 6793 §3).
 *
 * Errors: malformed, or from a speaker of 4 octets → attribute discard (RFC 6793 §4.1, §6). AS_CONFED_SEQUENCE is
 * stepped over (§6); a set → treat-as-withdraw (RFC 9774 §3). How it is joined with AS_PATH: as4-merge.ts.
 */
import { decodeSegments, encodeSegments } from './as-path-segments.ts';
import { type AttributeDescriptor, optionalTransitive } from './descriptor.ts';

export const as4Path: AttributeDescriptor<'as4Path'> = {
  type: 17,
  name: 'AS4_PATH',
  key: 'as4Path',
  flags: optionalTransitive,
  length: { fits: (length) => length >= 6 && length % 2 === 0, text: () => 'an even number of bytes, at least 6' },
  malformed: 'attribute-discard',
  valueSubcode: 9,
  rfc: 'RFC 6793 §6',
  only: {
    where: (context) => !context.fourOctetAsn,
    what: 'a speaker of 4-octet AS numbers sent it',
    rfc: 'RFC 6793 §4.1',
  },
  decode(reader, { allowAsSet = false }) {
    return decodeSegments(reader, { fourOctetAsn: true, skipConfederation: true, allowAsSet });
  },
  encode: (value, writer) => encodeSegments(value, writer, true),
};
