/**
 * What becomes of a route that a peer announces: checked, then run through the peer's import policy.
 *
 * Why an outcome for each route, not a filter: a route that is not used keeps its reason, so that an operator can be told.
 * What is malformed never comes here; the codec has handled it (RFC 7606).
 */
import { addressesEqual, formatAddress } from '../../ip/address.ts';
import { unicastFamily } from '../message/family/table.ts';
import type { CompiledPolicy } from '../policy/evaluate.ts';
import { asPathHas } from '../rib/as-path.ts';
import type { ImportRejection, ReceivedRoute, Route } from '../rib/types.ts';
import { nextHopFor } from './next-hop.ts';
import type { PeerConfig } from './types.ts';

export interface ImportContext {
  readonly localAsn: number;
  readonly peer: Pick<PeerConfig, 'peerAsn' | 'address' | 'nextHops'>;
  readonly policy: CompiledPolicy | undefined;
}

export function importRoute(received: Route, context: ImportContext): ReceivedRoute {
  const { localAsn, policy, peer } = context;
  const unusable = looped(received, localAsn) ?? ownNextHop(received, context);
  if (unusable !== undefined) return { received, outcome: { verdict: 'reject', rejection: unusable } };
  if (policy === undefined) {
    if (peer.peerAsn === localAsn) return { received, outcome: { verdict: 'accept', route: received } };
    const what = 'the session has no import policy, so nothing is accepted (RFC 8212 §2)';
    return { received, outcome: { verdict: 'reject', rejection: { reason: 'no-import-policy', what } } };
  }
  const { verdict, route, term } = policy(received, { localAsn });
  const named = term === undefined ? {} : { term };
  if (verdict === 'accept') return { received, outcome: { verdict, route, ...named } };
  const what = term === undefined ? 'no term of the import policy accepts it' : `import policy: ${term}`;
  return { received, outcome: { verdict, rejection: { reason: 'policy', what, ...named } } };
}

/** RFC 4271 §9.1.2: a path that holds our own AS has been here. */
function looped(route: Route, localAsn: number): ImportRejection | undefined {
  if (!asPathHas(route.attributes.asPath ?? [], localAsn)) return undefined;
  return { reason: 'as-path-loop', what: `our own AS ${localAsn} is in its AS path` };
}

/**
 * RFC 4271 §6.3: a next hop that is our own address would send packets in a circle; the route is ignored, the session stays.
 * Where the peer itself has our address, as on one machine's loopback, addresses tell nothing.
 */
function ownNextHop(route: Route, { peer }: ImportContext): ImportRejection | undefined {
  const own = nextHopFor(peer, unicastFamily(route.prefix.family));
  if (own === undefined || !addressesEqual(own, route.nextHop) || addressesEqual(own, peer.address)) return undefined;
  return { reason: 'own-next-hop', what: `its next hop ${formatAddress(own)} is our own address` };
}
