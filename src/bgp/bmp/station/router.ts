/**
 * One router as a station hears it: its stream of messages, its peers, and what is wrong with either.
 *
 * How faults are met: a message that cannot be used is told and stepped over, because its length leads to the next; only a common header that cannot be
 * believed ends the connection. Nothing that a router sends is answered: BMP goes one way (RFC 7854 §3.2).
 */
import { unreachable } from '../../../base/assert.ts';
import { decodeMessage } from '../../message/codec.ts';
import { decodeBmp } from '../message/codec.ts';
import { commonHeaderLength } from '../message/common-header.ts';
import { BmpFramer } from '../message/framer.ts';
import { pduOf } from '../message/pdu.ts';
import { peerHeaderLength } from '../message/peer-header.ts';
import { describeMirroring, describeTermination, informationType, mirroringType, tlvText } from '../message/tlv.ts';
import type {
  BmpError,
  BmpMessage,
  MonitoredRib,
  PeerHeader,
  PeerUp,
  RouteMirroring,
  RouteMonitoring,
} from '../message/types.ts';
import { PeerTables, peerKey, type RouteBudget } from './peer-tables.ts';
import type { RouterStatus, StationNotice, StationOutcome, StationRoute } from './types.ts';

export interface RouterLimits {
  readonly maximumPeers: number;
  readonly keepsRoutes: boolean;
}

export class MonitoredRouter {
  readonly id: string;
  readonly remote: string;
  readonly #limits: RouterLimits;
  readonly #budget: RouteBudget;
  readonly #framer = new BmpFramer();
  readonly #peers = new Map<string, PeerTables>();
  readonly #limitsTold = new Set<string>();
  #sysName: string | undefined;
  #sysDescr: string | undefined;
  #initiated = false;
  #terminated: string | undefined;
  #messages = 0;
  #faults = 0;
  #notices: StationNotice[] = [];

  constructor(id: string, options: { remote: string; limits: RouterLimits; budget: RouteBudget }) {
    this.id = id;
    this.remote = options.remote;
    this.#limits = options.limits;
    this.#budget = options.budget;
  }

  /** Whether it has said a first message that is BMP. */
  get initiated(): boolean {
    return this.#initiated;
  }

  /** The words of its Termination; `undefined` before it. */
  get terminated(): string | undefined {
    return this.#terminated;
  }

  bytes(bytes: Uint8Array): StationOutcome {
    const error = this.#framer.push(bytes, (raw) => {
      this.#messages++;
      const result = decodeBmp(raw);
      if (result.ok) this.#take(result.message);
      else this.#fault(result.error);
      return this.#terminated === undefined;
    });
    if (error !== undefined) this.#fault(error, true);
    const notices = this.#notices;
    this.#notices = [];
    // RFC 7854 §4.5: after a Termination the router closes; so do we, whether it does or not.
    return { notices, close: error !== undefined || this.#terminated !== undefined };
  }

  /** All its peers are gone. */
  forget(): void {
    for (const peer of this.#peers.values()) peer.forget();
    this.#peers.clear();
  }

  routes(key: string, rib: MonitoredRib): Iterable<StationRoute> {
    return this.#peers.get(key)?.routes(rib) ?? [];
  }

  status(): RouterStatus {
    return {
      id: this.id,
      remote: this.remote,
      ...(this.#sysName !== undefined && { sysName: this.#sysName }),
      ...(this.#sysDescr !== undefined && { sysDescr: this.#sysDescr }),
      messages: this.#messages,
      faults: this.#faults,
      peers: Array.from(this.#peers.values(), (peer) => peer.status()),
    };
  }

  #take(message: BmpMessage): void {
    if (!this.#initiated && message.type !== 'initiation' && message.type !== 'termination') {
      const what = `the first message is ${message.type}, not initiation`;
      this.#fault({ offset: 5, field: 'type', what, rfc: 'RFC 7854 §4.3' });
    }
    this.#initiated = true;
    switch (message.type) {
      case 'initiation': {
        const { information } = message;
        this.#sysName = tlvText(information, informationType.sysName) ?? this.#sysName;
        this.#sysDescr = tlvText(information, informationType.sysDescr) ?? this.#sysDescr;
        const names = {
          ...(this.#sysName !== undefined && { sysName: this.#sysName }),
          ...(this.#sysDescr !== undefined && { sysDescr: this.#sysDescr }),
        };
        this.#tell({ type: 'router-named', router: this.id, ...names, information });
        return;
      }
      case 'termination':
        this.#terminated = describeTermination(message.information);
        return;
      case 'peer-up':
        this.#peerUp(message);
        return;
      case 'peer-down': {
        const { peer, reason } = message;
        // FRR begins with a Peer Down of each peer that is not up: no routes go, and it is news all the same.
        this.#peers.get(peerKey(peer))?.forget();
        this.#peers.delete(peerKey(peer));
        this.#limitsTold.delete('peers');
        this.#tell({ type: 'peer-down', router: this.id, peer, reason });
        return;
      }
      case 'route-monitoring':
        this.#routeMonitoring(message);
        return;
      case 'statistics-report': {
        const { peer, statistics } = message;
        const tables = this.#peers.get(peerKey(peer));
        // A report stands for itself: FRR and others send one for sessions that are down, too.
        if (tables !== undefined) tables.statistics = statistics;
        this.#tell({ type: 'statistics', router: this.id, peer, statistics });
        return;
      }
      case 'route-mirroring':
        this.#mirrored(message);
        return;
      case 'unknown': {
        const what = `${message.code} is not a message type that we know`;
        this.#fault({ offset: 5, field: 'type', what, rfc: 'RFC 7854 §4.1' });
        return;
      }
      default:
        unreachable(message);
    }
  }

  #peerUp(up: PeerUp): void {
    if (this.#add(up.peer, up) === undefined) return;
    this.#tell({ type: 'peer-up', router: this.id, peer: up.peer, up });
    for (const [name, pdu] of [
      ['sent OPEN', up.sent],
      ['received OPEN', up.received],
    ] as const) {
      if ('message' in pdu) continue;
      const { field, what, rfc } = pdu.error;
      this.#fault({ offset: commonHeaderLength + peerHeaderLength + 20, field: `${name}.${field}`, what, rfc });
    }
  }

  #routeMonitoring({ peer, update: raw }: RouteMonitoring): void {
    const tables = this.#peers.get(peerKey(peer)) ?? this.#unannounced(peer);
    if (tables === undefined) return;
    const decoded = decodeMessage(raw, tables.contextFor(peer));
    if (!decoded.ok) {
      const { offset, field, what, rfc } = decoded.error;
      this.#fault({ offset: commonHeaderLength + peerHeaderLength + offset, field: `UPDATE.${field}`, what, rfc });
      return;
    }
    const update = decoded.message;
    if (update.type !== 'update') return; // the codec has looked at its type
    if (update.endOfRib !== undefined) {
      tables.completed(peer.rib, update.endOfRib);
      this.#tell({ type: 'end-of-rib', router: this.id, peer, family: update.endOfRib });
      return;
    }
    if (this.#limits.keepsRoutes && !tables.apply(peer, update)) {
      this.#limit('routes', 'the tables hold as many routes as they may; further ones are not kept');
    }
    this.#tell({ type: 'routes', router: this.id, peer, update });
  }

  #mirrored({ peer, items }: RouteMirroring): void {
    const what = describeMirroring(items);
    const raw = items.find(({ type }) => type === mirroringType.message)?.bytes ?? new Uint8Array(0);
    const read = pduOf(raw);
    const message = 'message' in read ? { message: read.message } : {};
    this.#tell({ type: 'mirrored', router: this.id, peer, raw, ...message, ...(what !== undefined && { what }) });
  }

  /** The tables of a peer without a Peer Up. GoBGP sends none for its Loc-RIB, which can be read without; no other can. */
  #unannounced(peer: PeerHeader): PeerTables | undefined {
    if (this.#limitsTold.has('peers')) return undefined; // one that is not followed
    const what = `Route Monitoring of a peer without a Peer Up: ${peerKey(peer)}`;
    this.#fault({ offset: commonHeaderLength, field: 'per-peer header', what, rfc: 'RFC 7854 §4.10' });
    return peer.kind === 'loc-rib' ? this.#add(peer, undefined) : undefined;
  }

  /** Begins the tables of a peer anew; `undefined` where there are as many as may be. */
  #add(peer: PeerHeader, up: PeerUp | undefined): PeerTables | undefined {
    const key = peerKey(peer);
    const before = this.#peers.get(key);
    before?.forget(); // a second Peer Up: the session is a new one, and its routes come anew
    if (before === undefined && this.#peers.size >= this.#limits.maximumPeers) {
      this.#limit('peers', `it has more than ${this.#limits.maximumPeers} peers; further ones are not followed`);
      return undefined;
    }
    this.#peers.delete(key);
    const tables = new PeerTables(peer, { up, budget: this.#budget });
    this.#peers.set(key, tables);
    return tables;
  }

  #limit(name: string, what: string): void {
    if (this.#limitsTold.has(name)) return;
    this.#limitsTold.add(name);
    this.#tell({ type: 'limit', router: this.id, what });
  }

  #fault(error: BmpError, ends = false): void {
    this.#faults++;
    this.#tell({ type: 'fault', router: this.id, error, ends });
  }

  #tell(notice: StationNotice): void {
    this.#notices.push(notice);
  }
}
