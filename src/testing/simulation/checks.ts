/**
 * What must hold of every speaker and every session of a network at rest. Each check throws with the place where it does not.
 *
 * Nothing here knows the topology: what a speaker has chosen is decided anew from what its peers say that they told it, what
 * it told a peer is laid beside what it would tell now, and packets are followed by next hops.
 */
import assert from 'node:assert/strict';
import { unicastFamily } from '../../bgp/message/family/table.ts';
import { decide, localPeer } from '../../bgp/rib/decision.ts';
import type { AdvertisedRoute, ReceivedRoute, Route } from '../../bgp/rib/types.ts';
import type { SpeakerCore } from '../../bgp/speaker/speaker.ts';
import { addressesEqual, formatAddress } from '../../ip/address.ts';
import { formatPrefix, mustPrefix } from '../../ip/prefix.ts';
import { attributesKey } from '../attributes-key.ts';
import type { BgpNetwork, SimulatedRouter } from '../bgp-network.ts';

/** What was looked at, so that a caller can tell that something was. */
export interface Looked {
  sessions: number;
  /** Routes that one end of a session told and the other one knows. */
  told: number;
  best: number;
  hops: number;
}

export function checkAllAtRest(network: BgpNetwork): Looked {
  const looked: Looked = { sessions: 0, told: 0, best: 0, hops: 0 };
  checkSessions(network, looked);
  for (const { router, core } of network.living()) {
    checkChoice(router, core, looked);
    checkTold(network, router, core);
    checkCounters(router, core);
  }
  checkForwarding(network, looked);
  checkNothingLeft(network);
  return looked;
}

export function saying({ nextHop, attributes }: Pick<Route, 'nextHop' | 'attributes'>): string {
  return `${formatAddress(nextHop)} ${attributesKey(attributes)}`;
}

function byPath(routes: Iterable<AdvertisedRoute>): Map<string, string> {
  return new Map(Array.from(routes, (route) => [`${formatPrefix(route.prefix)} ${route.pathId ?? ''}`, saying(route)]));
}

/** Each Adj-RIB-In is the other end's Adj-RIB-Out; where there is no session, both are empty. */
function checkSessions(network: BgpNetwork, looked: Looked): void {
  const live = new Set(network.liveLinks());
  for (const link of network.links.values()) {
    const [a, b] = link.ends.map((number) => network.router(number).core);
    for (const [from, to] of [
      [a, b],
      [b, a],
    ]) {
      const told = byPath(from?.adjRibOut(link.id) ?? []);
      const known = byPath(Array.from(to?.adjRibIn(link.id) ?? [], ({ received }) => received));
      for (const key of new Set([...told.keys(), ...known.keys()])) {
        assert.equal(known.get(key), told.get(key), `${key} over ${link.id}: known (first) is not what was told`);
      }
      if (!live.has(link)) assert.equal(known.size, 0, `${link.id} is down and has routes`);
      looked.told += told.size;
    }
    if (live.has(link)) looked.sessions++;
  }
}

/** Each best route is the one that the decision gives on what the Adj-RIBs-In hold now. */
function checkChoice(router: SimulatedRouter, core: SpeakerCore, looked: Looked): void {
  const { number, links, announced } = router;
  const candidates = new Map<string, Route[]>();
  for (const link of links) {
    for (const { outcome } of core.adjRibIn(link.id)) {
      if (outcome.verdict === 'reject') continue;
      checkNoCircle(router, outcome.route);
      const prefix = formatPrefix(outcome.route.prefix);
      const known = candidates.get(prefix);
      if (known === undefined) candidates.set(prefix, [outcome.route]);
      else known.push(outcome.route);
    }
  }
  const bests = new Map(Array.from(core.bestRoutes(), (route) => [formatPrefix(route.prefix), route]));
  for (const prefix of new Set([...candidates.keys(), ...announced.keys(), ...bests.keys()])) {
    const best = bests.get(prefix);
    looked.best++;
    if (announced.has(prefix)) {
      assert.equal(best?.source.peer, localPeer, `router ${number} prefers another's route to its own ${prefix}`);
      continue;
    }
    const expected = decide(candidates.get(prefix) ?? [])?.best;
    const text = (route: Route | undefined) => route && `${route.source.peer} ${route.pathId ?? ''} ${saying(route)}`;
    assert.equal(text(best), text(expected), `router ${number}, ${prefix}: chosen (first) and what should be`);
    assert.equal(text(core.lookup(mustPrefix(prefix))), text(best), `router ${number}, ${prefix}: the look-up differs`);
  }
}

/** What is taken has not been here before: neither in this AS, nor from this router, nor in its cluster (RFC 4456 §8). */
function checkNoCircle({ number, asn, routerId, clusterId = routerId }: SimulatedRouter, route: Route): void {
  const { asPath = [], originatorId, clusterList = [] } = route.attributes;
  const place = `router ${number} takes ${formatPrefix(route.prefix)} from ${route.source.peer}`;
  assert.ok(!asPath.some(({ asns }) => asns.includes(asn)), `${place} with its own ASN in the path`);
  if (route.source.external) return;
  assert.ok(
    originatorId === undefined || !addressesEqual(originatorId, routerId),
    `${place}, which it brought in itself`,
  );
  assert.ok(!clusterList.some((id) => addressesEqual(id, clusterId)), `${place}, which its cluster has reflected`);
}

/** What each peer was told is what it would be told now. */
function checkTold(network: BgpNetwork, { number, links }: SimulatedRouter, core: SpeakerCore): void {
  const prefixes = Array.from(core.bestRoutes(), ({ prefix }) => prefix);
  const live = new Set(network.liveLinks());
  for (const link of links) {
    if (!live.has(link)) continue;
    const told = new Map(Array.from(core.adjRibOut(link.id), (route) => [formatPrefix(route.prefix), route]));
    const prefixesTold = Array.from(told.values(), ({ prefix }) => prefix);
    for (const prefix of prefixes) {
      const text = formatPrefix(prefix);
      const [outcome, route] = [core.explainExport(link.id, prefix), told.get(text)];
      told.delete(text);
      const place = `router ${number}, ${text} to ${link.id}`;
      const config = link.peers[link.ends[0] === number ? 0 : 1];
      if (outcome?.verdict === 'suppress' && outcome.suppression.reason === 'prefix-limit') {
        const family = unicastFamily(prefix.family);
        const count = prefixesTold.filter((one) => unicastFamily(one.family) === family).length;
        assert.equal(count, config.limits?.out?.[family], `${place} is withheld: told (first) and the limit`);
      }
      if (route !== undefined && route.pathId === undefined && config.routeServerClient === undefined) {
        const from = core.decision(prefix)?.best.source.peer;
        assert.notEqual(from, link.id, `${place}: it came from there`);
      }
      assert.equal(route !== undefined, outcome?.verdict === 'announce', `${place}: ${JSON.stringify(outcome)}`);
      // One of several paths need not be the best.
      if (outcome?.verdict !== 'announce' || route === undefined || route.pathId !== undefined) continue;
      assert.equal(saying(route), saying(outcome.route), `${place}: told (first) and what should be`);
    }
    assert.deepEqual([...told.keys()], [], `router ${number} has told ${link.id} of what it has no route to`);
  }
}

/** The figures that an operator is shown are those of the tables. */
function checkCounters({ number }: SimulatedRouter, core: SpeakerCore): void {
  for (const { id, receivedRoutes, acceptedRoutes, announcedRoutes, staleRoutes } of core.neighbors()) {
    const received: ReceivedRoute[] = [...core.adjRibIn(id)];
    const told = new Set(Array.from(core.adjRibOut(id), ({ prefix }) => formatPrefix(prefix)));
    const accepted = received.filter(({ outcome }) => outcome.verdict === 'accept');
    assert.deepEqual(
      [receivedRoutes, acceptedRoutes, announcedRoutes, staleRoutes],
      [received.length, accepted.length, told.size, 0],
      `router ${number}, ${id}: received, accepted, announced and stale routes as counted (first)`,
    );
  }
}

/** Following next hops from anywhere ends at a router that announces the prefix. */
function checkForwarding(network: BgpNetwork, looked: Looked): void {
  const nextOf = new Map<string, Map<number, number>>();
  for (const { router, core } of network.living()) {
    for (const { prefix, nextHop, source } of core.bestRoutes()) {
      if (source.peer === localPeer) continue;
      const text = formatPrefix(prefix);
      const next = network.owners.get(formatAddress(nextHop));
      assert.ok(next !== undefined, `router ${router.number}: the next hop of ${text} is nobody's`);
      const known = nextOf.get(text) ?? new Map<number, number>();
      nextOf.set(text, known.set(router.number, next));
    }
  }
  for (const [prefix, next] of nextOf) {
    const arrive = new Set<number>();
    for (const start of next.keys()) {
      const walked = [start];
      for (let at = start; !arrive.has(at); ) {
        const step = next.get(at);
        if (step === undefined) {
          const router = network.router(at);
          assert.ok(router.core && router.announced.has(prefix), `${prefix} ends at router ${at}: ${walked}`);
          break;
        }
        assert.ok(!walked.includes(step), `a loop for ${prefix}: ${walked},${step}`);
        walked.push(step);
        at = step;
        looked.hops++;
      }
      for (const one of walked) arrive.add(one);
    }
  }
}

/** What nobody announces is nowhere, neither chosen nor kept as received. */
function checkNothingLeft(network: BgpNetwork): void {
  const announced = new Set(network.living().flatMap(({ router }) => [...router.announced.keys()]));
  for (const { router, core } of network.living()) {
    const kept = [
      ...core.bestRoutes(),
      ...router.links.flatMap(({ id }) => Array.from(core.adjRibIn(id), ({ received }) => received)),
    ];
    for (const { prefix } of kept) {
      const text = formatPrefix(prefix);
      assert.ok(announced.has(text), `router ${router.number} has ${text}, which nobody announces`);
    }
  }
}
