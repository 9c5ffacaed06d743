/**
 * The attributes of a route as they leave for a peer: what RFC 4271 §5 wants towards an external and an internal one, and what
 * a route server and a route reflector leave alone instead.
 */
import type { Address } from '../../ip/address.ts';
import { isTransitive } from '../message/extended-community.ts';
import type { PathAttributes } from '../message/types.ts';
import { type AsPath, isPrivateAsn, prependAsn, replaceAsns, withoutAsns } from '../rib/as-path.ts';
import { defaultLocalPreference, localPeer } from '../rib/decision.ts';
import type { Route } from '../rib/types.ts';
import type { ExportContext } from './export.ts';
import { markedOnExport } from './only-to-customer.ts';
import { asnTowards, type PeerOptions } from './options.ts';

export function externalAttributes(attributes: PathAttributes, { localAsn, peer }: ExportContext): PathAttributes {
  // RFC 4271 §5.1.5: LOCAL_PREF never goes to external peers; nor does what reflection added (RFC 4456 §8).
  const { localPreference: _, originatorId: __, clusterList: ___, ...others } = attributes;
  const ownAsn = asnTowards({ asn: localAsn }, peer);
  const known = passedOn(others);
  // RFC 7947 §2.2.4: communities are from client to client, so no AS ends at a route server.
  const marked = markedOnExport(peer, peer.routeServerClient ? known : withinAs(known), ownAsn);
  const path = attributes.asPath ?? [];
  if (peer.routeServerClient) return { ...marked, asPath: path }; // RFC 7947 §2.2.2: our own AS is not in the path
  return { ...marked, asPath: withOwnAsns(withoutPrivateAsns(path, localAsn, peer), localAsn, peer.localAs) };
}

/** RFC 4271 §5.1.2(b), and RFC 7705 §3 towards a peer that knows us as another AS. */
function withOwnAsns(path: AsPath, localAsn: number, localAs: PeerOptions['localAs']): AsPath {
  if (localAs === undefined) return prependAsn(path, localAsn);
  const behind = localAs.replaceAs ? path : prependAsn(path, localAsn);
  return prependAsn(behind, localAs.asn);
}

function withoutPrivateAsns(
  path: AsPath,
  localAsn: number,
  { removePrivateAs, peerAsn }: ExportContext['peer'],
): AsPath {
  // The peer's own ASN stays: without it the peer would not find its loop.
  const goes = (asn: number): boolean => isPrivateAsn(asn) && asn !== peerAsn;
  switch (removePrivateAs) {
    case undefined:
      return path;
    case 'only-private':
      return path.every(({ asns }) => asns.every(goes)) ? [] : path;
    case 'all':
      return withoutAsns(path, goes);
    case 'replace':
      return replaceAsns(path, goes, localAsn);
  }
}

export function internalAttributes(attributes: PathAttributes): PathAttributes {
  const localPreference = attributes.localPreference ?? defaultLocalPreference; // RFC 4271 §5.1.5: always to internal peers
  return { ...passedOn(attributes), asPath: attributes.asPath ?? [], localPreference };
}

/** RFC 4456 §8: who brought the route into the AS, and the clusters that reflected it, ours in front. */
export function reflectedAttributes(attributes: PathAttributes, { source }: Route, clusterId: Address): PathAttributes {
  const { originatorId = source.routerId, clusterList = [] } = attributes;
  return { ...attributes, originatorId, clusterList: [clusterId, ...clusterList] };
}

/**
 * RFC 4271 §5.1.4: a MED received from one neighbour AS must not reach another. What export policy sets stays. A route server
 * passes it on, as its clients are neighbours by way of it (RFC 7947 §2.2.3).
 */
export function withoutForeignMed(route: Route, peer: PeerOptions): Route {
  if (route.source.peer === localPeer || peer.routeServerClient) return route;
  const { multiExitDiscriminator: _, ...attributes } = route.attributes;
  return { ...route, attributes };
}

/** RFC 4360 §6: a community that is not transitive ends where the AS does. */
function withinAs(attributes: PathAttributes): PathAttributes {
  const { extendedCommunities, ...others } = attributes;
  if (extendedCommunities === undefined) return attributes;
  const left = extendedCommunities.filter(isTransitive);
  return left.length === 0 ? others : { ...others, extendedCommunities: left };
}

const transitive = 0x40;
const partial = 0x20;

/** RFC 4271 §5: unknown transitive attributes go on with the Partial bit set, others end here. */
function passedOn(attributes: PathAttributes): PathAttributes {
  const { unknown, ...known } = attributes;
  const left = (unknown ?? [])
    .filter(({ flags }) => (flags & transitive) !== 0)
    .map((attribute) => ({ ...attribute, flags: attribute.flags | partial }));
  return left.length === 0 ? known : { ...known, unknown: left };
}
