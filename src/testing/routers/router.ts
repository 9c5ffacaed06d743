/**
 * A real router at the other end of a cable, as interop tests see it: one interface, one file for each router.
 *
 * Why: one suite runs against every router, so a case is written once, and what a router cannot do is said in its row of
 * abilities instead of being left out unseen.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from '../namespaces.ts';
import { waitFor } from '../wait.ts';

/** Both ends of the cable and of the session. */
export const ours = {
  address: '10.99.0.1',
  address6: '2001:db8:99::1',
  routerId: '10.99.0.1',
  asn: 4_200_000_001,
} as const;
export const theirs = { address: '10.99.0.2', address6: '2001:db8:99::2', routerId: '10.99.0.2' } as const;

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
}

/** The addresses of the session's two ends. */
export function ends({ over6 = false }: Pick<Peering, 'over6'>): { readonly us: string; readonly them: string } {
  return over6 ? { us: ours.address6, them: theirs.address6 } : { us: ours.address, them: theirs.address };
}

export interface Abilities {
  readonly asn: number;
  /** Originates paths with other ASNs than its own. */
  readonly foreignPaths: boolean;
  /** Shows path attributes that it does not know. */
  readonly showsUnknown: boolean;
  /** `active`: only where the router connects. */
  readonly ttlSecurity: boolean | 'active';
  /** Sends words with an administrative shutdown. */
  readonly sendsWords: boolean;
  /** Logs the words that we send. */
  readonly readsWords: boolean;
  /** Can be told to ask for a route refresh. */
  readonly refreshes: boolean;
  /** Its next hop of IPv6 routes over an IPv4 session, where it cannot be told one. */
  readonly nextHop6?: string;
  /** The same of IPv4 routes over an IPv6 session. */
  readonly nextHop4?: string;
  /** Sends its routes again when asked, and keeps the session. */
  readonly answersRefresh: boolean;
  /** The MED that it sends for a route of its own that has none. */
  readonly absentMed?: number;
  /** How many routes it can be told to originate in a second or two. */
  readonly tableSize: number;
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

/** One that has ended and that nobody has asked for yet is none. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
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
  };
  return known[text.toLowerCase().replace(/[-_]/g, '')] ?? text;
}

/** Makes the outputs of several routers comparable: by prefix. */
export function byPrefix<R extends { readonly prefix: string }>(routes: Iterable<R>): ReadonlyMap<string, R> {
  return new Map([...routes].map((route) => [route.prefix, route]));
}
