/** FRR's bgpd, alone: without zebra, since no kernel routes are wanted. Driven by vtysh. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../wait.ts';
import {
  type Abilities,
  cable,
  cableNetwork,
  communityText,
  ended,
  ends,
  fileText,
  type Neighbor,
  type NormalizedRoute,
  neighbors,
  type OriginatedRoute,
  type OriginText,
  ours,
  type Peering,
  type RouterUnderTest,
  type SessionOptions,
  type Site,
  signalAll,
  sorted,
} from './router.ts';

export const frrProgram = '/usr/lib/frr/bgpd';

export function frrRouter(site: Site): RouterUnderTest {
  return new Frr(site);
}

const asn = 64601;

interface FrrPath {
  readonly aspath: { readonly segments: readonly { readonly type: string; readonly list: readonly number[] }[] };
  readonly origin: string;
  readonly metric?: number;
  readonly community?: { readonly list: readonly string[] };
  readonly largeCommunity?: { readonly list: readonly string[] };
  readonly nexthops: readonly { readonly ip: string; readonly scope?: string }[];
  readonly peer: { readonly peerId: string };
  readonly otc?: number;
  readonly originatorId?: string;
  readonly clusterList?: { readonly list: readonly string[] };
  readonly extendedCommunity?: { readonly string: string };
}

export const frrAbilities: Abilities = {
  asn,
  foreignPaths: true,
  hidesUnknown: true,
  absentMed: 0,
  // Its configuration is read slowly, a network with a route map in about 10 ms.
  tableSize: 150,
  cannot: {
    linkLocal: 'learns of its interfaces from zebra, which does not run here',
  },
  notes: {
    twoOctet: 'takes no AS4_PATH from us, since our OPEN knows 4 octets; its own reaches us whole',
    tables: 'sends MED 0 for networks of its own that have none',
  },
};

class Frr implements RouterUnderTest {
  readonly name = 'FRR';
  readonly abilities = frrAbilities;
  readonly #site: Site;
  #us: string = ours.address;
  #asn: number = asn;

  constructor(site: Site) {
    this.#site = site;
  }

  async start(peering: Peering, routes: readonly OriginatedRoute[] = []): Promise<void> {
    const path = join(this.#site.directory, 'bgpd.conf');
    this.#us = ends(peering).us;
    this.#asn = peering.options?.theirAsn ?? asn;
    mkdirSync(join(this.#site.directory, 'run'), { recursive: true });
    writeFileSync(path, configuration(this.#site, peering, routes));
    await this.#run();
    if (peering.options?.range === true) return;
    await waitFor('FRR to have read its configuration', () => this.#neighbor() !== undefined);
  }

  async restart(): Promise<void> {
    await this.#run();
  }

  async #run(): Promise<void> {
    const { directory, namespace } = this.#site;
    const path = (name: string): string => join(directory, name);
    const daemon = ['-n', '-Z', '-f', path('bgpd.conf'), '-i', path('run/bgpd.pid'), '-z', path('run/zserv')];
    // Its vty stays on the Unix socket: a port of 0 means none.
    namespace.start(frrProgram, [...daemon, '--vty_socket', path('run'), '-P', '0', '--skip_runas']);
    await waitFor('FRR to answer', () => this.#show('show version').includes('FRRouting'));
  }

  established(): boolean {
    return this.#neighbor()?.bgpState === 'Established';
  }

  routes(family: 4 | 6): readonly NormalizedRoute[] {
    const table = JSON.parse(this.#show(`show bgp ipv${family} unicast json`)) as { routes?: Record<string, unknown> };
    const prefixes = Object.keys(table.routes ?? {});
    // The list leaves out communities; all details of all prefixes come in one call, as objects one after the other.
    const details =
      prefixes.length === 0 ? '' : this.#show(...prefixes.map((each) => `show bgp ipv${family} unicast ${each} json`));
    return details
      .split(/^(?=\{$)/m)
      .filter((text) => text.trim() !== '')
      .map((text) => JSON.parse(text) as { prefix: string; paths: readonly FrrPath[] })
      .flatMap(({ prefix, paths }) =>
        paths.filter(({ peer }) => peer.peerId === this.#us).map((path) => normalized(prefix, path)),
      );
  }

  announce(routes: readonly OriginatedRoute[]): void {
    const { maps, networks } = origination(routes);
    const file = join(this.#site.directory, 'announce.conf');
    writeFileSync(file, [...maps, `router bgp ${this.#asn}`, ...networks, ''].join('\n'));
    this.#vtysh('-f', file);
  }

  withdraw(prefixes: readonly string[]): void {
    const lines = prefixes.flatMap((prefix) => [
      `address-family ipv${prefix.includes(':') ? 6 : 4} unicast`,
      `no network ${prefix}`,
      'exit-address-family',
    ]);
    this.#configure(`router bgp ${this.#asn}`, ...lines);
  }

  shutDown(words: string): void {
    this.#configure(`router bgp ${this.#asn}`, `neighbor ${this.#us} shutdown message ${words}`);
  }

  log(): string {
    return fileText(this.#site, 'bgpd.log');
  }

  requestRefresh(): void {
    for (const family of [4, 6]) this.#show(`clear bgp ipv${family} unicast ${this.#us} in`);
  }

  updatesReceived(): number {
    return this.#neighbor()?.messageStats?.updatesRecv ?? 0;
  }

  refreshesReceived(): number {
    return this.#neighbor()?.messageStats?.routeRefreshRecv ?? 0;
  }

  async stop(): Promise<void> {
    signalAll(this.#site, 'SIGTERM');
    await ended(this.#site);
  }

  #neighbor(): { bgpState?: string; messageStats?: { updatesRecv?: number; routeRefreshRecv?: number } } | undefined {
    const all = JSON.parse(this.#show(`show bgp neighbors ${this.#us} json`)) as Record<string, never>;
    return all[this.#us];
  }

  #show(...commands: string[]): string {
    return this.#vtysh(...commands.flatMap((command) => ['-c', command]));
  }

  #configure(...lines: string[]): void {
    this.#show('configure terminal', ...lines);
  }

  #vtysh(...args: string[]): string {
    return this.#site.namespace.run('vtysh', '--vty_socket', join(this.#site.directory, 'run'), ...args);
  }
}

function configuration({ directory }: Site, peering: Peering, routes: readonly OriginatedRoute[]): string {
  const { holdTimeSeconds, options = {} } = peering;
  const { maps, networks } = origination(routes);
  const { address, address6 } = cable(peering.cable).theirs;
  // What was learned from us is not sent back, unless it is to be passed on: tables are compared.
  const own = options.second === undefined ? ['match as-path originated'] : [];
  return [
    `log file ${directory}/bgpd.log informational`,
    'bgp as-path access-list originated deny _4200000001_',
    'bgp as-path access-list originated permit .*',
    'route-map own-next-hop4 permit 1',
    ...own,
    `set ip next-hop ${address}`,
    'route-map own-next-hop6 permit 1',
    ...own,
    `set ipv6 next-hop global ${address6}`,
    ...maps,
    `router bgp ${options.theirAsn ?? asn}`,
    `bgp router-id ${cable(peering.cable).theirs.address}`,
    'no bgp ebgp-requires-policy',
    'no bgp network import-check',
    'no bgp default ipv4-unicast',
    'bgp log-neighbor-changes',
    `timers bgp ${Math.floor(holdTimeSeconds / 3)} ${holdTimeSeconds}`,
    ...restartLines(options),
    ...neighbors(peering).flatMap((neighbor) => session(neighbor, peering)),
    ...networks,
    '',
  ].join('\n');
}

function session({ us, asn: ourAsn }: Neighbor, peering: Peering): readonly string[] {
  const { connect, password, ttlSecurity, options = {} } = peering;
  const { range, role, requireRole, multihop } = options;
  const peer = `neighbor ${range === true ? 'range' : us}`;
  return [
    ...(range === true ? [`${peer} peer-group`] : []),
    `${peer} remote-as ${ourAsn}`,
    ...(range === true ? [`bgp listen range ${cableNetwork(peering)} peer-group range`] : []),
    ...(range === true ? [] : [`${peer} timers connect 1`]),
    `${peer} advertisement-interval 0`,
    ...(connect === 'passive' ? [`${peer} passive`] : []),
    ...(password === undefined ? [] : [`${peer} password ${password}`]),
    ...(ttlSecurity === true ? [`${peer} ttl-security hops 1`] : []),
    // Inside one AS its peers may be anywhere.
    ...(multihop === undefined || ourAsn === (options.theirAsn ?? asn) ? [] : [`${peer} ebgp-multihop ${multihop}`]),
    ...(role === undefined
      ? []
      : [`${peer} local-role ${roleNames[role]}${requireRole === true ? ' strict-mode' : ''}`]),
    ...(options.twoOctet === true ? [`${peer} dont-capability-negotiate`] : []),
    ...(options.extendedNextHop === true ? [`${peer} capability extended-nexthop`] : []),
    ...([4, 6] as const).flatMap((number) => family(number, peer, options)),
  ];
}

function family(number: 4 | 6, peer: string, options: SessionOptions): readonly string[] {
  const { addPath, clients, extendedNextHop, keepNextHop, maximumPrefixes } = options;
  const ownNextHop = clients === undefined && keepNextHop !== true && extendedNextHop !== true;
  return [
    `address-family ipv${number} unicast`,
    `${peer} activate`,
    ...(ownNextHop ? [`${peer} route-map own-next-hop${number} out`] : []),
    ...(addPath === true ? [`${peer} addpath-tx-all-paths`] : []),
    ...(clients === 'reflector' ? [`${peer} route-reflector-client`] : []),
    ...(clients === 'route-server' ? [`${peer} route-server-client`] : []),
    ...(maximumPrefixes === undefined ? [] : [`${peer} maximum-prefix ${maximumPrefixes}`]),
    'exit-address-family',
  ];
}

function restartLines({ gracefulRestart }: SessionOptions): readonly string[] {
  if (gracefulRestart === undefined) return [];
  const { seconds, longLivedSeconds } = gracefulRestart;
  return [
    'bgp graceful-restart',
    'bgp graceful-restart preserve-fw-state',
    `bgp graceful-restart restart-time ${seconds}`,
    ...(longLivedSeconds === undefined ? [] : [`bgp long-lived-graceful-restart stale-time ${longLivedSeconds}`]),
  ];
}

const roleNames = {
  provider: 'provider',
  customer: 'customer',
  peer: 'peer',
  'route-server': 'rs-server',
  'route-server-client': 'rs-client',
} as const;

/** A route map for each set of attributes, and each network by its map. */
function origination(routes: readonly OriginatedRoute[]): { maps: readonly string[]; networks: readonly string[] } {
  const maps = new Map<string, string>();
  const networks: string[] = [];
  for (const { prefix, origin, asPath, med, communities, largeCommunities } of routes) {
    const settings = [
      `set origin ${origin}`,
      ...(asPath.length === 0 ? [] : [`set as-path prepend ${asPath.join(' ')}`]),
      ...(med === undefined ? [] : [`set metric ${med}`]),
      ...(communities.length === 0 ? [] : [`set community ${communities.join(' ')}`]),
      ...(largeCommunities.length === 0 ? [] : [`set large-community ${largeCommunities.join(' ')}`]),
    ].join('\n');
    const name = `set-${createHash('sha1').update(settings).digest('hex')}`;
    maps.set(name, `route-map ${name} permit 1\n${settings}\nexit`);
    networks.push(
      `address-family ipv${prefix.includes(':') ? 6 : 4} unicast`,
      `network ${prefix} route-map ${name}`,
      'exit-address-family',
    );
  }
  return { maps: [...maps.values()], networks };
}

function normalized(prefix: string, path: FrrPath): NormalizedRoute {
  const global = path.nexthops.find(({ scope }) => scope !== 'link-local');
  return {
    prefix,
    nextHop: global?.ip ?? '',
    origin: path.origin.toLowerCase() as OriginText,
    asPath: path.aspath.segments
      .map(({ type, list }) => (type === 'as-set' ? `{${list.join(' ')}}` : list.join(' ')))
      .join(' '),
    med: path.metric,
    communities: sorted((path.community?.list ?? []).map(communityText)),
    largeCommunities: sorted(path.largeCommunity?.list ?? []),
    unknown: [],
    more: {
      onlyToCustomer: path.otc,
      originatorId: path.originatorId,
      clusterList: path.clusterList?.list,
      extendedCommunities: sorted((path.extendedCommunity?.string ?? '').split(' ').filter(Boolean).map(extended)),
    },
  };
}

/** `RT:64500:1` → `rt 64500:1`. */
function extended(text: string): string {
  const [kind = '', ...rest] = text.split(':');
  return `${kind === 'SoO' ? 'ro' : kind.toLowerCase()} ${rest.join(':')}`;
}
