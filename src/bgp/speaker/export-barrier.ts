/**
 * What forbids to tell a peer of a route before any policy is asked, each with its reason for people.
 *
 * Decided here, where RFCs leave it open:
 * - A route is never sent back to the peer that it came from.
 * - A route whose AS path holds the peer's ASN is sent: it is for the receiver to find its loop (RFC 4271 §9.1.2), and a
 *   network of several sites under one ASN may accept it on purpose.
 * - NO_EXPORT and its kin bind what was learned (RFC 1997: "all routes received"). On a route of our own they are meant for
 *   the receiver, so it is sent. BIRD does the same. A route server between its clients leaves them to the receiver, too
 *   (RFC 7947 §2.2.4: communities for its clients are not processed).
 */
import { noAdvertise, noExport, noExportSubconfed } from '../message/community.ts';
import { isLongLivedStale, localPeer } from '../rib/decision.ts';
import type { ExportSuppression, Route } from '../rib/types.ts';
import type { ExportContext } from './export.ts';
import { mayTell } from './only-to-customer.ts';

/** `undefined` where nothing does. */
export function exportBarrier(best: Route, context: ExportContext, external: boolean): ExportSuppression | undefined {
  const { peer, families, longLivedFamilies = [] } = context;
  const { family, source } = best;
  const isLearned = source.peer !== localPeer;
  const communities = isLearned && peer.routeServerClient === undefined ? (best.attributes.communities ?? []) : [];
  if (!families.includes(family)) {
    return { reason: 'family-not-negotiated', what: `the session does not carry ${family}` };
  }
  if (source.peer === peer.id) {
    return { reason: 'learned-from-this-peer', what: 'it was learned from this peer' };
  }
  if (isLearned && !source.external && !external && !reflects(best, context)) {
    // RFC 4271 §9.2: internal peers are fully meshed, unless one of the two is our client (RFC 4456 §6).
    return { reason: 'learned-from-internal-peer', what: 'internal routes are not passed on to internal peers' };
  }
  if (communities.includes(noAdvertise)) return { reason: 'no-advertise', what: 'it carries NO_ADVERTISE (RFC 1997)' };
  // Without confederations the two mean the same.
  if (external && (communities.includes(noExport) || communities.includes(noExportSubconfed))) {
    return { reason: 'no-export', what: 'it carries NO_EXPORT (RFC 1997)' };
  }
  if (external && !mayTell(peer, best.attributes)) {
    const what = `it is for customers only since AS ${best.attributes.onlyToCustomer} (RFC 9234 §5)`;
    return { reason: 'only-to-customer', what };
  }
  if (isLongLivedStale(best) && isLearned && !longLivedFamilies.includes(family)) {
    const what = 'it is stale for long, and the peer does not know what that means (RFC 9494 §4.6)';
    return { reason: 'long-lived-stale', what };
  }
  return undefined;
}

/** RFC 4456 §6: from a client to all, from others to clients. */
export function reflects(best: Route, { peer }: ExportContext): boolean {
  return best.source.reflectorClient === true || peer.reflectorClient === true;
}
