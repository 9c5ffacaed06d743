/**
 * Routes as Route Monitoring messages: packed into as few UPDATEs as they fit, as a monitored peer's (RFC 7854 §4.6).
 *
 * AS numbers are always told in 4 octets, which RFC 7854 §4.2 allows whatever the session had; LOCAL_PREF stands in all of them.
 */
import { type Address, formatAddress } from '../../../ip/address.ts';
import { unicastFamily } from '../../message/family/table.ts';
import type {
  AddressFamily,
  CodecContext,
  Nlri,
  PathAttributes,
  UpdateMessage,
  Withdrawn,
} from '../../message/types.ts';
import { encodeUpdate } from '../../message/update-encode.ts';
import { encodeBmp } from '../message/codec.ts';
import type { MonitoredRib, PeerHeader } from '../message/types.ts';

/** A path to tell; without `route` it is gone. */
export interface TableChange {
  readonly nlri: Nlri;
  readonly route?: { readonly nextHop: Address; readonly attributes: PathAttributes } | undefined;
}

/** What writes the UPDATEs of one table. `codec`: what the session agreed on; absent for a Loc-RIB, which has one path a prefix. */
export function monitoringContext(rib: MonitoredRib, codec?: CodecContext): CodecContext {
  const incoming = rib === 'adj-rib-in-pre-policy' || rib === 'adj-rib-in-post-policy';
  const pathIds = (incoming ? codec?.addPath?.receive : codec?.addPath?.send) ?? [];
  return {
    fourOctetAsn: true,
    external: false,
    families: ['ipv4-unicast', 'ipv6-unicast'],
    extendedNextHop: ['ipv4-unicast'],
    ...(pathIds.length > 0 && { addPath: { receive: pathIds, send: pathIds } }),
  };
}

/** The messages that tell these changes, each path once. Paths with the same attributes object share messages. */
export function monitoringMessages(
  peer: PeerHeader,
  changes: Iterable<TableChange>,
  context: CodecContext,
): readonly Uint8Array[] {
  const withdrawn: Nlri[] = [];
  const groups = new Map<PathAttributes, Map<string, { readonly nextHop: Address; readonly prefixes: Nlri[] }>>();
  for (const { nlri, route } of changes) {
    if (route === undefined) {
      withdrawn.push(nlri);
      continue;
    }
    const { nextHop, attributes } = route;
    const hops = groups.get(attributes) ?? new Map<string, { nextHop: Address; prefixes: Nlri[] }>();
    groups.set(attributes, hops);
    const key = `${nlri.family} ${formatAddress(nextHop)}`;
    const group = hops.get(key);
    if (group === undefined) hops.set(key, { nextHop, prefixes: [nlri] });
    else group.prefixes.push(nlri);
  }
  const updates: Uint8Array[] = [];
  if (withdrawn.length > 0) updates.push(...encode({ withdrawn: byFamilyOf(withdrawn) }, context));
  for (const [attributes, hops] of groups) {
    for (const { nextHop, prefixes } of hops.values()) {
      const family = unicastFamily((prefixes[0] as Nlri).family);
      updates.push(...encode({ reach: [{ family, nextHop, prefixes }], attributes }, context));
    }
  }
  return updates.map((update) => encodeBmp({ type: 'route-monitoring', peer, update }));
}

/** What is told comes from unicast families alone, see `speaker-source.ts`. */
function byFamilyOf(withdrawn: readonly Nlri[]): readonly Withdrawn[] {
  const groups = Map.groupBy(withdrawn, ({ family }) => unicastFamily(family));
  return Array.from(groups, ([family, prefixes]) => ({ family, prefixes }));
}

/** All of a table's family was told once. */
export function endOfRib(peer: PeerHeader, family: AddressFamily, context: CodecContext): readonly Uint8Array[] {
  return encode({ endOfRib: family }, context).map((update) => encodeBmp({ type: 'route-monitoring', peer, update }));
}

function encode(said: Partial<UpdateMessage>, context: CodecContext): readonly Uint8Array[] {
  const update: UpdateMessage = { type: 'update', withdrawn: [], reach: [], attributes: {}, errors: [], ...said };
  const { messages, tooLarge } = encodeUpdate(update, context);
  // Attributes that outgrow 4096 bytes by being told with 4 octets an AS, or that came in an extended message (RFC 8654).
  return tooLarge.length === 0 ? messages : encodeUpdate(update, { ...context, extendedMessages: true }).messages;
}
