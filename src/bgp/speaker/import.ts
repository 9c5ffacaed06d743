/**
 * What becomes of a route that a peer announces: checked, then run through the peer's import policy.
 *
 * Why an outcome for each route, not a filter: a route that is not used keeps its reason, so that an operator can be told.
 * What is malformed never comes here; the codec has handled it (RFC 7606).
 */
import { addressesEqual, formatAddress } from '../../ip/address.ts';
import type { RouteValidation } from '../../ip/route-validation.ts';
import { unicastFamily } from '../message/family/table.ts';
import type { CompiledPolicy } from '../policy/evaluate.ts';
import type { PolicyContext } from '../policy/types.ts';
import { countAsn, prependAsn } from '../rib/as-path.ts';
import type { ImportRejection, ReceivedRoute, Route } from '../rib/types.ts';
import { nextHopFor } from './next-hop.ts';
import { leakFrom, markedOnImport } from './only-to-customer.ts';
import type { PeerOptions, SpeakerIdentity } from './options.ts';
import type { PeerConfig } from './types.ts';

export interface ImportContext extends Pick<SpeakerIdentity, 'routerId' | 'clusterId'> {
  readonly localAsn: number;
  readonly peer: Pick<PeerConfig, 'peerAsn' | 'address' | 'nextHops' | 'role'> & PeerOptions;
  readonly policy: CompiledPolicy | undefined;
  readonly validation?: RouteValidation;
}

export function importRoute(received: Route, context: ImportContext): ReceivedRoute {
  const { policy } = context;
  const unusable =
    looped(received, context) ??
    ownNextHop(received, context) ??
    reflectedBack(received, context) ??
    leaked(received, context);
  if (unusable !== undefined) return { received, outcome: { verdict: 'reject', rejection: unusable } };
  const usable = completed(received, context);
  if (policy === undefined) {
    if (!received.source.external) return { received, outcome: { verdict: 'accept', route: usable } };
    const what = 'the session has no import policy, so nothing is accepted (RFC 8212 §2)';
    return { received, outcome: { verdict: 'reject', rejection: { reason: 'no-import-policy', what } } };
  }
  const { verdict, route, term } = policy(usable, importPolicyContext(context));
  const named = term === undefined ? {} : { term };
  if (verdict === 'accept') return { received, outcome: { verdict, route, ...named } };
  const what = term === undefined ? 'no term of the import policy accepts it' : `import policy: ${term}`;
  return { received, outcome: { verdict, rejection: { reason: 'policy', what, ...named } } };
}

/** What an import policy may ask beyond the route. */
export function importPolicyContext({ localAsn, peer, validation }: ImportContext): PolicyContext {
  const ownNextHop: PolicyContext['ownNextHop'] = (family) => nextHopFor(peer, family);
  return { localAsn, ownNextHop, ...(validation === undefined ? {} : { validation }) };
}

/** The route as policy and decision see it, with what the peerings of this kind add to each. */
export function completed(received: Route, { peer }: ImportContext): Route {
  const { source } = received;
  let { attributes } = received;
  if (source.external) attributes = markedOnImport(peer, attributes);
  const { localAs } = peer;
  if (localAs !== undefined && localAs.noPrepend === undefined) {
    // RFC 7705 §3.1: as if the AS that we were still stood between the peer and us.
    attributes = { ...attributes, asPath: prependAsn(attributes.asPath ?? [], localAs.asn) };
  }
  return attributes === received.attributes ? received : { ...received, attributes };
}

/** RFC 4271 §9.1.2: a path that holds our own AS has been here; the AS that we were is ours, too (RFC 7705 §3.1). */
function looped(route: Route, { localAsn, peer }: ImportContext): ImportRejection | undefined {
  const path = route.attributes.asPath ?? [];
  const allowed = peer.allowOwnAs ?? 0;
  for (const asn of new Set([localAsn, peer.localAs?.asn ?? localAsn])) {
    const count = countAsn(path, asn);
    if (count <= allowed) continue;
    const what = `our own AS ${asn} is in its AS path`;
    if (allowed === 0) return { reason: 'as-path-loop', what };
    return { reason: 'as-path-loop', what: `${what} ${count} times; ${allowed} are allowed` };
  }
  return undefined;
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

/** RFC 4456 §8: what we brought into this AS ourselves, or have reflected already, is ignored. */
function reflectedBack(route: Route, { routerId, clusterId = routerId }: ImportContext): ImportRejection | undefined {
  const { originatorId, clusterList = [] } = route.attributes;
  if (route.source.external) return undefined;
  if (originatorId !== undefined && addressesEqual(originatorId, routerId)) {
    return { reason: 'reflection-loop', what: 'its ORIGINATOR_ID is our own router ID (RFC 4456 §8)' };
  }
  if (clusterList.some((id) => addressesEqual(id, clusterId))) {
    const what = `its CLUSTER_LIST holds our cluster ${formatAddress(clusterId)} (RFC 4456 §8)`;
    return { reason: 'reflection-loop', what };
  }
  return undefined;
}

function leaked(route: Route, { peer }: ImportContext): ImportRejection | undefined {
  const what = route.source.external ? leakFrom(peer, route.attributes) : undefined;
  return what === undefined ? undefined : { reason: 'route-leak', what };
}
