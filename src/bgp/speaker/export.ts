/**
 * What a peer is to be told of a route: nothing, with the reason, or the route as it goes out.
 *
 * Why a value each time: an operator asks why a peer does not hear of a prefix, and the answer is the first barrier, the
 * policy's term, or the missing next hop.
 * The next hop towards external peers is our own unless configured or set by policy; third-party next hops
 * (RFC 4271 §5.1.3) are not used by themselves.
 */
import type { Address } from '../../ip/address.ts';
import type { RouteValidation } from '../../ip/route-validation.ts';
import type { AddressFamily } from '../message/types.ts';
import type { CompiledPolicy, PolicyResult } from '../policy/evaluate.ts';
import type { PolicyContext } from '../policy/types.ts';
import type { OutPath } from '../rib/adj-rib-out.ts';
import { localPeer } from '../rib/decision.ts';
import type { AdvertisedRoute, ExportSuppression, Route } from '../rib/types.ts';
import { externalAttributes, internalAttributes, reflectedAttributes, withoutForeignMed } from './export-attributes.ts';
import { exportBarrier, reflects } from './export-barrier.ts';
import { nextHopFor } from './next-hop.ts';
import type { PeerOptions } from './options.ts';
import type { PeerConfig } from './types.ts';

export interface ExportContext {
  readonly localAsn: number;
  /** What our own reflection adds to CLUSTER_LIST. Absent: nothing is reflected. */
  readonly clusterId?: Address;
  /** Without an `id` for what several peers are told alike: who has sent a route must then be asked elsewhere. */
  readonly peer: Pick<PeerConfig, 'peerAsn' | 'nextHops' | 'role'> & Partial<Pick<PeerConfig, 'id'>> & PeerOptions;
  readonly policy: CompiledPolicy | undefined;
  readonly families: readonly AddressFamily[];
  /** Those for which the peer said that it knows routes that are stale for long (RFC 9494). */
  readonly longLivedFamilies?: readonly AddressFamily[];
  /** Families whose IPv4 prefixes may have an IPv6 next hop (RFC 8950). */
  readonly extendedNextHop?: readonly AddressFamily[];
  readonly validation?: RouteValidation;
}

export type ExportOutcome =
  | { readonly verdict: 'announce'; readonly route: AdvertisedRoute; readonly term?: string }
  | { readonly verdict: 'suppress'; readonly suppression: ExportSuppression };

export function exportRoute(best: Route, context: ExportContext): ExportOutcome {
  const asked = askExport(best, context);
  const outcome = 'barred' in asked ? suppressed(asked.barred) : finishExport(best, asked, context);
  if (outcome.verdict === 'suppress') return outcome;
  const { path, ...rest } = outcome;
  return { ...rest, route: { prefix: best.prefix, family: best.family, ...path } };
}

/** What stands before the attributes are made: the first barrier, or the route as the policy left it. */
export type AskedExport =
  | { readonly barred: ExportSuppression }
  | { readonly prepared: Route; readonly result: PolicyResult | undefined };

export function askExport(best: Route, context: ExportContext): AskedExport {
  const external = isExternal(context);
  const barred = exportBarrier(best, context, external);
  if (barred !== undefined) return { barred };
  const prepared = external ? withoutForeignMed(best, context.peer) : best;
  return { prepared, result: context.policy?.(prepared, exportPolicyContext(context)) };
}

/** As `ExportOutcome`, for all prefixes of the same family that were asked about with the same result. */
export type PathOutcome =
  | { readonly verdict: 'announce'; readonly path: OutPath; readonly term?: string }
  | Extract<ExportOutcome, { verdict: 'suppress' }>;

export function finishExport(
  best: Route,
  { prepared, result }: Extract<AskedExport, { prepared: Route }>,
  context: ExportContext,
): PathOutcome {
  const external = isExternal(context);
  const named = result?.term === undefined ? {} : { term: result.term };
  if (result === undefined && external) {
    return suppress('no-export-policy', 'the session has no export policy, so nothing is announced (RFC 8212 §2)');
  }
  if (result?.verdict === 'reject') {
    const what =
      result.term === undefined ? 'no term of the export policy accepts it' : `export policy: ${result.term}`;
    return suppressed({ reason: 'policy', what, ...named });
  }

  const nextHop = result?.nextHopSet ? result.route.nextHop : nextHopTowards(best, context, external);
  const { family } = best;
  if (nextHop === undefined) return suppress('no-next-hop', `no next hop for ${family} is configured for this peer`);
  if (nextHop.family !== best.prefix.family && !(context.extendedNextHop ?? []).includes(family)) {
    return suppress(
      'no-next-hop',
      `its next hop is IPv${nextHop.family}, which this session does not take for ${family}`,
    );
  }
  const { attributes } = result?.route ?? prepared;
  const out = external ? externalAttributes(attributes, context) : towardsInternal(attributes, best, context);
  return { verdict: 'announce', path: { nextHop, attributes: out }, ...named };
}

function isExternal({ peer, localAsn }: ExportContext): boolean {
  return peer.peerAsn !== localAsn;
}

/** What an export policy may ask beyond the route. */
export function exportPolicyContext({ localAsn, peer, validation }: ExportContext): PolicyContext {
  const ownNextHop: PolicyContext['ownNextHop'] = (ipFamily) => nextHopFor(peer, ipFamily);
  return { localAsn, ownNextHop, ...(validation === undefined ? {} : { validation }) };
}

function towardsInternal(attributes: AdvertisedRoute['attributes'], best: Route, context: ExportContext) {
  const internal = internalAttributes(attributes);
  const { clusterId } = context;
  const reflected = best.source.peer !== localPeer && !best.source.external && reflects(best, context);
  return reflected && clusterId !== undefined ? reflectedAttributes(internal, best, clusterId) : internal;
}

/**
 * Towards internal peers a configured next hop stands for next-hop-self; otherwise a learned one stays (RFC 4271 §5.1.3), and
 * so it does where we only reflect (RFC 4456 §10) or are a route server (RFC 7947 §2.2.1). A route of our own has none to keep.
 */
function nextHopTowards(best: Route, context: ExportContext, external: boolean): Address | undefined {
  const { peer } = context;
  const own = nextHopFor(peer, best.prefix.family);
  if (best.source.peer === localPeer || peer.nextHop === 'self') return own;
  const reflected = !external && !best.source.external;
  if (peer.nextHop === 'unchanged' || peer.routeServerClient || reflected) return best.nextHop;
  return own ?? (external ? undefined : best.nextHop);
}

function suppress(reason: ExportSuppression['reason'], what: string) {
  return suppressed({ reason, what });
}

function suppressed(suppression: ExportSuppression) {
  return { verdict: 'suppress', suppression } as const;
}
