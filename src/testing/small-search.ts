/** A search on a network small enough to try everything: who hears what, and a network file that can be changed and predicted again. */
import assert from 'node:assert/strict';
import { distancesOf } from '../internet/catchment/distances.ts';
import { sessionsOf } from '../internet/deployment/deployment.ts';
import type { ProviderLocation } from '../internet/deployment/provider-links.ts';
import { ScalarPropagation } from '../internet/propagation/scalar.ts';
import { Scorer } from '../internet/search/scores.ts';
import { spaceOf, type Vary } from '../internet/search/space.ts';
import { buildAsGraph } from '../internet/topology/as-graph.ts';
import { AsLinks, linkKind } from '../internet/topology/as-links.ts';
import { latencyModel } from '../internet/world/latency.ts';
import { worldOf } from '../internet/world/world.ts';
import { loadNetwork } from '../network/document.ts';

export const smallNetwork = `
network: test
asn: 64500
prefixes: [{ prefix: 192.0.2.0/24, address: 192.0.2.1 }]
pops:
  fra: { location: "Frankfurt, DE", sessions: [{ provider: vultr, sourceAddress: 203.0.113.1, password: { env: P } }] }
  syd: { location: "Sydney, AU", sessions: [{ provider: vultr, sourceAddress: 203.0.113.2, password: { env: P } }] }
`;

/**
 * Vultr (20473) buys of 1 in Frankfurt and of 2 in Sydney. 101 (Germany, many users) is a customer of both 3 and 2, where 3 is a
 * customer of 1: by way of 2 its path is shorter, so all of it lands in Sydney until Sydney avoids 2.
 */
export function smallSearch(vary: readonly Vary[], capacity: ReadonlyMap<string, number> = new Map()) {
  const links = new AsLinks();
  for (const [provider, customer] of [
    [1, 20473],
    [2, 20473],
    [4, 20473],
    [1, 3],
    [3, 101],
    [2, 101],
    [4, 102],
    [1, 103],
  ] as const)
    links.add(provider, customer, linkKind.providerToCustomer);
  for (const [a, b] of [
    [1, 2],
    [1, 4],
    [2, 4],
  ] as const)
    links.add(a, b, linkKind.lateral);
  const { graph } = buildAsGraph(links);
  const result = loadNetwork(smallNetwork, { file: 'network.yaml' });
  assert(result.ok);
  const frankfurt: ProviderLocation = {
    name: 'fra',
    latitude: 50.1,
    longitude: 8.7,
    neighbors: new Map([[1, 'provider']]),
  };
  const sydney: ProviderLocation = {
    name: 'syd',
    latitude: -33.9,
    longitude: 151.2,
    neighbors: new Map([
      [2, 'provider'],
      [4, 'provider'],
    ]),
  };
  const provided = new Map([[20473, [frankfurt, sydney]]]);
  const { pops, sessions, context } = sessionsOf(result.value, graph, {
    family: 4,
    links: provided,
  });
  const inCountry = (code: string) => ({ name: code, countries: [{ code, share: 1 }] });
  const world = worldOf(graph, {
    users: new Map([
      [101, 1000],
      [102, 400],
      [103, 100],
    ]),
    places: new Map([
      [101, inCountry('DE')],
      [102, inCountry('AU')],
      [103, inCountry('DE')],
    ]),
  });
  const popNames = pops.map(({ name }) => name);
  const space = spaceOf({ sessions, popNames, vary: new Set(vary), maximumPrepend: 2, avoidable: [[1], [2, 4]] });
  const distances = distancesOf(pops, world.places, latencyModel());
  const scorer = new Scorer({ space, world, pops, context, distances, engine: new ScalarPropagation(graph), capacity });
  return { space, scorer, graph, world, links: provided };
}
