/** BIRD 2, driven through its control socket; routes are static ones, with their attributes set where they are written. */
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
  type MoreAttributes,
  type Neighbor,
  type NormalizedRoute,
  neighbors,
  type OriginatedRoute,
  type OriginText,
  type Peering,
  type RouterUnderTest,
  type SessionOptions,
  type Site,
  signalAll,
  sorted,
} from './router.ts';

export function birdRouter(site: Site, program: string): RouterUnderTest {
  return new Bird(site, program);
}

const asn = 64600;

export const birdAbilities: Abilities = {
  asn,
  foreignPaths: true,
  tableSize: 1_000,
  cannot: {},
  notes: {},
};

class Bird implements RouterUnderTest {
  readonly name = 'BIRD';
  readonly abilities = birdAbilities;
  readonly #site: Site;
  readonly #program: string;
  readonly #originated = new Map<string, OriginatedRoute>();
  #peering: Peering | undefined;

  constructor(site: Site, program: string) {
    this.#site = site;
    this.#program = program;
  }

  async start(peering: Peering, routes: readonly OriginatedRoute[] = []): Promise<void> {
    this.#peering = peering;
    for (const route of routes) this.#originated.set(route.prefix, route);
    this.#write();
    await this.#run();
  }

  async restart(): Promise<void> {
    await this.#run('-R');
  }

  forget(prefixes: readonly string[]): void {
    for (const prefix of prefixes) this.#originated.delete(prefix);
    this.#write();
  }

  async #run(...flags: readonly string[]): Promise<void> {
    const path = (name: string): string => join(this.#site.directory, name);
    this.#site.namespace.start(this.#program, ['-f', '-c', path('bird.conf'), '-s', path('bird.ctl'), ...flags]);
    await waitFor('BIRD to answer', () => this.#birdc('show', 'status').includes('Daemon is up'));
  }

  /** A peer that comes from a range is a protocol of its own, numbered. */
  get #protocol(): string {
    return this.#peering?.options?.range === true ? 'peer1' : 'peer';
  }

  established(): boolean {
    return /BGP state:\s+Established/.test(this.#birdc('show', 'protocols', 'all', this.#protocol));
  }

  routes(family: 4 | 6): readonly NormalizedRoute[] {
    return birdRoutes(this.#birdc('show', 'route', 'table', `master${family}`, 'protocol', this.#protocol, 'all'));
  }

  announce(routes: readonly OriginatedRoute[]): void {
    for (const route of routes) this.#originated.set(route.prefix, route);
    this.#reconfigure();
  }

  withdraw(prefixes: readonly string[]): void {
    for (const prefix of prefixes) this.#originated.delete(prefix);
    this.#reconfigure();
  }

  shutDown(words: string): void {
    this.#birdc('disable', 'peer', `"${words}"`);
  }

  log(): string {
    return fileText(this.#site, 'bird.log');
  }

  requestRefresh(): void {
    this.#birdc('reload', 'in', 'peer');
  }

  updatesReceived(): number {
    const text = this.#birdc('show', 'protocols', 'all', 'peer');
    return [...text.matchAll(/Import updates:\s+(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  refreshesReceived(): number {
    return this.log().match(/Got ROUTE-REFRESH$/gm)?.length ?? 0;
  }

  async stop(): Promise<void> {
    signalAll(this.#site, 'SIGTERM');
    await ended(this.#site);
  }

  #reconfigure(): void {
    this.#write();
    this.#birdc('configure');
  }

  #birdc(...words: string[]): string {
    try {
      return this.#site.namespace.run('birdc', '-s', join(this.#site.directory, 'bird.ctl'), ...words);
    } catch (error) {
      const text = String((error as { stdout?: Buffer }).stdout);
      if (text.includes('Network not found')) return '';
      throw new Error(`birdc ${words.join(' ')}: ${text}`);
    }
  }

  #write(): void {
    const text = configuration(this.#site, this.#peering as Peering, [...this.#originated.values()]);
    writeFileSync(join(this.#site.directory, 'bird.conf'), text);
  }
}

function configuration({ directory }: Site, peering: Peering, routes: readonly OriginatedRoute[]): string {
  const of = (family: 4 | 6) => routes.filter(({ prefix }) => prefix.includes(':') === (family === 6)).map(routeLine);
  // BIRD sends MED only where the export filter sets it, so routes carry theirs in an attribute of our own.
  return `
log "${directory}/bird.log" all;
router id ${cable(peering.cable).theirs.address};
attribute int own_med;
debug protocols { packets };
filter originated { if source != RTS_STATIC then reject; if defined(own_med) then bgp_med = own_med; accept; }
filter relayed { if source = RTS_BGP then accept; if defined(own_med) then bgp_med = own_med; accept; }
protocol device { scan time 10; }
protocol static originated4 { ipv4; ${of(4).join('\n')} }
protocol static originated6 { ipv6; ${of(6).join('\n')} }
${neighbors(peering)
  .map((neighbor, index) => session(nameOf(index, peering), neighbor, peering))
  .join('\n')}
`;
}

function session(name: string, { us, asn: ourAsn }: Neighbor, peering: Peering): string {
  const { connect, holdTimeSeconds, password, ttlSecurity, options = {} } = peering;
  const { them } = ends(peering);
  const { clients, multihop, range, role, requireRole, theirAsn = asn } = options;
  return `
protocol bgp ${name} {
  local ${them.replace('%cable', '')} as ${theirAsn};
  neighbor ${range === true ? `range ${cableNetwork(peering)}` : us} as ${ourAsn};
  ${range === true ? 'dynamic name "peer";' : ''}
  ${multihop === undefined ? 'direct;' : `multihop ${multihop};`}
  hold time ${holdTimeSeconds};
  connect delay time 1; connect retry time 1; error wait time 1, 2; error forget time 2;
  ${connect === 'passive' ? 'passive;' : ''}
  ${password === undefined ? '' : `password "${password}";`}
  ${ttlSecurity === true ? 'ttl security on;' : ''}
  ${options.extendedMessages === true ? 'enable extended messages yes;' : ''}
  ${options.twoOctet === true ? 'enable as4 off;' : ''}
  ${role === undefined ? '' : `local role ${roleNames[role]};`}
  ${requireRole === true ? 'require roles yes;' : ''}
  ${restartLines(options)}
  ${clients === 'reflector' ? 'rr client;' : ''}
  ${clients === 'route-server' ? 'rs client;' : ''}
  ${[4, 6].map((family) => channel(family as 4 | 6, peering)).join('\n')}
}`;
}

function nameOf(index: number, { options }: Peering): string {
  if (index > 0) return 'second';
  return options?.range === true ? 'anybody' : 'peer'; // `range` is a word of its own
}

function channel(family: 4 | 6, { cable: number, linkLocal, options = {} }: Peering): string {
  const { clients, keepNextHop, maximumPrefixes } = options;
  const { address, address6 } = cable(number).theirs;
  const words = [`import all; export filter ${options.second === undefined ? 'originated' : 'relayed'};`];
  if (linkLocal === true) words.push('next hop self;');
  if (options.extendedNextHop === true) words.push('extended next hop yes;');
  else if (clients === undefined && keepNextHop !== true && linkLocal !== true)
    words.push(`next hop address ${family === 4 ? address : address6};`);
  if (options.addPath === true) words.push('add paths yes;');
  if (maximumPrefixes !== undefined && family === 4) words.push(`receive limit ${maximumPrefixes} action disable;`);
  return `ipv${family} { ${words.join(' ')} };`;
}

function restartLines({ gracefulRestart }: SessionOptions): string {
  if (gracefulRestart === undefined) return '';
  const { seconds, longLivedSeconds } = gracefulRestart;
  const long =
    longLivedSeconds === undefined ? '' : `long lived graceful restart yes; long lived stale time ${longLivedSeconds};`;
  return `graceful restart yes; graceful restart time ${seconds}; ${long}`;
}

const roleNames = {
  provider: 'provider',
  customer: 'customer',
  peer: 'peer',
  'route-server': 'rs_server',
  'route-server-client': 'rs_client',
} as const;

function routeLine({ prefix, origin, asPath, med, communities, largeCommunities }: OriginatedRoute): string {
  const list = (text: string): string => `(${text.split(':').join(', ')})`;
  const settings = [
    `bgp_origin = ORIGIN_${origin.toUpperCase()};`,
    ...asPath.toReversed().map((hop) => `bgp_path.prepend(${hop});`),
    ...(med === undefined ? [] : [`own_med = ${med};`]),
    ...communities.map((text) => `bgp_community.add(${list(text)});`),
    ...largeCommunities.map((text) => `bgp_large_community.add(${list(text)});`),
  ];
  return `route ${prefix} blackhole { ${settings.join(' ')} };`;
}

/** Reads `show route … all`: one block a route, the prefix only on the first of several to it. */
export function birdRoutes(text: string): readonly NormalizedRoute[] {
  const routes: NormalizedRoute[] = [];
  let prefix = '';
  for (const block of text.split(
    /^(?=\S+\s+(?:unicast|blackhole|unreachable|prohibit) \[|\s{10,}(?:unicast|blackhole|unreachable) \[)/m,
  )) {
    const head = /^(\S*)\s+(?:unicast|blackhole|unreachable|prohibit) \[/.exec(block);
    if (head === null) continue;
    prefix = head[1] === '' ? prefix : (head[1] as string);
    const value = (name: string): string => new RegExp(`BGP\\.${name}: ?(.*)`).exec(block)?.[1]?.trim() ?? '';
    const tuples = (name: string): readonly string[] =>
      sorted([...value(name).matchAll(/\(([^)]+)\)/g)].map(([, inner]) => (inner as string).replace(/, */g, ':')));
    routes.push({
      prefix,
      // Where there is only a link-local one it shows `::` before it.
      nextHop: value('next_hop').replace(/^:: /, '').split(' ')[0] as string,
      origin: value('origin').toLowerCase() as OriginText,
      asPath: value('as_path'),
      med: value('med') === '' ? undefined : Number(value('med')),
      communities: tuples('community'),
      largeCommunities: tuples('large_community'),
      unknown: sorted(
        [...block.matchAll(/BGP\.([0-9a-f]{2}) \[[^\]]*\]: (.*)/g)].map(
          ([, type, bytes]) => `${Number.parseInt(type as string, 16)}:${(bytes as string).replace(/ /g, '').trim()}`,
        ),
      ),
      more: more(value),
    });
  }
  return routes;
}

function more(value: (name: string) => string): MoreAttributes {
  const extended = [...value('ext_community').matchAll(/\(([^)]+)\)/g)].map(([, inner]) => inner as string);
  return {
    onlyToCustomer: value('otc') === '' ? undefined : Number(value('otc')),
    originatorId: value('originator_id') || undefined,
    clusterList: value('cluster_list') === '' ? undefined : value('cluster_list').split(' '),
    extendedCommunities: sorted(extended.map((text) => text.replace(/^(\w+), *(\w+), */, '$1 $2:'))),
  };
}
