/**
 * CLUSTER_LIST: the clusters of reflectors that a route has crossed, nearest first, by which a reflection loop is seen.
 *
 * Layout (RFC 4456 §8): [cluster ID u32] …
 * Errors: from an external peer → discarded unread; malformed → treat-as-withdraw (RFC 7606 §7.10).
 */
import { type Address, addressesEqual, formatAddress } from '../../../ip/address.ts';
import { type AttributeDescriptor, optionalNonTransitive } from './descriptor.ts';
import { multipleOf } from './length-rules.ts';
import { decodeRouterId, encodeRouterId } from './router-id.ts';
import { both, sameLists } from './same.ts';

export const clusterList: AttributeDescriptor<'clusterList'> = {
  type: 10,
  name: 'CLUSTER_LIST',
  key: 'clusterList',
  flags: optionalNonTransitive,
  length: multipleOf(4),
  malformed: 'treat-as-withdraw',
  valueSubcode: 9,
  rfc: 'RFC 7606 §7.10',
  // RFC 4456 §8: it stays inside the AS.
  only: { where: (context) => !context.external, what: 'an external peer sent it', rfc: 'RFC 7606 §7.10' },
  decode(reader) {
    const clusters: Address[] = [];
    while (reader.left > 0) clusters.push(decodeRouterId(reader, `[${clusters.length}]`));
    return clusters;
  },
  encode(value, writer) {
    for (const cluster of value) encodeRouterId(cluster, writer);
  },
  json: (values) => values.map(formatAddress),
  same: both(sameLists<Address>(addressesEqual)),
};
