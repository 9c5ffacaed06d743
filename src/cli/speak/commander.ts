/**
 * The commands of `nearcast bgp speak`, one a line of its input.
 *
 * A line that cannot be obeyed is a problem event and changes nothing. Routes of lines that come together go out together: the
 * export policies, which hold their prepending, change once for all.
 */
import { fail, problemsOf } from '../../base/problem.ts';
import { formatPrefix, type Policy, parsePrefix, type Speaker } from '../../bgp/mod.ts';
import type { SpeakEvent } from './events.ts';
import { explain } from './explanation.ts';
import { announcementOf } from './peering.ts';
import { readAnnounce } from './read.ts';
import type { ShownRoute } from './route-json.ts';
import type { AnnounceEntry } from './schema.ts';
import type { Validator } from './validator.ts';

export interface CommanderOptions {
  readonly speaker: Speaker;
  readonly announced: Map<string, AnnounceEntry>;
  /** What a peer is told, with `announced` as it is now. */
  readonly policyFor: (peer: string) => Policy;
  readonly validator: Validator;
  readonly print: (event: SpeakEvent) => void;
  readonly end: (communication: string | undefined) => void;
}

export class Commander {
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
    const { speaker, announced, print, end, validator } = this.#options;
    if (word !== 'announce') this.#flush();
    switch (word) {
      case 'announce':
        if (this.#waiting.length === 0) setImmediate(() => this.#flush());
        this.#waiting.push(...rest.map(readAnnounce));
        return;
      case 'withdraw': {
        for (const prefix of rest.map(mustBePrefix)) {
          announced.delete(formatPrefix(prefix));
          speaker.withdraw(prefix);
        }
        return;
      }
      case 'routes':
      case 'sent': {
        for (const peer of this.#peers(this.#joined(rest))) {
          const routes: ShownRoute[] =
            word === 'sent'
              ? [...speaker.adjRibOut(peer)]
              : [...speaker.adjRibIn(peer)].map(({ received }) => ({ ...received, ...validator.stateOf(received) }));
          print({ type: 'routes', peer, direction: word === 'sent' ? 'out' : 'in', routes });
        }
        return;
      }
      case 'explain':
        for (const prefix of rest.map(mustBePrefix)) {
          print({ type: 'explanation', explanation: explain({ speaker, validator, peers: this.#ids() }, prefix) });
        }
        return;
      case 'refresh':
        for (const peer of this.#peers(this.#joined(rest))) speaker.requestRefresh(peer);
        return;
      case 'down': {
        const [peer = '', ...words] = this.#joined(rest);
        for (const id of this.#peers([peer])) {
          speaker.stopPeer(id, words.length === 0 ? {} : { communication: words.join(' ') });
        }
        return;
      }
      case 'up':
        for (const peer of this.#peers(this.#joined(rest))) speaker.startPeer(peer);
        return;
      case 'neighbors':
        print({ type: 'neighbors', neighbors: speaker.neighbors() });
        return;
      case 'stop':
        end(rest.length === 0 ? undefined : rest.join(' '));
        return;
      default:
        unknown(
          `"${word}" is no command`,
          'use announce, withdraw, routes, sent, explain, refresh, down, up, neighbors or stop',
        );
    }
  }

  /** Those that are named, or all. */
  #peers(names: readonly string[]): readonly string[] {
    const ids = this.#ids();
    for (const name of names) {
      if (!ids.includes(name)) unknown(`there is no peer "${name}"`, `name one of: ${ids.join(', ')}`);
    }
    return names.length === 0 ? ids : names;
  }

  /** A peer of a range has a name of two words, which are one here. */
  #joined(words: readonly string[]): readonly string[] {
    const ids = this.#ids();
    const names: string[] = [];
    for (const word of words) {
      const pair = `${names.at(-1)} ${word}`;
      if (ids.includes(pair)) names.pop();
      names.push(ids.includes(pair) ? pair : word);
    }
    return names;
  }

  /** Peers of ranges, too, while they are there. */
  #ids(): readonly string[] {
    return this.#options.speaker.neighbors().map(({ id }) => id);
  }

  #flush(): void {
    const { speaker, announced, policyFor } = this.#options;
    const entries = this.#waiting;
    this.#waiting = [];
    const prepended = entries.some(({ prefix, prepend }) => prepend !== (announced.get(prefix)?.prepend ?? 0));
    for (const entry of entries) announced.set(entry.prefix, entry);
    if (prepended) {
      for (const id of this.#ids()) speaker.setExportPolicy(id, policyFor(id));
    }
    for (const entry of entries) speaker.announce(entry.prefix, announcementOf(entry));
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
