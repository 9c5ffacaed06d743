/**
 * How the UPDATEs of a monitored peer are to be read, by the OPENs of its Peer Up (RFC 7854 §4.10).
 *
 * Why as an internal peer's: LOCAL_PREF and the reflection attributes stand in what a router tells of its tables, whoever sent the route. Nothing
 * here is judged as a peer's doing: AS_SETs and next hops of 0.0.0.0 (the router's own routes) are shown as they are.
 */
import type { AddPathFamily, AddressFamily, CodecContext, OpenMessage } from '../message/types.ts';
import type { MonitoredRib, PeerHeader } from './message/types.ts';

const families: readonly AddressFamily[] = ['ipv4-unicast', 'ipv6-unicast'];

/** The OPENs of a Peer Up, where they could be read. */
export interface Opens {
  readonly sent: OpenMessage | undefined;
  readonly received: OpenMessage | undefined;
}

/** What reads the UPDATEs of one table of a peer. */
export function monitoredContext(
  opens: Opens,
  { rib, twoOctetPath }: Pick<PeerHeader, 'rib' | 'twoOctetPath'>,
): CodecContext {
  const pathIds = families.filter((family) => hasPathIds(opens, family, rib));
  return {
    fourOctetAsn: !twoOctetPath, // RFC 7854 §4.2 flag A; RFC 9069 §5.4.1: of a Loc-RIB always
    external: false,
    families,
    allowAsSet: true,
    acceptAnyNextHop: true,
    extendedMessages: true,
    extendedNextHop: ['ipv4-unicast'],
    ...(pathIds.length > 0 && { addPath: { receive: pathIds, send: pathIds } }),
  };
}

/** RFC 7911 §4, seen from the router: what it received came the one way, what it sent goes the other. */
function hasPathIds({ sent, received }: Opens, family: AddressFamily, rib: MonitoredRib): boolean {
  switch (rib) {
    case 'adj-rib-in-pre-policy':
    case 'adj-rib-in-post-policy':
      return does(sent, family, 'receive') && does(received, family, 'send');
    case 'adj-rib-out-pre-policy':
    case 'adj-rib-out-post-policy':
      return does(sent, family, 'send') && does(received, family, 'receive');
    case 'loc-rib':
      // RFC 9069 §5.2: both OPENs are one fabricated message, whose capabilities say what the UPDATEs look like.
      return does(sent, family, 'send') || does(sent, family, 'receive');
  }
}

function does(open: OpenMessage | undefined, family: AddressFamily, what: 'receive' | 'send'): boolean {
  // RFC 5492 §4: the last one counts.
  const capability = open?.capabilities.findLast((one) => one.kind === 'add-path');
  const listed: readonly AddPathFamily[] = capability?.families ?? [];
  return listed.some((one) => one.family === family && (one.direction === what || one.direction === 'both'));
}
