/**
 * The scheduling class of the calling thread: SCHED_FIFO, where the system allows it, so that no ordinary process keeps BFD
 * from sending.
 *
 * Children of the thread do not inherit it (SCHED_RESET_ON_FORK): Node's pool of file threads may be made from here. The lowest
 * priority is enough, and the kernel keeps 5% of each core for the others (`sched_rt_runtime_us`).
 * Source: Linux `include/uapi/linux/sched.h`, sched(7).
 */
import { problemsOf } from '../base/problem.ts';
import { errorName, loadKoffi } from '../base/socket-options.ts';

const schedFifo = 1;
const resetOnFork = 0x4000_0000;

/** `true`, or why not. */
export function becomeRealtime(): true | string {
  if (process.platform !== 'linux') return `${process.platform} has no SCHED_FIFO`;
  try {
    const library = loadKoffi().load(null);
    const schedule = library.func('int sched_setscheduler(int pid, int policy, const int *parameter)');
    if (schedule(0, schedFifo | resetOnFork, Int32Array.of(1)) === 0) return true;
    return `SCHED_FIFO was refused: ${errorName()}; grant CAP_SYS_NICE or set LimitRTPRIO`;
  } catch (error) {
    return problemsOf(error)[0]?.what ?? String(error);
  }
}
