/**
 * BFD for this process: sessions in a process of their own, told and heard by messages. `program.ts` says why.
 *
 * A process that fails takes its sessions with it. They are then neither up nor down: our owner hears of it once, keeps its own
 * sessions, and the peers' detection times decide.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { type Logger, silentLogger } from '../base/log.ts';
import { fail, ProblemError } from '../base/problem.ts';
import { type Asked, askForRealtime, programFile, programName, type Reply, type Request } from './program.ts';
import type { Bfd, BfdChange, BfdFailure, BfdStatus } from './types.ts';

export type * from './types.ts';

export interface BfdOptions {
  readonly logger?: Logger;
  /** Ask for SCHED_FIFO; where it is refused, `status` says why. Default: true. */
  readonly realtime?: boolean;
  /** The process failed: `bfd.process`. All later calls are refused with the same. */
  readonly onFailure?: (failure: BfdFailure) => void;
}

interface Waiting {
  readonly resolve: (status: BfdStatus | undefined) => void;
  readonly reject: (error: unknown) => void;
}

export function createBfd(options: BfdOptions = {}): Bfd {
  return new SeparateBfd(options);
}

class SeparateBfd implements Bfd {
  readonly #options: BfdOptions;
  readonly #logger: Logger;
  readonly #child: ChildProcess;
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
    this.#child = fork(programFile, [programName, realtime ? askForRealtime : 'ordinary'], {
      serialization: 'advanced',
      // Threads that would help to collect garbage have no priority, and the collector waits for them.
      execArgv: ['--single-threaded-gc'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (reply: Reply) => this.#heard(reply));
    this.#exited = new Promise((resolve) => {
      const ended = (why: string): void => {
        if (this.#stopped === undefined) this.#failed(why);
        resolve();
      };
      this.#child.on('error', (error) => ended(String(error)));
      this.#child.on('exit', (code, signal) => ended(`it ended with ${signal ?? `exit code ${code}`}`));
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
      if (this.#failure === undefined) await this.#send({ type: 'stop' }).catch(() => this.#child.kill('SIGKILL'));
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
      this.#child.send({ serial, request } satisfies Asked, (error) => {
        if (error === null) return;
        this.#waiting.delete(serial);
        reject(error);
      });
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
      code: 'bfd.process',
      severity: 'error',
      what: `the BFD process failed: ${why}`,
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
