/**
 * What a peer's messages do to the tables: its Adj-RIB-In, and by import the candidates of the Loc-RIB.
 *
 * Why apart from the speaker: sessions come and go there; here routes do, and every way in which one can be added, changed or
 * dropped passes one of these few functions, so that the two tables never disagree.
 */
import { longLivedStale } from '../message/community.ts';
import { unicastFamily } from '../message/family/table.ts';
import type { AddressFamily, Nlri, PathAttributes, UpdateMessage } from '../message/types.ts';
import { nlriOf } from '../rib/adj-rib-in.ts';
import type { LocRib } from '../rib/loc-rib.ts';
import { type ReceivedRoute, type Route, type RouteSource, routeKey } from '../rib/types.ts';
import { importRoute } from './import.ts';
import type { Peer } from './peer.ts';

/** Returns whether to go on with the next prefix: a limit may have ended the session. */
export type AfterEach = (family: AddressFamily) => boolean;

/** Takes what an UPDATE says, prefix by prefix. */
export function receiveUpdate(peer: Peer, locRib: LocRib, update: UpdateMessage, afterEach: AfterEach): void {
  const { established } = peer;
  if (established === undefined) return;
  // Withdrawn first: a prefix that stands in both is announced (RFC 4271 §4.3).
  for (const nlri of update.withdrawn) dropRoute(peer, locRib, nlri);
  const context = peer.importContext();
  for (const { family, nextHop, prefixes } of update.reach) {
    for (const nlri of prefixes) {
      const received = routeOf(nlri, established.source, { nextHop, attributes: update.attributes });
      const route = importRoute(received, context);
      peer.adjRibIn.set(route);
      offer(locRib, route);
      if (!afterEach(family)) return;
    }
  }
}

export function dropRoute(peer: Peer, locRib: LocRib, nlri: Nlri): void {
  const before = peer.adjRibIn.get(nlri);
  if (before === undefined || !peer.adjRibIn.delete(nlri)) return;
  locRib.delete(before.received.prefix, routeKey(before.received));
}

/** Runs import anew on all that the peer has sent: another policy, or other answers of its validation. */
export function importAgain(peer: Peer, locRib: LocRib): void {
  const context = peer.importContext();
  for (const before of [...peer.adjRibIn.routes()]) {
    const imported = importRoute(before.received, context);
    const stale = peer.adjRibIn.isStale(nlriOf(before));
    const route = stale && peer.longLived.has(familyOf(before)) ? markLongLived(imported) : imported;
    if (stale) peer.adjRibIn.replaceStale(route);
    else peer.adjRibIn.set(route);
    offer(locRib, route);
  }
}

/** Drops what the peer has not said again since it was marked stale. */
export function dropStale(peer: Peer, locRib: LocRib, family: AddressFamily): void {
  for (const nlri of peer.adjRibIn.takeStale(family)) dropRoute(peer, locRib, nlri);
}

/** Drops all routes of these families. */
export function dropFamilies(peer: Peer, locRib: LocRib, families: readonly AddressFamily[]): void {
  for (const route of [...peer.adjRibIn.routes()]) {
    if (families.includes(familyOf(route))) dropRoute(peer, locRib, nlriOf(route));
  }
  for (const family of families) peer.adjRibIn.takeStale(family);
}

/** RFC 9494 §4.2: LLGR_STALE goes with a route that is kept for long. */
export function markLongLived({ received, outcome }: ReceivedRoute): ReceivedRoute {
  if (outcome.verdict === 'reject') return { received, outcome };
  const { attributes } = outcome.route;
  const communities = [...new Set([...(attributes.communities ?? []), longLivedStale])];
  return { received, outcome: { ...outcome, route: { ...outcome.route, attributes: { ...attributes, communities } } } };
}

/** Makes the outcome of import a candidate of the Loc-RIB, or none. */
export function offer(locRib: LocRib, { received, outcome }: ReceivedRoute): void {
  if (outcome.verdict === 'accept') locRib.set(outcome.route);
  else locRib.delete(received.prefix, routeKey(received));
}

function familyOf({ received }: ReceivedRoute): AddressFamily {
  return unicastFamily(received.prefix.family);
}

function routeOf(
  nlri: Nlri,
  source: RouteSource,
  rest: { readonly nextHop: Route['nextHop']; readonly attributes: PathAttributes },
): Route {
  if (nlri.pathId === undefined) return { prefix: nlri, source, ...rest };
  const { pathId, ...prefix } = nlri;
  return { prefix, source, ...rest, pathId };
}
