/** GoBGP's daemon, driven by its command line client, which answers in JSON. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../wait.ts';
import {
  type Abilities,
  cable,
  cableNetwork,
  ended,
  ends,
  fileText,
  type NormalizedRoute,
  neighbors,
  type OriginatedRoute,
  ours,
  type Peering,
  type RouterUnderTest,
  type SessionOptions,
  type Site,
  signalAll,
  sorted,
} from './router.ts';

export function gobgpRouter(site: Site, program: string): RouterUnderTest {
  return new Gobgp(site, program);
}

const asn = 64602;
const established = 6;
const origins = ['igp', 'egp', 'incomplete'] as const;

interface GobgpAttribute {
  readonly type: number;
  readonly value?: unknown;
  readonly nexthop?: string;
  readonly metric?: number;
  readonly communities?: readonly number[];
  readonly as_paths?: readonly { readonly segment_type: number; readonly asns: readonly number[] }[];
}

interface GobgpPath {
  readonly attrs: readonly GobgpAttribute[];
  readonly 'neighbor-ip'?: string;
}

export const gobgpAbilities: Abilities = {
  asn,
  foreignPaths: true,
  // One process for each route.
  tableSize: 40,
  cannot: {
    theyRefresh: 'has no command that asks for one',
    twoOctet: 'always says its 4-octet AS number',
    ownAs: "sends no path that holds the receiver's AS",
    extendedMessages: 'does not know them',
    enhancedRefresh: 'does not know it',
    role: 'does not know roles',
    roleMismatch: 'does not know roles',
  },
  notes: {},
};

class Gobgp implements RouterUnderTest {
  readonly name = 'GoBGP';
  readonly abilities = gobgpAbilities;
  readonly #site: Site;
  readonly #program: string;
  #us: string = ours.address;
  #cable: number | undefined;
  #originated: readonly OriginatedRoute[] = [];

  constructor(site: Site, program: string) {
    this.#site = site;
    this.#program = program;
  }

  async start(peering: Peering, routes: readonly OriginatedRoute[] = []): Promise<void> {
    this.#us = ends(peering).us;
    this.#cable = peering.cable;
    writeFileSync(join(this.#site.directory, 'gobgpd.toml'), configuration(peering));
    await this.#run();
    if (peering.options?.range !== true) {
      await waitFor('GoBGP to have read its configuration', () => this.#neighbor() !== undefined);
    }
    this.#originated = routes;
    this.announce(routes);
  }

  async restart(): Promise<void> {
    await this.#run('-r');
    this.announce(this.#originated);
  }

  async #run(...flags: readonly string[]): Promise<void> {
    const { namespace, directory } = this.#site;
    const [file, log] = [join(directory, 'gobgpd.toml'), join(directory, 'gobgpd.log')];
    // Its log goes to standard output alone.
    const command = `exec "$0" -f "$1" -l debug --api-hosts 127.0.0.1:50051 --pprof-disable ${flags.join(' ')} >> "$2" 2>&1`;
    namespace.start('sh', ['-c', command, this.#program, file, log]);
    await waitFor('GoBGP to answer', () => this.#gobgp('global').includes('Router-ID'));
  }

  established(): boolean {
    return this.#neighbor()?.state.session_state === established;
  }

  routes(family: 4 | 6): readonly NormalizedRoute[] {
    // Without a session it has no such table, and says so as an error; what it keeps meanwhile is in its one table.
    const up = this.established();
    const table = up ? ['neighbor', this.#us, 'adj-in'] : ['global', 'rib'];
    const text = this.#gobgp('-j', ...table, '-a', `ipv${family}`);
    if (text.trim() === '' || text.startsWith('Network not')) return [];
    const found = JSON.parse(text) as Record<string, readonly GobgpPath[]>;
    return Object.entries(found).flatMap(([prefix, paths]) =>
      paths.filter((path) => up || path['neighbor-ip'] === this.#us).map(({ attrs }) => normalized(prefix, attrs)),
    );
  }

  announce(routes: readonly OriginatedRoute[]): void {
    for (const { prefix, origin, asPath, med, communities, largeCommunities } of routes) {
      const six = prefix.includes(':');
      const { address, address6 } = cable(this.#cable).theirs;
      const words = ['origin', origin, 'nexthop', six ? address6 : address];
      if (asPath.length > 0) words.push('aspath', asPath.join(','));
      if (med !== undefined) words.push('med', String(med));
      if (communities.length > 0) words.push('community', communities.join(','));
      if (largeCommunities.length > 0) words.push('large-community', largeCommunities.join(','));
      this.#gobgp('global', 'rib', 'add', '-a', six ? 'ipv6' : 'ipv4', prefix, ...words);
    }
  }

  withdraw(prefixes: readonly string[]): void {
    for (const prefix of prefixes) {
      this.#gobgp('global', 'rib', 'del', '-a', prefix.includes(':') ? 'ipv6' : 'ipv4', prefix);
    }
  }

  shutDown(words: string): void {
    this.#gobgp('neighbor', this.#us, 'shutdown', '--reason', words);
  }

  /** Its log shows a notification's data in base64, so the words stand behind each line in plain. */
  log(): string {
    return fileText(this.#site, 'gobgpd.log').replace(/"Data":"([A-Za-z0-9+/=]+)"/g, (whole, data: string) => {
      return `${whole} ${Buffer.from(data, 'base64').subarray(1).toString()}`;
    });
  }

  requestRefresh(): void {
    this.#gobgp('neighbor', this.#us, 'softresetin');
  }

  updatesReceived(): number {
    return Number(this.#neighbor()?.state.messages?.received?.update ?? 0);
  }

  refreshesReceived(): number {
    return Number(this.#neighbor()?.state.messages?.received?.refresh ?? 0);
  }

  async stop(): Promise<void> {
    signalAll(this.#site, 'SIGTERM');
    await ended(this.#site);
  }

  #neighbor() {
    const all = JSON.parse(this.#gobgp('-j', 'neighbor')) as readonly {
      readonly state: {
        readonly neighbor_address?: string;
        readonly session_state?: number;
        readonly messages?: {
          readonly received?: { readonly update?: number | string; readonly refresh?: number | string };
        };
      };
    }[];
    return all.find(({ state }) => state.neighbor_address === this.#us);
  }

  #gobgp(...args: string[]): string {
    return this.#site.namespace.run('gobgp', ...args);
  }
}

function configuration(peering: Peering): string {
  const { options: { range, theirAsn = asn } = {} } = peering;
  const sessions = neighbors(peering).map(({ us, asn: ourAsn }) => {
    if (range !== true) {
      return `[[neighbors]]\n[neighbors.config]\nneighbor-address = "${us}"\npeer-as = ${ourAsn}\n${session('neighbors', peering)}`;
    }
    return `
[[dynamic-neighbors]]
[dynamic-neighbors.config]
prefix = "${cableNetwork(peering)}"
peer-group = "range"
[[peer-groups]]
[peer-groups.config]
peer-group-name = "range"
peer-as = ${ourAsn}
${session('peer-groups', peering)}`;
  });
  return `
[global.config]
as = ${theirAsn}
router-id = "${cable(peering.cable).theirs.address}"
local-address-list = ["${peering.linkLocal === true ? '::' : ends(peering).them}"]
${sessions.join('\n')}
`;
}

/** What stands in a neighbour and in a group of them alike. */
function session(table: string, peering: Peering): string {
  const { connect, holdTimeSeconds, password, ttlSecurity, options = {} } = peering;
  const { clients, gracefulRestart, multihop } = options;
  const block = (name: string, ...lines: string[]): string => `[${table}.${name}.config]\n${lines.join('\n')}\n`;
  return [
    password === undefined ? '' : `auth-password = "${password}"`,
    block(
      'transport',
      `passive-mode = ${connect === 'passive'}`,
      // It cannot be told of a zone here.
      ...(peering.linkLocal === true ? [] : [`local-address = "${ends(peering).them}"`]),
    ),
    ttlSecurity === true ? block('ttl-security', 'enabled = true', 'ttl-min = 255') : '',
    multihop === undefined ? '' : block('ebgp-multihop', 'enabled = true', `multihop-ttl = ${multihop}`),
    block(
      'timers',
      `hold-time = ${holdTimeSeconds}`,
      `keepalive-interval = ${Math.max(1, Math.floor(holdTimeSeconds / 3))}`,
      'connect-retry = 1',
      'idle-hold-time-after-reset = 1',
    ),
    gracefulRestart === undefined
      ? ''
      : block(
          'graceful-restart',
          'enabled = true',
          `restart-time = ${gracefulRestart.seconds}`,
          `long-lived-enabled = ${gracefulRestart.longLivedSeconds !== undefined}`,
        ),
    clients === 'reflector'
      ? block(
          'route-reflector',
          'route-reflector-client = true',
          `route-reflector-cluster-id = "${cable(peering.cable).theirs.address}"`,
        )
      : '',
    clients === 'route-server' ? block('route-server', 'route-server-client = true') : '',
    family('ipv4-unicast', table, options),
    family('ipv6-unicast', table, options),
  ].join('\n');
}

function family(name: string, table: string, { addPath, gracefulRestart, maximumPrefixes }: SessionOptions): string {
  const of = (what: string, ...lines: string[]): string => `[${table}.afi-safis.${what}.config]\n${lines.join('\n')}\n`;
  const longLived = gracefulRestart?.longLivedSeconds;
  return [
    `[[${table}.afi-safis]]\n[${table}.afi-safis.config]\nafi-safi-name = "${name}"`,
    addPath === true ? of('add-paths', 'receive = true', 'send-max = 8') : '',
    gracefulRestart === undefined ? '' : of('mp-graceful-restart', 'enabled = true'),
    longLived === undefined ? '' : of('long-lived-graceful-restart', 'enabled = true', `restart-time = ${longLived}`),
    maximumPrefixes === undefined ? '' : of('prefix-limit', `max-prefixes = ${maximumPrefixes}`),
  ].join('\n');
}

function normalized(prefix: string, attributes: readonly GobgpAttribute[]): NormalizedRoute {
  const of = (type: number): GobgpAttribute | undefined => attributes.find((one) => one.type === type);
  const known = new Set([1, 2, 3, 4, 8, 9, 10, 14, 32]);
  const large = (of(32)?.value ?? []) as readonly { ASN: number; LocalData1: number; LocalData2: number }[];
  return {
    prefix,
    nextHop: of(3)?.nexthop ?? of(14)?.nexthop ?? '',
    origin: origins[of(1)?.value as number] ?? 'incomplete',
    asPath: (of(2)?.as_paths ?? [])
      .map(({ segment_type, asns }) => (segment_type === 1 ? `{${asns.join(' ')}}` : asns.join(' ')))
      .join(' '),
    med: of(4) === undefined ? undefined : (of(4)?.metric ?? 0),
    communities: sorted((of(8)?.communities ?? []).map((value) => `${value >>> 16}:${value & 0xffff}`)),
    largeCommunities: sorted(large.map((each) => `${each.ASN}:${each.LocalData1}:${each.LocalData2}`)),
    more: {
      originatorId: of(9)?.value as string | undefined,
      clusterList: of(10)?.value as readonly string[] | undefined,
    },
    unknown: sorted(
      attributes
        .filter(({ type }) => !known.has(type))
        .map(({ type, value }) => `${type}:${Buffer.from(String(value), 'base64').toString('hex')}`),
    ),
  };
}
