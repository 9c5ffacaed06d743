/**
 * The tables as routes, for whoever looks: made while they are looked at, since the tables themselves keep none.
 */
import type { Prefix } from '../../ip/prefix.ts';
import { numbered } from '../rib/adj-rib-out.ts';
import type { ImportedPath } from '../rib/received-path.ts';
import { type AdvertisedRoute, type ReceivedRoute, routeTo } from '../rib/types.ts';
import type { Peer } from './peer.ts';

export function receivedRoute(prefix: Prefix, { received, outcome }: ImportedPath): ReceivedRoute {
  const route = routeTo(prefix, received.path);
  if (outcome.verdict === 'reject') return { received: route, outcome };
  const { path, ...rest } = outcome;
  return { received: route, outcome: { ...rest, route: path === received.path ? route : routeTo(prefix, path) } };
}

export function* receivedRoutes({ adjRibIn, table }: Peer): Generator<ReceivedRoute> {
  for (const id of adjRibIn.ids()) {
    for (const imported of adjRibIn.pathsTo(id)) yield receivedRoute(table.prefix(id), imported);
  }
}

export function* advertisedRoutes({ established, table }: Peer): Generator<AdvertisedRoute> {
  if (established === undefined) return;
  const { adjRibOut } = established;
  for (const id of adjRibOut.ids()) {
    const told = adjRibOut.get(id);
    if (told === undefined) continue;
    const several = Array.isArray(told);
    for (const { path, pathId } of numbered(told)) {
      const { nextHop, attributes } = path;
      yield { prefix: table.prefix(id), family: table.family(id), nextHop, attributes, ...(several && { pathId }) };
    }
  }
}
