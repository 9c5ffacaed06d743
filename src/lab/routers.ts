/**
 * The lab's routers: one BGP speaker for each network, over real TCP on loopback.
 *
 * Peers that share 127.0.0.1 cannot be told apart by address, so a port stands for an address: each peering has a port of
 * its own, on which one end waits and to which the other connects.
 */
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { exportPolicyFor, importPolicyFor } from '../bgp/policy/gao-rexford.ts';
import type { Relation } from '../bgp/rib/types.ts';
import type { PeerConfig } from '../bgp/speaker/types.ts';
import { createSpeaker, type SpeakerHost } from '../bgp/transport/speaker-host.ts';
import { type Address, parseAddress } from '../ip/address.ts';
import type { PopIntent, SessionIntent } from '../network/intent.ts';
import { type Adjacency, type ForwardingPath, forwardingPath, type RouterView } from './forwarding.ts';
import type { PortAllocator } from './ports.ts';
import type { Topology } from './topology.ts';

const loopback = '127.0.0.1';

export interface RoutersOptions {
  readonly topology: Topology;
  readonly pops: readonly PopIntent[];
  readonly delayToPop: (pop: PopIntent, asn: number) => number;
  readonly allocatePort: PortAllocator;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface Routers {
  /** Where each PoP's session connects to, by the session's name. */
  readonly sessionEndpoints: ReadonlyMap<string, { readonly host: string; readonly port: number }>;
  readonly path: (from: number, address: Address) => ForwardingPath;
  /** Calls `listener` after each change of any router's best route. */
  readonly onChange: (listener: () => void) => void;
  readonly stop: () => Promise<void>;
}

type RouterPeer = Pick<PeerConfig, 'id' | 'peerAsn' | 'address' | 'holdTimeSeconds' | 'families' | 'passive'> & {
  readonly relation: Relation;
};

/** A peering's port, on which this end waits or to which it connects. */
type Endpoint = { readonly listen: number } | { readonly connect: number };

export async function startRouters(options: RoutersOptions): Promise<Routers> {
  const { topology, pops, allocatePort } = options;
  const speakers = new Map<number, SpeakerHost>();
  const adjacencies = new Map<number, Map<string, Adjacency>>();
  const views = new Map<number, RouterView>();
  const listeners = new Set<() => void>();
  for (const [index, asn] of [...topology.networks.keys()].entries()) {
    const speaker = createSpeaker({
      asn,
      routerId: routerAddress(index, 4),
      clock: options.clock,
      random: options.random,
      logger: options.log.child({ router: asn }),
    });
    speaker.on('best', () => {
      for (const listener of listeners) listener();
    });
    speakers.set(asn, speaker);
    const table = new Map<string, Adjacency>();
    adjacencies.set(asn, table);
    views.set(asn, { lookup: (address) => speaker.lookup(address), adjacencies: table });
  }
  const indexOf = new Map([...topology.networks.keys()].map((asn, index) => [asn, index]));

  async function addPeer(asn: number, adjacency: Adjacency, peer: RouterPeer, endpoint: Endpoint): Promise<void> {
    const speaker = speakers.get(asn);
    assert(speaker, `a router for AS${asn}`);
    adjacencies.get(asn)?.set(peer.id, adjacency);
    const index = indexOf.get(asn) as number;
    await speaker.addPeer(
      {
        ...peer,
        connectRetrySeconds: 1,
        importPolicy: importPolicyFor(peer.relation),
        exportPolicy: exportPolicyFor(peer.relation),
        nextHops: { ipv4: routerAddress(index, 4), ipv6: routerAddress(index, 6) },
      },
      'listen' in endpoint
        ? { listen: { host: loopback, port: endpoint.listen } }
        : { remote: { host: loopback, port: endpoint.connect } },
    );
  }

  for (const { ends, delayMs } of topology.links) {
    const port = await allocatePort();
    for (const [index, end] of ends.entries()) {
      const other = ends[1 - index] as (typeof ends)[number];
      const passive = index === 0;
      await addPeer(
        end.asn,
        { kind: 'network', asn: other.asn, delayMs },
        {
          id: `AS${other.asn}`,
          peerAsn: other.asn,
          address: routerAddress(indexOf.get(other.asn) as number, 4),
          relation: end.neighborIs,
          holdTimeSeconds: 9,
          families: ['ipv4-unicast', 'ipv6-unicast'],
          passive,
        },
        passive ? { listen: port } : { connect: port },
      );
    }
  }

  const sessionEndpoints = new Map<string, { host: string; port: number }>();
  for (const pop of pops) {
    for (const session of pop.sessions) {
      const port = await allocatePort();
      sessionEndpoints.set(session.name, { host: loopback, port });
      await addPeer(
        session.peerAsn,
        { kind: 'pop', pop: pop.pop, delayMs: options.delayToPop(pop, session.peerAsn) },
        popPeer(pop, session),
        { listen: port },
      );
    }
  }

  return {
    sessionEndpoints,
    path: (from, address) => forwardingPath(views, from, address),
    onChange: (listener) => listeners.add(listener),
    stop: async () => {
      await Promise.all([...speakers.values()].map((speaker) => speaker.stop({ timeoutMs: 500 })));
    },
  };
}

/** The upstream's end of a PoP's session. */
function popPeer(pop: PopIntent, session: SessionIntent): RouterPeer {
  const address = parseAddress(session.sourceAddress);
  assert(address, session.sourceAddress);
  return {
    id: session.name,
    peerAsn: pop.asn,
    address,
    relation: 'customer',
    holdTimeSeconds: 90, // the PoP's own, smaller wish decides
    families: [session.family === 4 ? 'ipv4-unicast' : 'ipv6-unicast'],
    passive: true,
  };
}

/** Router `index`'s own address, from the blocks for benchmarks (RFC 2544) and documentation (RFC 9637). */
function routerAddress(index: number, family: 4 | 6): Address {
  const text = family === 4 ? `198.18.${index >> 8}.${(index & 0xff) + 1}` : `3fff::${(index + 1).toString(16)}`;
  const address = parseAddress(text);
  assert(address, text);
  return address;
}
