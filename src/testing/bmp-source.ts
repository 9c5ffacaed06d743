/** A speaker of nothing but tables, for tests of the BMP sender: what happens to them is told as the real one tells it. */

import type { Statistic } from '../bgp/bmp/message/types.ts';
import type { BmpSource, SourceDownReason, SourceEvent, SourcePeer } from '../bgp/bmp/sender/types.ts';
import { nlriKey } from '../bgp/message/nlri.ts';
import type { AddressFamily, CodecContext, Nlri, OpenMessage } from '../bgp/message/types.ts';
import type { AdvertisedRoute, ReceivedRoute, Route } from '../bgp/rib/types.ts';
import type { Address } from '../ip/address.ts';
import { formatPrefix } from '../ip/prefix.ts';
import { address } from './bgp-speakers.ts';

interface Tables {
  readonly peer: SourcePeer;
  readonly received: Map<string, ReceivedRoute>;
  readonly told: Map<string, AdvertisedRoute>;
}

export class FakeSource implements BmpSource {
  readonly asn = 64500;
  readonly routerId: Address = address('10.0.0.100');
  readonly #peers = new Map<string, Tables>();
  readonly #best = new Map<string, Route>();
  readonly #listeners = new Set<(event: SourceEvent) => void>();

  *peers(): Generator<SourcePeer> {
    for (const { peer } of this.#peers.values()) yield peer;
  }

  received(id: string): Iterable<ReceivedRoute> {
    return this.#peers.get(id)?.received.values() ?? [];
  }

  told(id: string): Iterable<AdvertisedRoute> {
    return this.#peers.get(id)?.told.values() ?? [];
  }

  best(): Iterable<Route> {
    return this.#best.values();
  }

  statistics(id: string | undefined): readonly Statistic[] {
    const count = id === undefined ? this.#best.size : (this.#peers.get(id)?.received.size ?? 0);
    return [{ code: id === undefined ? 8 : 7, value: BigInt(count) }];
  }

  subscribe(listener: (event: SourceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get subscribers(): number {
    return this.#listeners.size;
  }

  up(peer: SourcePeer): void {
    this.#peers.set(peer.id, { peer, received: new Map(), told: new Map() });
    this.#tell({ type: 'peer-up', peer });
  }

  down(id: string, reason: SourceDownReason = { kind: 'remote' }): void {
    if (!this.#peers.delete(id)) return;
    this.#tell({ type: 'peer-down', peer: id, reason });
  }

  receive(id: string, nlri: Nlri, after: ReceivedRoute | undefined): void {
    const table = this.#peers.get(id)?.received;
    const before = table?.get(nlriKey(nlri));
    if (table === undefined || (before === undefined && after === undefined)) return;
    if (after === undefined) table.delete(nlriKey(nlri));
    else table.set(nlriKey(nlri), after);
    this.#tell({ type: 'received', peer: id, nlri, before, after });
  }

  receivedAll(id: string, family: AddressFamily): void {
    this.#tell({ type: 'received-all', peer: id, family });
  }

  tell(id: string, nlri: Nlri, after: AdvertisedRoute | undefined): void {
    const table = this.#peers.get(id)?.told;
    if (table === undefined) return;
    if (after === undefined) table.delete(nlriKey(nlri));
    else table.set(nlriKey(nlri), after);
    this.#tell({ type: 'told', peer: id, nlri, after });
  }

  choose(route: Route): void {
    this.#best.set(formatPrefix(route.prefix), route);
    this.#tell({ type: 'best', prefix: route.prefix, best: route });
  }

  lose(prefix: Nlri): void {
    if (this.#best.delete(formatPrefix(prefix))) this.#tell({ type: 'best', prefix, best: undefined });
  }

  #tell(event: SourceEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

/** A session of both families with a peer at this address; `addPath`: IPv4 with path identifiers, both ways. */
export function sourcePeer(id: string, where: string, addPath = false): SourcePeer {
  const families = ['ipv4-unicast', 'ipv6-unicast'] as const;
  const open = (asn: number, routerId: string): OpenMessage => ({
    type: 'open',
    asn,
    holdTimeSeconds: 90,
    routerId: address(routerId),
    capabilities: [
      ...families.map((family) => ({ kind: 'multiprotocol', family }) as const),
      { kind: 'four-octet-asn', asn },
      ...(addPath ? [{ kind: 'add-path', families: [{ family: 'ipv4-unicast', direction: 'both' }] } as const] : []),
    ],
  });
  const pathIds = { receive: ['ipv4-unicast'], send: ['ipv4-unicast'] } as const;
  const codec: CodecContext = { fourOctetAsn: true, external: true, families, ...(addPath && { addPath: pathIds }) };
  return {
    id,
    address: address(where),
    asn: 4_200_000_001,
    routerId: address('10.0.0.1'),
    localPort: 179,
    remotePort: 40_000,
    sent: open(64500, '10.0.0.100'),
    received: open(4_200_000_001, '10.0.0.1'),
    codec,
    upSinceMicroseconds: 1_700_000_000_000_000,
    complete: [],
  };
}
