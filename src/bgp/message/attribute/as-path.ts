/**
 * AS_PATH: the ASes an announcement has crossed, nearest first.
 *
 * Why: loop detection and path length both read it, so segments keep their order and kind. May be empty: inside the first AS.
 * Errors: malformed → treat-as-withdraw (RFC 7606 §7.2). AS_SET costs the route, too, unless the
 * session takes it (RFC 9774 §3).
 * Not here: the segments' layout, see as-path-segments.ts; that the first AS is the peer's, see ../update-checks.ts.
 */
import type { AsPathSegment } from '../types.ts';
import { decodeSegments, encodeSegments } from './as-path-segments.ts';
import { type AttributeDescriptor, wellKnown } from './descriptor.ts';
import { anyLength } from './length-rules.ts';
import { both, sameLists, sameNumbers } from './same.ts';

export const asPath: AttributeDescriptor<'asPath'> = {
  type: 2,
  name: 'AS_PATH',
  key: 'asPath',
  flags: wellKnown,
  length: anyLength,
  malformed: 'treat-as-withdraw',
  valueSubcode: 11,
  rfc: 'RFC 7606 §7.2',
  decode(reader, { fourOctetAsn, allowAsSet = false }) {
    return decodeSegments(reader, { fourOctetAsn, skipConfederation: false, allowAsSet });
  },
  encode: (value, writer, { fourOctetAsn }) => encodeSegments(value, writer, fourOctetAsn),
  json: (segments) => segments.map(({ kind, asns }) => ({ kind, asns })),
  same: both(sameLists<AsPathSegment>((a, b) => a.kind === b.kind && sameNumbers(a.asns, b.asns))),
};
