/**
 * The border between the BFD process and the rest: what is asked across it, and the process's own program.
 *
 * Why a process: BFD promises a packet every few milliseconds. The main thread pauses for longer when it loads a table or
 * collects garbage, and the peer would take us for gone. A thread beside it shares its memory map: while a main thread that
 * allocates much is kept from running by others, it may hold the lock that the BFD thread's next page fault needs, whatever the
 * BFD thread's priority. Measured at 50 ms × 3 with all cores burning and full tables loading (`bench/bfd`): a packet of the
 * thread was up to 186 ms late and sessions fell, one of the process a few milliseconds.
 */
import { fileURLToPath } from 'node:url';
import { systemClock } from '../base/clock.ts';
import { type Problem, problemsOf } from '../base/problem.ts';
import { systemRandom } from '../base/random.ts';
import { Engine } from './engine.ts';
import { becomeRealtime } from './realtime.ts';
import type { BfdChange, BfdSessionConfig, BfdStatus, BfdTimers } from './types.ts';

/** The program's arguments: this name, then how to be scheduled. */
export const programName = 'nearcast-bfd';
export const programFile = fileURLToPath(import.meta.url);
export const askForRealtime = 'realtime';

export type Request =
  | { readonly type: 'add'; readonly config: BfdSessionConfig }
  | { readonly type: 'set-timers'; readonly id: string; readonly timers: BfdTimers }
  | { readonly type: 'administrative'; readonly id: string; readonly down: boolean }
  | { readonly type: 'remove'; readonly id: string }
  | { readonly type: 'status' }
  | { readonly type: 'stop' };

export type Reply =
  | { readonly type: 'done'; readonly serial: number; readonly status?: BfdStatus }
  | { readonly type: 'refused'; readonly serial: number; readonly problems: readonly Problem[] }
  | { readonly type: 'change'; readonly change: BfdChange };

export interface Asked {
  readonly serial: number;
  readonly request: Request;
}

function runProgram(wantRealtime: boolean): void {
  // Our owner says when we end. What ends a whole group of processes would else end us before it has said goodbye to the peers.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => {});
  process.on('disconnect', () => process.exit()); // it is gone, however it died: BFD must not outlive what it speaks for
  const post = (reply: Reply) => void process.send?.(reply);
  const realtime = wantRealtime ? becomeRealtime() : 'not asked for';
  const engine = new Engine({
    clock: systemClock,
    random: systemRandom(),
    changed: (change) => post({ type: 'change', change }),
    // Immediates run behind the phase of the loop that reads sockets; timers run before it.
    afterReading: (action) => void setImmediate(action),
  });
  const answer = async ({ serial, request }: Asked) => {
    try {
      const status = await carryOut(engine, request, realtime);
      post({ type: 'done', serial, ...(status === undefined ? {} : { status }) });
    } catch (error) {
      post({ type: 'refused', serial, problems: problemsOf(error) });
    }
    if (request.type === 'stop') process.disconnect();
  };
  process.on('message', (asked: Asked) => void answer(asked));
}

async function carryOut(
  engine: Engine,
  request: Request,
  realtime: BfdStatus['realtime'],
): Promise<BfdStatus | undefined> {
  switch (request.type) {
    case 'add':
      await engine.add(request.config);
      return undefined;
    case 'set-timers':
      engine.setTimers(request.id, request.timers);
      return undefined;
    case 'administrative':
      engine.setAdministrativelyDown(request.id, request.down);
      return undefined;
    case 'remove':
      await engine.remove(request.id);
      return undefined;
    case 'status':
      return { realtime, sessions: engine.status() };
    case 'stop':
      await engine.stop();
      return undefined;
  }
}

// The same file is the process's own program.
if (process.argv[2] === programName && process.send !== undefined) runProgram(process.argv[3] === askForRealtime);
