/** A session of the plan, with what the speaker knows of it, as a view. */
import { capabilityJson } from '../../bgp/message/json.ts';
import type { HostNeighbor } from '../../bgp/transport/neighbor-log.ts';
import { formatAddress } from '../../ip/address.ts';
import type { AnnouncerPlan, BfdState, SessionPlan } from '../announcer.ts';
import { asksValidation } from '../import-policy.ts';
import type { NeighborView } from './tables.ts';

export interface NeighborSource {
  readonly plan: AnnouncerPlan;
  /** Absent: not started. */
  readonly neighbor: HostNeighbor | undefined;
  readonly bfd: BfdState;
  readonly problem: string | undefined;
}

export function neighborView(session: SessionPlan, { plan, neighbor, bfd, problem }: NeighborSource): NeighborView {
  const { negotiated, lastDown, lastMalformed, establishedForMs, lastDownAgoMs } = neighbor ?? {};
  return {
    name: session.name,
    peerAsn: session.peerAsn,
    localAsn: plan.asn,
    family: session.family,
    neighborAddress: session.neighborAddress,
    neighborPort: session.neighborPort,
    sourceAddress: session.sourceAddress,
    phase: neighbor?.phase ?? 'idle',
    ...(establishedForMs === undefined ? {} : { establishedForSeconds: seconds(establishedForMs) }),
    establishedCount: neighbor?.establishedCount ?? 0,
    ...(lastDown && {
      lastDown: {
        what: lastDown.what,
        ...(lastDown.communication === undefined ? {} : { communication: lastDown.communication }),
        ...(lastDownAgoMs === undefined ? {} : { agoSeconds: seconds(lastDownAgoMs) }),
      },
    }),
    holdTimeSeconds: negotiated?.holdTimeSeconds ?? session.holdTimeSeconds,
    ...(negotiated && {
      keepaliveSeconds: negotiated.keepaliveSeconds,
      routerId: formatAddress(negotiated.peerRouterId),
      peerCapabilities: negotiated.peerCapabilities.map(capabilityJson),
    }),
    ...(session.multihop === undefined ? {} : { multihop: session.multihop }),
    password: session.password !== undefined,
    offered: (neighbor?.offered ?? []).map(capabilityJson),
    accepts: acceptsOf(session, plan),
    routes: {
      received: neighbor?.receivedRoutes ?? 0,
      accepted: neighbor?.acceptedRoutes ?? 0,
      announced: neighbor?.announcedRoutes ?? 0,
      withheld: neighbor?.withheldRoutes ?? 0,
      stale: neighbor?.staleRoutes ?? 0,
    },
    messages: neighbor?.messages ?? { received: {}, sent: {} },
    malformedUpdates: neighbor?.malformedUpdates ?? 0,
    ...(lastMalformed && { lastMalformed: `${lastMalformed.what} (${lastMalformed.rfc})` }),
    ...(session.bfd && {
      bfd: {
        state: bfd,
        strict: session.bfd.strict,
        intervalMs: session.bfd.intervalMs,
        multiplier: session.bfd.multiplier,
      },
    }),
    ...(problem === undefined ? {} : { problem }),
  };
}

function acceptsOf({ receive }: SessionPlan, { rpki }: AnnouncerPlan): NeighborView['accepts'] {
  if (receive === undefined) return 'nothing';
  if (!asksValidation(receive, rpki)) return 'all';
  return receive.rpkiInvalid === 'reject' ? 'all-but-invalid' : 'invalid-last';
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
