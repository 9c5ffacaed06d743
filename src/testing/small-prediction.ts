/** A prediction on an Internet small enough to see it at a glance. */
import { distancesOf } from '../internet/catchment/distances.ts';
import { groupEntries } from '../internet/deployment/group.ts';
import type { Deployment, PopEntry } from '../internet/deployment/types.ts';
import { ScalarPropagation } from '../internet/propagation/scalar.ts';
import { buildAsGraph, numberOfAsn } from '../internet/topology/as-graph.ts';
import { AsLinks, linkKind } from '../internet/topology/as-links.ts';
import { latencyModel } from '../internet/world/latency.ts';
import { worldOf } from '../internet/world/world.ts';
import { mustLocation } from './places.ts';

/**
 * 10 sells to 101 (Germany) and 102 (Singapore); 20 sells to 103 (Germany), which lands far away; 10 and 20 are peers. 104 is alone.
 * PoPs: fra and sin at 10, sin also at 20.
 */
export function smallPrediction() {
  const links = new AsLinks();
  for (const [provider, customer] of [
    [10, 101],
    [10, 102],
    [20, 103],
    [104, 105],
  ] as const)
    links.add(provider, customer, linkKind.providerToCustomer);
  links.add(10, 20, linkKind.lateral);
  const { graph } = buildAsGraph(links);
  const number = (asn: number): number => numberOfAsn(graph)(asn) as number;
  const inCountry = (code: string) => ({ name: code, countries: [{ code, share: 1 }] });
  const world = worldOf(graph, {
    users: new Map([
      [101, 1000],
      [102, 300],
      [103, 100],
      [105, 50],
    ]),
    places: new Map([
      [101, inCountry('DE')],
      [102, inCountry('SG')],
      [103, inCountry('DE')],
      [105, inCountry('FR')],
    ]),
  });
  const pops = [
    { name: 'fra', location: mustLocation('Frankfurt, DE') },
    { name: 'sin', location: mustLocation('Singapore, SG') },
  ];
  const at = (asn: number, pop: number): PopEntry => ({
    pop,
    entry: { at: number(asn), as: 'customer', pathLength: 1, originAsn: 64500 },
  });
  const entries = [at(10, 0), at(10, 1), at(20, 1)];
  const deployment: Deployment = { asn: 64500, pops, entries, groups: groupEntries(entries) };
  const distances = distancesOf(pops, world.places, latencyModel());
  return { graph, number, world, deployment, distances, engine: new ScalarPropagation(graph) };
}
