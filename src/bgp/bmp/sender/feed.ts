/**
 * What one station is told, as a pure machine: events of the source go in, messages come out when the station has room for them.
 *
 * How: what must come in order (names, Peer Up and Down, statistics, the first dump of each table) is a list of tasks; changes of tables wait beside it
 * as state, see `waiting.ts`, and go out when no task is left. A dump reads the table as it is when its turn comes, so a change that waits at
 * the same time says the same thing again, or something newer. Where many changes wait, a dump takes the place of all announcements among them.
 */
import { unreachable } from '../../../base/assert.ts';
import { encodeMessage } from '../../message/codec.ts';
import type { AddressFamily, CodecContext, Nlri, NotificationMessage } from '../../message/types.ts';
import type { ReceivedRoute, Route } from '../../rib/types.ts';
import { encodeBmp } from '../message/codec.ts';
import { informationType, terminationReason, terminationType, textTlv } from '../message/tlv.ts';
import type { MonitoredRib, Pdu, PeerDownReason, PeerHeader } from '../message/types.ts';
import { endOfRib, monitoringContext, monitoringMessages, type TableChange } from './monitoring.ts';
import { at, locRibHeader, locRibUp, PeerHeaders, peerUpOf } from './peer-headers.ts';
import {
  type BmpSource,
  type SendableRib,
  type SenderConfig,
  type SourceEvent,
  type SourcePeer,
  sendableRibs,
} from './types.ts';
import { WaitingChanges } from './waiting.ts';

/** Routes for one round of messages: enough to pack, few enough to stop in between. */
const routesAtOnce = 512;
const defaultMaximumWaiting = 500_000;
const defaultDumpAbove = 20_000;

/** A peer, or with no `peer` the Loc-RIB. */
interface Told {
  readonly peer?: SourcePeer;
  readonly header: PeerHeader;
  readonly tables: ReadonlyMap<MonitoredRib, Table>;
}

interface Table {
  readonly rib: MonitoredRib;
  readonly context: CodecContext;
  readonly waiting: WaitingChanges;
  /** A dump is to come and has not begun: it will say all that is announced until then. */
  dumpDue: boolean;
}

type Task =
  | {
      readonly kind: 'message' | 'up' | 'down' | 'statistics';
      readonly of: Told | undefined;
      readonly bytes: Uint8Array;
    }
  /** `whole`: End-of-RIB follows it. */
  | {
      readonly kind: 'dump';
      readonly of: Told;
      readonly table: Table;
      readonly routes: Iterator<TableChange>;
      readonly whole: boolean;
      begun: boolean;
    };

export class StationFeed {
  readonly #source: BmpSource;
  readonly #now: () => number;
  readonly #ribs: readonly SendableRib[];
  readonly #maximumWaiting: number;
  readonly #dumpAbove: number;
  readonly #headers = new PeerHeaders();
  readonly #peers = new Map<string, Told>();
  #locRib: Told | undefined;
  #tasks: Task[] = [];
  #waitingCount = 0;

  /** `now`: microseconds since 1970. Begins with all that the source knows. */
  constructor(source: BmpSource, config: SenderConfig, now: () => number) {
    this.#source = source;
    this.#now = now;
    this.#ribs = config.ribs ?? sendableRibs;
    this.#maximumWaiting = config.maximumWaiting ?? defaultMaximumWaiting;
    this.#dumpAbove = config.dumpAbove ?? defaultDumpAbove;
    const { sysName, sysDescr } = config;
    const information = [textTlv(informationType.sysDescr, sysDescr), textTlv(informationType.sysName, sysName)];
    this.#message(encodeBmp({ type: 'initiation', information })); // RFC 7854 §4.3
    if (this.#ribs.includes('loc-rib')) this.#tellLocRib();
    for (const peer of source.peers()) this.#peerUp(peer, true);
  }

  /** Changes of routes that wait. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  /** More waits than may: the station is to be cut off, and told all anew. */
  get isOverdue(): boolean {
    return this.#waitingCount > this.#maximumWaiting;
  }

  get isIdle(): boolean {
    return this.#tasks.length === 0 && this.#waitingTable() === undefined;
  }

  take(event: SourceEvent): void {
    switch (event.type) {
      case 'peer-up':
        this.#peerUp(event.peer, false);
        return;
      case 'peer-down':
        this.#peerDown(event.peer, downReason(event.reason));
        return;
      case 'received': {
        const { nlri, before, after } = event;
        const told = this.#peers.get(event.peer);
        // Another policy leaves what the peer said as it was.
        if (!saidSame(before?.received, after?.received)) {
          this.#change(told, 'adj-rib-in-pre-policy', { nlri, route: after?.received });
        }
        const [was, is] = [before?.outcome.verdict === 'accept', after?.outcome.verdict === 'accept'];
        // What policy rejects, and rejected before, is not in the table behind it.
        if (was || is) this.#change(told, 'adj-rib-in-post-policy', { nlri, route: acceptedOf(after) });
        return;
      }
      case 'received-all':
        for (const rib of ['adj-rib-in-pre-policy', 'adj-rib-in-post-policy'] as const) {
          this.#peers.get(event.peer)?.tables.get(rib)?.waiting.complete(event.family);
        }
        return;
      case 'told':
        this.#change(this.#peers.get(event.peer), 'adj-rib-out-post-policy', { nlri: event.nlri, route: event.after });
        return;
      case 'best':
        this.#change(this.#locRib, 'loc-rib', { nlri: event.prefix, route: event.best });
        return;
      default:
        unreachable(event);
    }
  }

  /** Statistics of all peers, in the place of those that still wait. */
  statisticsDue(): void {
    this.#tasks = this.#tasks.filter(({ kind }) => kind !== 'statistics');
    const all = [...this.#peers.values(), ...(this.#locRib === undefined ? [] : [this.#locRib])];
    for (const of of all) {
      const statistics = this.#source.statistics(of.peer?.id);
      if (statistics.length === 0) continue;
      const peer = { ...of.header, timeMicroseconds: this.#now() };
      this.#tasks.push({ kind: 'statistics', of, bytes: encodeBmp({ type: 'statistics-report', peer, statistics }) });
    }
  }

  /** The next messages, about `bytes` of them; none where there is nothing to tell. */
  pull(bytes: number): readonly Uint8Array[] {
    const messages: Uint8Array[] = [];
    let left = bytes;
    while (left > 0) {
      const next = this.#next();
      if (next === undefined) break;
      for (const message of next) left -= message.length;
      messages.push(...next);
    }
    return messages;
  }

  /** The last message, in the place of all that waits (RFC 7854 §4.5). */
  static farewell(): Uint8Array {
    const reason = Uint8Array.of(0, terminationReason.administrativelyClosed);
    return encodeBmp({ type: 'termination', information: [{ type: terminationType.reason, bytes: reason }] });
  }

  #next(): readonly Uint8Array[] | undefined {
    const task = this.#tasks[0];
    if (task === undefined) return this.#nextChanges();
    if (task.kind !== 'dump') {
      this.#tasks.shift();
      return [task.bytes];
    }
    const { of, table, routes, whole } = task;
    if (!task.begun) table.dumpDue = false; // later, a second one may be due behind it
    task.begun = true;
    const changes: TableChange[] = [];
    while (changes.length < routesAtOnce) {
      const route = routes.next();
      if (route.done === true) {
        this.#tasks.shift();
        const ends = whole ? this.#ends(of, table, table.context.families) : [];
        return [...this.#monitoring(of, table, changes, 0), ...ends];
      }
      changes.push(route.value);
    }
    // RFC 7854 §4.2: 0 where the time is not known; we keep none for each route.
    return this.#monitoring(of, table, changes, 0);
  }

  #nextChanges(): readonly Uint8Array[] | undefined {
    const found = this.#waitingTable();
    if (found === undefined) return undefined;
    const { of, table } = found;
    const since = table.waiting.sinceMicroseconds;
    const changes = table.waiting.take(routesAtOnce);
    this.#waitingCount -= changes.length;
    return [...this.#monitoring(of, table, changes, since), ...this.#ends(of, table, table.waiting.takeComplete())];
  }

  #waitingTable(): { readonly of: Told; readonly table: Table } | undefined {
    for (const of of this.#everybody()) {
      for (const table of of.tables.values()) if (!table.waiting.isEmpty) return { of, table };
    }
    return undefined;
  }

  *#everybody(): Generator<Told> {
    yield* this.#peers.values();
    if (this.#locRib !== undefined) yield this.#locRib;
  }

  #monitoring(of: Told, table: Table, changes: readonly TableChange[], time: number): readonly Uint8Array[] {
    return monitoringMessages(at(of.header, table.rib, time), changes, table.context);
  }

  #ends(of: Told, { rib, context }: Table, families: readonly AddressFamily[]): readonly Uint8Array[] {
    return families.flatMap((family) => endOfRib(at(of.header, rib, this.#now()), family, context));
  }

  #change(told: Told | undefined, rib: MonitoredRib, change: TableChange): void {
    const table = told?.tables.get(rib);
    if (told === undefined || table === undefined) return;
    const { waiting } = table;
    if (table.dumpDue && change.route !== undefined) {
      this.#waitingCount -= waiting.drop(change);
      return;
    }
    this.#waitingCount += waiting.add(change, this.#now());
    if (waiting.size <= this.#dumpAbove || table.dumpDue) return;
    this.#waitingCount -= waiting.dropAnnouncements();
    this.#dump(told, table, false);
  }

  #message(bytes: Uint8Array): void {
    this.#tasks.push({ kind: 'message', of: undefined, bytes });
  }

  #tellLocRib(): void {
    const header = locRibHeader(this.#source);
    const table: Table = {
      rib: 'loc-rib',
      context: monitoringContext('loc-rib'),
      waiting: new WaitingChanges(),
      dumpDue: false,
    };
    const of: Told = { header, tables: new Map([['loc-rib', table]]) };
    this.#locRib = of;
    this.#tasks.push({ kind: 'up', of, bytes: encodeBmp(locRibUp({ ...header, timeMicroseconds: this.#now() })) });
    this.#dump(of, table, true);
  }

  /**
   * `whole`: the peer has said all that it had to say, as far as we can tell, so its tables end behind the dump. One that has just come up says
   * itself when its table is whole; what is there is left of its last session, or came at once.
   */
  #peerUp(peer: SourcePeer, whole: boolean): void {
    const header = this.#headers.of(peer);
    const tables = new Map<MonitoredRib, Table>();
    for (const rib of this.#ribs) {
      if (rib === 'loc-rib') continue;
      const context = { ...monitoringContext(rib, peer.codec), families: peer.codec.families };
      tables.set(rib, { rib, context, waiting: new WaitingChanges(), dumpDue: false });
    }
    const of: Told = { peer, header, tables };
    this.#peers.set(peer.id, of);
    this.#tasks.push({ kind: 'up', of, bytes: encodeBmp(peerUpOf(peer, header)) });
    for (const table of tables.values()) {
      const incoming = table.rib !== 'adj-rib-out-post-policy';
      this.#dump(of, table, whole || !incoming);
      if (whole || !incoming) continue;
      for (const family of peer.complete) table.waiting.complete(family);
    }
  }

  #dump(of: Told, table: Table, whole: boolean): void {
    table.dumpDue = true;
    this.#tasks.push({ kind: 'dump', of, table, routes: this.#routes(of, table.rib), whole, begun: false });
  }

  *#routes({ peer }: Told, rib: MonitoredRib): Generator<TableChange> {
    if (peer === undefined) {
      for (const route of this.#source.best()) yield { nlri: route.prefix, route };
    } else if (rib === 'adj-rib-out-post-policy') {
      for (const route of this.#source.told(peer.id)) yield { nlri: nlriOf(route), route };
    } else {
      for (const each of this.#source.received(peer.id)) {
        const route = rib === 'adj-rib-in-pre-policy' ? each.received : acceptedOf(each);
        if (route !== undefined) yield { nlri: nlriOf(each.received), route };
      }
    }
  }

  #peerDown(id: string, reason: PeerDownReason): void {
    const of = this.#peers.get(id);
    if (of?.peer === undefined) return;
    this.#peers.delete(id);
    this.#headers.forget(of.peer);
    for (const { waiting } of of.tables.values()) this.#waitingCount -= waiting.size;
    const wasTold = !this.#tasks.some((task) => task.kind === 'up' && task.of === of);
    this.#tasks = this.#tasks.filter((task) => task.of !== of);
    if (!wasTold) return; // the station has not heard of this session, and need not
    const peer = { ...of.header, timeMicroseconds: this.#now() };
    this.#tasks.push({ kind: 'down', of, bytes: encodeBmp({ type: 'peer-down', peer, reason }) });
  }
}

function downReason(reason: Extract<SourceEvent, { type: 'peer-down' }>['reason']): PeerDownReason {
  if (reason.kind === 'local' || reason.kind === 'remote') return reason;
  return { kind: reason.kind, notification: notificationPdu(reason.notification) };
}

function acceptedOf(route: ReceivedRoute | undefined): Route | undefined {
  return route?.outcome.verdict === 'accept' ? route.outcome.route : undefined;
}

/** Attributes are values that never change: the same object says the same. */
function saidSame(before: Route | undefined, after: Route | undefined): boolean {
  return before !== undefined && before.attributes === after?.attributes && before.nextHop === after.nextHop;
}

function nlriOf({ prefix, pathId }: Pick<Route, 'prefix' | 'pathId'>): Nlri {
  return pathId === undefined ? prefix : { ...prefix, pathId };
}

function notificationPdu(notification: NotificationMessage): Pdu<NotificationMessage> {
  const context: CodecContext = { fourOctetAsn: true, external: true, families: [], extendedMessages: true };
  const [raw] = encodeMessage(notification, context) as [Uint8Array];
  return { raw, message: notification };
}
