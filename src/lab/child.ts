/**
 * A process that the lab keeps: started, restarted with growing delay when it dies, stopped in order.
 *
 * It stands over control and the agents as systemd does in production with `Restart=on-failure`: a process that ends by
 * itself with exit code 0 was stopped on purpose and stays stopped.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Clock } from '../base/clock.ts';

export interface ChildOptions {
  readonly name: string;
  /** Arguments of our own command line. */
  readonly args: readonly string[];
  readonly entry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard error goes here. */
  readonly logFile: string;
  readonly clock: Clock;
  /** Each line of standard output. */
  readonly onLine: (line: string) => void;
  /** Called at each end; `again` tells whether it will be started again. */
  readonly onEnd: (how: string, again: boolean) => void;
}

export interface Child {
  readonly pid: () => number | undefined;
  /** SIGTERM, then SIGKILL after `graceMs`; resolves once it is gone. `onEnd` is not called. */
  readonly stop: (graceMs: number) => Promise<void>;
}

const firstDelayMs = 100;
const longestDelayMs = 10_000;
/** A process that ran so long is well; the next restart begins with the first delay again. */
const stableMs = 10_000;

export function keepChild(options: ChildOptions): Child {
  const { clock } = options;
  let process_: ChildProcess | undefined;
  let delayMs = firstDelayMs;
  let stopping = false;
  let cancelRestart = (): void => {};

  function start(): void {
    const startedAt = clock.now();
    mkdirSync(dirname(options.logFile), { recursive: true });
    const log = openSync(options.logFile, 'a', 0o600);
    // A session of its own: Ctrl-C reaches the lab alone, which then ends all in order.
    const child = spawn(process.execPath, [options.entry, ...options.args], {
      stdio: ['ignore', 'pipe', log],
      env: { ...process.env, ...options.env },
      detached: true,
    });
    closeSync(log);
    process_ = child;
    if (child.stdout) createInterface({ input: child.stdout }).on('line', options.onLine);
    child.once('error', (error) => ended(error.message, 1));
    child.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`, code));

    function ended(how: string, code: number | null): void {
      if (process_ !== child) return;
      process_ = undefined;
      if (stopping) return;
      const again = code !== 0;
      options.onEnd(how, again);
      if (!again) return;
      delayMs = clock.now() - startedAt >= stableMs ? firstDelayMs : Math.min(delayMs * 2, longestDelayMs);
      cancelRestart = clock.after(delayMs, start);
    }
  }

  start();
  return {
    pid: () => process_?.pid,
    stop: async (graceMs) => {
      stopping = true;
      cancelRestart();
      const child = process_;
      if (child === undefined) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      child.kill('SIGCONT'); // one that a user has stopped could not obey
      const cancel = clock.after(graceMs, () => child.kill('SIGKILL'));
      await gone;
      cancel();
    },
  };
}
