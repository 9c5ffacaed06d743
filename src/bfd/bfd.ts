/**
 * BFD for this process: sessions in a thread of their own, told and heard by messages.
 *
 * A thread that fails takes its sessions with it. They are then neither up nor down: our owner hears of it once, keeps its own
 * sessions, and the peers' detection times decide.
 */
import { Worker } from 'node:worker_threads';
import { type Logger, silentLogger } from '../base/log.ts';
import { fail, ProblemError } from '../base/problem.ts';
import { type Asked, type Reply, type Request, threadName, threadProgram } from './thread.ts';
import type { Bfd, BfdChange, BfdFailure, BfdStatus } from './types.ts';

export type * from './types.ts';

export interface BfdOptions {
  readonly logger?: Logger;
  /** Ask for SCHED_FIFO; where it is refused, `status` says why. Default: true. */
  readonly realtime?: boolean;
  /** The thread failed: `bfd.thread`. All later calls are refused with the same. */
  readonly onFailure?: (failure: BfdFailure) => void;
}

interface Waiting {
  readonly resolve: (status: BfdStatus | undefined) => void;
  readonly reject: (error: unknown) => void;
}

export function createBfd(options: BfdOptions = {}): Bfd {
  return new ThreadedBfd(options);
}

class ThreadedBfd implements Bfd {
  readonly #options: BfdOptions;
  readonly #logger: Logger;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(change: BfdChange) => void>();
  readonly #up = new Set<string>();
  #serial = 0;
  #stopped: Promise<void> | undefined;
  #failure: BfdFailure | undefined;

  constructor(options: BfdOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    const realtime = options.realtime ?? true;
    this.#worker = new Worker(threadProgram, {
      name: threadName,
      workerData: { [threadName]: { realtime } },
    });
    this.#worker.on('message', (reply: Reply) => this.#heard(reply));
    this.#worker.on('error', (error) => this.#failed(String(error)));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        if (this.#stopped === undefined) this.#failed('it ended');
        resolve();
      });
    });
  }

  async addSession(config: Parameters<Bfd['addSession']>[0]): Promise<void> {
    await this.#ask({ type: 'add', config });
  }

  async setTimers(id: string, timers: Parameters<Bfd['setTimers']>[1]): Promise<void> {
    await this.#ask({ type: 'set-timers', id, timers });
  }

  async setAdministrativelyDown(id: string, down: boolean): Promise<void> {
    await this.#ask({ type: 'administrative', id, down });
  }

  async removeSession(id: string): Promise<void> {
    await this.#ask({ type: 'remove', id });
  }

  onChange(listener: (change: BfdChange) => void): () => void {
    const own = (change: BfdChange) => listener(change); // one listener may subscribe twice
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  isUp(id: string): boolean {
    return this.#up.has(id);
  }

  async status(): Promise<BfdStatus> {
    const status = await this.#ask({ type: 'status' });
    return status ?? { realtime: 'unknown', sessions: [] };
  }

  stop(): Promise<void> {
    this.#stopped ??= (async () => {
      if (this.#failure === undefined) await this.#send({ type: 'stop' }).catch(() => this.#worker.terminate());
      await this.#exited;
    })();
    return this.#stopped;
  }

  async #ask(request: Request): Promise<BfdStatus | undefined> {
    if (this.#failure !== undefined) throw new ProblemError([this.#failure]);
    if (this.#stopped !== undefined) fail({ code: 'bfd.stopped', what: 'BFD was stopped' });
    return await this.#send(request);
  }

  #send(request: Request): Promise<BfdStatus | undefined> {
    const serial = this.#serial++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(serial, { resolve, reject });
      this.#worker.postMessage({ serial, request } satisfies Asked);
    });
  }

  #heard(reply: Reply): void {
    if (reply.type === 'change') {
      this.#changed(reply.change);
      return;
    }
    const waiting = this.#waiting.get(reply.serial);
    this.#waiting.delete(reply.serial);
    if (reply.type === 'done') waiting?.resolve(reply.status);
    else waiting?.reject(new ProblemError(reply.problems));
  }

  #changed(change: BfdChange): void {
    const { session } = change;
    if (change.type === 'up') {
      this.#up.add(session);
      this.#logger.info({ session }, 'BFD session up');
    } else {
      this.#up.delete(session);
      const { what, administrative } = change;
      this.#logger[administrative ? 'info' : 'warn']({ session, what }, 'BFD session down');
    }
    for (const listener of [...this.#listeners]) listener(change);
  }

  #failed(why: string): void {
    if (this.#failure !== undefined) return;
    const failure: BfdFailure = {
      code: 'bfd.thread',
      severity: 'error',
      what: `the BFD thread failed: ${why}`,
      fix: 'this is a bug; restart the process, and tell us what stands here',
    };
    this.#failure = failure;
    this.#up.clear();
    this.#logger.error({ problem: failure }, failure.what);
    for (const { reject } of this.#waiting.values()) reject(new ProblemError([failure]));
    this.#waiting.clear();
    this.#options.onFailure?.(failure);
  }
}
