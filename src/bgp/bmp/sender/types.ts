/**
 * What a BMP sender needs to know of a speaker: its sessions and its tables now, and what changes in them.
 *
 * Why so narrow: anything with sessions and tables can be monitored, and the sender is tested without one. `host-source.ts` in
 * `../transport/` makes one of our speaker.
 */
import type { Address } from '../../../ip/address.ts';
import type { Prefix } from '../../../ip/prefix.ts';
import type { AddressFamily, CodecContext, Nlri, NotificationMessage, OpenMessage } from '../../message/types.ts';
import type { AdvertisedRoute, ReceivedRoute, Route } from '../../rib/types.ts';
import type { MonitoredRib, Statistic } from '../message/types.ts';

/** One established session. */
export interface SourcePeer {
  readonly id: string;
  readonly address: Address;
  readonly asn: number;
  readonly routerId: Address;
  /** Absent where it is not known, then told as zeros. */
  readonly localAddress?: Address;
  readonly localPort: number;
  readonly remotePort: number;
  /** The OPENs as they went over the wire. */
  readonly sent: OpenMessage;
  readonly received: OpenMessage;
  /** What they agreed on. */
  readonly codec: CodecContext;
  /** Since 1970; 0 where it is not known. */
  readonly upSinceMicroseconds: number;
  /** Families that the peer has said all of by now (RFC 4724 §2). */
  readonly complete: readonly AddressFamily[];
}

export type SourceDownReason =
  | { readonly kind: 'local-notification' | 'remote-notification'; readonly notification: NotificationMessage }
  /** We closed without one; the event of RFC 4271 §8.1, 0 for none. */
  | { readonly kind: 'local'; readonly fsmEvent: number }
  | { readonly kind: 'remote' };

export type SourceEvent =
  | { readonly type: 'peer-up'; readonly peer: SourcePeer }
  /** Its tables are forgotten: no event of its routes follows. */
  | { readonly type: 'peer-down'; readonly peer: string; readonly reason: SourceDownReason }
  /** A path in an Adj-RIB-In is new, another or (without `after`) gone. */
  | {
      readonly type: 'received';
      readonly peer: string;
      readonly nlri: Nlri;
      readonly before?: ReceivedRoute | undefined;
      readonly after?: ReceivedRoute | undefined;
    }
  /** The peer has said all of a family once. */
  | { readonly type: 'received-all'; readonly peer: string; readonly family: AddressFamily }
  /** A peer was told a path, or that it is gone. */
  | { readonly type: 'told'; readonly peer: string; readonly nlri: Nlri; readonly after?: AdvertisedRoute | undefined }
  | { readonly type: 'best'; readonly prefix: Prefix; readonly best?: Route | undefined };

export interface BmpSource {
  readonly asn: number;
  readonly routerId: Address;
  peers(): Iterable<SourcePeer>;
  /**
   * The tables as they are. Each iteration may go on while the table changes: what comes or goes meanwhile may be in it or not, all else is.
   */
  received(peer: string): Iterable<ReceivedRoute>;
  told(peer: string): Iterable<AdvertisedRoute>;
  best(): Iterable<Route>;
  /** Of a peer; `undefined` asks for those of the Loc-RIB. */
  statistics(peer: string | undefined): readonly Statistic[];
  subscribe(listener: (event: SourceEvent) => void): () => void;
}

export interface SenderConfig {
  /** Names this router to stations (RFC 7854 §4.4). */
  readonly sysName: string;
  readonly sysDescr: string;
  /** What stations are told; see `sendableRibs`. Default all. */
  readonly ribs?: readonly SendableRib[];
  /** Default 60; 0 for never. */
  readonly statisticsSeconds?: number;
  /** Where more changes of a table wait, the table is dumped anew instead, which takes no memory. Default 20,000. */
  readonly dumpAbove?: number;
  /** How many changes of routes may wait for a station before it is cut off and told all anew. Default 500,000. */
  readonly maximumWaiting?: number;
}

/** We keep no Adj-RIB-Out from before policy, so there is none to tell (RFC 8671 §5.2 is optional). */
export type SendableRib = Exclude<MonitoredRib, 'adj-rib-out-pre-policy'>;

export const sendableRibs: readonly SendableRib[] = [
  'adj-rib-in-pre-policy',
  'adj-rib-in-post-policy',
  'adj-rib-out-post-policy',
  'loc-rib',
];
