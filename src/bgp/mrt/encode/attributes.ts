/**
 * Path attributes as a RIB dump holds them.
 *
 * Always AS numbers of 4 octets; for IPv6, MP_REACH_NLRI is cut down to its next hop (RFC 6396 §4.3.4), since the record says the
 * prefix.
 */
import { assert } from '../../../base/assert.ts';
import { ByteWriter } from '../../../base/bytes.ts';
import type { Address } from '../../../ip/address.ts';
import { encodeAttributes } from '../../message/attribute/encode.ts';
import type { CodecContext, PathAttributes } from '../../message/types.ts';

/** As an internal peer gets them: LOCAL_PREF is kept. */
const context: CodecContext = {
  fourOctetAsn: true,
  external: false,
  families: ['ipv4-unicast', 'ipv6-unicast'],
};

/** The attributes' bytes, for an entry of `ribRecord`. */
export function ribAttributes(attributes: PathAttributes, nextHop: Address): Uint8Array {
  const { unknown, partial, ...known } = attributes;
  const others = { ...(unknown === undefined ? {} : { unknown }), ...(partial === undefined ? {} : { partial }) };
  if (nextHop.family === 4) return encodeAttributes({ wire: { ...known, nextHop }, ...others }, context);
  assert(nextHop.bytes.length === 16, 'an IPv6 next hop has 16 bytes');
  // Optional, non-transitive; type 14.
  const reach = new ByteWriter(20).u8(0x80).u8(14).u8(17).u8(16).put(nextHop.bytes);
  return reach.put(encodeAttributes({ wire: known, ...others }, context)).finish();
}
