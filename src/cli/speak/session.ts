/**
 * Runs `nearcast bgp speak`: one speaker, its events as lines on standard output, commands as lines on standard input.
 *
 * Why commands: who peers by hand wants to announce and withdraw while the session stays up, and a program that drives the
 * speaker through a pipe needs nothing else. The end of the input means nothing: the speaker runs on until it is told to stop.
 */
import { createInterface } from 'node:readline';
import type { Clock } from '../../base/clock.ts';
import { fail, problemsOf } from '../../base/problem.ts';
import type { Random } from '../../base/random.ts';
import { localPeer } from '../../bgp/rib/decision.ts';
import { createSpeaker, type SpeakerHost } from '../../bgp/transport/speaker-host.ts';
import { type Address, parseAddress } from '../../ip/address.ts';
import { formatPrefix, parsePrefix } from '../../ip/prefix.ts';
import { onEndRequests } from '../signals.ts';
import type { SpeakEvent } from './events.ts';
import { exportPolicyOf, localRouteOf, peerConfig, peerId, peerTransport } from './peering.ts';
import { readAnnounce } from './read.ts';
import type { ShownRoute } from './route-json.ts';
import type { AnnounceEntry, SpeakConfig } from './schema.ts';

export interface SpeakDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly input: NodeJS.ReadableStream;
  readonly print: (event: SpeakEvent) => void;
}

/** Settles when the speaker was stopped, by a signal or a command. Rejects with Problems where it cannot start. */
export async function speak(config: SpeakConfig, dependencies: SpeakDependencies): Promise<void> {
  const { clock, random, environment, input, print } = dependencies;
  const host = createSpeaker({ asn: config.asn, routerId: parseAddress(config.routerId) as Address, clock, random });
  host.on('session', (change) => print({ type: 'session', change }));
  host.on('best', (change) => {
    // What we announce ourselves is no news.
    if (change.best?.source.peer !== localPeer) print({ type: 'best', change });
  });
  const announced = new Map<string, AnnounceEntry>();
  for (const entry of config.announce) announced.set(entry.prefix, entry);
  for (const entry of announced.values()) host.announce(localRouteOf(entry));

  const { promise: ended, resolve: end } = Promise.withResolvers<string | undefined>();
  onEndRequests(clock, { onEnd: () => end(undefined), onHurry: () => process.exit(1) });
  const lines = createInterface({ input });
  const peers = config.peers.map((peer) => ({ peer, transport: peerTransport(peer, environment) }));
  try {
    const policy = exportPolicyOf(announced.values());
    await Promise.all(peers.map(({ peer, transport }) => host.addPeer(peerConfig(peer, policy), transport)));
    print({ type: 'ready', pid: process.pid });
    const commander = new Commander({ host, announced, ids: config.peers.map(peerId), print, end });
    lines.on('line', (line) => commander.obey(line));
    const communication = await ended;
    const { unacknowledged } = await host.stop(communication === undefined ? {} : { communication });
    print({ type: 'stopped', unacknowledged });
  } finally {
    lines.close();
    await host.stop();
  }
}

interface CommanderOptions {
  readonly host: SpeakerHost;
  readonly announced: Map<string, AnnounceEntry>;
  readonly ids: readonly string[];
  readonly print: (event: SpeakEvent) => void;
  readonly end: (communication: string | undefined) => void;
}

/**
 * Obeys the lines of the standard input; a line that cannot be obeyed is a problem event and changes nothing.
 *
 * Routes of lines that come together go out together: the export policy, which holds their prepending, changes once for all.
 */
class Commander {
  readonly #options: CommanderOptions;
  #waiting: AnnounceEntry[] = [];

  constructor(options: CommanderOptions) {
    this.#options = options;
  }

  obey(line: string): void {
    const [word = '', ...rest] = line.trim().split(/\s+/);
    if (word === '' || word.startsWith('#')) return;
    try {
      this.#run(word, rest);
    } catch (error) {
      for (const problem of problemsOf(error)) this.#options.print({ type: 'problem', problem });
    }
  }

  #run(word: string, rest: readonly string[]): void {
    const { host, announced, print, end } = this.#options;
    if (word !== 'announce') this.#flush();
    switch (word) {
      case 'announce':
        if (this.#waiting.length === 0) setImmediate(() => this.#flush());
        this.#waiting.push(...rest.map(readAnnounce));
        return;
      case 'withdraw': {
        for (const prefix of rest.map(mustBePrefix)) {
          announced.delete(formatPrefix(prefix));
          host.withdraw(prefix);
        }
        return;
      }
      case 'routes':
      case 'sent': {
        for (const peer of this.#peers(rest)) {
          const routes: ShownRoute[] =
            word === 'sent' ? [...host.adjRibOut(peer)] : [...host.adjRibIn(peer)].map(({ received }) => received);
          print({ type: 'routes', peer, direction: word === 'sent' ? 'out' : 'in', routes });
        }
        return;
      }
      case 'refresh':
        for (const peer of this.#peers(rest)) host.requestRefresh(peer);
        return;
      case 'down': {
        const [peer = '', ...words] = rest;
        for (const id of this.#peers([peer])) {
          host.stopPeer(id, words.length === 0 ? {} : { communication: words.join(' ') });
        }
        return;
      }
      case 'up':
        for (const peer of this.#peers(rest)) host.startPeer(peer);
        return;
      case 'neighbors':
        print({ type: 'neighbors', neighbors: host.neighbors() });
        return;
      case 'stop':
        end(rest.length === 0 ? undefined : rest.join(' '));
        return;
      default:
        unknown(
          `"${word}" is no command`,
          'use announce, withdraw, routes, sent, refresh, down, up, neighbors or stop',
        );
    }
  }

  /** Those that are named, or all. */
  #peers(names: readonly string[]): readonly string[] {
    const { ids } = this.#options;
    for (const name of names) {
      if (!ids.includes(name)) unknown(`there is no peer "${name}"`, `name one of: ${ids.join(', ')}`);
    }
    return names.length === 0 ? ids : names;
  }

  #flush(): void {
    const { host, ids, announced } = this.#options;
    const entries = this.#waiting;
    this.#waiting = [];
    const prepended = entries.some(({ prefix, prepend }) => prepend !== (announced.get(prefix)?.prepend ?? 0));
    for (const entry of entries) announced.set(entry.prefix, entry);
    if (prepended) {
      const policy = exportPolicyOf(announced.values());
      for (const id of ids) host.setExportPolicy(id, policy);
    }
    for (const entry of entries) host.announce(localRouteOf(entry));
  }
}

function mustBePrefix(text: string) {
  const prefix = parsePrefix(text);
  if (typeof prefix === 'string') {
    return fail({
      code: 'speak.prefix',
      what: `"${text}" is no prefix (${prefix})`,
      fix: 'write it like 192.0.2.0/24',
    });
  }
  return prefix;
}

function unknown(what: string, fix: string): never {
  fail({ code: 'speak.command', what, fix });
}
