/**
 * One text for all that a set of path attributes says: equal texts mean that a peer would hear the same.
 *
 * Why here: tests compare tables by such texts, made another way than the speaker compares (`bgp/rib/attributes-equal.ts`).
 * Communities are sets, so their order does not count.
 */
import { toHex } from '../base/bytes.ts';
import type { PathAttributes } from '../bgp/message/types.ts';
import { formatAddress } from '../ip/address.ts';

export function attributesKey(attributes: PathAttributes): string {
  // Those whose order means nothing, or that hold bytes, by name; whatever else is there as it is.
  const { originCode, asPath, multiExitDiscriminator, localPreference, atomicAggregate, ...others } = attributes;
  const { aggregator, communities, extendedCommunities, largeCommunities, unknown, partial, ...more } = others;
  const { originatorId, clusterList, ...rest } = more;
  return JSON.stringify([
    originCode ?? null,
    asPath?.map((segment) => [segment.kind, segment.asns]) ?? null,
    multiExitDiscriminator ?? null,
    localPreference ?? null,
    atomicAggregate ?? null,
    aggregator === undefined ? null : [aggregator.asn, formatAddress(aggregator.address)],
    sorted(communities),
    sorted(extendedCommunities?.map((community) => community.join(':'))),
    sorted(largeCommunities?.map((community) => community.join(':'))),
    sorted(unknown?.map((attribute) => `${attribute.type} ${attribute.flags} ${toHex(attribute.bytes)}`)),
    sorted(partial),
    originatorId === undefined ? null : formatAddress(originatorId),
    clusterList?.map(formatAddress) ?? null,
    Object.entries(rest)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
}

function sorted<T extends number | string>(values: readonly T[] | undefined): readonly T[] | null {
  // An empty list is an absent attribute: on the wire both are nothing.
  return values === undefined || values.length === 0 ? null : [...values].sort();
}
