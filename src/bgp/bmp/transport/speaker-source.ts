/**
 * Our speaker as the source of a BMP sender.
 *
 * How: the speaker tells each change of its peers' tables, and the loss of a session, to `observer` in the middle of a step; that a session
 * is up comes as an event behind it. So a change can come before the session that it belongs to is known: it is then in the table that is told with the
 * session.
 */
import { fromHex } from '../../../base/bytes.ts';
import type { Clock } from '../../../base/clock.ts';
import { type Address, parseAddress } from '../../../ip/address.ts';
import { familyOf } from '../../message/family/table.ts';
import type { AddressFamily, NotificationMessage } from '../../message/types.ts';
import type { RibObserver } from '../../rib/types.ts';
import type { DownReason, Negotiated } from '../../session/types.ts';
import type { ConnectionEnds, SessionChange, SpeakerHost } from '../../transport/types.ts';
import type { Statistic } from '../message/types.ts';
import type { BmpSource, SourceDownReason, SourceEvent, SourcePeer } from '../sender/types.ts';

/** What it asks of a speaker; the library's is one, too. */
export type MonitoredSpeaker = Pick<SpeakerHost, 'on' | 'neighbors' | 'adjRibIn' | 'adjRibOut' | 'bestRoutes'>;

interface Known {
  readonly peer: Omit<SourcePeer, 'complete'>;
  readonly complete: Set<AddressFamily>;
}

/**
 * Make it first, make the speaker with its `observer`, then `attach` it to the speaker before peers are added:
 *
 *     const source = new SpeakerSource({ asn, routerId, clock });
 *     const speaker = createSpeaker({ asn, routerId, clock, random, observer: source.observer });
 *     source.attach(speaker);
 */
export class SpeakerSource implements BmpSource {
  readonly asn: number;
  readonly routerId: Address;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  /** Families that were said to the end before their session was known. */
  readonly #early = new Map<string, Set<AddressFamily>>();
  readonly #listeners = new Set<(event: SourceEvent) => void>();
  #host: MonitoredSpeaker | undefined;
  #endBest: (() => void) | undefined;
  readonly observer: RibObserver;

  constructor(options: { readonly asn: number; readonly routerId: Address; readonly clock: Clock }) {
    this.asn = options.asn;
    this.routerId = options.routerId;
    this.#clock = options.clock;
    this.observer = this.#makeObserver();
  }

  #makeObserver(): RibObserver {
    const listeners = this.#listeners;
    return {
      // While nobody listens a speaker need not make anything of its routes for us.
      get follows() {
        return listeners.size > 0;
      },
      received: (peer, { family, ...change }) => {
        if (isMonitored(family)) this.#tell({ type: 'received', peer, ...change });
      },
      told: (peer, { family, ...change }) => {
        if (isMonitored(family)) this.#tell({ type: 'told', peer, ...change });
      },
      receivedAll: (peer, family) => this.#receivedAll(peer, family),
      // Before its routes go one by one: with a million of them nobody wants to hear of each.
      lost: (peer, reason) => this.#lost(peer, reason),
    };
  }

  /** Returns what detaches it. */
  attach(host: MonitoredSpeaker): () => void {
    this.#host = host;
    const endSession = host.on('session', (change) => this.#session(change));
    this.#followBest();
    return () => {
      endSession();
      this.#host = undefined;
      this.#followBest();
    };
  }

  /** While somebody listens, and not for nothing: a full table has a million best routes. */
  #followBest(): void {
    const wanted = this.#host !== undefined && this.#listeners.size > 0;
    if (!wanted) {
      this.#endBest?.();
      this.#endBest = undefined;
    } else {
      this.#endBest ??= this.#host?.on('best', ({ prefix, family, best }) => {
        if (isMonitored(family)) this.#tell({ type: 'best', prefix, best });
      });
    }
  }

  *peers(): Generator<SourcePeer> {
    for (const { peer, complete } of this.#known.values()) yield { ...peer, complete: [...complete] };
  }

  received(peer: string) {
    return monitored(this.#host?.adjRibIn(peer), ({ received }) => received.family);
  }

  told(peer: string) {
    return monitored(this.#host?.adjRibOut(peer), ({ family }) => family);
  }

  best() {
    return monitored(this.#host?.bestRoutes(), ({ family }) => family);
  }

  statistics(peer: string | undefined): readonly Statistic[] {
    if (peer === undefined) return []; // the speaker keeps no count of its best routes
    const status = this.#host?.neighbors().find(({ id }) => id === peer);
    if (status === undefined) return [];
    return [
      { code: 7, value: BigInt(status.receivedRoutes) },
      { code: 15, value: BigInt(status.announcedRoutes) },
    ];
  }

  subscribe(listener: (event: SourceEvent) => void): () => void {
    const own = (event: SourceEvent): void => listener(event); // one listener may subscribe twice
    this.#listeners.add(own);
    this.#followBest();
    return () => {
      this.#listeners.delete(own);
      this.#followBest();
    };
  }

  #receivedAll(peer: string, family: AddressFamily): void {
    const known = this.#known.get(peer);
    if (known === undefined) {
      this.#early.set(peer, (this.#early.get(peer) ?? new Set()).add(family));
      return;
    }
    known.complete.add(family);
    this.#tell({ type: 'received-all', peer, family });
  }

  #lost(peer: string, reason: DownReason): void {
    this.#early.delete(peer);
    if (this.#known.delete(peer)) this.#tell({ type: 'peer-down', peer, reason: downReason(reason) });
  }

  #session(change: SessionChange): void {
    if (change.type === 'down') return; // `lost` has said it
    const status = this.#host?.neighbors().find(({ id }) => id === change.peer);
    const address = remoteOf(change.ends) ?? (status && parseAddress(status.address));
    if (status === undefined || address === undefined) return; // removed in the meantime
    const upSinceMicroseconds = Math.floor(this.#clock.wallTime() * 1000);
    const peer = { id: change.peer, address, upSinceMicroseconds, ...sessionOf(change.negotiated, change.ends) };
    const complete = this.#early.get(change.peer) ?? new Set();
    this.#early.delete(change.peer);
    this.#known.set(change.peer, { peer, complete });
    this.#tell({ type: 'peer-up', peer: { ...peer, complete: [...complete] } });
  }

  #tell(event: SourceEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

/** A station's tables are of unicast routes. */
function isMonitored(family: AddressFamily): boolean {
  return familyOf(family).safi === 1;
}

function* monitored<T>(all: Iterable<T> | undefined, familyIn: (one: T) => AddressFamily): Generator<T> {
  for (const one of all ?? []) if (isMonitored(familyIn(one))) yield one;
}

function remoteOf(ends: ConnectionEnds | undefined): Address | undefined {
  return ends && parseAddress(withoutZone(ends.remote.host));
}

function sessionOf({ opens, codec, peerRouterId }: Negotiated, ends: ConnectionEnds | undefined) {
  const localAddress = ends && parseAddress(withoutZone(ends.local.host));
  return {
    asn: opens.received.asn,
    routerId: peerRouterId,
    ...(localAddress && { localAddress }),
    localPort: ends?.local.port ?? 0,
    remotePort: ends?.remote.port ?? 0,
    ...opens,
    codec,
  };
}

/** `fe80::1%eth0` names an interface, too; `::ffff:192.0.2.1` is an IPv4 address of a socket of both families. */
function withoutZone(host: string): string {
  return host.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/, '');
}

function downReason({ kind, code, subcode, data }: DownReason): SourceDownReason {
  if (code === undefined || subcode === undefined) return { kind: 'remote' }; // the connection was closed or lost
  const bytes = fromHex(data ?? '') ?? new Uint8Array(0);
  const notification: NotificationMessage = { type: 'notification', code, subcode, data: bytes };
  return { kind: kind === 'notification-received' ? 'remote-notification' : 'local-notification', notification };
}
