/**
 * A real router at the other end of a cable, as interop tests see it: one interface, one file for each router.
 *
 * Why: one suite runs against every router, so a case is written once, and what a router cannot do is said in its row of
 * abilities instead of being left out unseen.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BgpRole } from '../../bgp/message/types.ts';
import type { Namespace } from '../namespaces.ts';
import { waitFor } from '../wait.ts';
import type { FeatureId } from './features.ts';

/** Both ends of the cable and of the session. */
export const ours = {
  address: '10.99.0.1',
  address6: '2001:db8:99::1',
  routerId: '10.99.0.1',
  asn: 4_200_000_001,
} as const;
export const theirs = { address: '10.99.0.2', address6: '2001:db8:99::2', routerId: '10.99.0.2' } as const;

/** One cable of several that leave the same host: its two ends, and a second address of ours for a second session. */
export interface Cable {
  readonly ours: { readonly address: string; readonly address6: string };
  readonly second: { readonly address: string; readonly address6: string };
  readonly theirs: { readonly address: string; readonly address6: string };
}

/** The cable number 0 is that of `ours` and `theirs`. */
export function cable(number = 0): Cable {
  const group = number === 0 ? '' : `:${number.toString(16)}`;
  const end = (host: number) => ({
    address: `10.${99 + (number >> 8)}.${number & 255}.${host}`,
    address6: `2001:db8:99${group}::${host}`,
  });
  return { ours: end(1), second: end(3), theirs: end(2) };
}

export type OriginText = 'igp' | 'egp' | 'incomplete';

/** A route as either side says it, in one spelling; lists are sorted, since their order means nothing. */
export interface NormalizedRoute {
  readonly prefix: string;
  readonly nextHop: string;
  readonly origin: OriginText;
  /** `64500 64500 {1 2}`. */
  readonly asPath: string;
  readonly med: number | undefined;
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
  /** `99:01020304`: type and value. */
  readonly unknown: readonly string[];
  /** What the router shows beyond that, where it shows it. */
  readonly more?: MoreAttributes;
}

/** Attributes that only some sessions carry, in one spelling. */
export interface MoreAttributes {
  readonly onlyToCustomer?: number | undefined;
  readonly originatorId?: string | undefined;
  readonly clusterList?: readonly string[] | undefined;
  /** `rt 64500:1`, sorted. */
  readonly extendedCommunities?: readonly string[] | undefined;
}

/** A route that a router is told to originate. */
export interface OriginatedRoute {
  readonly prefix: string;
  readonly origin: OriginText;
  /** Behind the router's own ASN. */
  readonly asPath: readonly number[];
  readonly med?: number | undefined;
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
}

/** How the router is configured towards us. */
export interface Peering {
  /** Whether the router connects, waits, or both. */
  readonly connect: 'active' | 'passive' | 'both';
  readonly holdTimeSeconds: number;
  readonly password?: string;
  /** RFC 5082 with one hop. */
  readonly ttlSecurity?: boolean;
  /** The session itself runs over IPv6. */
  readonly over6?: boolean;
  /** The session runs between the addresses that only the cable knows, IPv6 too. */
  readonly linkLocal?: boolean;
  /** The number of the cable; 0 where absent. */
  readonly cable?: number;
  /** Beyond a plain session. */
  readonly options?: SessionOptions;
}

/** What a session can be beyond plain BGP, as the router is to be configured. Off where absent. */
export interface SessionOptions {
  /** The AS that the router knows us as. */
  readonly ourAsn?: number;
  /** The router's own AS, where it is to be another than its usual one. */
  readonly theirAsn?: number;
  /** A session of the same kind with our second address, perhaps of another AS; routes of one are passed on to the other. */
  readonly second?: { readonly ourAsn?: number };
  readonly addPath?: true;
  readonly gracefulRestart?: { readonly seconds: number; readonly longLivedSeconds?: number };
  /** What the router is to us. */
  readonly role?: BgpRole;
  readonly requireRole?: true;
  readonly extendedMessages?: true;
  readonly enhancedRefresh?: true;
  readonly extendedNextHop?: true;
  /** How many prefixes of IPv4 the router takes from us. */
  readonly maximumPrefixes?: number;
  /** The router says nothing of 4-octet AS numbers. */
  readonly twoOctet?: true;
  /** We are the router's clients, the router a route reflector, or a route server. */
  readonly clients?: 'reflector' | 'route-server';
  readonly multihop?: number;
  /** The router does not know our address: whoever comes from the cable's network is a peer. */
  readonly range?: true;
  /** What it hears may begin with another AS than ours: we are a route server. */
  readonly anyFirstAs?: true;
  /** The router says the next hop that it heard, not its own. */
  readonly keepNextHop?: true;
}

/** One session of the router's. */
export interface Neighbor {
  readonly us: string;
  readonly asn: number;
}

/** The sessions that the router is to have. */
export function neighbors(peering: Peering): readonly Neighbor[] {
  const { cable: number, options: { ourAsn = ours.asn, second } = {}, over6 } = peering;
  const family = over6 === true ? 'address6' : 'address';
  const first = { us: ends(peering).us, asn: ourAsn };
  if (second === undefined) return [first];
  return [first, { us: cable(number).second[family], asn: second.ourAsn ?? ourAsn }];
}

/** The network of the cable, for peers by range. */
export function cableNetwork({ cable: number, over6 }: Peering): string {
  const { ours: end } = cable(number);
  return over6 === true ? `${end.address6.replace(/::1$/, '::')}/64` : `${end.address.replace(/1$/, '0')}/24`;
}

/** The same on every cable: that is the point of them. */
export const linkLocals = { us: 'fe80::1', them: 'fe80::2' } as const;

/** The addresses of the session's two ends, as the router writes them. */
export function ends({ over6 = false, linkLocal = false, cable: number }: Partial<Peering>): {
  readonly us: string;
  readonly them: string;
} {
  if (linkLocal) return { us: `${linkLocals.us}%cable`, them: `${linkLocals.them}%cable` };
  const { ours: us, theirs: them } = cable(number);
  return over6 ? { us: us.address6, them: them.address6 } : { us: us.address, them: them.address };
}

export interface Abilities {
  readonly asn: number;
  /** Originates paths with other ASNs than its own. */
  readonly foreignPaths: boolean;
  /** Its next hop of IPv6 routes over an IPv4 session, where it cannot be told one. */
  readonly nextHop6?: string;
  /** The same of IPv4 routes over an IPv6 session. */
  readonly nextHop4?: string;
  /** The MED that it sends for a route of its own that has none. */
  readonly absentMed?: number;
  /** Shows no path attributes that it does not know. */
  readonly hidesUnknown?: true;
  /** How many routes it can be told to originate in a second or two. */
  readonly tableSize: number;
  /** Of the features of `features.ts`, those that it has not, each with the reason. */
  readonly cannot: Partial<Record<FeatureId, string>>;
  /** Of those that it cannot, what it offers nevertheless. */
  readonly offersInVain?: readonly FeatureId[];
  /** Of those that it has, what is to be said of it. */
  readonly notes: Partial<Record<FeatureId, string>>;
}

export interface RouterUnderTest {
  readonly name: string;
  readonly abilities: Abilities;
  /** Writes the configuration, starts the router and waits until it answers. `routes` are originated from the start. */
  start(peering: Peering, routes?: readonly OriginatedRoute[]): Promise<void>;
  established(): boolean;
  /** What the router has learned from us. */
  routes(family: 4 | 6): readonly NormalizedRoute[];
  announce(routes: readonly OriginatedRoute[]): void;
  withdraw(prefixes: readonly string[]): void;
  /** Ends the session for maintenance, with words for the other side where the router can send some. */
  shutDown(words: string): void;
  /** All that the router has written down of what happened. */
  log(): string;
  requestRefresh(): void;
  /** Grows with each UPDATE message or route received. */
  updatesReceived(): number;
  /** How often we have asked it to send its routes again. */
  refreshesReceived(): number;
  /** Ends the daemon in order. */
  stop(): Promise<void>;
  /** Starts the daemon again after its death, as one that restarts gracefully. */
  restart?(): Promise<void>;
  /** While it is down: these will not be among its routes when it is started again. */
  forget?(prefixes: readonly string[]): void;
}

/** What every router needs: its namespace, alone in it, and a directory of its own. */
export interface Site {
  readonly namespace: Namespace;
  readonly directory: string;
}

/** The processes of the router are all that run in its namespace. */
export function signalAll({ namespace }: Site, signal: NodeJS.Signals): void {
  // A router of several processes must not notice the death of one and say goodbye by another: first all stand still.
  if (signal === 'SIGKILL') signalEach(namespace, 'SIGSTOP');
  signalEach(namespace, signal);
}

function signalEach(namespace: Namespace, signal: NodeJS.Signals): void {
  for (const pid of pidsOf(namespace)) {
    try {
      process.kill(pid, signal);
    } catch {
      // it ended by itself meanwhile
    }
  }
}

export async function ended({ namespace }: Site): Promise<void> {
  await waitFor('the router to end', () => pidsOf(namespace).length === 0);
}

function pidsOf(namespace: Namespace): readonly number[] {
  const lines = execFileSync('ip', ['netns', 'pids', namespace.name]).toString().trim().split('\n');
  return lines
    .filter((line) => line !== '')
    .map(Number)
    .filter(isRunning);
}

/** One that has ended and that nobody has asked for yet is none; but while a thread of it still ends, so do its sockets. */
function isRunning(pid: number): boolean {
  try {
    const ended = /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return !ended || readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false;
  }
}

/** A file of the router's directory; empty where it is not there yet. */
export function fileText({ directory }: Site, name: string): string {
  try {
    return readFileSync(join(directory, name), 'utf8');
  } catch {
    return '';
  }
}

export function sorted(texts: Iterable<string>): readonly string[] {
  return [...texts].sort();
}

/** `no-export`, `NO_EXPORT`, `noExport` → `65535:65281`; numbers stay. */
export function communityText(text: string): string {
  const known: Readonly<Record<string, string>> = {
    noexport: '65535:65281',
    noadvertise: '65535:65282',
    localas: '65535:65283',
    blackhole: '65535:666',
    gracefulshutdown: '65535:0',
    llgrstale: '65535:6',
    nollgr: '65535:7',
  };
  return known[text.toLowerCase().replace(/[-_]/g, '')] ?? text;
}

/** Makes the outputs of several routers comparable: by prefix. */
export function byPrefix<R extends { readonly prefix: string }>(routes: Iterable<R>): ReadonlyMap<string, R> {
  return new Map([...routes].map((route) => [route.prefix, route]));
}
