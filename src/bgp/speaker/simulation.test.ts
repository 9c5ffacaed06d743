/**
 * Many speakers in virtual time, with faults in the midst of convergence; at rest the network must be what the rules say.
 *
 * First small Internets with everything that sessions can have; `npm run simulate` runs large ones, and many. Then plain ones of
 * one router an AS, laid beside an oracle that knows nothing but the rules: a seed of these that fails is run again alone by
 * NEARCAST_SEED; NEARCAST_SEEDS says how many are tried.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mustPrefix } from '../../ip/prefix.ts';
import { checkAtRest } from '../../testing/bgp-checks.ts';
import type { BgpNetwork, SimulatedLink } from '../../testing/bgp-network.ts';
import { randomNetwork } from '../../testing/bgp-topology.ts';
import { runScenario } from '../../testing/simulation/scenario.ts';
import { gracefulShutdown } from '../message/community.ts';
import type { PeerConfig } from './types.ts';

const only = process.env.NEARCAST_SEED;
const count = Number(process.env.NEARCAST_SEEDS ?? 4);
const seeds = only === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [Number(only)];

const prefixes = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/48', '2001:db8:1::/48'];

/** Long enough for most sessions to come back in time, and not for all. */
const graceful: Partial<PeerConfig> = {
  gracefulRestart: { preserve: ['ipv4-unicast', 'ipv6-unicast'], restartTimeSeconds: 8, staleSeconds: 4 },
  extendedMessages: true,
};

for (const [seed, speakers] of [
  [101, 16],
  [102, 24],
] as const) {
  test(`an Internet of ${speakers} speakers with faults comes to what a fresh one comes to (seed ${seed})`, () => {
    try {
      const { sessions, hops, compared } = runScenario({ seed, speakers });
      assert.ok(sessions > 5 * speakers && hops > 5 * speakers && compared > 5 * speakers, 'something was looked at');
    } catch (error) {
      console.error(`reproduce: npm run simulate -- --seed ${seed} --speakers ${speakers}`);
      throw error;
    }
  });
}

for (const seed of seeds) {
  // Every other network keeps the routes of what is lost for a while.
  const options = seed % 2 === 0 ? graceful : {};
  test(`a network with faults comes to the one right outcome (seed ${seed})`, () => {
    try {
      runPlainScenario(seed, options);
    } catch (error) {
      console.error(`reproduce: NEARCAST_SEED=${seed} node --test src/bgp/speaker/simulation.test.ts`);
      throw error;
    }
  });
}

function runPlainScenario(seed: number, options: Partial<PeerConfig>): void {
  const network = randomNetwork(seed, { routers: 20 + ((seed * 7) % 21), laterals: 0.5 }, options);
  const { random } = network;
  for (const prefix of prefixes) for (const asn of pick(network, 1 + random.below(3))) announce(network, asn, prefix);
  network.settle();
  assert.ok(checkAtRest(network) > network.routers.size, 'most routers have routes');

  for (let round = 0; round < 3; round++) {
    for (let fault = 0; fault < 6; fault++) {
      breakSomething(network);
      network.clock.advance(random.below(400));
    }
    network.settle();
    checkAtRest(network);
  }

  for (const router of network.routers.values()) if (router.core === undefined) network.revive(router.asn);
  for (const link of network.links.values()) if (!link.up) network.restore(link);
  network.settle();
  checkAtRest(network);

  for (const router of network.routers.values()) {
    for (const prefix of router.announced.keys()) network.withdraw(router.asn, mustPrefix(prefix));
  }
  network.settle();
  for (const { core } of network.living()) assert.deepEqual([...core.bestRoutes()], []);
  checkAtRest(network);
}

function breakSomething(network: BgpNetwork): void {
  const { random } = network;
  const links = [...network.links.values()];
  const link = links[random.below(links.length)] as SimulatedLink;
  const [asn] = pick(network, 1) as [number];
  const router = network.router(asn);
  const prefix = prefixes[random.below(prefixes.length)] as string;
  switch (random.below(7)) {
    case 0:
      if (link.up) network.cut(link, 'broken');
      else network.restore(link);
      return;
    case 1:
      if (link.up) network.cut(link, 'silent');
      else network.restore(link);
      return;
    case 2:
      if (router.core === undefined) network.revive(asn);
      else network.kill(asn);
      return;
    case 3:
      announce(network, asn, prefix);
      return;
    case 4:
      announce(network, asn, prefix, [gracefulShutdown]);
      return;
    case 5: {
      const origin = [...network.routers.values()].find((one) => one.announced.has(prefix));
      if (origin !== undefined) network.withdraw(origin.asn, mustPrefix(prefix));
      return;
    }
    case 6: {
      // A restart: back at once, with one prefix fewer than it had.
      if (router.core === undefined) return;
      network.kill(asn);
      const [gone] = router.announced.keys();
      if (gone !== undefined) router.announced.delete(gone);
      network.revive(asn);
      return;
    }
  }
}

function announce(network: BgpNetwork, asn: number, prefix: string, communities?: readonly number[]): void {
  network.announce(asn, { prefix: mustPrefix(prefix), attributes: { ...(communities && { communities }) } });
}

function pick(network: BgpNetwork, wanted: number): readonly number[] {
  const asns = [...network.routers.keys()];
  return Array.from({ length: wanted }, () => asns[network.random.below(asns.length)] as number);
}

test('the network prefers what is shutting down last, and still uses it where nothing else is', () => {
  const network = randomNetwork(11, { routers: 20, laterals: 0.5 });
  const [a, b] = [64525, 64530];
  announce(network, a, '192.0.2.0/24');
  announce(network, b, '192.0.2.0/24');
  network.settle();
  checkAtRest(network);
  const landing = (): Record<number, number> =>
    Object.fromEntries(
      [a, b].map((asn) => {
        const landed = network.living().filter(({ core }) => {
          const path = core.decision(mustPrefix('192.0.2.0/24'))?.best.attributes.asPath ?? [];
          return path.at(-1)?.asns.at(-1) === asn;
        });
        return [asn, landed.length];
      }),
    );
  const before = landing();
  assert.ok((before[a] as number) > 0 && (before[b] as number) > 0, 'both are used');

  announce(network, a, '192.0.2.0/24', [gracefulShutdown]);
  network.settle();
  checkAtRest(network);
  assert.deepEqual(landing(), { [a]: 0, [b]: 18 });

  network.withdraw(b, mustPrefix('192.0.2.0/24'));
  network.settle();
  checkAtRest(network);
  assert.deepEqual(landing(), { [a]: 19, [b]: 0 });
});
