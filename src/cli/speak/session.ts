/**
 * Runs `nearcast bgp speak`: one speaker, its events as lines on standard output, commands as lines on standard input.
 *
 * Why commands: who peers by hand wants to announce and withdraw while the session stays up, and a program that drives the
 * speaker through a pipe needs nothing else. The end of the input means nothing: the speaker runs on until it is told to stop.
 */
import { createInterface } from 'node:readline';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { SocketAddress } from '../../base/sockaddr.ts';
import { type Bfd, bfdBeside, createBfd } from '../../bfd/mod.ts';
import { sourceAddressTowards } from '../../bgp/library/source-address.ts';
import { type BfdLink, createSpeaker, type Policy } from '../../bgp/mod.ts';
import { localPeer } from '../../bgp/rib/decision.ts';
import type { CacheAddress } from '../../rpki/client/address.ts';
import { onEndRequests } from '../signals.ts';
import { Commander } from './commander.ts';
import type { SpeakEvent } from './events.ts';
import { announcementOf, exportPolicyOf, nameOf, peerOf, policiesOf, rangeOf, type Surroundings } from './peering.ts';
import type { AnnounceEntry, PeerEntry, SpeakConfig } from './schema.ts';
import { Stations } from './stations.ts';
import { Validator } from './validator.ts';

export interface SpeakDependencies extends Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly input: NodeJS.ReadableStream;
  readonly print: (event: SpeakEvent) => void;
  /** Print each UPDATE as it comes, too. */
  readonly updates?: boolean;
  /** Stations to tell of sessions and tables by BMP. */
  readonly stations?: readonly SocketAddress[];
  /** RPKI caches that say which routes are valid, in order of preference. */
  readonly caches?: readonly CacheAddress[];
}

/** Settles when the speaker was stopped, by a signal or a command. Rejects with Problems where it cannot start. */
export async function speak(config: SpeakConfig, dependencies: SpeakDependencies): Promise<void> {
  const { clock, random, input, print, updates = false } = dependencies;
  const { asn, routerId, clusterId } = config;
  const stations = new Stations(config, dependencies);
  const validator = new Validator(asn, dependencies);
  const speaker = createSpeaker({
    ...{ asn, routerId, clock, random, ...stations.speakerOptions, ...validator.speakerOptions },
    ...(clusterId !== undefined && { clusterId }),
  });
  stations.start(speaker);
  validator.start(speaker);
  const witnesses = new Witnesses(print);
  const announced = new Map(config.announce.map((entry): [string, AnnounceEntry] => [entry.prefix, entry]));
  /** What each peer or range is told beyond our own routes, where somebody said. */
  const policies = new Map<string, Policy | undefined>();
  const policyFor = (id: string): Policy => {
    const said = policies.has(id) ? id : rangeNameOf(id);
    return exportPolicyOf(announced.values(), config, policies.get(said));
  };

  speaker.on('session', (change) => {
    print({ type: 'session', change });
    // A peer of a range begins with what its range said at the start.
    if (change.type === 'up' && !policies.has(change.peer))
      speaker.setExportPolicy(change.peer, policyFor(change.peer));
  });
  speaker.on('limit', ({ peer, notice }) => print({ type: 'limit', peer, notice }));
  speaker.on('best', (change) => {
    // What we announce ourselves is no news.
    if (change.best?.source.peer === localPeer) return;
    print({ type: 'best', change, ...(change.best && { validation: validator.stateOf(change.best) }) });
  });
  if (updates) speaker.on('update', ({ peer, update }) => print({ type: 'update', peer, update }));
  for (const entry of announced.values()) speaker.announce(entry.prefix, announcementOf(entry));

  const { promise: ended, resolve: end } = Promise.withResolvers<string | undefined>();
  onEndRequests(clock, { onEnd: () => end(undefined), onHurry: () => process.exit(1) });
  const lines = createInterface({ input });
  try {
    // All is read before the first is added: a mistake in the last is told before anything is sent.
    const entries = [...config.peers, ...config.ranges];
    for (const entry of entries) policies.set(nameOf(entry), policiesOf(entry, dependencies).export);
    const ranges = config.ranges.map((entry) => rangeOf(entry, dependencies));
    const peers = await Promise.all(
      config.peers.map(async (entry) => peerOf(entry, dependencies, await witnesses.of(entry))),
    );
    const added = await Promise.all([
      ...peers.map((peer) => speaker.addPeer({ ...peer, exportPolicy: policyFor(peer.id ?? peer.address) })),
      ...ranges.map((range) => speaker.addRange({ ...range, exportPolicy: policyFor(range.id ?? '') })),
    ]);
    const listening = added.flatMap(({ id, listen }) => (listen === undefined ? [] : [{ peer: id, ...listen }]));
    print({ type: 'ready', pid: process.pid, listening });
    const commander = new Commander({ speaker, announced, policyFor, validator, print, end });
    lines.on('line', (line) => commander.obey(line));
    const communication = await ended;
    const { unacknowledged } = await speaker.stop(communication === undefined ? {} : { communication });
    print({ type: 'stopped', unacknowledged });
  } finally {
    lines.close();
    await speaker.stop();
    await witnesses.stop();
    await validator.stop();
    await stations.stop();
  }
}

/** A peer of a range is called by its range and its address. */
function rangeNameOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf(' ')));
}

/** BFD for those peers that want it; its thread is made with the first of them. */
class Witnesses {
  readonly #print: (event: SpeakEvent) => void;
  #bfd: Bfd | undefined;

  constructor(print: (event: SpeakEvent) => void) {
    this.#print = print;
  }

  async of(entry: PeerEntry): Promise<BfdLink | undefined> {
    if (!entry.bfd) return undefined;
    const { address, bfdIntervalMs, bfdMultiplier, bfdStrict: strict, multihop } = entry;
    this.#bfd ??= createBfd({ onFailure: (problem) => this.#print({ type: 'problem', problem }) });
    const session = {
      id: nameOf(entry),
      localAddress: entry.localAddress ?? (await sourceAddressTowards(address)) ?? address,
      remoteAddress: address,
      timers: { desiredMinTxMs: bfdIntervalMs, requiredMinRxMs: bfdIntervalMs, detectMultiplier: bfdMultiplier },
      ...(multihop !== undefined && { multihop: { minimumTtl: 256 - multihop } }), // RFC 5883 §2: sent with 255
    };
    return bfdBeside(this.#bfd, session, {
      strict,
      onProblem: (problem) => this.#print({ type: 'problem', problem }),
    });
  }

  async stop(): Promise<void> {
    await this.#bfd?.stop();
  }
}
