/**
 * What a peer should be told, and the messages that bring it there.
 *
 * Why apart from the speaker: which of the routes to a prefix a peer hears of is one question (the best; for a route server's
 * client the best that it may have; for one that takes several paths, many), asked when telling and when explaining.
 */
import type { Prefix } from '../../ip/prefix.ts';
import { encodeMessage } from '../message/codec.ts';
import { unicastFamily } from '../message/family/table.ts';
import type { AddressFamily, Message } from '../message/types.ts';
import { encodeUpdate } from '../message/update-encode.ts';
import type { LocRib } from '../rib/loc-rib.ts';
import type { AdvertisedRoute, Route } from '../rib/types.ts';
import { type ExportContext, type ExportOutcome, exportRoute } from './export.ts';
import type { EstablishedSession, Peer } from './peer.ts';

/** Whether more than the best route matters to the peer, so that it is looked at when others change. */
export function looksBehindBest({ config, established }: Peer): boolean {
  return config.routeServerClient === true || (established?.negotiated.codec.addPath?.send.length ?? 0) > 0;
}

/** What the peer should know of a prefix. */
function wanted(peer: Peer, locRib: LocRib, prefix: Prefix, context: ExportContext): readonly AdvertisedRoute[] {
  const decision = locRib.decision(prefix);
  if (decision === undefined) return [];
  if (takesSeveral(peer, prefix)) {
    // RFC 7911 §2: any that are usable; best first, so that a peer that is told few is told the best.
    const paths: AdvertisedRoute[] = [];
    for (const route of allRoutes(decision)) {
      if (paths.length >= (peer.config.advertisedPaths ?? Number.POSITIVE_INFINITY)) break;
      const outcome = exportRoute(route, context);
      if (outcome.verdict === 'announce') paths.push({ ...outcome.route, pathId: locRib.pathId(route) });
    }
    return paths;
  }
  if (peer.config.routeServerClient) {
    // RFC 7947 §2.3: a route that this client may not have must not hide the next best from it.
    for (const route of allRoutes(decision)) {
      const outcome = exportRoute(route, context);
      if (outcome.verdict === 'announce') return [outcome.route];
    }
    return [];
  }
  const outcome = exportRoute(decision.best, context);
  return outcome.verdict === 'announce' ? [outcome.route] : [];
}

/** How or why not the peer is told of a prefix's best route, and where it takes others, of what it is told instead. */
export function explainWanted(peer: Peer, locRib: LocRib, prefix: Prefix): ExportOutcome | undefined {
  const decision = locRib.decision(prefix);
  if (decision === undefined) return undefined;
  const context = peer.exportContext();
  const outcomes = (looksBehindBest(peer) ? allRoutes(decision) : [decision.best]).map((route) =>
    exportRoute(route, context),
  );
  return outcomes.find(({ verdict }) => verdict === 'announce') ?? outcomes[0];
}

function allRoutes({ best, losers }: NonNullable<ReturnType<LocRib['decision']>>): readonly Route[] {
  return [best, ...losers.map(({ route }) => route)];
}

function takesSeveral({ established }: Peer, prefix: Prefix): boolean {
  return established?.negotiated.codec.addPath?.send.includes(unicastFamily(prefix.family)) ?? false;
}

/** The bytes that bring the peer up to date; none where it is. */
export function messagesFor(peer: Peer, locRib: LocRib): Uint8Array | undefined {
  const { established } = peer;
  if (established === undefined) return undefined;
  const { adjRibOut, negotiated } = established;
  const messages: Uint8Array[] = [];
  const put = (message: Message): void => {
    messages.push(...encodeMessage(message, negotiated.codec));
  };
  const refreshed = takeRefreshDue(established);
  // RFC 7313 §4.1: what follows until EoRR is all that we have.
  if (negotiated.enhancedRouteRefresh) {
    for (const family of refreshed) put({ type: 'route-refresh', family, subtype: 'begin' });
  }
  const context = peer.exportContext();
  for (const update of adjRibOut.flush((prefix) => wanted(peer, locRib, prefix, context))) {
    const encoded = encodeUpdate(update, negotiated.codec);
    messages.push(...encoded.messages);
    for (const nlri of encoded.tooLarge) adjRibOut.forget(nlri);
  }
  if (negotiated.enhancedRouteRefresh) {
    for (const family of refreshed) put({ type: 'route-refresh', family, subtype: 'end' });
  }
  for (const family of established.endOfRibDue) {
    put({ type: 'update', withdrawn: [], reach: [], attributes: {}, endOfRib: family, errors: [] });
  }
  established.endOfRibDue = [];
  return messages.length === 0 ? undefined : new Uint8Array(Buffer.concat(messages));
}

/** The families that the peer asked for, with all that it was told of them marked to be told again. */
function takeRefreshDue(established: EstablishedSession): readonly AddressFamily[] {
  const carried = established.negotiated.codec.families;
  const families = carried.filter((family) => established.refreshDue.includes(family));
  established.refreshDue = [];
  for (const family of families) established.adjRibOut.resend(family); // RFC 2918 §4
  return families;
}
