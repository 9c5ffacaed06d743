/**
 * The events and effects of one BGP session: the vocabulary of its state machine.
 *
 * Why: the machine is a pure function. Whoever owns sockets and timers turns what happens into events and carries out the
 * effects, so production, tests and simulation run the same code. Names follow RFC 4271 §8.
 */
import type { Address } from '../../ip/address.ts';
import type {
  AddressFamily,
  Capability,
  CodecContext,
  Message,
  MessageError,
  RouteRefreshMessage,
  UpdateMessage,
} from '../message/types.ts';

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
}

/** Timers of a session. Hold and open timers belong to a connection, so they name its side. */
export type SessionTimer = 'connect-retry' | 'idle-hold' | `${'hold' | 'keepalive'}:${Side}`;

export type SessionEvent =
  | { readonly type: 'manual-start' }
  /** Cease with `subcode` (RFC 4486) and a shutdown communication for people (RFC 9003). */
  | { readonly type: 'manual-stop'; readonly subcode: number; readonly communication?: string }
  | { readonly type: 'connected'; readonly side: Side }
  | { readonly type: 'connect-failed'; readonly why: string }
  | { readonly type: 'closed'; readonly side: Side; readonly why?: string }
  | { readonly type: 'message'; readonly side: Side; readonly message: Message }
  /** A message that the codec could not read and that ends the session. */
  | { readonly type: 'malformed'; readonly side: Side; readonly error: MessageError }
  | { readonly type: 'timer'; readonly timer: SessionTimer };

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
  | { readonly type: 'received'; readonly message: UpdateMessage | RouteRefreshMessage };

export interface Negotiated {
  readonly holdTimeSeconds: number;
  readonly keepaliveSeconds: number;
  readonly peerRouterId: Address;
  readonly peerCapabilities: readonly Capability[];
  readonly routeRefresh: boolean;
  readonly codec: CodecContext;
}

export interface DownReason {
  readonly kind:
    | 'stopped'
    | 'notification-received'
    | 'notification-sent'
    | 'connection-closed'
    | 'connect-failed'
    | 'hold-timer';
  /** For people: `peer closed: Cease / Administrative Shutdown "maintenance"`. */
  readonly what: string;
  readonly code?: number;
  readonly subcode?: number;
  /** The peer's shutdown communication (RFC 9003). */
  readonly communication?: string;
}
