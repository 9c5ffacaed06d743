/**
 * The BGP speaker as a pure machine: what can happen to it, and what it wants done.
 *
 * Why: sessions, RIBs and policies composed without a socket or a clock, so that hundreds of speakers run in one test in
 * virtual time. `transport/` runs one over TCP.
 */
import type { Address } from '../../ip/address.ts';
import type { Prefix } from '../../ip/prefix.ts';
import type { MessageError, PathAttributes } from '../message/types.ts';
import type { Policy } from '../policy/types.ts';
import type { Relation, Route } from '../rib/types.ts';
import type { DownReason, Negotiated, SessionConfig, SessionPhase, SessionTimer, Side } from '../session/types.ts';

export interface SpeakerConfig {
  readonly asn: number;
  readonly routerId: Address;
}

/** One peering. Its identity is `id`: on loopback many peers share an address, so an address cannot be it. */
export interface PeerConfig extends Omit<SessionConfig, 'localAsn' | 'routerId'> {
  readonly id: string;
  /** The peer's address, for the last tie-break and for people. */
  readonly address: Address;
  readonly relation?: Relation;
  /** Absent: nothing is accepted from an external peer (RFC 8212). */
  readonly importPolicy?: Policy;
  /** Absent: nothing is announced to an external peer (RFC 8212). */
  readonly exportPolicy?: Policy;
  /** Our next hop towards this peer, by family. */
  readonly nextHops: { readonly ipv4?: Address; readonly ipv6?: Address };
}

/** A route that this speaker originates. AS_PATH and next hop are added on export. */
export interface LocalRoute {
  readonly prefix: Prefix;
  readonly attributes: Pick<
    PathAttributes,
    'originCode' | 'multiExitDiscriminator' | 'communities' | 'largeCommunities'
  >;
}

export type SpeakerEvent =
  | { readonly type: 'add-peer'; readonly peer: PeerConfig }
  /** Ends the session with Cease / Peer De-configured and forgets the peer. */
  | { readonly type: 'remove-peer'; readonly peer: string; readonly communication?: string }
  /** Changes a peer's export policy and sends what that changes; the session stays up. */
  | { readonly type: 'set-export-policy'; readonly peer: string; readonly policy: Policy }
  | { readonly type: 'announce'; readonly route: LocalRoute }
  | { readonly type: 'withdraw'; readonly prefix: Prefix }
  /** Ends every session with Cease / Administrative Shutdown; peers stay configured but idle. */
  | { readonly type: 'stop'; readonly communication?: string }
  | { readonly type: 'connected'; readonly peer: string; readonly side: Side }
  | { readonly type: 'connect-failed'; readonly peer: string; readonly why: string }
  | { readonly type: 'closed'; readonly peer: string; readonly side: Side; readonly why?: string }
  | { readonly type: 'bytes'; readonly peer: string; readonly side: Side; readonly bytes: Uint8Array }
  | { readonly type: 'timer'; readonly peer: string; readonly timer: SessionTimer };

export type SpeakerEffect =
  | { readonly type: 'connect'; readonly peer: string }
  | { readonly type: 'send'; readonly peer: string; readonly side: Side; readonly bytes: Uint8Array }
  | { readonly type: 'close'; readonly peer: string; readonly side: Side }
  | { readonly type: 'set-timer'; readonly peer: string; readonly timer: SessionTimer; readonly delayMs: number }
  | { readonly type: 'clear-timer'; readonly peer: string; readonly timer: SessionTimer }
  | { readonly type: 'session-up'; readonly peer: string; readonly negotiated: Negotiated }
  | {
      readonly type: 'session-down';
      readonly peer: string;
      readonly wasEstablished: boolean;
      readonly reason: DownReason;
    }
  /** The best route of a prefix changed; `undefined` where none is left. */
  | { readonly type: 'best-changed'; readonly prefix: Prefix; readonly best: Route | undefined };

export interface NeighborStatus {
  readonly id: string;
  readonly asn: number;
  readonly address: string;
  readonly phase: SessionPhase;
  readonly holdTimeSeconds?: number;
  readonly receivedRoutes: number;
  readonly announcedRoutes: number;
  /** Updates whose errors were handled without a reset (RFC 7606). */
  readonly malformedUpdates: number;
  /** The first fault of the last such update. */
  readonly lastMalformed?: MessageError;
  readonly lastDown?: DownReason;
}
