/** What goes wrong in a simulated Internet, and what operators do to it. Each fault is a line for the person who reads a failure. */
import { gracefulShutdown } from '../../bgp/message/community.ts';
import { formatPrefix, mustPrefix } from '../../ip/prefix.ts';
import type { SimulatedLink } from '../bgp-network.ts';
import { type Internet, limitedTo } from './internet.ts';

/** What is announced: each prefix by one router or by several. */
export const prefixes: readonly string[] = Array.from({ length: 20 }, (_, index) =>
  index % 4 === 3 ? `2001:db8:${index}::/48` : `100.64.${2 * index}.0/${index % 3 === 0 ? 23 : 24}`,
);

type Fault = (internet: Internet) => string;

export function pick<T>({ network }: Internet, of: readonly T[]): T {
  return of[network.random.below(of.length)] as T;
}

function someLink(internet: Internet): SimulatedLink {
  return pick(internet, [...internet.network.links.values()]);
}

function someRouter(internet: Internet): number {
  return pick(internet, [...internet.network.routers.keys()]);
}

function someEnd({ network }: Internet): 0 | 1 {
  return network.random.below(2) === 0 ? 0 : 1;
}

/** Some prefix from some router that is no route server, with some attributes. */
export function announceSome(internet: Internet): string {
  const { random } = internet.network;
  const prefix = pick(internet, prefixes);
  const router = pick(internet, pick(internet, internet.systems).routers);
  const leaving = random.below(6) === 0;
  internet.network.announce(router, {
    prefix: mustPrefix(prefix),
    attributes: {
      originCode: pick(internet, ['igp', 'igp', 'egp', 'incomplete'] as const),
      ...(random.below(3) === 0 && { multiExitDiscriminator: random.below(5) }),
      ...(random.below(3) === 0 && { largeCommunities: [[64_999, 7, random.below(3)] as const] }),
      ...(leaving && { communities: [gracefulShutdown] }),
    },
  });
  return `router ${router} announces ${prefix}${leaving ? ', leaving' : ''}`;
}

function withdrawSome(internet: Internet): string {
  const { network } = internet;
  const announcing = [...network.routers.values()].filter(({ announced }) => announced.size > 0);
  if (announcing.length === 0) return 'nothing to withdraw';
  const { number, announced } = pick(internet, announcing);
  const prefix = pick(internet, [...announced.keys()]);
  network.withdraw(number, mustPrefix(prefix));
  return `router ${number} withdraws ${prefix}`;
}

function cutOrRestore(internet: Internet): string {
  const { network } = internet;
  const link = someLink(internet);
  if (!link.up) {
    network.restore(link);
    return `${link.id} is restored`;
  }
  const how = pick(internet, ['broken', 'broken', 'silent', 0, 1] as const);
  network.cut(link, how);
  return `${link.id} is cut: ${how}`;
}

function killOrRevive(internet: Internet): string {
  const { network } = internet;
  const number = someRouter(internet);
  if (network.router(number).core === undefined) {
    network.revive(number);
    return `router ${number} returns`;
  }
  network.kill(number);
  return `router ${number} dies`;
}

/** Back at once, with one prefix fewer than it had: what outlives it must go all the same. */
function restart(internet: Internet): string {
  const { network } = internet;
  const number = someRouter(internet);
  const router = network.router(number);
  if (router.core === undefined) return `router ${number} stays dead`;
  network.kill(number);
  const [gone] = router.announced.keys();
  if (gone !== undefined) router.announced.delete(gone);
  network.revive(number);
  return `router ${number} restarts${gone === undefined ? '' : ` without ${gone}`}`;
}

function turnKnob(internet: Internet): string {
  const { random } = internet.network;
  if (internet.external.length === 0) return 'no knob';
  const link = pick(internet, internet.external);
  const end = someEnd(internet);
  const knobs = pick(internet, [
    { prepend: 1 + random.below(4) },
    { multiExitDiscriminator: random.below(4) },
    { withhold: pick(internet, prefixes) },
    { refuse: pick(internet, prefixes) },
    { drained: true },
    {},
  ]);
  internet.turn(link, end, { ...internet.knobs(link, end), ...knobs });
  return `${link.id} end ${end}: ${JSON.stringify(knobs)}`;
}

/** All that a router tells other ASes carries GRACEFUL_SHUTDOWN, or no longer. */
function drainRouter(internet: Internet): string {
  const number = someRouter(internet);
  const drained = internet.network.random.below(2) === 0;
  for (const link of internet.external) {
    for (const end of [0, 1] as const) {
      if (link.ends[end] === number) internet.turn(link, end, { ...internet.knobs(link, end), drained });
    }
  }
  return `router ${number} is ${drained ? 'drained' : 'no longer drained'}`;
}

function operate(internet: Internet): string {
  const [link, end] = [someLink(internet), someEnd(internet)];
  const what = link.stopped[end] ? 'start-peer' : pick(internet, ['stop-peer', 'reset-peer', 'reset-peer'] as const);
  internet.network.operate(link, end, what);
  return `${link.id} end ${end}: ${what}`;
}

function hint(internet: Internet): string {
  const { network } = internet;
  const [link, end] = [someLink(internet), someEnd(internet)];
  const event = { type: pick(internet, ['bfd-down', 'request-refresh'] as const), peer: link.id };
  if (network.router(link.ends[end]).core !== undefined) network.step(link.ends[end], event);
  return `${link.id} end ${end}: ${event.type}`;
}

function slow(internet: Internet): string {
  const { random } = internet.network;
  const link = someLink(internet);
  link.delayMs = random.below(3) === 0 ? 300 + random.below(1_500) : 1 + random.below(80);
  return `${link.id} takes ${link.delayMs} ms`;
}

/** A limited customer announces more than it may. */
function leak(internet: Internet): string {
  const { network, limited } = internet;
  if (limited.length === 0) return 'nobody to leak';
  const number = pick(internet, limited);
  for (let index = 0; index <= limitedTo; index++) {
    network.announce(number, { prefix: mustPrefix(`${leakedWithin}.${index}.0/24`), attributes: {} });
  }
  return `router ${number} leaks`;
}

const leakedWithin = '172.16';

/** Ends all leaks, and starts the sessions that fell over them, as their operators would. */
export function endLeaks({ network }: Internet): void {
  for (const { number, announced } of network.routers.values()) {
    for (const { prefix } of [...announced.values()]) {
      if (formatPrefix(prefix).startsWith(leakedWithin)) network.withdraw(number, prefix);
    }
  }
}

const faults: readonly Fault[] = [
  announceSome,
  announceSome,
  withdrawSome,
  withdrawSome,
  cutOrRestore,
  cutOrRestore,
  cutOrRestore,
  killOrRevive,
  killOrRevive,
  restart,
  turnKnob,
  turnKnob,
  turnKnob,
  drainRouter,
  operate,
  operate,
  hint,
  hint,
  hint,
  slow,
  leak,
  leak,
];

/** Lets one thing happen, and says what. */
export function breakSomething(internet: Internet): string {
  return pick(internet, faults)(internet);
}
