/**
 * One agent a state directory: a lock that the kernel lets go of when its holder dies, however it dies.
 *
 * Why SQLite: its file locks are the only kernel-held ones that Node offers everywhere. A file that holds a process id
 * instead would survive its process, and two agents that start together could both find it stale.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { exitCode } from '../base/exit-codes.ts';
import { readFileIfThere } from '../base/files.ts';
import { fail } from '../base/problem.ts';

export interface StateLock {
  release(): void;
}

/** Takes the lock. Problems: `agent.state-in-use`, `agent.state-directory`. */
export function lockState(directory: string): StateLock {
  const pidFile = join(directory, 'agent.pid');
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    database = new DatabaseSync(join(directory, 'agent.lock'), { timeout: 0 });
    chmodSync(join(directory, 'agent.lock'), 0o600);
    // Nothing is ever written, so no journal is needed, and a full disk is no obstacle.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    database?.close();
    const message = (error as Error).message;
    if (/database is locked/.test(message)) {
      const holder = readFileIfThere(pidFile)?.trim() ?? 'unknown';
      fail(
        {
          code: 'agent.state-in-use',
          what: `another agent (process ${holder}) runs with this state directory`,
          where: directory,
          fix: 'stop that agent first, or give this one a directory of its own: --state',
        },
        exitCode.refused,
      );
    }
    fail({
      code: 'agent.state-directory',
      what: `the state directory cannot be used: ${message}`,
      where: directory,
      fix: 'give a directory that the agent may write to: --state',
    });
  }
  const held = database;
  return { release: () => held.close() };
}
