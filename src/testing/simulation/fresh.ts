/**
 * A second network of the same configuration that has never seen a fault: what the first one has come to must be the same.
 *
 * Why: whatever a speaker forgot, kept or counted wrongly on its way shows as a difference, without anybody having to know
 * what the right outcome is. The second one has other random numbers, so messages arrive in another order there.
 */
import assert from 'node:assert/strict';
import type { SpeakerCore } from '../../bgp/speaker/speaker.ts';
import { formatPrefix, type Prefix } from '../../ip/prefix.ts';
import { BgpNetwork } from '../bgp-network.ts';
import { saying } from './checks.ts';

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
 * Compares every best route; returns how many. Path identifiers are given in the order in which paths come (RFC 7911), so where
 * one decided, the outcome is not unique, and the prefix is left out.
 */
export function checkSame(network: BgpNetwork, fresh: BgpNetwork): number {
  const chance = new Set([...decidedByChance(network), ...decidedByChance(fresh)]);
  let compared = 0;
  for (const { router, core } of network.living()) {
    const other = fresh.router(router.number).core;
    assert.ok(other, `router ${router.number} lives in both`);
    const prefixes = new Map(
      [...core.bestRoutes(), ...other.bestRoutes()].map(({ prefix }) => [formatPrefix(prefix), prefix]),
    );
    for (const [text, prefix] of prefixes) {
      if (chance.has(text)) continue;
      assert.equal(
        chosen(core, prefix),
        chosen(other, prefix),
        `router ${router.number}, ${text}: here (first) and fresh`,
      );
      compared++;
    }
  }
  return compared;
}

function chosen(core: SpeakerCore, prefix: Prefix): string {
  const best = core.decision(prefix)?.best;
  return best === undefined ? 'none' : `${best.source.peer} ${saying(best)}`;
}

function decidedByChance(network: BgpNetwork): readonly string[] {
  return network.living().flatMap(({ core }) =>
    Array.from(core.bestRoutes(), ({ prefix }) => prefix)
      .filter((prefix) => core.decision(prefix)?.losers.some(({ reason }) => reason === 'path-id'))
      .map((prefix) => formatPrefix(prefix)),
  );
}
