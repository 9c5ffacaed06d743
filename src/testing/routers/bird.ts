/** BIRD 2, driven through its control socket; routes are static ones, with their attributes set where they are written. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../wait.ts';
import {
  ended,
  ends,
  fileText,
  type NormalizedRoute,
  type OriginatedRoute,
  type OriginText,
  ours,
  type Peering,
  type RouterUnderTest,
  type Site,
  signalAll,
  sorted,
  theirs,
} from './router.ts';

export function birdRouter(site: Site, program: string): RouterUnderTest {
  return new Bird(site, program);
}

const asn = 64600;

class Bird implements RouterUnderTest {
  readonly name = 'BIRD';
  readonly abilities = {
    asn,
    foreignPaths: true,
    showsUnknown: true,
    ttlSecurity: true,
    sendsWords: true,
    readsWords: true,
    refreshes: true,
    answersRefresh: true,
    tableSize: 1_000,
  };
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
    const path = (name: string): string => join(this.#site.directory, name);
    this.#site.namespace.start(this.#program, ['-f', '-c', path('bird.conf'), '-s', path('bird.ctl')]);
    await waitFor('BIRD to answer', () => this.#birdc('show', 'status').includes('Daemon is up'));
  }

  established(): boolean {
    return /BGP state:\s+Established/.test(this.#birdc('show', 'protocols', 'all', 'peer'));
  }

  routes(family: 4 | 6): readonly NormalizedRoute[] {
    return birdRoutes(this.#birdc('show', 'route', 'table', `master${family}`, 'protocol', 'peer', 'all'));
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
  const { connect, holdTimeSeconds, password, ttlSecurity } = peering;
  const { us, them } = ends(peering);
  const of = (family: 4 | 6) => routes.filter(({ prefix }) => prefix.includes(':') === (family === 6)).map(routeLine);
  // BIRD sends MED only where the export filter sets it, so routes carry theirs in an attribute of our own.
  return `
log "${directory}/bird.log" all;
router id ${theirs.routerId};
attribute int own_med;
debug protocols { packets };
filter originated { if source != RTS_STATIC then reject; if defined(own_med) then bgp_med = own_med; accept; }
protocol device { scan time 10; }
protocol static originated4 { ipv4; ${of(4).join('\n')} }
protocol static originated6 { ipv6; ${of(6).join('\n')} }
protocol bgp peer {
  local ${them} as ${asn};
  neighbor ${us} as ${ours.asn};
  direct;
  hold time ${holdTimeSeconds};
  connect delay time 1; connect retry time 1; error wait time 1, 2; error forget time 2;
  ${connect === 'passive' ? 'passive;' : ''}
  ${password === undefined ? '' : `password "${password}";`}
  ${ttlSecurity === true ? 'ttl security on;' : ''}
  ipv4 { import all; export filter originated; next hop address ${theirs.address}; };
  ipv6 { import all; export filter originated; next hop address ${theirs.address6}; };
}
`;
}

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
      nextHop: value('next_hop').split(' ')[0] as string,
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
    });
  }
  return routes;
}
