/** What must hold of a simulated network at rest. Each check throws with the place where it does not. */
import assert from 'node:assert/strict';
import { flatAsPath } from '../bgp/rib/as-path.ts';
import type { Route } from '../bgp/rib/types.ts';
import type { SpeakerCore } from '../bgp/speaker/speaker.ts';
import { formatAddress } from '../ip/address.ts';
import { formatPrefix, mustPrefix } from '../ip/prefix.ts';
import { attributesKey } from './attributes-key.ts';
import type { BgpNetwork } from './bgp-network.ts';
import { expectedRoutes } from './bgp-oracle.ts';

/** Returns how many best routes were compared, so that a caller can tell that something was. */
export function checkAtRest(network: BgpNetwork): number {
  checkNeighboursAgree(network);
  checkForwarding(network);
  return checkOutcome(network);
}

type Said = ReadonlyMap<string, string>;

function told(core: SpeakerCore, link: string): Said {
  const routes = [...core.adjRibOut(link)];
  return new Map(routes.map((route) => [formatPrefix(route.prefix), say(route)]));
}

function heard(core: SpeakerCore, link: string): Said {
  const routes = [...core.adjRibIn(link)].map(({ received }) => received);
  return new Map(routes.map((route) => [formatPrefix(route.prefix), say(route)]));
}

function say({ nextHop, attributes }: Pick<Route, 'nextHop' | 'attributes'>): string {
  return `${formatAddress(nextHop)} ${attributesKey(attributes)}`;
}

/** Each Adj-RIB-In is the other side's Adj-RIB-Out; where there is no session, both are empty. */
function checkNeighboursAgree(network: BgpNetwork): void {
  const live = new Set(network.liveLinks());
  for (const link of network.links.values()) {
    const [a, b] = link.ends.map((asn) => network.router(asn).core);
    for (const [from, to] of [
      [a, b],
      [b, a],
    ]) {
      const [said, known] = [from ? told(from, link.id) : new Map(), to ? heard(to, link.id) : new Map()];
      assert.deepEqual(known, said, `over ${link.id} one end knows what the other did not tell`);
      if (!live.has(link)) assert.equal(known.size, 0, `${link.id} is down and has routes`);
    }
  }
}

/** Following best routes hop by hop ends at a router that announces the prefix, by just the ASes of the AS path. */
function checkForwarding(network: BgpNetwork): void {
  for (const { router, core } of network.living()) {
    for (const best of core.bestRoutes()) {
      const prefix = formatPrefix(best.prefix);
      const walked: number[] = [];
      let [asn, route] = [router.asn, best];
      for (let link = network.linkOf(route); link !== undefined; link = network.linkOf(route)) {
        asn = link.ends[link.ends[0] === asn ? 1 : 0];
        walked.push(asn);
        assert.ok(walked.length <= network.routers.size, `a loop from AS ${router.asn} to ${prefix}: ${walked}`);
        const next = network.router(asn).core?.lookup(best.prefix);
        assert.ok(next, `AS ${router.asn} sends ${prefix} to AS ${asn}, which has no route`);
        route = next;
      }
      assert.ok(network.router(asn).announced.has(prefix), `AS ${asn} does not announce ${prefix}`);
      const path = flatAsPath(best.attributes.asPath ?? []);
      assert.deepEqual(walked, path, `from AS ${router.asn} to ${prefix}`);
    }
  }
}

/** Each router has the best route that it should, and none beside. */
function checkOutcome(network: BgpNetwork): number {
  const prefixes = new Set([...network.routers.values()].flatMap(({ announced }) => [...announced.keys()]));
  let compared = 0;
  for (const text of prefixes) {
    const expected = expectedRoutes(network, text);
    for (const { router, core } of network.living()) {
      const best = core.decision(mustPrefix(text))?.best;
      const found = best && { path: flatAsPath(best.attributes.asPath ?? []), via: network.linkOf(best)?.id };
      const wanted = expected.get(router.asn);
      assert.deepEqual(found, wanted && { path: wanted.path, via: wanted.via?.id }, `AS ${router.asn}, ${text}`);
      if (wanted !== undefined) compared++;
    }
  }
  for (const { router, core } of network.living()) {
    for (const { prefix } of core.bestRoutes()) {
      assert.ok(
        prefixes.has(formatPrefix(prefix)),
        `AS ${router.asn} has ${formatPrefix(prefix)}, which nobody announces`,
      );
    }
  }
  return compared;
}
