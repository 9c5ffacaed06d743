/** Random topologies as the Internet is built: everyone buys transit further up, and some meet as lateral peers. */
import type { Random } from '../base/random.ts';
import type { PeerConfig } from '../bgp/speaker/types.ts';
import { BgpNetwork } from './bgp-network.ts';

export interface TopologySize {
  readonly routers: number;
  /** Lateral links for each router, about. */
  readonly laterals: number;
}

/** Routers AS 64512 and up. Providers have lower ASNs than their customers, so that no one is its own provider's provider. */
export function randomNetwork(
  seed: number,
  { routers, laterals }: TopologySize,
  options: Partial<PeerConfig> = {},
): BgpNetwork {
  const network = new BgpNetwork(seed, options);
  const { random } = network;
  const asnOf = (index: number): number => 64512 + index;
  const delay = (): number => 1 + random.below(80) + random.next();
  for (let index = 0; index < routers; index++) network.addRouter(asnOf(index));
  for (let index = 1; index < routers; index++) {
    // The first few know one another as peers; the next ones lean towards them.
    if (index < 3) {
      for (let other = 0; other < index; other++) network.addLink(asnOf(index), asnOf(other), 'lateral', delay());
      continue;
    }
    const providers = new Set([skewed(random, index), skewed(random, index)]);
    for (const provider of providers) network.addLink(asnOf(index), asnOf(provider), 'provider', delay());
    // A second session with the same provider, now and then.
    const [first] = providers;
    if (first !== undefined && random.below(8) === 0) network.addLink(asnOf(first), asnOf(index), 'customer', delay());
  }
  for (let count = 0; count < routers * laterals; count++) {
    const [a, b] = [random.below(routers), random.below(routers)];
    const strangers = ![...network.links.values()].some(
      ({ ends }) => ends.includes(asnOf(a)) && ends.includes(asnOf(b)),
    );
    if (a !== b && strangers) network.addLink(asnOf(a), asnOf(b), 'lateral', delay());
  }
  return network;
}

/** Below `below`, more often near zero: few big providers, many small networks. */
function skewed(random: Random, below: number): number {
  return Math.floor(below * random.next() * random.next());
}
