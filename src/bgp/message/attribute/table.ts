/**
 * The path attributes that we know, in the order of their type codes. A new one is a file with its descriptor, its vectors
 * beside it, a line here, and the field that holds its value in `types.ts`.
 */
import { aggregator } from './aggregator.ts';
import { asPath } from './as-path.ts';
import { as4Aggregator } from './as4-aggregator.ts';
import { as4Path } from './as4-path.ts';
import { atomicAggregate } from './atomic-aggregate.ts';
import { clusterList } from './cluster-list.ts';
import { communities } from './communities.ts';
import type { AttributeDescriptor } from './descriptor.ts';
import { extendedCommunities } from './extended-communities.ts';
import { largeCommunities } from './large-communities.ts';
import { localPreference } from './local-preference.ts';
import { mpReachNlri } from './mp-reach-nlri.ts';
import { mpUnreachNlri } from './mp-unreach-nlri.ts';
import { multiExitDiscriminator } from './multi-exit-discriminator.ts';
import { nextHop } from './next-hop.ts';
import { onlyToCustomer } from './only-to-customer.ts';
import { origin } from './origin.ts';
import { originatorId } from './originator-id.ts';

export const attributeTable: readonly AttributeDescriptor[] = [
  origin,
  asPath,
  nextHop,
  multiExitDiscriminator,
  localPreference,
  atomicAggregate,
  aggregator,
  communities,
  originatorId,
  clusterList,
  mpReachNlri,
  mpUnreachNlri,
  extendedCommunities,
  as4Path,
  as4Aggregator,
  largeCommunities,
  onlyToCustomer,
];

const byType = new Map(attributeTable.map((descriptor) => [descriptor.type, descriptor]));

/** `undefined` where we do not know the type. */
export function attributeByType(type: number): AttributeDescriptor | undefined {
  return byType.get(type);
}
