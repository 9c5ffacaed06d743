/**
 * The RPKI client: keeps sessions with caches, and holds one value with all that is validated now.
 *
 * `start`, read `data` or `subscribe`, `stop`. Every value that it hands out is whole and never changes. After `stop` nothing is
 * left: no socket, no timer.
 */
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { RpkiData } from '../data/rpki-data.ts';
import type { RtrVersion } from '../pdu/types.ts';
import type { RtrConfig } from '../session/state.ts';
import type { RtrFailure, RtrPhase } from '../session/types.ts';
import type { CacheAddress } from './address.ts';
import { CacheSession } from './cache-session.ts';
import type { ConnectCache } from './connection.ts';
import { chooseCache } from './preference.ts';

export interface RpkiClientOptions {
  /** In order of preference. */
  readonly caches: readonly CacheAddress[];
  readonly clock: Clock;
  readonly random: Random;
  readonly config?: RtrConfig;
  /** Replaced in tests. */
  readonly connect?: ConnectCache;
}

export interface CacheStatus {
  readonly address: CacheAddress;
  readonly phase: RtrPhase;
  readonly inUse: boolean;
  readonly inSync: boolean;
  /** Of the data held. */
  readonly version: RtrVersion | undefined;
  readonly sessionId: number | undefined;
  readonly serial: number | undefined;
  readonly vrps: number;
  readonly aspas: number;
  readonly updatedAtMs: number | undefined;
  readonly failures: number;
  readonly failure: RtrFailure | undefined;
}

/** `dataChanged`: routes must be validated anew (RFC 6811 §4); else only a status is another. */
export type RpkiListener = (dataChanged: boolean) => void;

export class RpkiClient {
  readonly #sessions: readonly CacheSession[];
  readonly #listeners = new Set<RpkiListener>();
  #running = false;
  #choosing = false;
  #inUse: number | undefined;
  #data: RpkiData | undefined;

  constructor({ caches, ...options }: RpkiClientOptions) {
    this.#sessions = caches.map((address) => new CacheSession({ ...options, address, changed: () => this.#changed() }));
  }

  /** All that is validated now; `undefined` before the first full answer, and after data has expired. */
  get data(): RpkiData | undefined {
    return this.#data;
  }

  start(): void {
    this.#running = true;
    this.#changed();
  }

  /** Resolves when no socket is left; the data is gone, too. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#data = undefined;
    this.#inUse = undefined;
    await Promise.all(this.#sessions.map((session) => session.stop()));
  }

  /** Calls `listener` when the data or a cache's status has changed; returns what ends that. */
  subscribe(listener: RpkiListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  status(): readonly CacheStatus[] {
    return this.#sessions.map((session, index) => ({
      address: session.address,
      phase: session.state.phase,
      inUse: index === this.#inUse,
      inSync: session.inSync,
      version: session.source?.version,
      sessionId: session.source?.sessionId,
      serial: session.source?.serial,
      vrps: session.data?.vrps.size ?? 0,
      aspas: session.data?.aspas.size ?? 0,
      updatedAtMs: session.updatedAtMs,
      failures: session.state.failures,
      failure: session.failure,
    }));
  }

  #changed(): void {
    // Starting and stopping sessions below comes back here.
    if (!this.#running || this.#choosing) return;
    this.#choosing = true;
    const before = this.#data;
    const views = this.#sessions.map(({ inSync, data, failure }) => ({
      inSync,
      hasData: data !== undefined,
      failed: failure !== undefined,
    }));
    const { use, run } = chooseCache(views, this.#inUse);
    this.#inUse = use;
    this.#data = use === undefined ? undefined : this.#sessions[use]?.data;
    for (const [index, session] of this.#sessions.entries()) {
      if (run[index] === true && !session.running) session.start();
      else if (run[index] !== true && session.running) void session.stop();
    }
    this.#choosing = false;
    for (const listener of [...this.#listeners]) listener(this.#data !== before);
  }
}
