/** The lab's small Internet as a world for predictions: the same networks and links, one user at each network with a vantage. */
import { catchmentOf, noPop } from '../../internet/catchment/catchment.ts';
import { distancesOf } from '../../internet/catchment/distances.ts';
import { deploymentOf } from '../../internet/deployment/deployment.ts';
import { ScalarPropagation } from '../../internet/propagation/scalar.ts';
import { buildAsGraph, numberOfAsn } from '../../internet/topology/as-graph.ts';
import { AsLinks, linkKind } from '../../internet/topology/as-links.ts';
import { latencyModel } from '../../internet/world/latency.ts';
import type { LoadedWorld } from '../../internet/world/load-world.ts';
import { worldOf } from '../../internet/world/world.ts';
import type { Scenario } from '../../lab/scenario.ts';
import type { Topology } from '../../lab/topology.ts';

export function labWorld(topology: Topology): LoadedWorld {
  const links = new AsLinks();
  for (const { ends } of topology.links) {
    const [a, b] = ends;
    if (a.neighborIs === 'lateral') links.add(a.asn, b.asn, linkKind.lateral);
    else if (a.neighborIs === 'customer') links.add(a.asn, b.asn, linkKind.providerToCustomer);
    else links.add(b.asn, a.asn, linkKind.providerToCustomer);
  }
  const { graph } = buildAsGraph(links);
  const networks = [...topology.networks.values()];
  const users = new Map(networks.map(({ asn, vantage }) => [asn, vantage === undefined ? 0 : 1]));
  const places = new Map(
    networks.map(({ asn, name, location }) => {
      const countries = [{ code: location.name.split(', ').at(-1) ?? '', share: 1 }];
      return [asn, { name, countries, at: location }];
    }),
  );
  return { world: worldOf(graph, { users, places }), latency: latencyModel(), links: new Map(), warnings: [] };
}

/** By vantage, the PoP where the network file makes one expect it to land; vantages without a route are left out. */
export function predictVantages({ document, topology }: Scenario): ReadonlyMap<string, string> {
  const { world, latency } = labWorld(topology);
  const { graph, places } = world;
  const family = document.prefixes.some(({ prefix }) => prefix.includes('.')) ? 4 : 6;
  const { deployment } = deploymentOf(document, graph, { family, links: new Map() });
  const distances = distancesOf(deployment.pops, places, latency);
  const { pop } = catchmentOf({ world, deployment, distances, engine: new ScalarPropagation(graph) });
  const numberOf = numberOfAsn(graph);
  const predicted = new Map<string, string>();
  for (const { asn, vantage } of topology.networks.values()) {
    const number = numberOf(asn);
    const at = number === undefined ? noPop : (pop[world.cellStart[number] as number] as number);
    const name = deployment.pops[at]?.name;
    if (vantage !== undefined && name !== undefined) predicted.set(vantage, name);
  }
  return predicted;
}
