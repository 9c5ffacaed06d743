/**
 * A random Internet of hundreds of speakers: transit ASes of several routers (full mesh or route reflectors), stubs, lateral
 * links, exchanges with a route server; some sessions with several paths, roles, restarts, long messages and limits.
 *
 * Lower ASes are nobody's customers' customers, so the relations have no circle.
 */
import type { Random } from '../../base/random.ts';
import type { AddPathFamily, BgpRole } from '../../bgp/message/types.ts';
import { acceptAll } from '../../bgp/policy/common.ts';
import type { Relation } from '../../bgp/rib/types.ts';
import type { PrefixLimits } from '../../bgp/speaker/options.ts';
import type { PeerConfig } from '../../bgp/speaker/types.ts';
import type { Address } from '../../ip/address.ts';
import { BgpNetwork, type SimulatedLink } from '../bgp-network.ts';
import { exportPolicy, importPolicy, internalImportPolicy, type Knobs } from './policies.ts';

export interface System {
  readonly asn: number;
  readonly routers: readonly number[];
}

export class Internet {
  readonly network: BgpNetwork;
  readonly systems: System[] = [];
  /** Links between ASes, without those to route servers. */
  readonly external: SimulatedLink[] = [];
  /** Customers' routers whose provider takes only so many prefixes. */
  readonly limited: number[] = [];
  /** By link and end, as far as they were turned. */
  readonly #knobs = new Map<string, Knobs>();

  constructor(seed: number) {
    this.network = new BgpNetwork(seed);
  }

  knobs(link: SimulatedLink, end: 0 | 1): Knobs {
    return this.#knobs.get(`${link.id} ${end}`) ?? {};
  }

  turn(link: SimulatedLink, end: 0 | 1, knobs: Knobs): void {
    this.#knobs.set(`${link.id} ${end}`, knobs);
    this.network.setPolicies(link, end, this.policies(link.ends[end], link.relations[end], knobs));
  }

  policies(router: number, relation: Relation = 'lateral', knobs: Knobs = {}) {
    const { asn } = this.network.router(router);
    const several = (this.systems.find((system) => system.asn === asn)?.routers.length ?? 1) > 1;
    const facts = { asn, relation, several, knobs };
    return { relation, importPolicy: importPolicy(facts), exportPolicy: exportPolicy(facts) };
  }
}

/** How many prefixes a limited customer may announce. A leak is more. */
export const limitedTo = 16;

/** Route servers' ASNs are these. */
export const firstRouteServer = 60_000;

const bothFamilies: readonly AddPathFamily[] = [
  { family: 'ipv4-unicast', direction: 'both' },
  { family: 'ipv6-unicast', direction: 'both' },
];
const inverse: Record<Relation, Relation> = { customer: 'provider', provider: 'customer', lateral: 'lateral' };
/** What we are to a peer that is this to us. */
const roleTowards: Record<Relation, BgpRole> = { customer: 'provider', provider: 'customer', lateral: 'peer' };

/** An Internet of about so many speakers. The same seed makes the same one. */
export function randomInternet(seed: number, speakers: number): Internet {
  const internet = new Internet(seed);
  const { network, systems } = internet;
  const { random } = network;
  const servers = Math.max(1, Math.floor(speakers / 60));
  while (network.routers.size < speakers - servers) {
    const index = systems.length;
    const core = index < 3 && speakers >= 40;
    addSystem(internet, core ? 3 + random.below(4) : random.below(9) === 0 ? 2 + random.below(4) : 1);
    if (index < 3) for (let other = 0; other < index; other++) interconnect(internet, index, other, 'lateral');
    else {
      const providers = new Set([skewed(random, index), skewed(random, index)]);
      for (const provider of providers) interconnect(internet, index, provider, 'provider');
      // A second link to the same provider, now and then.
      if (random.below(8) === 0) interconnect(internet, index, providers.values().next().value ?? 0, 'provider');
    }
  }
  for (let count = Math.floor(systems.length / 3); count > 0; count--) {
    const [a, b] = [random.below(systems.length), random.below(systems.length)];
    if (a !== b && !areNeighbours(internet, a, b)) interconnect(internet, a, b, 'lateral');
  }
  for (let count = 0; count < servers; count++) addRouteServer(internet);
  return internet;
}

/** Below `below`, more often near zero: few big providers, many small networks. */
function skewed(random: Random, below: number): number {
  return Math.floor(below * random.next() * random.next());
}

function delay(random: Random): number {
  return 1 + random.below(80) + random.next();
}

function areNeighbours({ systems, external }: Internet, a: number, b: number): boolean {
  const [ofA, ofB] = [systems[a]?.routers ?? [], systems[b]?.routers ?? []];
  return external.some(
    ({ ends: [x, y] }) => (ofA.includes(x) && ofB.includes(y)) || (ofA.includes(y) && ofB.includes(x)),
  );
}

/** Some of what a session may have beyond the plain, the same at both ends. */
function extras(random: Random): Partial<PeerConfig> {
  return {
    ...(random.below(3) === 0 && { extendedMessages: true }),
    ...(random.below(4) === 0 && {
      gracefulRestart: {
        preserve: ['ipv4-unicast', 'ipv6-unicast'],
        // Long enough for most sessions to come back in time, and not for all.
        restartTimeSeconds: 8,
        staleSeconds: 4,
        ...(random.below(3) === 0 && { longLivedSeconds: 12 }),
      },
    }),
  };
}

/** An AS with its internal sessions. */
function addSystem({ network, systems }: Internet, size: number): void {
  const { random } = network;
  const index = systems.length;
  // Some are beyond two octets (RFC 6793).
  const asn = index % 4 === 3 ? 4_200_000_000 + index : 1000 + index;
  const routers = Array.from({ length: size }, (_, at) => network.routers.size + 1 + at);
  systems.push({ asn, routers });
  const reflectors = size > 2 && random.below(4) > 0 ? routers.slice(0, 1 + random.below(2)) : [];
  const shared: Address | undefined =
    reflectors.length > 1 && random.below(2) === 0
      ? { family: 4, bytes: Uint8Array.of(10, 255, index >> 8, index & 0xff) }
      : undefined;
  for (const router of routers) {
    network.addRouter(router, { asn, ...(shared && reflectors.includes(router) && { clusterId: shared }) });
  }
  for (const [at, a] of routers.entries()) {
    for (const b of routers.slice(at + 1)) {
      const [first, second] = [reflectors.includes(a), reflectors.includes(b)];
      if (reflectors.length > 0 && !first && !second) continue; // clients hear of one another by way of a reflector
      const more = { ...extras(random), importPolicy: internalImportPolicy };
      const several: Partial<PeerConfig> = random.below(3) === 0 ? { addPath: bothFamilies } : {};
      const client: Partial<PeerConfig> = first && !second ? { reflectorClient: true } : {};
      network.addPeering(
        [a, b],
        [
          { ...more, ...several, ...client },
          { ...more, ...several },
        ],
        delay(random) / 8,
      );
    }
  }
}

/** A session between two ASes; `secondIs` says what the second is to the first. */
function interconnect(internet: Internet, first: number, second: number, secondIs: Relation): void {
  const { network, systems, external, limited } = internet;
  const { random } = network;
  const border = (index: number): number => {
    const { routers } = systems[index] as System;
    return routers[random.below(routers.length)] as number;
  };
  const ends = [border(first), border(second)] as const;
  const firstIs = inverse[secondIs];
  const more: Partial<PeerConfig> = { ...extras(random), ...(random.below(12) === 0 && { addPath: bothFamilies }) };
  const withRoles = random.below(3);
  const role = (relation: Relation, says: boolean): Partial<PeerConfig> =>
    says ? { role: roleTowards[relation] } : {};
  const isLimited = secondIs === 'provider' && random.below(6) === 0;
  const limit: PrefixLimits = isLimited ? { in: { 'ipv4-unicast': { maximum: limitedTo } } } : {};
  if (isLimited) limited.push(ends[0]);
  // What a leak fills is withheld, and told when there is room again.
  const room: PrefixLimits = random.below(4) === 0 ? { out: { 'ipv4-unicast': limitedTo } } : {};
  external.push(
    network.addPeering(
      ends,
      [
        { limits: room, ...more, ...role(secondIs, withRoles > 0), ...internet.policies(ends[0], secondIs) },
        {
          limits: { ...room, ...limit },
          ...more,
          ...role(firstIs, withRoles > 1),
          ...internet.policies(ends[1], firstIs),
        },
      ],
      delay(random),
    ),
  );
}

/** An exchange: a route server, whose clients hear of one another as lateral peers (RFC 7947). */
function addRouteServer(internet: Internet): void {
  const { network, systems } = internet;
  const { random } = network;
  const server = network.routers.size + 1;
  network.addRouter(server, { asn: firstRouteServer + server });
  const members = new Set(Array.from({ length: 3 + random.below(9) }, () => random.below(systems.length)));
  const roles = random.below(2) === 0;
  for (const member of members) {
    const { routers } = systems[member] as System;
    const client = routers[random.below(routers.length)] as number;
    const more: Partial<PeerConfig> = { ...extras(random), ...(random.below(4) === 0 && { addPath: bothFamilies }) };
    const ofServer: Partial<PeerConfig> = {
      ...more,
      routeServerClient: true,
      importPolicy: acceptAll,
      exportPolicy: acceptAll,
      ...(roles && { role: 'route-server' }),
    };
    const ofClient: Partial<PeerConfig> = {
      ...more,
      acceptAnyFirstAs: true,
      ...(roles && { role: 'route-server-client' }),
      ...internet.policies(client, 'lateral'),
    };
    network.addPeering([server, client], [ofServer, ofClient], delay(random));
  }
}
