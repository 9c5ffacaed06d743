/**
 * Moves the main thread of this process into a network namespace, so that a test can run our speaker in itself, with all of
 * its options at hand, and still meet routers over real cables.
 *
 * How: sockets belong to the namespace of the thread that makes them, and Node makes them on its main thread. Processes and
 * threads that are started afterwards are in the namespace, too.
 */
import { closeSync, openSync } from 'node:fs';
import { loadKoffi } from '../base/socket-options.ts';
import type { Namespace } from './namespaces.ts';

/** `CLONE_NEWNET` of Linux's `sched.h`: the descriptor must be a network namespace's. */
const cloneNewNet = 0x4000_0000;

/** Returns what brings this process back to where it was; a namespace that goes takes its processes with it. */
export function enterNamespace({ name }: Namespace): () => void {
  const koffi = loadKoffi();
  const setns = koffi.load(null).func('int setns(int fd, int type)');
  const before = openSync('/proc/thread-self/ns/net', 'r');
  const enter = (fd: number): void => {
    const failed = setns(fd, cloneNewNet) !== 0;
    closeSync(fd);
    if (failed) throw new Error(`cannot enter a network namespace: errno ${koffi.errno()}`);
  };
  enter(openSync(`/run/netns/${name}`, 'r'));
  return () => enter(before);
}
