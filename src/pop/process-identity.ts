/**
 * Who a process id belongs to. Ids are used again, so before a signal is sent the process must prove to be the one meant.
 *
 * Read from `/proc` (Linux). Where there is none, nobody can be identified, and nobody is killed.
 */
import { readFileSync } from 'node:fs';

/** The arguments that process `pid` was started with; `undefined` where it is gone or cannot be read. */
export function argumentsOf(pid: number): readonly string[] | undefined {
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    // A zombie has no arguments any more: it is dead, only not yet waited for.
    return text === '' ? undefined : text.split('\0').slice(0, -1);
  } catch {
    return undefined;
  }
}

/** Whether process `pid` is an edge on the admin socket at `socketPath`, of whatever version. */
export function isEdgeOn(socketPath: string, pid: number): boolean {
  const args = argumentsOf(pid);
  if (args === undefined) return false;
  const at = args.indexOf('--admin');
  return at >= 0 && args[at + 1] === socketPath;
}
