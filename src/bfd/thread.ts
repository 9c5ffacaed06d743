/**
 * The border between the BFD thread and the rest: what is asked across it, and the thread's own program.
 *
 * Why a thread: BFD promises a packet every few milliseconds. The main thread pauses for longer when it loads a table or
 * collects garbage, and the peer would take us for gone.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import { type Problem, problemsOf } from '../base/problem.ts';
import { systemRandom } from '../base/random.ts';
import { Engine } from './engine.ts';
import { becomeRealtime } from './realtime.ts';
import type { BfdChange, BfdSessionConfig, BfdStatus, BfdTimers } from './types.ts';

export const threadName = 'nearcast-bfd';
export const threadProgram = new URL(import.meta.url);

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

function runThread(wantRealtime: boolean): void {
  const post = (reply: Reply) => parentPort?.postMessage(reply);
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
    if (request.type === 'stop') parentPort?.close(); // nothing is left that would keep the thread alive
  };
  parentPort?.on('message', (asked: Asked) => void answer(asked));
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

// The same file is the thread's own program.
if (!isMainThread && workerData?.[threadName] !== undefined) runThread(workerData[threadName].realtime === true);
