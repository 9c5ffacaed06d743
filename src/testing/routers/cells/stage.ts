/**
 * What one case stands on: a router in a namespace of its own, a cable of its own to where this process is, and speakers of ours in
 * this process, so that every option of the library can be set and every word of it read.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../base/clock.ts';
import { seededRandom } from '../../../base/random.ts';
import type { PathAttributes } from '../../../bgp/message/types.ts';
import { acceptAll } from '../../../bgp/policy/common.ts';
import type { DownReason, Negotiated } from '../../../bgp/session/types.ts';
import type { PeerConfig } from '../../../bgp/speaker/types.ts';
import {
  createSpeaker,
  type PeerTransport,
  type SpeakerHost,
  type SpeakerOptions,
} from '../../../bgp/transport/speaker-host.ts';
import { formatAddress } from '../../../ip/address.ts';
import { formatPrefix, mustPrefix } from '../../../ip/prefix.ts';
import { address } from '../../bgp-routes.ts';
import { enterNamespace } from '../../enter-namespace.ts';
import { connect, makeNamespace, type Namespace } from '../../namespaces.ts';
import { waitFor } from '../../wait.ts';
import {
  type Cable,
  cable,
  ended,
  linkLocals,
  type NormalizedRoute,
  type OriginatedRoute,
  ours,
  type Peering,
  type RouterUnderTest,
  type SessionOptions,
  type Site,
  signalAll,
} from '../router.ts';
import type { RouterRow } from '../suite.ts';

/** A router may take long to come up where many start at once. */
const patienceMs = 30_000;
/** So long because routers are asked by commands that this process waits for, and it speaks BGP itself. */
const holdTimeSeconds = 60;

/** Where this process lives for all cases of a file: one host with many cables. */
export class World {
  readonly here: Namespace;
  readonly directory = mkdtempSync(join(tmpdir(), 'nearcast-cells-'));
  readonly #leave: () => void;
  #cables = 0;

  constructor() {
    this.here = makeNamespace('ours');
    this.#leave = enterNamespace(this.here);
    prepare(this.here);
  }

  stage(row: RouterRow): Stage {
    const number = ++this.#cables;
    const namespace = makeNamespace('router');
    prepare(namespace);
    const { ours: own, second, theirs } = cable(number);
    const both = (end: { address: string; address6: string }) => [`${end.address}/24`, `${end.address6}/64`];
    const device = `cable${number}`;
    connect(
      { namespace: this.here, device, addresses: [...both(own), ...both(second), `${linkLocals.us}/64`] },
      { namespace, device: 'cable', addresses: [...both(theirs), `${linkLocals.them}/64`] },
    );
    const directory = join(this.directory, String(number));
    mkdirSync(directory);
    return new Stage(row, number, { namespace, directory });
  }

  end(): void {
    this.#leave();
    this.here.remove();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function prepare(namespace: Namespace): void {
  // Without it, addresses of IPv6 could not be used for their first second.
  const noWait = 'for f in all default; do echo 0 > /proc/sys/net/ipv6/conf/$f/accept_dad; done';
  // One link-local address a cable, which is ours to choose: some routers take the first that they find.
  const ownLinkLocal = 'echo 1 > /proc/sys/net/ipv6/conf/default/addr_gen_mode';
  // Small buffers, so that a peer that does not read is noticed before megabytes are on their way.
  const small = 'for f in rmem wmem; do echo 4096 16384 65536 > /proc/sys/net/ipv4/tcp_$f; done';
  namespace.run('sh', '-c', `${noWait}; ${ownLinkLocal}; ${small}`);
}

export interface SpeakerSetup {
  readonly asn?: number;
  /** Which of our two addresses it has. */
  readonly end?: 'ours' | 'second';
  readonly speaker?: Partial<SpeakerOptions>;
  readonly peer?: Partial<PeerConfig>;
  readonly transport?: Partial<PeerTransport>;
}

/** How the router's sessions are, and what it originates. */
export interface RouterSetup extends Partial<Peering> {
  readonly routes?: readonly OriginatedRoute[];
}

export class Stage {
  readonly row: RouterRow;
  readonly number: number;
  readonly site: Site;
  readonly cable: Cable;
  readonly device: RouterUnderTest;
  #peering: Peering = { connect: 'passive', holdTimeSeconds };
  readonly #speakers: Speaker[] = [];

  constructor(row: RouterRow, number: number, site: Site) {
    this.row = row;
    this.number = number;
    this.site = site;
    this.cable = cable(number);
    this.device = row.make(site, row.program as string);
  }

  /** Starts the router, which waits for us unless told otherwise. */
  async router(options: SessionOptions = {}, more: RouterSetup = {}): Promise<RouterUnderTest> {
    const { routes = [], ...peering } = more;
    this.#peering = { connect: 'passive', holdTimeSeconds, ...peering, cable: this.number, options };
    await this.device.start(this.#peering, routes);
    return this.device;
  }

  /** A speaker of ours without any peer yet. */
  alone({ asn = this.#peering.options?.ourAsn ?? ours.asn, end = 'ours', speaker = {} }: SpeakerSetup = {}): Speaker {
    const routerId = address(this.cable[end].address);
    const random = seededRandom(this.number);
    const host = createSpeaker({ asn, routerId, clock: systemClock, random, lingerMs: 500, ...speaker });
    const made = new Speaker(host);
    this.#speakers.push(made);
    return made;
  }

  /** A speaker of ours with the router as its peer, which is called `router`. */
  async speaker(setup: SpeakerSetup = {}): Promise<Speaker> {
    const speaker = this.alone(setup);
    const own = this.cable[setup.end ?? 'ours'];
    const [local, remote] = this.#ends(own);
    const config: PeerConfig = {
      id: 'router',
      peerAsn: this.#peering.options?.theirAsn ?? this.device.abilities.asn,
      address: address(remote.split('%')[0] as string),
      holdTimeSeconds,
      connectRetrySeconds: 0.3,
      families: ['ipv4-unicast', 'ipv6-unicast'],
      passive: false,
      importPolicy: acceptAll,
      exportPolicy: acceptAll,
      nextHops: { ipv4: address(own.address), ipv6: address(own.address6) },
      ...setup.peer,
    };
    await speaker.host.addPeer(config, {
      remote: { host: remote, port: 179 },
      localAddress: local,
      ...setup.transport,
    });
    return speaker;
  }

  #ends(own: Cable['ours']): readonly [local: string, remote: string] {
    const { theirs } = this.cable;
    const zone = `%cable${this.number}`;
    if (this.#peering.linkLocal === true) return [`${linkLocals.us}${zone}`, `${linkLocals.them}${zone}`];
    return this.#peering.over6 === true ? [own.address6, theirs.address6] : [own.address, theirs.address];
  }

  /** The router between two of our speakers, both sessions up. */
  async between(options: SessionOptions, one: SpeakerSetup = {}, two: SpeakerSetup = {}, more: RouterSetup = {}) {
    const secondAsn = two.asn ?? 4_200_000_002;
    await this.router({ second: { ourAsn: secondAsn }, ...options }, more);
    const [first, second] = await Promise.all([
      this.speaker(one),
      this.speaker({ ...two, asn: secondAsn, end: 'second' }),
    ]);
    await Promise.all([first.up(), second.up()]);
    return { first, second };
  }

  /** The route of IPv4 to a prefix as the router has it from us. */
  heard(prefix: string): NormalizedRoute | undefined {
    return this.device.routes(prefix.includes(':') ? 6 : 4).find((route) => route.prefix === prefix);
  }

  async hears(prefix: string): Promise<NormalizedRoute> {
    return waitFor(`${this.row.name} to have ${prefix}`, () => this.heard(prefix), patienceMs);
  }

  /** Its processes get a signal, all of them. */
  signal(name: NodeJS.Signals): void {
    signalAll(this.site, name);
  }

  /** What was said last, for a case that failed. */
  trace(): string {
    const ends = this.#speakers.map(({ events }) =>
      events.slice(-6).map((event) => JSON.stringify(event).slice(0, 300)),
    );
    const lines = this.device.log().split('\n').slice(-25);
    return [...ends.flat(), ...lines.map((line) => line.slice(0, 300))].join('\n');
  }

  async end(): Promise<void> {
    await Promise.all(this.#speakers.map(({ host }) => host.stop({ timeoutMs: 200 })));
    signalAll(this.site, 'SIGCONT');
    signalAll(this.site, 'SIGKILL');
    await ended(this.site);
    this.site.namespace.remove();
  }
}

type SessionEvent =
  | { readonly type: 'up'; readonly negotiated: Negotiated }
  | { readonly type: 'down'; readonly wasEstablished: boolean; readonly reason: DownReason };

/** A speaker of ours and what became of its session with the router. */
export class Speaker {
  readonly host: SpeakerHost;
  readonly events: SessionEvent[] = [];

  constructor(host: SpeakerHost) {
    this.host = host;
    host.on('session', (event) => {
      if (event.peer === 'router' || event.peer.startsWith('range ')) this.events.push(event);
    });
  }

  async up(): Promise<Negotiated> {
    return waitFor(
      'our session to be up',
      () => {
        const last = this.events.at(-1);
        return last?.type === 'up' && last.negotiated;
      },
      patienceMs,
    );
  }

  get ups(): number {
    return this.events.filter(({ type }) => type === 'up').length;
  }

  /** Why an established session ended. */
  async down(): Promise<DownReason> {
    const find = () => this.events.findLast((event) => event.type === 'down' && event.wasEstablished);
    const event = await waitFor('the end of the session', find, patienceMs);
    return (event as { readonly reason: DownReason }).reason;
  }

  announce(prefix: string, attributes: PathAttributes = {}): void {
    this.host.announce({ prefix: mustPrefix(prefix), attributes });
  }

  /** Every path that the router has sent to a prefix. */
  paths(prefix: string) {
    return [...this.host.adjRibIn('router')].filter(({ received }) => formatPrefix(received.prefix) === prefix);
  }

  /** The first path to a prefix, when it is there. */
  async path(prefix: string) {
    const path = await waitFor(`a path to ${prefix}`, () => this.paths(prefix)[0], patienceMs);
    const { attributes, nextHop } = path.received;
    return { ...path, attributes, nextHop: formatAddress(nextHop), asPath: pathText(attributes) };
  }
}

export function pathText({ asPath = [] }: PathAttributes): string {
  return asPath.map(({ kind, asns }) => (kind === 'set' ? `{${asns.join(' ')}}` : asns.join(' '))).join(' ');
}
