/** ExaBGP, driven through a named pipe to its helper process; what it hears comes back as JSON lines in a file. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../wait.ts';
import {
  type Abilities,
  cable,
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
} from './router.ts';

export function exabgpRouter(site: Site, program: string): RouterUnderTest {
  return new Exabgp(site, program);
}

const asn = 64604;

/** What it writes of a ROUTE-REFRESH is no JSON. */
const refreshLine = /"type": "refresh"/;

type Nlri = string | { readonly nlri: string };

interface Heard {
  readonly type: string;
  readonly neighbor: {
    readonly state?: string;
    readonly reason?: string;
    readonly message?: {
      readonly update?: {
        readonly attribute?: Readonly<Record<string, unknown>>;
        readonly announce?: Readonly<Record<string, Readonly<Record<string, readonly Nlri[]>>>>;
        readonly withdraw?: Readonly<Record<string, readonly Nlri[]>>;
      };
      readonly notification?: unknown;
    };
  };
}

export const exabgpAbilities: Abilities = {
  asn,
  foreignPaths: true,
  tableSize: 1_000,
  cannot: {
    unknownAttribute: 'passes nothing on',
    linkLocal: 'cannot be told of a zone',
    theirRange: 'has no ranges',
    theirLimit: 'has no limits',
    ourShutdown: 'cannot decode a NOTIFICATION',
    ourLimit: 'cannot decode a NOTIFICATION',
    weRefresh: 'its answer fails inside of it at times, and the session with it',
    enhancedRefresh: 'its answer fails inside of it at times, and the session with it',
    role: 'does not know roles',
    roleMismatch: 'does not know roles',
    weRestart: 'keeps no routes',
    routerLongGone: 'does not know it',
    weAreLongGone: 'does not know it',
    theirReflector: 'passes nothing on',
    theirRouteServer: 'passes nothing on',
  },
  offersInVain: ['enhancedRefresh'],
  notes: {
    theirShutdown: 'sends no words',
    ttlSecurity: 'only where it connects: its listener answers with the TTL of every packet',
  },
};

export class Exabgp implements RouterUnderTest {
  readonly name = 'ExaBGP';
  readonly abilities = exabgpAbilities;
  readonly #site: Site;
  readonly #program: string;
  #us: string = ours.address;
  #cable: number | undefined;
  #internal = false;
  #peering: Peering | undefined;
  #originated: readonly OriginatedRoute[] = [];

  constructor(site: Site, program: string) {
    this.#site = site;
    this.#program = program;
  }

  async start(peering: Peering, routes: readonly OriginatedRoute[] = []): Promise<void> {
    const { directory } = this.#site;
    this.#us = ends(peering).us;
    this.#peering = peering;
    this.#cable = peering.cable;
    this.#internal = peering.options?.ourAsn === (peering.options?.theirAsn ?? asn);
    const path = (name: string): string => join(directory, name);
    execFileSync('mkfifo', [path('commands')]);
    this.#originated = routes;
    writeFileSync(path('heard'), '');
    // Opened for reading and writing, the pipe never ends.
    writeFileSync(path('helper'), `#!/bin/sh\ncat <> "${path('commands')}" &\nexec cat > "${path('heard')}"\n`);
    chmodSync(path('helper'), 0o755);
    writeFileSync(path('exabgp.conf'), configuration(this.#site, peering));
    await this.#run(peering);
  }

  /** It says what it said before. */
  async restart(): Promise<void> {
    await this.#run(this.#peering as Peering);
  }

  async #run(peering: Peering): Promise<void> {
    const { namespace, directory } = this.#site;
    const path = (name: string): string => join(directory, name);
    const environment = {
      'exabgp.daemon.user': 'root',
      'exabgp.api.cli': 'false',
      'exabgp.api.ack': 'false',
      'exabgp.cache.nexthops': 'false',
      // Where it waits, it must be told where.
      ...(peering.connect === 'active' ? {} : { 'exabgp.tcp.bind': ends(peering).them, 'exabgp.tcp.port': '179' }),
    };
    const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const log = path('exabgp.log');
    const command = `log=$1; shift; exec env "$@" > "$log" 2>&1`;
    namespace.start('sh', ['-c', command, 'sh', log, ...settings, this.#program, path('exabgp.conf')]);
    await waitFor('ExaBGP to answer', () => fileText(this.#site, 'exabgp.log').includes('loaded new configuration'));
    this.announce(this.#originated);
  }

  established(): boolean {
    return this.#heard().findLast(({ type }) => type === 'state')?.neighbor.state === 'up';
  }

  routes(family: 4 | 6): readonly NormalizedRoute[] {
    const table = new Map<string, NormalizedRoute>();
    for (const { type, neighbor } of this.#heard()) {
      if (type === 'state' && neighbor.state === 'down') table.clear();
      const update = neighbor.message?.update;
      for (const nlri of update?.withdraw?.[`ipv${family} unicast`] ?? []) table.delete(prefixOf(nlri));
      for (const [nextHop, all] of Object.entries(update?.announce?.[`ipv${family} unicast`] ?? {})) {
        for (const nlri of all) {
          table.set(prefixOf(nlri), normalized(prefixOf(nlri), nextHop, update?.attribute ?? {}));
        }
      }
    }
    return [...table.values()];
  }

  announce(routes: readonly OriginatedRoute[]): void {
    const lines = routes.map(({ prefix, origin, asPath, med, communities, largeCommunities }) => {
      const words = [`announce route ${prefix} next-hop ${this.#nextHop(prefix)} origin ${origin}`];
      words.push(`as-path [ ${[...(this.#internal ? [] : [asn]), ...asPath].join(' ')} ]`);
      if (med !== undefined) words.push(`med ${med}`);
      if (communities.length > 0) words.push(`community [ ${communities.join(' ')} ]`);
      if (largeCommunities.length > 0) words.push(`large-community [ ${largeCommunities.join(' ')} ]`);
      return words.join(' ');
    });
    this.command(lines);
  }

  withdraw(prefixes: readonly string[]): void {
    this.command(
      prefixes.map((prefix) => {
        return `withdraw route ${prefix} next-hop ${this.#nextHop(prefix)}`;
      }),
    );
  }

  shutDown(): void {
    this.command([`neighbor ${this.#us} teardown 2`]);
  }

  log(): string {
    return fileText(this.#site, 'exabgp.log') + fileText(this.#site, 'heard');
  }

  requestRefresh(): void {
    this.command(['announce route-refresh ipv4 unicast', 'announce route-refresh ipv6 unicast']);
  }

  updatesReceived(): number {
    return this.#heard().filter(({ neighbor }) => neighbor.message?.update !== undefined).length;
  }

  refreshesReceived(): number {
    return this.#lines().filter((line) => refreshLine.test(line) && line.includes('"query"')).length;
  }

  async stop(): Promise<void> {
    signalAll(this.#site, 'SIGTERM');
    await ended(this.#site);
  }

  #nextHop(prefix: string): string {
    const { address, address6 } = cable(this.#cable).theirs;
    return prefix.includes(':') ? address6 : address;
  }

  command(lines: readonly string[]): void {
    if (lines.length > 0) appendFileSync(join(this.#site.directory, 'commands'), `${lines.join('\n')}\n`);
  }

  #heard(): readonly Heard[] {
    const lines = this.#lines().filter((line) => line.startsWith('{') && !refreshLine.test(line));
    return lines.map((line) => JSON.parse(line) as Heard);
  }

  /** Whole lines only: the last may be on its way. */
  #lines(): readonly string[] {
    return fileText(this.#site, 'heard').split('\n').slice(0, -1);
  }
}

function configuration({ directory }: Site, peering: Peering): string {
  const { connect, holdTimeSeconds, password, ttlSecurity, options = {} } = peering;
  const { ourAsn = ours.asn, theirAsn = asn, multihop } = options;
  const { us, them } = ends(peering);
  const capabilities = [
    `asn4 ${options.twoOctet === true ? 'disable' : 'enable'};`,
    'route-refresh enable;',
    `graceful-restart ${options.gracefulRestart?.seconds ?? 'disable'};`,
    `extended-message ${options.extendedMessages === true ? 'enable' : 'disable'};`,
    options.addPath === true ? 'add-path send/receive;' : '',
    options.extendedNextHop === true ? 'nexthop enable;' : '',
  ];
  return `
process helper { run ${directory}/helper; encoder json; }
neighbor ${us} {
  router-id ${cable(peering.cable).theirs.address};
  local-address ${them};
  local-as ${theirAsn};
  peer-as ${ourAsn};
  hold-time ${holdTimeSeconds};
  ${connect === 'passive' ? 'passive true;' : ''}
  ${password === undefined ? '' : `md5-password "${password}";`}
  ${ttlSecurity === true ? 'outgoing-ttl 255; incoming-ttl 255;' : ''}
  ${multihop === undefined ? '' : `outgoing-ttl ${multihop};`}
  family { ipv4 unicast; ipv6 unicast; }
  ${options.extendedNextHop === true ? 'nexthop { ipv4 unicast ipv6; }' : ''}
  capability { ${capabilities.join(' ')} }
  api { processes [ helper ]; neighbor-changes; receive { parsed; update; refresh; } }
}
`;
}

function prefixOf(nlri: Nlri): string {
  return typeof nlri === 'string' ? nlri : nlri.nlri;
}

function normalized(prefix: string, nextHop: string, attributes: Readonly<Record<string, unknown>>): NormalizedRoute {
  const joined = (name: string): readonly string[] =>
    sorted(((attributes[name] ?? []) as readonly (readonly number[])[]).map((parts) => parts.join(':')));
  const path = attributes['as-path'] ?? [];
  const sets = (attributes['as-set'] ?? []) as readonly number[];
  return {
    prefix,
    nextHop,
    origin: attributes.origin as OriginText,
    asPath: [(path as readonly number[]).join(' '), ...(sets.length > 0 ? [`{${sets.join(' ')}}`] : [])].join(' '),
    med: attributes.med as number | undefined,
    communities: joined('community'),
    largeCommunities: joined('large-community'),
    more: {
      originatorId: attributes['originator-id'] as string | undefined,
      clusterList: attributes['cluster-list'] as readonly string[] | undefined,
    },
    unknown: sorted(
      Object.entries(attributes).flatMap(([name, value]) => {
        const match = /^attribute-0x([0-9A-F]{2})-0x/i.exec(name);
        return match === null
          ? []
          : [`${Number.parseInt(match[1] as string, 16)}:${String(value).slice(2).toLowerCase()}`];
      }),
    ),
  };
}
