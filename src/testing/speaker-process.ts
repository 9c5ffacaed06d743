/**
 * Our speaker as a process in a network namespace: `nearcast bgp speak`, told what to do through its standard input and read
 * through the JSON lines of its standard output.
 */
import type { ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Namespace } from './namespaces.ts';
import type { NormalizedRoute, OriginText } from './routers/router.ts';
import { waitFor } from './wait.ts';

export interface SpokenRoute {
  readonly prefix: string;
  readonly nextHop: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface SpokenEvent {
  readonly type: string;
  readonly peer?: string;
  readonly state?: 'up' | 'down';
  readonly wasEstablished?: boolean;
  readonly reason?: { readonly kind: string; readonly what: string; readonly communication?: string };
  readonly prefix?: string;
  readonly [more: string]: unknown;
}

export class SpeakerProcess {
  readonly child: ChildProcess;
  readonly events: SpokenEvent[] = [];
  /** The best route of each prefix that has one. */
  readonly best = new Map<string, SpokenRoute & { readonly peer: string }>();
  #errors = '';

  constructor(namespace: Namespace, args: readonly string[], environment: Record<string, string> = {}) {
    this.child = namespace.start(resolve('bin/nearcast'), ['bgp', 'speak', '--json', ...args], environment, 'pipe');
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on('line', (line) => this.#hear(line));
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.#errors += chunk;
    });
    this.child.stdin?.on('error', () => {}); // it may be gone
  }

  async ready(): Promise<void> {
    await waitFor('the speaker to be ready', () => {
      if (this.child.exitCode !== null) throw new Error(`it has ended: ${this.#errors}`);
      return this.events.some(({ type }) => type === 'ready');
    });
  }

  tell(...commands: string[]): void {
    this.child.stdin?.write(`${commands.join('\n')}\n`);
  }

  /** What it said last, for a test that failed; with its own words where it died. */
  trace(): string {
    const events = this.events.slice(-8).map((event) => JSON.stringify(event).slice(0, 400));
    const { exitCode, signalCode } = this.child;
    const end = exitCode === null && signalCode === null ? [] : [`it ended with ${exitCode ?? signalCode}`];
    return [...events, ...end, this.#errors].join('\n');
  }

  /** Whether the session with a peer is up as of the last event. */
  isUp(peer: string): boolean {
    return this.events.findLast((event) => event.type === 'session' && event.peer === peer)?.state === 'up';
  }

  /** The last end of an established session with a peer. */
  lastDown(peer: string): SpokenEvent | undefined {
    return this.events.findLast(
      (event) => event.type === 'session' && event.peer === peer && event.state === 'down' && event.wasEstablished,
    );
  }

  /** How often the session with a peer has come up. */
  timesUp(peer: string): number {
    return this.events.filter((event) => event.type === 'session' && event.peer === peer && event.state === 'up')
      .length;
  }

  /** Asks, and returns the first answer of a type that comes after. */
  async ask(command: string, type: string): Promise<SpokenEvent> {
    const from = this.events.length;
    this.tell(command);
    return waitFor(`an answer to ${command}`, () => this.events.slice(from).find((event) => event.type === type));
  }

  /** The Adj-RIB-In of one peer. */
  async routes(peer: string): Promise<readonly NormalizedRoute[]> {
    const { routes } = await this.ask(`routes ${peer}`, 'routes');
    return (routes as readonly SpokenRoute[]).map(normalizedSpoken);
  }

  async stop(words = ''): Promise<void> {
    this.tell(`stop ${words}`);
    await waitFor('the speaker to end', () => this.child.exitCode !== null || this.child.signalCode !== null);
  }

  #hear(line: string): void {
    const event = JSON.parse(line) as SpokenEvent;
    this.events.push(event);
    if (event.type === 'route')
      this.best.set(event.prefix as string, event as unknown as SpokenRoute & { peer: string });
    if (event.type === 'withdrawn') this.best.delete(event.prefix as string);
  }
}

/** A route of ours in the spelling in which routers are compared. */
export function normalizedSpoken({ prefix, nextHop, attributes }: SpokenRoute): NormalizedRoute {
  const path = (attributes.asPath ?? []) as readonly { kind: string; asns: readonly number[] }[];
  const unknown = (attributes.unknown ?? []) as readonly { type: number; hex: string }[];
  return {
    prefix,
    nextHop,
    origin: attributes.originCode as OriginText,
    asPath: path.map(({ kind, asns }) => (kind === 'set' ? `{${asns.join(' ')}}` : asns.join(' '))).join(' '),
    med: attributes.multiExitDiscriminator as number | undefined,
    communities: [...((attributes.communities ?? []) as readonly string[])].sort(),
    largeCommunities: [...((attributes.largeCommunities ?? []) as readonly string[])].sort(),
    unknown: unknown.map(({ type, hex }) => `${type}:${hex}`).sort(),
  };
}
