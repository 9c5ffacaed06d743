/**
 * A BGP speaker over TCP: the pure speaker with sockets and timers around it.
 *
 * How: whatever happens (a call, bytes, a timer) is one event, and its effects are carried out in their order. The speaker's
 * state changes at once, even when a listener calls it in the middle of other effects; the new effects wait their turn.
 * What one run of effects sends to one peer leaves in one write.
 */
import type net from 'node:net';
import { assert, unreachable } from '../../base/assert.ts';
import { type Logger, silentLogger } from '../../base/log.ts';
import { formatProblem, problemsOf } from '../../base/problem.ts';
import type { SocketAddress } from '../../base/sockaddr.ts';
import { connectTcp, setConnectionTtl } from '../../base/socket.ts';
import { type Address, formatAddress } from '../../ip/address.ts';
import type { Prefix } from '../../ip/prefix.ts';
import type { AddressFamily } from '../message/types.ts';
import type { Policy } from '../policy/types.ts';
import type { Side } from '../session/types.ts';
import { checkPeer } from '../speaker/check-config.ts';
import { createSpeakerCore, type SpeakerCore } from '../speaker/speaker.ts';
import type { LocalRoute, PeerConfig, PeerTimer, SpeakerEffect, SpeakerEvent } from '../speaker/types.ts';
import { watchBfd } from './bfd-link.ts';
import { Connection, type ConnectionLimits, type ConnectionOwner, sessionUp } from './connection.ts';
import { checkKeys, connectOptions, defaultSendHoldMs, keysOf, sourceOf, ttlOf } from './defaults.ts';
import { logEffect } from './effect-log.ts';
import { Listeners } from './listeners.ts';
import { type ConnectionMeter, NeighborLog } from './neighbor-log.ts';
import { type PeerRange, type RangePeers, Ranges } from './ranges.ts';
import { Subscribers } from './subscribers.ts';
import { Timers } from './timers.ts';
import type {
  AddedPeer,
  PeerTransport,
  SpeakerEvents,
  SpeakerHost,
  SpeakerOptions,
  StopOptions,
  StopOutcome,
} from './types.ts';

export type * from './types.ts';

export function createSpeaker(options: SpeakerOptions): SpeakerHost {
  return new TcpSpeaker(options);
}

/** One added peer. Another of the same id, added later, is another entry: late news of this one never reaches it. */
interface Entry {
  readonly config: PeerConfig;
  readonly transport: PeerTransport;
  readonly timers: Timers<PeerTimer>;
  readonly connections: Map<Side, Connection>;
  release: () => void;
  endBfd: () => void;
  /** The range that it came from, where nobody configured it. */
  readonly range?: RangePeers;
  removed: boolean;
}

/** An effect waiting for its turn, with the entry of its peer. */
interface Queued {
  readonly effect: SpeakerEffect;
  readonly entry: Entry | undefined;
}

class TcpSpeaker implements SpeakerHost {
  readonly #options: SpeakerOptions;
  readonly #logger: Logger;
  readonly #limits: Omit<ConnectionLimits, 'sendHoldMs'>;
  readonly #core: SpeakerCore;
  readonly #listeners: Listeners;
  readonly #entries = new Map<string, Entry>();
  readonly #ranges: Ranges;
  /** All that are not gone yet, those of removed peers too. */
  readonly #connections = new Map<Connection, string>();
  readonly #log: NeighborLog;
  readonly #meters = new WeakMap<Connection, ConnectionMeter>();
  readonly #subscribers = new Subscribers();
  /** Listeners that do not listen yet. */
  readonly #starting = new Set<Promise<unknown>>();
  readonly #queue: Queued[] = [];
  #carryingOut = false;
  readonly #unwritten = new Map<Connection, Uint8Array[]>();
  #stopped: Promise<StopOutcome> | undefined;

  constructor(options: SpeakerOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#limits = {
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      lingerMs: options.lingerMs ?? 5_000,
      maximumQueueBytes: options.maximumQueueBytes ?? 64 * 1024 * 1024,
    };
    this.#core = createSpeakerCore(options, options.random);
    this.#core.tellsBest = () => this.#subscribers.has('best') || this.#logger.isLevelEnabled('debug');
    this.#log = new NeighborLog(options.clock);
    this.#listeners = new Listeners({
      stranger: (where, address) => this.#logger.warn({ where, address }, 'refused a connection from no peer of ours'),
      failed: (where, error) => this.#logger.error({ where, err: error }, 'a connection could not be accepted'),
    });
    this.#ranges = new Ranges({
      expect: (address, expected) => {
        const listening = this.#listeners.expect(address, expected);
        this.#starting.add(listening);
        return listening.finally(() => this.#starting.delete(listening));
      },
      accepted: (peers, config, socket) => this.#acceptedFrom(peers, config, socket),
      removed: (id, how) => this.removePeer(id, how),
      check: (config) => checkPeer(config, options),
      refused: (range, address) => this.#logger.warn({ range, address }, 'refused a peer: its range is full'),
    });
  }

  async addPeer(peer: PeerConfig, transport: PeerTransport): Promise<AddedPeer> {
    if (this.#stopped !== undefined) return {};
    checkKeys(peer, transport);
    const entry = this.#enter(peer, transport);
    entry.endBfd = watchBfd(transport.bfd, peer.id, (event) => {
      if (this.#stopped === undefined) this.#tell(entry, event);
    });
    if (transport.listen === undefined) return {};
    const listening = this.#listen(entry, transport.listen);
    this.#starting.add(listening);
    try {
      return { listen: await listening };
    } catch (error) {
      if (!entry.removed) await this.removePeer(peer.id);
      throw error;
    } finally {
      this.#starting.delete(listening);
    }
  }

  /** Adds a peer to the speaker. Throws the speaker's Problems, with nothing changed. */
  #enter(peer: PeerConfig, transport: PeerTransport, range?: RangePeers): Entry {
    const entry: Entry = {
      config: peer,
      transport,
      timers: new Timers(this.#options.clock, (timer) => this.#tell(entry, { type: 'timer', peer: peer.id, timer })),
      connections: new Map(),
      ...(range && { range }),
      release: () => {},
      endBfd: () => {},
      removed: false,
    };
    const passive = peer.passive || transport.remote === undefined;
    const wait = transport.bfd?.strict === true ? { waitForBfd: true as const } : {};
    this.#step({ type: 'add-peer', peer: { ...peer, passive, ...wait } }, entry);
    return entry;
  }

  async addRange(range: PeerRange): Promise<AddedPeer> {
    return this.#stopped === undefined ? this.#ranges.add(range) : {};
  }

  removeRange(id: string, options: { readonly communication?: string } = {}): Promise<void> {
    return this.#ranges.remove(id, options);
  }

  /** A connection of a range's peer, which is added where this is its first. */
  #acceptedFrom(peers: RangePeers, config: PeerConfig, socket: net.Socket): void {
    const entry = this.#entries.get(config.id) ?? this.#enter(config, peers.range.transport ?? {}, peers);
    this.#accepted(entry, socket);
    this.#forgetIfOver(entry);
  }

  /** A peer of a range is forgotten when nothing of its session is left, stale routes included. */
  #forgetIfOver(entry: Entry): void {
    const { id } = entry.config;
    if (entry.range === undefined || entry.removed || entry.connections.size > 0) return;
    const status = this.#core.neighbors().find((neighbor) => neighbor.id === id);
    if (status === undefined || status.phase === 'established' || status.staleRoutes > 0) return;
    void this.removePeer(id);
  }

  async #listen(entry: Entry, address: SocketAddress): Promise<SocketAddress> {
    const { transport } = entry;
    const listening = await this.#listeners.expect(address, {
      address: transport.remote?.host ?? sourceOf(formatAddress(entry.config.address), address.host),
      ...keysOf(transport),
      ...(transport.minimumTtl === undefined ? {} : { ttl: 255 }), // RFC 5082 §3
      accept: (socket) => this.#accepted(entry, socket),
    });
    if (entry.removed) listening.release();
    else entry.release = listening.release;
    return listening.address;
  }

  async removePeer(id: string, options: { readonly communication?: string } = {}): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const open = [...entry.connections.values()];
    const { communication } = options;
    this.#step({ type: 'remove-peer', peer: id, ...(communication === undefined ? {} : { communication }) });
    this.#forget(entry);
    await Promise.all(open.map((connection) => connection.gone));
  }

  setExportPolicy(id: string, policy: Policy): void {
    this.#order({ type: 'set-export-policy', peer: id, policy });
  }

  setImportPolicy(id: string, policy: Policy): void {
    this.#order({ type: 'set-import-policy', peer: id, policy });
  }

  validationChanged(): void {
    this.#order({ type: 'validation-changed' });
  }

  requestRefresh(id: string, family?: AddressFamily): void {
    this.#order({ type: 'request-refresh', peer: id, ...(family && { family }) });
  }

  stopPeer(id: string, { communication }: { readonly communication?: string } = {}): void {
    this.#order({ type: 'stop-peer', peer: id, ...(communication && { communication }) });
  }

  startPeer(id: string): void {
    this.#order({ type: 'start-peer', peer: id });
  }

  resetPeer(id: string, { communication }: { readonly communication?: string } = {}): void {
    this.#order({ type: 'reset-peer', peer: id, ...(communication && { communication }) });
  }

  bfdDown(id: string): void {
    this.#order({ type: 'bfd-down', peer: id });
  }

  announce(route: LocalRoute): void {
    this.#order({ type: 'announce', route });
  }

  withdraw(prefix: Prefix): void {
    this.#order({ type: 'withdraw', prefix });
  }

  on<Name extends keyof SpeakerEvents>(name: Name, listener: (event: SpeakerEvents[Name]) => void): () => void {
    return this.#subscribers.add(name, listener);
  }

  lookup(address: Address) {
    return this.#core.lookup(address);
  }

  decision(prefix: Prefix) {
    return this.#core.decision(prefix);
  }

  bestRoutes() {
    return this.#core.bestRoutes();
  }

  neighbors() {
    return this.#core.neighbors().map((status) => this.#log.completed(status));
  }

  sessionPhase(id: string) {
    return this.#core.sessionPhase(id);
  }

  adjRibIn(id: string) {
    return this.#core.adjRibIn(id);
  }

  adjRibOut(id: string) {
    return this.#core.adjRibOut(id);
  }

  explainImport(id: string, prefix: Prefix) {
    return this.#core.explainImport(id, prefix);
  }

  explainExport(id: string, prefix: Prefix) {
    return this.#core.explainExport(id, prefix);
  }

  explainExportPolicy(id: string, prefix: Prefix) {
    return this.#core.explainExportPolicy(id, prefix);
  }

  stop(options: StopOptions = {}): Promise<StopOutcome> {
    if (this.#stopped !== undefined) return this.#stopped;
    const { promise, resolve } = Promise.withResolvers<StopOutcome>();
    this.#stopped = promise; // before anything else: a listener may call in the middle of it
    resolve(this.#stop(options));
    return promise;
  }

  async #stop({ communication, timeoutMs = this.#limits.lingerMs }: StopOptions): Promise<StopOutcome> {
    this.#ranges.release();
    for (const entry of this.#entries.values()) {
      entry.release();
      entry.endBfd(); // before the sessions: who takes this speaker's place may start its own at once
    }
    this.#step({ type: 'stop', ...(communication === undefined ? {} : { communication }) });
    const unacknowledged = new Set<string>();
    const cancel = this.#options.clock.after(timeoutMs, () => {
      for (const connection of this.#connections.keys()) connection.abort();
    });
    await Promise.all(
      [...this.#connections].map(async ([connection, id]) => {
        if (!(await connection.gone)) unacknowledged.add(id);
      }),
    );
    cancel();
    await Promise.allSettled(this.#starting);
    for (const entry of [...this.#entries.values()]) this.#forget(entry);
    return { unacknowledged: [...unacknowledged] };
  }

  #forget(entry: Entry): void {
    entry.removed = true;
    entry.range?.forget(entry.config.id);
    entry.release();
    entry.endBfd();
    entry.timers.clearAll();
    if (this.#entries.get(entry.config.id) !== entry) return;
    this.#entries.delete(entry.config.id);
    this.#log.forget(entry.config.id);
  }

  /** What the owner wants; a speaker that was stopped does nothing any more. */
  #order(event: SpeakerEvent): void {
    if (this.#stopped === undefined) this.#step(event);
  }

  /** Brings an event of a peer that is still there. */
  #tell(entry: Entry, event: SpeakerEvent): void {
    if (entry.removed) return;
    this.#step(event);
    this.#forgetIfOver(entry);
  }

  #step(event: SpeakerEvent, added?: Entry): void {
    const effects = this.#core.step(event);
    if (added !== undefined) this.#entries.set(added.config.id, added);
    // Bound to the entry now: by the time an effect's turn comes, its peer may be another of the same id.
    for (const effect of effects) {
      this.#queue.push({ effect, entry: 'peer' in effect ? this.#entries.get(effect.peer) : undefined });
    }
    if (this.#carryingOut) return;
    this.#carryingOut = true;
    try {
      // Writing can end a connection, which is an event: until nothing is left to do and nothing to write.
      while (this.#queue.length > 0 || this.#unwritten.size > 0) {
        for (const { effect, entry } of this.#queue.splice(0)) this.#carryOut(effect, entry);
        if (this.#queue.length > 0) continue;
        for (const connection of [...this.#unwritten.keys()]) this.#write(connection);
      }
    } finally {
      this.#carryingOut = false;
    }
  }

  #carryOut(effect: SpeakerEffect, entry: Entry | undefined): void {
    switch (effect.type) {
      case 'connect':
        if (entry !== undefined) this.#connect(entry);
        return;
      case 'send': {
        const connection = entry?.connections.get(effect.side);
        if (connection === undefined) return;
        const chunks = this.#unwritten.get(connection);
        if (chunks === undefined) this.#unwritten.set(connection, [effect.bytes]);
        else chunks.push(effect.bytes);
        return;
      }
      case 'close': {
        const connection = entry?.connections.get(effect.side);
        if (connection === undefined) return;
        entry?.connections.delete(effect.side);
        this.#write(connection);
        connection.close();
        return;
      }
      case 'set-timer':
        if (entry?.removed === false) entry.timers.set(effect.timer, effect.delayMs);
        return;
      case 'clear-timer':
        entry?.timers.clear(effect.timer);
        return;
      case 'session-up':
        logEffect(this.#logger, effect);
        if (entry?.removed === false) this.#log.up(effect.peer);
        this.#subscribers.tell('session', sessionUp(effect, entry?.connections.get(effect.side)));
        return;
      case 'session-down': {
        const { peer, wasEstablished, reason } = effect;
        logEffect(this.#logger, effect);
        if (entry?.removed === false) this.#log.down(peer);
        this.#subscribers.tell('session', { type: 'down', peer, wasEstablished, reason });
        return;
      }
      case 'prefix-limit':
        logEffect(this.#logger, effect);
        this.#subscribers.tell('limit', { peer: effect.peer, notice: effect.notice });
        return;
      case 'update-received':
        this.#subscribers.tell('update', { peer: effect.peer, update: effect.update });
        return;
      case 'best-changed':
        logEffect(this.#logger, effect);
        this.#subscribers.tell('best', { prefix: effect.prefix, family: effect.family, best: effect.best });
        return;
      case 'continue':
        setImmediate(() => this.#order({ type: 'continue' }));
        return;
      default:
        unreachable(effect);
    }
  }

  #write(connection: Connection): void {
    const chunks = this.#unwritten.get(connection);
    if (chunks === undefined) return;
    this.#unwritten.delete(connection);
    for (const chunk of chunks) this.#meters.get(connection)?.sent.push(chunk);
    connection.send(chunks);
  }

  #connect(entry: Entry): void {
    const { config, transport } = entry;
    assert(transport.remote !== undefined, `a peer without an address is passive, ${config.id} was to connect`);
    try {
      const socket = connectTcp(connectOptions(entry, this.#options.asn, transport.remote));
      this.#adopt(entry, 'outgoing', socket);
    } catch (error) {
      this.#cannot(entry, error);
      this.#tell(entry, { type: 'connect-failed', peer: config.id, why: problemsOf(error)[0]?.what ?? String(error) });
    }
  }

  #accepted(entry: Entry, socket: net.Socket): void {
    const existing = entry.connections.get('incoming');
    const stopped = entry.removed || this.#stopped !== undefined;
    const { id } = entry.config;
    const keeps = this.sessionPhase(id) === 'established' && !this.#core.restartsGracefully(id);
    if (stopped || (existing !== undefined && keeps)) {
      // RFC 4271 §6.8: beside an established session the new connection is closed. Where the peer has forgotten the old one,
      // it will answer our next keepalive with a reset. RFC 4724 §5: unless it said that it may restart.
      Connection.refuse(socket);
      return;
    }
    try {
      setConnectionTtl(socket, ttlOf(entry, this.#options.asn, socket.remoteAddress ?? ''));
    } catch (error) {
      this.#cannot(entry, error);
      Connection.refuse(socket);
      return;
    }
    if (existing !== undefined) {
      // A peer that connects again has given up its earlier attempt.
      entry.connections.delete('incoming');
      existing.abort();
      const why = 'the peer opened another connection';
      this.#tell(entry, { type: 'closed', peer: entry.config.id, side: 'incoming', why });
    }
    this.#adopt(entry, 'incoming', socket);
    this.#tell(entry, { type: 'connected', peer: entry.config.id, side: 'incoming' });
  }

  #adopt(entry: Entry, side: Side, socket: net.Socket): void {
    const peer = entry.config.id;
    // What is told comes from the connection that the entry holds on this side: one that was closed or replaced is silent.
    const forget = () => entry.connections.delete(side);
    const meter = this.#log.meter(peer);
    const owner: ConnectionOwner = {
      connected: () => this.#tell(entry, { type: 'connected', peer, side }),
      bytes: (bytes) => {
        meter.received.push(bytes);
        this.#tell(entry, { type: 'bytes', peer, side, bytes });
      },
      failed: (why) => {
        forget();
        this.#tell(entry, { type: 'connect-failed', peer, why });
      },
      closed: (why) => {
        forget();
        this.#tell(entry, { type: 'closed', peer, side, why });
      },
    };
    const { clock, sendHoldMs = defaultSendHoldMs(entry.config) } = this.#options;
    const connection = new Connection(socket, { clock, limits: { ...this.#limits, sendHoldMs }, owner });
    entry.connections.set(side, connection);
    this.#meters.set(connection, meter);
    this.#connections.set(connection, peer);
    void connection.gone.then(() => this.#connections.delete(connection));
  }

  #cannot(entry: Entry, error: unknown): void {
    for (const problem of problemsOf(error)) {
      this.#logger.error({ peer: entry.config.id, problem }, formatProblem(problem));
    }
  }
}
