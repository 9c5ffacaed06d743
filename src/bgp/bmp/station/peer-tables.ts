/**
 * What a station keeps of one monitored peer: its Peer Up, and a table for each view that its router tells of.
 *
 * Why one budget for all: memory is the station's, not a peer's; a router with a million routes may take what others leave.
 */
import { nlriKey } from '../../message/nlri.ts';
import type { AddressFamily, CodecContext, OpenMessage, UpdateMessage } from '../../message/types.ts';
import { monitoredContext } from '../context.ts';
import type { MonitoredRib, Pdu, PeerHeader, PeerUp, Statistic } from '../message/types.ts';
import type { MonitoredPeerStatus, StationRoute } from './types.ts';

/** How many more routes the station may keep. */
export interface RouteBudget {
  left: number;
}

/** Which of a router's peers it is (RFC 7854 §4.2); all tables of one session share it, its Loc-RIBs have their own. */
export function peerKey({ kind, distinguisher, address }: PeerHeader): string {
  return `${kind} ${distinguisher} ${address === undefined ? '-' : Buffer.from(address.bytes).toString('hex')}`;
}

export class PeerTables {
  readonly header: PeerHeader;
  readonly #up: PeerUp | undefined;
  readonly #budget: RouteBudget;
  readonly #tables = new Map<MonitoredRib, Map<string, StationRoute>>();
  readonly #complete = new Set<string>();
  readonly #contexts = new Map<string, CodecContext>();
  #leftOut = 0;
  statistics: readonly Statistic[] = [];

  constructor(header: PeerHeader, options: { readonly up: PeerUp | undefined; readonly budget: RouteBudget }) {
    this.header = header;
    this.#up = options.up;
    this.#budget = options.budget;
  }

  /** What reads an UPDATE with this header. */
  contextFor(header: PeerHeader): CodecContext {
    const key = `${header.rib} ${header.twoOctetPath}`;
    const known = this.#contexts.get(key);
    if (known !== undefined) return known;
    const opens = { sent: openOf(this.#up?.sent), received: openOf(this.#up?.received) };
    const context = monitoredContext(opens, header);
    this.#contexts.set(key, context);
    return context;
  }

  /** Returns whether all that was announced found room. */
  apply({ rib, timeMicroseconds }: PeerHeader, { withdrawn, reach, attributes }: UpdateMessage): boolean {
    let table = this.#tables.get(rib);
    if (table === undefined) {
      table = new Map();
      this.#tables.set(rib, table);
    }
    for (const prefix of withdrawn.flatMap(({ prefixes }) => prefixes))
      if (table.delete(nlriKey(prefix))) this.#budget.left++;
    let all = true;
    for (const { nextHop, linkLocalNextHop, prefixes } of reach) {
      for (const prefix of prefixes) {
        const route = { prefix, nextHop, attributes, timeMicroseconds, ...(linkLocalNextHop && { linkLocalNextHop }) };
        if (!this.#keep(table, route)) all = false;
      }
    }
    return all;
  }

  #keep(table: Map<string, StationRoute>, route: StationRoute): boolean {
    const key = nlriKey(route.prefix);
    if (!table.has(key)) {
      if (this.#budget.left <= 0) {
        this.#leftOut++;
        return false;
      }
      this.#budget.left--;
    }
    table.set(key, route);
    return true;
  }

  completed(rib: MonitoredRib, family: AddressFamily): void {
    this.#complete.add(`${rib} ${family}`);
  }

  routes(rib: MonitoredRib): Iterable<StationRoute> {
    return this.#tables.get(rib)?.values() ?? [];
  }

  /** Gives back what its routes took. */
  forget(): void {
    for (const table of this.#tables.values()) this.#budget.left += table.size;
    this.#tables.clear();
  }

  status(): MonitoredPeerStatus {
    return {
      key: peerKey(this.header),
      header: this.header,
      ...(this.#up && { up: this.#up }),
      routes: Object.fromEntries([...this.#tables].map(([rib, table]) => [rib, table.size])),
      complete: [...this.#complete],
      routesLeftOut: this.#leftOut,
      statistics: this.statistics,
    };
  }
}

function openOf(pdu: Pdu<OpenMessage> | undefined): OpenMessage | undefined {
  return pdu !== undefined && 'message' in pdu ? pdu.message : undefined;
}
