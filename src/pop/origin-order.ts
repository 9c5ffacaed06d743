/**
 * Origin servers in the order in which a PoP should try them: by distance from the PoP, the file's order where equal.
 *
 * Great-circle distance stands in for latency until latency is measured: it is right often enough, and never flaps.
 */
import type { Coordinates, ServiceIntent } from '../network/intent.ts';
import { distanceKm } from '../network/locations.ts';

type OriginServer = (ServiceIntent & { kind: 'web' })['originServers'][number];

/** Nearest to `from` first. */
export function nearestFirst(originServers: readonly OriginServer[], from: Coordinates): OriginServer[] {
  return originServers
    .map((server) => ({ server, distance: distanceKm(from, server.location) }))
    .sort((a, b) => a.distance - b.distance) // stable
    .map(({ server }) => server);
}
