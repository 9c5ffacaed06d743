/**
 * A second network of the same configuration that has never seen a fault: what the first one has come to must be the same.
 *
 * Why: whatever a speaker forgot, kept or counted wrongly on its way shows as a difference, without anybody having to know
 * what the right outcome is. The second one has other random numbers, so messages arrive in another order there.
 */
import assert from 'node:assert/strict';
import type { Route } from '../../bgp/rib/types.ts';
import type { SpeakerCore } from '../../bgp/speaker/speaker.ts';
import { formatPrefix, type Prefix } from '../../ip/prefix.ts';
import { BgpNetwork } from '../bgp-network.ts';
import { saying } from './checks.ts';
import { firstRouteServer } from './internet.ts';

/** The same routers, peerings, policies and announcements; what is dead, cut or stopped is so from the beginning. */
export function freshCopy(of: BgpNetwork, seed: number): BgpNetwork {
  const copy = new BgpNetwork(seed);
  for (const { number, asn, clusterId } of of.routers.values()) {
    copy.addRouter(number, { asn, ...(clusterId && { clusterId }) });
  }
  for (const { ends, peers, delayMs, up, stopped } of of.links.values()) {
    const link = copy.addPeering(ends, peers, delayMs);
    link.up = up;
    for (const end of [0, 1] as const) if (stopped[end]) copy.operate(link, end, 'stop-peer');
  }
  for (const { number, core, announced } of of.routers.values()) {
    if (core === undefined) copy.kill(number);
    else for (const route of announced.values()) copy.announce(number, route);
  }
  copy.settle();
  return copy;
}

/**
 * Compares all that each router knows and has chosen; returns how many best routes.
 *
 * Path identifiers are given in the order in which paths come (RFC 7911), so where one decided, the outcome is not unique. What
 * differs is taken for that only where it hangs together: such a router itself, and routers that differ likewise next to it.
 */
export function checkSame(network: BgpNetwork, fresh: BgpNetwork): number {
  const prefixes = new Map(
    [network, fresh].flatMap((one) =>
      one.living().flatMap(({ core }) => Array.from(core.bestRoutes(), ({ prefix }) => [formatPrefix(prefix), prefix])),
    ),
  );
  let compared = 0;
  for (const [text, prefix] of prefixes) {
    const differing = new Map<number, string>();
    const byChance: number[] = [];
    for (const { router, core } of network.living()) {
      const other = fresh.router(router.number).core;
      assert.ok(other, `router ${router.number} lives in both`);
      const [here, there] = [known(core, prefix), known(other, prefix)];
      if (here.text === there.text) compared++;
      else differing.set(router.number, `here\n${here.text}\nand fresh\n${there.text}`);
      if (here.byChance || there.byChance) byChance.push(router.number);
    }
    const excused = new Set<number>();
    const spread = byChance.filter((number) => differing.has(number));
    for (let at = spread.pop(); at !== undefined; at = spread.pop()) {
      excused.add(at);
      for (const { ends } of network.router(at).links) {
        spread.push(...ends.filter((number) => differing.has(number) && !excused.has(number)));
      }
    }
    for (const [number, what] of differing) assert.ok(excused.has(number), `router ${number}, ${text}: ${what}`);
  }
  return compared;
}

/** Best first, then all others in an order that does not depend on how they came; and whether path identifiers decided anything. */
function known(core: SpeakerCore, prefix: Prefix): { readonly text: string; readonly byChance: boolean } {
  const decision = core.decision(prefix);
  if (decision === undefined) return { text: 'none', byChance: false };
  const { best, losers } = decision;
  const say = (route: Route): string => `${route.source.peer} ${saying(route)}`;
  // A route server tells a client of the first one that it may have, which need not be the best.
  const server = core.config.asn >= firstRouteServer && core.config.asn < firstRouteServer + 5_000;
  const several = losers.some(({ route }) => route.pathId !== undefined);
  return {
    text: [say(best), ...losers.map(({ route }) => say(route)).sort()].join('\n'),
    byChance: (server && several) || losers.some(({ reason }) => reason === 'path-id'),
  };
}
