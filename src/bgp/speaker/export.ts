/**
 * What a peer is to be told of a best route: nothing, with the reason, or the route as it goes out.
 *
 * Decided here, where RFCs leave it open:
 * - A route is never sent back to the peer that it came from.
 * - A route whose AS path holds the peer's ASN is sent: it is for the receiver to find its loop (RFC 4271 §9.1.2), and a
 *   network of several sites under one ASN may accept it on purpose.
 * - NO_EXPORT and its kin bind what was learned (RFC 1997: "all routes received"). On a route of our own they are meant for
 *   the receiver, so it is sent. BIRD does the same.
 * - The next hop towards external peers is always our own; third-party next hops (RFC 4271 §5.1.3) are not used.
 */
import type { Address } from '../../ip/address.ts';
import { noAdvertise, noExport, noExportSubconfed } from '../message/community.ts';
import { unicastFamily } from '../message/family/table.ts';
import type { AddressFamily, PathAttributes } from '../message/types.ts';
import type { CompiledPolicy } from '../policy/evaluate.ts';
import { prependAsn } from '../rib/as-path.ts';
import { defaultLocalPreference, localPeer } from '../rib/decision.ts';
import type { AdvertisedRoute, ExportSuppression, Route } from '../rib/types.ts';
import { nextHopFor } from './next-hop.ts';
import type { PeerConfig } from './types.ts';

export interface ExportContext {
  readonly localAsn: number;
  readonly peer: Pick<PeerConfig, 'id' | 'peerAsn' | 'nextHops'>;
  readonly policy: CompiledPolicy | undefined;
  readonly families: readonly AddressFamily[];
}

export type ExportOutcome =
  | { readonly verdict: 'announce'; readonly route: AdvertisedRoute; readonly term?: string }
  | { readonly verdict: 'suppress'; readonly suppression: ExportSuppression };

export function exportRoute(best: Route, context: ExportContext): ExportOutcome {
  const external = context.peer.peerAsn !== context.localAsn;
  const barred = barrier(best, context, external);
  if (barred !== undefined) return { verdict: 'suppress', suppression: barred };

  const prepared = external ? withoutForeignMed(best) : best;
  const result = context.policy?.(prepared, { localAsn: context.localAsn });
  const named = result?.term === undefined ? {} : { term: result.term };
  if (result === undefined && external) {
    return suppress('no-export-policy', 'the session has no export policy, so nothing is announced (RFC 8212 §2)');
  }
  if (result?.verdict === 'reject') {
    const what =
      result.term === undefined ? 'no term of the export policy accepts it' : `export policy: ${result.term}`;
    return { verdict: 'suppress', suppression: { reason: 'policy', what, ...named } };
  }

  const nextHop = nextHopTowards(best, context, external);
  if (nextHop === undefined) {
    return suppress('no-next-hop', `no next hop for ${unicastFamily(best.prefix.family)} is configured for this peer`);
  }
  const { attributes } = result?.route ?? prepared;
  const out = external ? externalAttributes(attributes, context.localAsn) : internalAttributes(attributes);
  return { verdict: 'announce', route: { prefix: best.prefix, nextHop, attributes: out }, ...named };
}

/** What forbids to tell the peer before any policy is asked. */
function barrier(best: Route, { peer, families }: ExportContext, external: boolean): ExportSuppression | undefined {
  const family = unicastFamily(best.prefix.family);
  const { source } = best;
  const isLearned = source.peer !== localPeer;
  const communities = isLearned ? (best.attributes.communities ?? []) : [];
  if (!families.includes(family)) {
    return { reason: 'family-not-negotiated', what: `the session does not carry ${family}` };
  }
  if (source.peer === peer.id) {
    return { reason: 'learned-from-this-peer', what: 'it was learned from this peer' };
  }
  if (isLearned && !source.external && !external) {
    // RFC 4271 §9.2: internal peers are fully meshed; route reflection (RFC 4456) is not done here.
    return { reason: 'learned-from-internal-peer', what: 'internal routes are not passed on to internal peers' };
  }
  if (communities.includes(noAdvertise)) return { reason: 'no-advertise', what: 'it carries NO_ADVERTISE (RFC 1997)' };
  // Without confederations the two mean the same.
  if (external && (communities.includes(noExport) || communities.includes(noExportSubconfed))) {
    return { reason: 'no-export', what: 'it carries NO_EXPORT (RFC 1997)' };
  }
  return undefined;
}

/** RFC 4271 §5.1.4: a MED received from one neighbour AS must not reach another. What export policy sets stays. */
function withoutForeignMed(route: Route): Route {
  if (route.source.peer === localPeer) return route;
  const { multiExitDiscriminator: _, ...attributes } = route.attributes;
  return { ...route, attributes };
}

/**
 * Towards internal peers a configured next hop stands for next-hop-self; otherwise a learned one stays (RFC 4271 §5.1.3).
 * A route of our own has none to keep.
 */
function nextHopTowards(best: Route, { peer }: ExportContext, external: boolean): Address | undefined {
  const configured = nextHopFor(peer, unicastFamily(best.prefix.family));
  return configured ?? (external || best.source.peer === localPeer ? undefined : best.nextHop);
}

function externalAttributes(attributes: PathAttributes, localAsn: number): PathAttributes {
  const { localPreference: _, ...others } = attributes; // RFC 4271 §5.1.5: never to external peers
  return { ...passedOn(others), asPath: prependAsn(attributes.asPath ?? [], localAsn) }; // RFC 4271 §5.1.2(b)
}

function internalAttributes(attributes: PathAttributes): PathAttributes {
  const localPreference = attributes.localPreference ?? defaultLocalPreference; // RFC 4271 §5.1.5: always to internal peers
  return { ...passedOn(attributes), asPath: attributes.asPath ?? [], localPreference };
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

function suppress(reason: ExportSuppression['reason'], what: string): ExportOutcome {
  return { verdict: 'suppress', suppression: { reason, what } };
}
