/** A speaker over TCP, as its owner sees it: what it can be told, what it tells, and how a peer is reached. */
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { SocketAddress } from '../../base/sockaddr.ts';
import type { TcpKeys } from '../../base/socket.ts';
import type { Address } from '../../ip/address.ts';
import type { Prefix } from '../../ip/prefix.ts';
import type { AddressFamily, UpdateMessage } from '../message/types.ts';
import type { Policy } from '../policy/types.ts';
import type { AdvertisedRoute, Decision, ReceivedRoute, Route } from '../rib/types.ts';
import type { DownReason, Negotiated, SessionPhase } from '../session/types.ts';
import type { ExplainedExport, ExplainedImport } from '../speaker/explain.ts';
import type { ExportOutcome } from '../speaker/export.ts';
import type { LimitNotice, LocalRoute, PeerConfig, SpeakerConfig } from '../speaker/types.ts';
import type { BfdLink } from './bfd-link.ts';
import type { HostNeighbor } from './neighbor-log.ts';
import type { PeerRange } from './ranges.ts';

/** How a peer and we reach one another. With neither `remote` nor `listen` the peering never comes up. */
export interface PeerTransport extends TcpKeys {
  /** Where we connect to. Absent: we wait for the peer, as if `passive`. */
  readonly remote?: SocketAddress;
  /**
   * Where the peer connects to us; a port of 0 means any free one. A listener that several peers name is one listener and
   * tells them apart by the address they come from. One on loopback that a single peer names takes whoever comes as that
   * peer: there, a port stands for an address.
   */
  readonly listen?: SocketAddress;
  /** The address that we connect from. */
  readonly localAddress?: string;
  /** How many hops away an external peer may be. Absent: 1, so that packets die at the first router; not set on loopback. */
  readonly multihop?: number;
  /** Packets with a lower TTL are dropped (RFC 5082); ours then leave with 255, as the RFC wants, whatever `multihop` says. */
  readonly minimumTtl?: number;
  /** BFD beside the session. Absent: none. */
  readonly bfd?: BfdLink;
}

export interface SpeakerOptions extends SpeakerConfig {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  /** How long one attempt to connect may take; the connect-retry timer may end it earlier. Default 10 s. */
  readonly connectTimeoutMs?: number;
  /** How long a closed connection may take to deliver its last message and be closed by the peer. Default 5 s. */
  readonly lingerMs?: number;
  /** What may wait for a peer that does not read before the session ends. Default 64 MiB: more than a full table. */
  readonly maximumQueueBytes?: number;
  /** How long a peer may read nothing of what waits (RFC 9687 §4). Default 8 minutes, or twice the hold time where that is more. */
  readonly sendHoldMs?: number;
}

export type SessionChange =
  /** `ends`: of its connection. */
  | { readonly type: 'up'; readonly peer: string; readonly negotiated: Negotiated; readonly ends?: ConnectionEnds }
  | { readonly type: 'down'; readonly peer: string; readonly wasEstablished: boolean; readonly reason: DownReason };

export interface ConnectionEnds {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
}

export interface BestChange {
  readonly prefix: Prefix;
  readonly family: AddressFamily;
  /** `undefined` where no route is left. */
  readonly best: Route | undefined;
}

/** An UPDATE as a peer sent it: `withdrawn`, `reach`, `attributes`, `endOfRib` where its table is complete. */
export interface UpdateEvent {
  readonly peer: string;
  readonly update: UpdateMessage;
}

export interface LimitEvent {
  readonly peer: string;
  readonly notice: LimitNotice;
}

export interface SpeakerEvents {
  readonly session: SessionChange;
  readonly best: BestChange;
  readonly limit: LimitEvent;
  /** Only where the speaker was made with `tellUpdates`. When a session goes down its peer's routes are gone, without one. */
  readonly update: UpdateEvent;
}

export interface AddedPeer {
  /** Where the peer's listener really is. */
  readonly listen?: SocketAddress;
}

export interface StopOptions {
  /** Words for the peers' operators (RFC 9003). */
  readonly communication?: string;
  /** How long to wait for the peers. Default: `lingerMs`. */
  readonly timeoutMs?: number;
}

export interface StopOutcome {
  /** The peers that had not closed their connection in time: they may not know why it ended. */
  readonly unacknowledged: readonly string[];
}

export interface SpeakerHost {
  /**
   * Adds a peer and starts its session at once; settles when its listener listens. Rejects with a Problem, the peer then not
   * added: `speaker.peer-exists` and others of the speaker's, those of `listenTcp`, and those of keys, `socket.tcp-ao` too.
   */
  addPeer(peer: PeerConfig, transport: PeerTransport): Promise<AddedPeer>;
  /** Ends the session and forgets the peer, whose id is free at once. Settles when its connections are closed. */
  removePeer(id: string, options?: { readonly communication?: string }): Promise<void>;
  /**
   * Takes whoever connects from a range of addresses as a peer, until its session is over. Settles when it listens; rejects as
   * `addPeer` does, and with `speaker.range-exists`.
   */
  addRange(range: PeerRange): Promise<AddedPeer>;
  /** Ends the sessions of all peers of the range, and takes no more. */
  removeRange(id: string, options?: { readonly communication?: string }): Promise<void>;
  setExportPolicy(id: string, policy: Policy): void;
  /** Runs it on all that the peer has sent, too; the peer need not send anything again. */
  setImportPolicy(id: string, policy: Policy): void;
  /** The answers of `validation` are others now: all policies run anew. */
  validationChanged(): void;
  /** Asks the peer to send its routes again (RFC 2918). Nothing happens where it does not know how to. */
  requestRefresh(id: string, family?: AddressFamily): void;
  /** Ends a session with Administrative Shutdown; it stays down until `startPeer`. */
  stopPeer(id: string, options?: { readonly communication?: string }): void;
  /** Starts a session that was stopped, by `stopPeer` or by a limit. */
  startPeer(id: string): void;
  /** Ends a session with Administrative Reset and starts it again. */
  resetPeer(id: string, options?: { readonly communication?: string }): void;
  /** BFD has lost the peer: its session ends with Cease / BFD Down (RFC 9384) and is tried again soon. */
  bfdDown(id: string): void;
  announce(route: LocalRoute): void;
  withdraw(prefix: Prefix): void;
  /** Returns what ends the subscription. A listener may call the speaker; one that throws is a bug and ends the process. */
  on<Name extends keyof SpeakerEvents>(name: Name, listener: (event: SpeakerEvents[Name]) => void): () => void;
  lookup(address: Address): Route | undefined;
  decision(prefix: Prefix): Decision | undefined;
  bestRoutes(): Iterable<Route>;
  neighbors(): readonly HostNeighbor[];
  sessionPhase(id: string): SessionPhase | undefined;
  adjRibIn(id: string): Iterable<ReceivedRoute>;
  adjRibOut(id: string): Iterable<AdvertisedRoute>;
  /** Every path that the peer has sent to a prefix, what became of it, and each step of the import policy. */
  explainImport(id: string, prefix: Prefix): readonly ExplainedImport[];
  /** How or why not the peer is told of a prefix; `undefined` without a route to it or an established session. */
  explainExport(id: string, prefix: Prefix): ExportOutcome | undefined;
  /** Each step of the export policy for a prefix's best route. */
  explainExportPolicy(id: string, prefix: Prefix): ExplainedExport | undefined;
  /**
   * Tells every peer Cease / Administrative Shutdown, waits until each has closed its end, and leaves no socket and no timer.
   * From then on the speaker ignores what it is told. Called again it returns the same outcome.
   */
  stop(options?: StopOptions): Promise<StopOutcome>;
}
