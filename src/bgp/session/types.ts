/**
 * The events and effects of one BGP session: the vocabulary of its state machine.
 *
 * Why: the machine is a pure function. Whoever owns sockets and timers turns what happens into events and carries out the
 * effects, so production, tests and simulation run the same code. Names follow RFC 4271 §8.
 */
import type { Address } from '../../ip/address.ts';
import type {
  AddPathFamily,
  AddressFamily,
  BgpRole,
  Capability,
  CodecContext,
  LongLivedFamily,
  Message,
  MessageError,
  OpenMessage,
  RestartFamily,
  RouteRefreshMessage,
  UpdateMessage,
} from '../message/types.ts';
import type { UpdateInPlace } from '../message/update-in-place.ts';

/** A peering has at most two TCP connections at once: the one that we opened and the one that the peer opened (§6.8). */
export type Side = 'outgoing' | 'incoming';

export type SessionPhase = 'idle' | 'connect' | 'active' | 'open-sent' | 'open-confirm' | 'established';

export interface SessionConfig {
  readonly localAsn: number;
  readonly peerAsn: number;
  readonly routerId: Address;
  /** Proposed; 0 for none, else at least 3. */
  readonly holdTimeSeconds: number;
  /** How long to wait before trying to connect again; grows to 16 times this while attempts fail. */
  readonly connectRetrySeconds: number;
  readonly families: readonly AddressFamily[];
  /** Wait for the peer to connect; never connect. */
  readonly passive: boolean;
  /** Wait so long on a new connection for the peer's OPEN before sending ours (RFC 4271 §8.1.1 DelayOpen). Absent: not at all. */
  readonly delayOpenSeconds?: number;
  /** What we are to the external peer (RFC 9234). A peer that says the wrong role is refused. */
  readonly role?: BgpRole;
  /** Refuse a peer that says no role, too (RFC 9234 §4.2, strict mode). */
  readonly requireRole?: true;
  /** Do not compare a path's first AS with the peer's: for clients of a route server (RFC 7947 §2.2.2.1). */
  readonly acceptAnyFirstAs?: true;
  /** Take routes with an AS_SET in their path (RFC 9774 forbids them). */
  readonly allowAsSet?: true;
  /** Messages of up to 65535 bytes (RFC 8654). */
  readonly extendedMessages?: true;
  /** IPv4 prefixes with IPv6 next hops (RFC 8950). */
  readonly extendedNextHop?: true;
  /** Several paths to a prefix (RFC 7911). */
  readonly addPath?: readonly AddPathFamily[];
  /** Absent: not offered, so the routes go with the session: right wherever a route means that something is alive. */
  readonly gracefulRestart?: GracefulRestartConfig;
}

export interface GracefulRestartConfig {
  /** How long peers may wait for us to come back, 0 to 4095. Default 120. Matters where we have families to preserve. */
  readonly restartTimeSeconds?: number;
  /** Families whose packets we still forward while we restart, so that peers keep our routes. Default none: we only help others. */
  readonly preserve?: readonly AddressFamily[];
  /** This process replaces one that has just ended, so peers do not wait for our End-of-RIB (RFC 4724 §3, R bit). */
  readonly restarted?: true;
  /** How long after its return a peer may take to say its routes again. Default 360. */
  readonly staleSeconds?: number;
  /** Keep routes over a NOTIFICATION, too, unless it is a Hard Reset (RFC 8538). Default true. */
  readonly notification?: boolean;
  /** Keep stale routes as a last resort, at most so long beyond the restart time (RFC 9494). Absent: not at all. */
  readonly longLivedSeconds?: number;
}

/** Timers of a session. All but the first two belong to a connection, so they name its side. */
export type SessionTimer = 'connect-retry' | 'idle-hold' | `${'hold' | 'keepalive' | 'delay-open'}:${Side}`;

export type SessionEvent =
  | { readonly type: 'manual-start' }
  /** Cease with `subcode` (RFC 4486) and a shutdown communication for people (RFC 9003). */
  | { readonly type: 'manual-stop'; readonly subcode: number; readonly communication?: string }
  /** Something else than the peer or an operator wants the session to end (RFC 4271 §8.1.2, event 8). */
  | {
      readonly type: 'automatic-stop';
      readonly subcode: number;
      readonly data?: Uint8Array;
      readonly what: string;
      readonly restart: AutomaticRestart;
    }
  | { readonly type: 'connected'; readonly side: Side }
  | { readonly type: 'connect-failed'; readonly why: string }
  | { readonly type: 'closed'; readonly side: Side; readonly why?: string }
  | { readonly type: 'message'; readonly side: Side; readonly message: Message | UpdateInPlace }
  /** A message that the codec could not read and that ends the session. */
  | { readonly type: 'malformed'; readonly side: Side; readonly error: MessageError }
  | { readonly type: 'timer'; readonly timer: SessionTimer };

/** After an automatic stop: as after any failure, after a fixed time, or not before somebody starts it. */
export type AutomaticRestart = 'soon' | 'by-hand' | { readonly afterSeconds: number };

export type SessionEffect =
  /** Open the outgoing connection. */
  | { readonly type: 'connect' }
  | { readonly type: 'send'; readonly side: Side; readonly message: Message }
  /** Flush what was sent, then close; no more events of this side are delivered. */
  | { readonly type: 'close'; readonly side: Side }
  | { readonly type: 'set-timer'; readonly timer: SessionTimer; readonly delayMs: number }
  | { readonly type: 'clear-timer'; readonly timer: SessionTimer }
  | { readonly type: 'established'; readonly side: Side; readonly negotiated: Negotiated }
  /** The session left Established, or an attempt failed for a reason worth telling. */
  | { readonly type: 'down'; readonly wasEstablished: boolean; readonly reason: DownReason }
  | { readonly type: 'received'; readonly message: UpdateMessage | UpdateInPlace | RouteRefreshMessage };

export interface Negotiated {
  readonly holdTimeSeconds: number;
  readonly keepaliveSeconds: number;
  readonly peerRouterId: Address;
  /** As they went over the wire, for who monitors sessions (BMP). */
  readonly opens: { readonly sent: OpenMessage; readonly received: OpenMessage };
  readonly peerCapabilities: readonly Capability[];
  readonly routeRefresh: boolean;
  /** BoRR and EoRR go around a refresh, both ways (RFC 7313 §3.2). */
  readonly enhancedRouteRefresh: boolean;
  /** What the peer said that it is (RFC 9234). */
  readonly peerRole?: BgpRole;
  /** What the peer offered and we do, too (RFC 4724, RFC 8538). */
  readonly gracefulRestart?: NegotiatedRestart;
  readonly codec: CodecContext;
}

export interface NegotiatedRestart {
  /** How long we wait for the peer. */
  readonly restartTimeSeconds: number;
  /** A NOTIFICATION, too, starts a graceful restart: both sides said so (RFC 8538 §2). */
  readonly notification: boolean;
  /** The peer's, of those that the session carries. Without these and long-lived ones the peer only helps others. */
  readonly families: readonly RestartFamily[];
  /**
   * How long stale routes may be kept beyond the restart time (RFC 9494), the smaller of the peer's time and ours. For a family
   * that stands only here the restart time is zero (§4.2).
   */
  readonly longLived: readonly LongLivedFamily[];
}

export interface DownReason {
  readonly kind:
    | 'stopped'
    /** A limit, or something beside the session: see 'automatic-stop'. */
    | 'automatic-stop'
    | 'notification-received'
    | 'notification-sent'
    | 'connection-closed'
    | 'connect-failed'
    | 'hold-timer';
  /** For people: `peer closed: Cease / Administrative Shutdown "maintenance"`. */
  readonly what: string;
  readonly code?: number;
  readonly subcode?: number;
  /** The NOTIFICATION's data as hex, where it has some. */
  readonly data?: string;
  /** The peer's shutdown communication (RFC 9003). */
  readonly communication?: string;
}
