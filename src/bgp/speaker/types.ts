/**
 * The BGP speaker as a pure machine: what can happen to it, and what it wants done.
 *
 * Why: sessions, RIBs and policies composed without a socket or a clock, so that hundreds of speakers run in one test in
 * virtual time. `transport/` runs one over TCP.
 */
import type { Address } from '../../ip/address.ts';
import type { Prefix } from '../../ip/prefix.ts';
import type { RouteValidation } from '../../ip/route-validation.ts';
import type { AddressFamily, Capability, MessageError, PathAttributes, UpdateMessage } from '../message/types.ts';
import type { Policy } from '../policy/types.ts';
import type { Relation, RibObserver, Route } from '../rib/types.ts';
import type { DownReason, Negotiated, SessionConfig, SessionPhase, SessionTimer, Side } from '../session/types.ts';
import type { PeerOptions, SpeakerIdentity } from './options.ts';

export interface SpeakerConfig extends SpeakerIdentity {
  /** What RPKI says of routes, for policies that ask; `validation-changed` tells that it says something else now. */
  readonly validation?: RouteValidation;
  /** Tells each UPDATE as it came (`update-received`), for who watches what peers say rather than what we make of it. */
  readonly tellUpdates?: true;
  /** Copies the peers' tables, change by change. */
  readonly observer?: RibObserver;
  /** How many routes one step looks at where something concerns all of them. Default 4096, a few milliseconds' worth. */
  readonly routesOfPart?: number;
}

/** One peering. Its identity is `id`: on loopback many peers share an address, so an address cannot be it. */
export interface PeerConfig extends Omit<SessionConfig, 'localAsn' | 'routerId'>, PeerOptions {
  readonly id: string;
  /** The peer's address, for the last tie-break and for people. */
  readonly address: Address;
  readonly relation?: Relation;
  /** Absent: nothing is accepted from an external peer (RFC 8212). */
  readonly importPolicy?: Policy;
  /** Absent: nothing is announced to an external peer (RFC 8212). */
  readonly exportPolicy?: Policy;
  /** Our next hop towards this peer, by family. For `ipv4` it may be of IPv6 where RFC 8950 is negotiated. */
  readonly nextHops: { readonly ipv4?: Address; readonly ipv6?: Address };
}

/** A route that this speaker originates. AS_PATH and next hop are added on export. */
export interface LocalRoute {
  readonly prefix: Prefix;
  /** Absent: unicast. */
  readonly family?: AddressFamily;
  readonly attributes: Pick<
    PathAttributes,
    'originCode' | 'multiExitDiscriminator' | 'communities' | 'extendedCommunities' | 'largeCommunities'
  >;
}

export type SpeakerEvent =
  | { readonly type: 'add-peer'; readonly peer: PeerConfig }
  /** Ends the session with Cease / Peer De-configured and forgets the peer. */
  | { readonly type: 'remove-peer'; readonly peer: string; readonly communication?: string }
  /** Changes a peer's export policy and sends what that changes; the session stays up. */
  | { readonly type: 'set-export-policy'; readonly peer: string; readonly policy: Policy }
  /** Changes a peer's import policy and runs it on all that the peer has sent; nothing is asked of the peer. */
  | { readonly type: 'set-import-policy'; readonly peer: string; readonly policy: Policy }
  /** The answers of `validation` are others now: runs all import and export policies anew. */
  | { readonly type: 'validation-changed' }
  /** Asks the peer to send all of a family again, or of all families (RFC 2918). */
  | { readonly type: 'request-refresh'; readonly peer: string; readonly family?: AddressFamily }
  /** BFD says that the peer cannot be reached: ends the session with Cease / BFD Down (RFC 9384), to be tried again soon. */
  | { readonly type: 'bfd-down'; readonly peer: string }
  /** BFD says that the peer can be reached, or that it has nothing to say: starts a session that waited for it. */
  | { readonly type: 'bfd-up'; readonly peer: string }
  /** Starts a session that was stopped, by hand or by a limit. One that is running is left alone. */
  | { readonly type: 'start-peer'; readonly peer: string }
  /** Ends a session with Cease / Administrative Shutdown; the peer stays configured, idle until it is started. */
  | { readonly type: 'stop-peer'; readonly peer: string; readonly communication?: string }
  /** Ends a session with Cease / Administrative Reset and starts it again at once. */
  | { readonly type: 'reset-peer'; readonly peer: string; readonly communication?: string }
  | { readonly type: 'announce'; readonly route: LocalRoute }
  | ({ readonly type: 'withdraw' } & Pick<LocalRoute, 'prefix' | 'family'>)
  /** Ends every session with Cease / Administrative Shutdown; peers stay configured but idle. */
  | { readonly type: 'stop'; readonly communication?: string }
  | { readonly type: 'connected'; readonly peer: string; readonly side: Side }
  | { readonly type: 'connect-failed'; readonly peer: string; readonly why: string }
  | { readonly type: 'closed'; readonly peer: string; readonly side: Side; readonly why?: string }
  | { readonly type: 'bytes'; readonly peer: string; readonly side: Side; readonly bytes: Uint8Array }
  | { readonly type: 'timer'; readonly peer: string; readonly timer: PeerTimer }
  /** The answer to the effect of this name. */
  | { readonly type: 'continue' };

/** The session's timers, and those of what is left of a session: see `stale.ts`. */
export type PeerTimer = SessionTimer | 'restart' | 'stale' | `long-lived:${AddressFamily}`;

export type SpeakerEffect =
  | { readonly type: 'connect'; readonly peer: string }
  | { readonly type: 'send'; readonly peer: string; readonly side: Side; readonly bytes: Uint8Array }
  | { readonly type: 'close'; readonly peer: string; readonly side: Side }
  | { readonly type: 'set-timer'; readonly peer: string; readonly timer: PeerTimer; readonly delayMs: number }
  | { readonly type: 'clear-timer'; readonly peer: string; readonly timer: PeerTimer }
  | { readonly type: 'session-up'; readonly peer: string; readonly side: Side; readonly negotiated: Negotiated }
  | {
      readonly type: 'session-down';
      readonly peer: string;
      readonly wasEstablished: boolean;
      readonly reason: DownReason;
    }
  /** What a peer has said, its faults handled (RFC 7606) and no policy asked yet. */
  | { readonly type: 'update-received'; readonly peer: string; readonly update: UpdateMessage }
  /** A peer has sent, or should be told, more prefixes than its limits say, or almost. */
  | { readonly type: 'prefix-limit'; readonly peer: string; readonly notice: LimitNotice }
  /** The best route of a prefix changed; `undefined` where none is left. */
  | {
      readonly type: 'best-changed';
      readonly prefix: Prefix;
      readonly family: AddressFamily;
      readonly best: Route | undefined;
    }
  /** There is more to do, which waits until other events had their turn: send a `continue` soon. Not said again before it came. */
  | { readonly type: 'continue' };

export interface LimitNotice {
  readonly direction: 'in' | 'out';
  readonly family: AddressFamily;
  /** `exceeded` ends the session where the limit says so; `withheld`: the peer is not told of all that it should know. */
  readonly level: 'warning' | 'exceeded' | 'withheld';
  readonly count: number;
  readonly maximum: number;
}

export interface NeighborStatus {
  readonly id: string;
  readonly asn: number;
  readonly address: string;
  readonly phase: SessionPhase;
  readonly holdTimeSeconds?: number;
  /** What we offer in our OPEN. */
  readonly offered: readonly Capability[];
  /** What the session agreed on, the peer's own capabilities among it; absent while it is not established. */
  readonly negotiated?: Negotiated;
  readonly receivedRoutes: number;
  /** Of the received ones, those that import accepted. */
  readonly acceptedRoutes: number;
  readonly announcedRoutes: number;
  /** Prefixes that a limit keeps from the peer. */
  readonly withheldRoutes: number;
  /** Routes from before the session was lost, or before a refresh, that the peer has not said again yet. */
  readonly staleRoutes: number;
  /** Updates whose errors were handled without a reset (RFC 7606). */
  readonly malformedUpdates: number;
  /** The first fault of the last such update. */
  readonly lastMalformed?: MessageError;
  readonly lastDown?: DownReason;
}
