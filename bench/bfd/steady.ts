/**
 * Steadiness: sessions of 50 ms × 3 while a process burns each core and our main thread loads one full table after the other.
 * No session may fall. The peer stands for another machine, so it is spared the fight for the processor.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { waitFor } from '../../src/testing/wait.ts';
import { makeWorld } from './world.ts';

export interface Steadiness {
  /** Sessions that we took for lost, and that the peer did. */
  readonly falseAlarms: number;
  readonly theirFalseAlarms: number;
  /** The latest that a packet of ours left after its time, since the process started. */
  readonly maximumLatenessMs: number;
  /** The same before the load came. */
  readonly latenessBeforeMs: number;
  readonly packets: number;
  /** What the main thread took in meanwhile. */
  readonly megabytes: number;
  readonly realtime: true | string;
}

export async function measureSteadiness(options: {
  readonly intervalMs: number;
  readonly sessions: number;
  readonly seconds: number;
  readonly say: (line: string) => void;
}): Promise<Steadiness> {
  const { intervalMs, sessions, seconds, say } = options;
  const world = await makeWorld({ intervalMs, sessions, besideBird: false, loadTables: true, peerFirst: true });
  const { ours, peer } = world;
  const burners: ChildProcess[] = [];
  try {
    await waitFor('all sessions to be up', async () => peer.up() && (await ours.up()), 60_000);
    const before = await ours.status();
    for (const _ of cpus()) burners.push(spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
    const since = performance.timeOrigin + performance.now();
    const ends = performance.now() + 1000 * seconds;
    let next = performance.now() + 60_000;
    await waitFor(
      'the time to be over',
      () => {
        if (performance.now() >= next) {
          next += 60_000;
          say(`${Math.round((ends - performance.now()) / 1000)} s left, ${ours.losses(since).length} false alarms`);
        }
        return performance.now() >= ends;
      },
      1000 * seconds + 60_000,
    );
    for (const burner of burners) burner.kill('SIGKILL');
    const { realtime, sessions: statuses, bytesLoaded } = await ours.status();
    const latest = (of: typeof before): number => Math.max(...of.sessions.map((one) => one.maximumLatenessMs));
    return {
      falseAlarms: statuses.reduce((sum, { counters }) => sum + counters.downs, 0),
      theirFalseAlarms: peer.losses(since).length,
      maximumLatenessMs: latest({ realtime, sessions: statuses, bytesLoaded }),
      latenessBeforeMs: latest(before),
      packets: statuses.reduce((sum, { counters }) => sum + counters.sent, 0),
      megabytes: (bytesLoaded - before.bytesLoaded) / 1e6,
      realtime,
    };
  } finally {
    for (const burner of burners) burner.kill('SIGKILL');
    world.remove();
  }
}
