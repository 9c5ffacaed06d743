/** A monitoring station as its owner sees it: what routers tell, and what the station knows of them. */
import type { Address } from '../../../ip/address.ts';
import type { AddressFamily, Message, Nlri, PathAttributes, UpdateMessage } from '../../message/types.ts';
import type { BmpError, MonitoredRib, PeerDownReason, PeerHeader, PeerUp, Statistic, Tlv } from '../message/types.ts';

export interface StationLimits {
  /** Further routers are refused. Default 256. */
  readonly maximumRouters?: number;
  /** Of each router, Loc-RIBs included; further ones are not followed. Default 4096. */
  readonly maximumPeers?: number;
  /** In all tables together; further ones are told to subscribers and not kept. 0 keeps none. Default 4 million. */
  readonly maximumRoutes?: number;
}

/** What a router told, or what became of its connection. `router` is the id that `connected` gave it. */
export type StationNotice =
  | { readonly type: 'router-up'; readonly router: string; readonly remote: string }
  | {
      readonly type: 'router-named';
      readonly router: string;
      readonly sysName?: string;
      readonly sysDescr?: string;
      readonly information: readonly Tlv[];
    }
  /** All its peers and routes are forgotten. */
  | { readonly type: 'router-down'; readonly router: string; readonly why: string }
  | { readonly type: 'peer-up'; readonly router: string; readonly peer: PeerHeader; readonly up: PeerUp }
  /** Its routes are forgotten. */
  | {
      readonly type: 'peer-down';
      readonly router: string;
      readonly peer: PeerHeader;
      readonly reason: PeerDownReason;
    }
  | { readonly type: 'routes'; readonly router: string; readonly peer: PeerHeader; readonly update: UpdateMessage }
  | {
      readonly type: 'end-of-rib';
      readonly router: string;
      readonly peer: PeerHeader;
      readonly family: AddressFamily;
    }
  | {
      readonly type: 'statistics';
      readonly router: string;
      readonly peer: PeerHeader;
      readonly statistics: readonly Statistic[];
    }
  | {
      readonly type: 'mirrored';
      readonly router: string;
      readonly peer: PeerHeader;
      /** What could be read; an errored message is why routers mirror, so it may be absent. */
      readonly message?: Message;
      readonly raw: Uint8Array;
      readonly what?: string;
    }
  /** A message that could not be used. `ends`: the stream cannot be followed any more. */
  | { readonly type: 'fault'; readonly router: string; readonly error: BmpError; readonly ends: boolean }
  /** A limit of ours was reached; told once until there is room again. */
  | { readonly type: 'limit'; readonly router: string; readonly what: string };

/** What came of an event, in order, and whether the connection is to be closed. */
export interface StationOutcome {
  readonly notices: readonly StationNotice[];
  readonly close: boolean;
}

export interface StationRoute {
  readonly prefix: Nlri;
  readonly nextHop: Address;
  readonly linkLocalNextHop?: Address;
  readonly attributes: PathAttributes;
  readonly timeMicroseconds: number;
}

export interface MonitoredPeerStatus {
  /** Tells it from the router's others: see `peerKey`. */
  readonly key: string;
  readonly header: PeerHeader;
  /** Absent for a Loc-RIB that is told without one. */
  readonly up?: PeerUp;
  readonly routes: Readonly<Partial<Record<MonitoredRib, number>>>;
  /** Tables and families that were told to the end once: `adj-rib-in-pre-policy ipv4-unicast`. */
  readonly complete: readonly string[];
  /** Routes that the limit kept out. */
  readonly routesLeftOut: number;
  readonly statistics: readonly Statistic[];
}

export interface RouterStatus {
  readonly id: string;
  readonly remote: string;
  readonly sysName?: string;
  readonly sysDescr?: string;
  readonly messages: number;
  readonly faults: number;
  readonly peers: readonly MonitoredPeerStatus[];
}
