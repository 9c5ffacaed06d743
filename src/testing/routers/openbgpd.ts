/** OpenBGPD, the portable one: three processes and a control socket that answers in JSON. */
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
  type Site,
  signalAll,
  sorted,
} from './router.ts';

export function openbgpdRouter(site: Site, program: string): RouterUnderTest {
  return new Openbgpd(site, program);
}

const asn = 64603;

/** Where Debian's package has its processes lock themselves in; its service would make it. */
const emptyRoom = '/run/openbgpd';

interface RibAttribute {
  readonly type: string;
  readonly code?: number;
  readonly data?: string;
  readonly as?: number;
  readonly originator?: string;
  readonly cluster_list?: readonly string[];
}

interface RibEntry {
  readonly prefix: string;
  readonly aspath: string;
  readonly exit_nexthop: string;
  readonly neighbor: { readonly remote_addr: string };
  readonly origin: string;
  readonly metric: number;
  readonly communities?: readonly string[];
  readonly large_communities?: readonly string[];
  readonly attributes?: readonly RibAttribute[];
}

export const openbgpdAbilities: Abilities = {
  asn,
  foreignPaths: false,
  // For the family that the session does not run over it takes the first address that it finds, whatever its filters set.
  nextHop6: '::1',
  nextHop4: '127.0.0.1',
  tableSize: 1_000,
  cannot: {
    linkLocal: 'its decision process ends soon after such a session is up',
    extendedMessages: 'not in this version',
    extendedNextHop: 'not in this version',
    routerRestarts: 'keeps no routes of its own over a restart',
    routerLongGone: 'does not know it',
    weAreLongGone: 'does not know it',
  },
  notes: {
    noHoldTime: 'cannot be told 0; agrees to ours',
    tables: 'originates only paths of its own AS',
    over6: 'its next hop of the other family is a loopback address',
  },
};

class Openbgpd implements RouterUnderTest {
  readonly name = 'OpenBGPD';
  readonly abilities = openbgpdAbilities;
  readonly #site: Site;
  readonly #program: string;
  readonly #originated = new Map<string, OriginatedRoute>();
  #peering: Peering | undefined;
  #us: string = ours.address;

  constructor(site: Site, program: string) {
    this.#site = site;
    this.#program = program;
  }

  async start(peering: Peering, routes: readonly OriginatedRoute[] = []): Promise<void> {
    mkdirSync(emptyRoom, { recursive: true });
    this.#peering = peering;
    this.#us = ends(peering).us;
    for (const route of routes) this.#originated.set(route.prefix, route);
    this.#write();
    const { namespace, directory } = this.#site;
    const command = `exec "$0" -d -v -f "$1" > "$2" 2>&1`;
    namespace.start('sh', ['-c', command, this.#program, join(directory, 'bgpd.conf'), join(directory, 'bgpd.log')]);
    await waitFor('OpenBGPD to answer', () => this.#neighbors().length > 0);
  }

  established(): boolean {
    return this.#neighbor()?.state === 'Established';
  }

  routes(family: 4 | 6): readonly NormalizedRoute[] {
    const text = this.#bgpctl(
      '-j',
      'show',
      'rib',
      family === 4 ? 'inet' : 'inet6',
      'in',
      'detail',
      'neighbor',
      this.#us,
    );
    const { rib = [] } = JSON.parse(text) as { rib?: readonly RibEntry[] };
    return rib.map(normalized);
  }

  announce(routes: readonly OriginatedRoute[]): void {
    for (const route of routes) this.#originated.set(route.prefix, route);
    this.#reload();
  }

  withdraw(prefixes: readonly string[]): void {
    for (const prefix of prefixes) this.#originated.delete(prefix);
    this.#reload();
  }

  shutDown(words: string): void {
    this.#bgpctl('neighbor', this.#us, 'down', words);
  }

  log(): string {
    return fileText(this.#site, 'bgpd.log');
  }

  requestRefresh(): void {
    this.#bgpctl('neighbor', this.#us, 'refresh');
  }

  updatesReceived(): number {
    return this.#neighbor()?.stats.message.received.updates ?? 0;
  }

  refreshesReceived(): number {
    return this.#neighbor()?.stats.message.received.route_refresh ?? 0;
  }

  async stop(): Promise<void> {
    signalAll(this.#site, 'SIGTERM');
    await ended(this.#site);
  }

  #reload(): void {
    this.#write();
    this.#bgpctl('reload');
  }

  #neighbor() {
    return this.#neighbors().find(({ remote_addr }) => remote_addr === this.#us);
  }

  #neighbors() {
    const { neighbors: all } = JSON.parse(this.#bgpctl('-j', 'show', 'neighbor')) as {
      neighbors: readonly {
        readonly remote_addr: string;
        readonly state: string;
        readonly stats: {
          readonly message: { readonly received: { readonly updates: number; readonly route_refresh: number } };
        };
      }[];
    };
    return all;
  }

  #bgpctl(...args: string[]): string {
    return this.#site.namespace.run('bgpctl', '-s', join(this.#site.directory, 'bgpd.sock'), ...args);
  }

  #write(): void {
    const text = configuration(this.#site, this.#peering as Peering, [...this.#originated.values()]);
    // It refuses a file that others may read.
    writeFileSync(join(this.#site.directory, 'bgpd.conf'), text, { mode: 0o600 });
  }
}

function configuration({ directory }: Site, peering: Peering, routes: readonly OriginatedRoute[]): string {
  const networks = routes.map(({ prefix, origin, asPath, med, communities, largeCommunities }) => {
    const settings = [
      `origin ${origin}`,
      ...(asPath.length === 0 ? [] : [`prepend-self ${asPath.length}`]),
      ...(med === undefined ? [] : [`metric ${med}`]),
      ...communities.map((text) => `community ${text}`),
      ...largeCommunities.map((text) => `large-community ${text}`),
    ];
    return `network ${prefix} set { ${settings.join(' ')} }`;
  });
  return `
AS ${peering.options?.theirAsn ?? asn}
router-id ${cable(peering.cable).theirs.address}
fib-update no
connect-retry 1
socket "${directory}/bgpd.sock"
listen on ${ends(peering).them}
${networks.join('\n')}
${neighbors(peering)
  .map((neighbor) => session(neighbor, peering))
  .join('\n')}
allow from any
allow to any
`;
}

function session({ us, asn: ourAsn }: Neighbor, peering: Peering): string {
  const { connect, holdTimeSeconds, password, ttlSecurity, options = {} } = peering;
  const { addPath, clients, enhancedRefresh, maximumPrefixes, multihop, range, requireRole, role, twoOctet } = options;
  const lines = [
    `remote-as ${ourAsn}`,
    connect === 'passive' && range !== true ? 'passive' : '',
    holdTimeSeconds === 0 ? '' : `holdtime ${holdTimeSeconds}`,
    'announce IPv4 unicast',
    'announce IPv6 unicast',
    password === undefined ? '' : `tcp md5sig password "${password}"`,
    ttlSecurity === true ? 'ttl-security yes' : '',
    multihop === undefined ? '' : `multihop ${multihop}`,
    addPath === true ? 'announce add-path recv yes\nannounce add-path send all' : '',
    enhancedRefresh === true ? 'announce enhanced refresh yes' : '',
    role === undefined ? '' : `announce policy ${roleNames[role]}${requireRole === true ? ' enforce' : ''}`,
    options.anyFirstAs === true ? 'enforce neighbor-as no' : '',
    twoOctet === true ? 'announce as-4byte no' : '',
    maximumPrefixes === undefined ? '' : `max-prefix ${maximumPrefixes}`,
    clients === 'reflector' ? 'route-reflector' : '',
    clients === 'route-server' ? 'transparent-as yes\nset nexthop no-modify' : '',
  ];
  return `neighbor ${range === true ? cableNetwork(peering) : us} {\n${lines.filter((line) => line !== '').join('\n')}\n}`;
}

const roleNames = {
  provider: 'provider',
  customer: 'customer',
  peer: 'peer',
  'route-server': 'rs',
  'route-server-client': 'rs-client',
} as const;

function normalized(entry: RibEntry): NormalizedRoute {
  const attribute = (name: string): RibAttribute | undefined => entry.attributes?.find(({ type }) => type === name);
  return {
    prefix: entry.prefix,
    nextHop: entry.exit_nexthop,
    origin: entry.origin.toLowerCase() as OriginText,
    asPath: entry.aspath.replace(/\{ ?([^}]*?) ?\}/g, (_, inner: string) => `{${inner}}`),
    // It shows an absent MED as 0.
    med: entry.metric === 0 ? undefined : entry.metric,
    communities: sorted((entry.communities ?? []).map(communityText)),
    largeCommunities: sorted(entry.large_communities ?? []),
    more: {
      onlyToCustomer: attribute('OTC')?.as,
      originatorId: attribute('Originator Id')?.originator,
      clusterList: attribute('Cluster Id List')?.cluster_list,
    },
    unknown: sorted(
      (entry.attributes ?? [])
        .filter(({ data }) => data !== undefined)
        .map(
          ({ type, code, data }) =>
            `${code ?? type.replace('Unknown Attribute #', '')}:${(data as string).replace(/ /g, '')}`,
        ),
    ),
  };
}
