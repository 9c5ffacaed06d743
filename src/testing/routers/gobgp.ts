/** GoBGP's daemon, driven by its command line client, which answers in JSON. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../wait.ts';
import {
  ended,
  ends,
  fileText,
  type NormalizedRoute,
  type OriginatedRoute,
  ours,
  type Peering,
  type RouterUnderTest,
  type Site,
  signalAll,
  sorted,
  theirs,
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

class Gobgp implements RouterUnderTest {
  readonly name = 'GoBGP';
  readonly abilities = {
    asn,
    foreignPaths: true,
    showsUnknown: true,
    ttlSecurity: true,
    sendsWords: true,
    readsWords: true,
    // Its `softresetin` looks at what it has kept.
    refreshes: false,
    answersRefresh: true,
    // One process for each route.
    tableSize: 40,
  };
  readonly #site: Site;
  readonly #program: string;
  #us: string = ours.address;

  constructor(site: Site, program: string) {
    this.#site = site;
    this.#program = program;
  }

  async start(peering: Peering, routes: readonly OriginatedRoute[] = []): Promise<void> {
    const { namespace, directory } = this.#site;
    this.#us = ends(peering).us;
    const [file, log] = [join(directory, 'gobgpd.toml'), join(directory, 'gobgpd.log')];
    writeFileSync(file, configuration(peering));
    // Its log goes to standard output alone.
    const command = `exec "$0" -f "$1" -l debug --api-hosts 127.0.0.1:50051 --pprof-disable > "$2" 2>&1`;
    namespace.start('sh', ['-c', command, this.#program, file, log]);
    await waitFor('GoBGP to answer', () => this.#gobgp('global').includes(String(asn)));
    await waitFor('GoBGP to have read its configuration', () => this.#neighbor() !== undefined);
    this.announce(routes);
  }

  established(): boolean {
    return this.#neighbor()?.state.session_state === established;
  }

  routes(family: 4 | 6): readonly NormalizedRoute[] {
    // Without a session it has no such table, and says so as an error.
    if (!this.established()) return [];
    const text = this.#gobgp('-j', 'neighbor', this.#us, 'adj-in', '-a', `ipv${family}`);
    if (text.trim() === '' || text.startsWith('Network not')) return [];
    const table = JSON.parse(text) as Record<string, readonly { readonly attrs: readonly GobgpAttribute[] }[]>;
    return Object.entries(table).flatMap(([prefix, paths]) => paths.map(({ attrs }) => normalized(prefix, attrs)));
  }

  announce(routes: readonly OriginatedRoute[]): void {
    for (const { prefix, origin, asPath, med, communities, largeCommunities } of routes) {
      const six = prefix.includes(':');
      const words = ['origin', origin, 'nexthop', six ? theirs.address6 : theirs.address];
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
        readonly session_state?: number;
        readonly messages?: {
          readonly received?: { readonly update?: number | string; readonly refresh?: number | string };
        };
      };
    }[];
    return all[0];
  }

  #gobgp(...args: string[]): string {
    return this.#site.namespace.run('gobgp', ...args);
  }
}

function configuration(peering: Peering): string {
  const { connect, holdTimeSeconds, password, ttlSecurity } = peering;
  const { us, them } = ends(peering);
  const family = (name: string): string => `
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "${name}"`;
  return `
[global.config]
  as = ${asn}
  router-id = "${theirs.routerId}"
  local-address-list = ["${them}"]
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${us}"
    peer-as = ${ours.asn}
    ${password === undefined ? '' : `auth-password = "${password}"`}
  [neighbors.transport.config]
    passive-mode = ${connect === 'passive'}
    local-address = "${them}"
  ${ttlSecurity === true ? '[neighbors.ttl-security.config]\n    enabled = true\n    ttl-min = 255' : ''}
  [neighbors.timers.config]
    hold-time = ${holdTimeSeconds}
    keepalive-interval = ${Math.max(1, Math.floor(holdTimeSeconds / 3))}
    connect-retry = 1
    idle-hold-time-after-reset = 1
${family('ipv4-unicast')}
${family('ipv6-unicast')}
`;
}

function normalized(prefix: string, attributes: readonly GobgpAttribute[]): NormalizedRoute {
  const of = (type: number): GobgpAttribute | undefined => attributes.find((one) => one.type === type);
  const known = new Set([1, 2, 3, 4, 8, 14, 32]);
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
    unknown: sorted(
      attributes
        .filter(({ type }) => !known.has(type))
        .map(({ type, value }) => `${type}:${Buffer.from(String(value), 'base64').toString('hex')}`),
    ),
  };
}
