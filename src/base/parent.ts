/** Notices that the parent process is gone. npm's own death reaches no signal to us, so the parent's id is watched. */
import { type Clock, every } from './clock.ts';

/** Calls `onGone` once when this process gets another parent. Returns what ends the watch. */
export function watchParent(clock: Clock, onGone: () => void): () => void {
  const parent = process.ppid;
  const stop = every(clock, 500, () => {
    if (process.ppid === parent) return;
    stop();
    onGone();
  });
  return stop;
}
