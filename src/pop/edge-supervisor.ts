/**
 * Runs `supervisor-machine.ts` over real processes: starts the edge, holds its lifeline, replaces it, stops it.
 *
 * The edge is started detached, with files as its output: a pipe to the agent would break, and kill it, when the agent
 * dies. Its pid file is for an edge that no longer answers: its successor needs the port, so it must be found and ended,
 * after it was checked that the id still belongs to an edge on this very admin socket.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unreachable } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { createEdgeAdmin, type EdgeAdmin } from './edge-admin.ts';
import { argumentsOf, isEdgeOn } from './process-identity.ts';
import {
  type SupervisorEffect,
  type SupervisorEvent,
  type SupervisorState,
  stepSupervisor,
} from './supervisor-machine.ts';

export interface EdgeSupervisorOptions {
  readonly pop: string;
  /** Program and arguments; they name the admin socket after `--admin`. */
  readonly command: readonly [string, ...string[]];
  readonly socketPath: string;
  /** For the pid file and the edge's own output. */
  readonly stateDirectory: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly onUp: (pid: number) => void;
  /** Called in the same turn of the event loop in which the kernel told of the death. */
  readonly onDown: (why: string) => void;
}

export interface EdgeSupervisor {
  readonly admin: EdgeAdmin;
  /** Adopts or starts the edge, and from then on keeps one running. */
  start(): void;
  /** The edge lives but answers nobody: it is replaced. */
  mute(why: string): void;
  /** Lets it finish its requests for `graceMs`, then ends it. Called again: with less patience. */
  stop(graceMs: number): Promise<void>;
  pid(): number | undefined;
  /** How often an edge was started again after the first. */
  restarts(): number;
  /** Why the edge last died or could not be started, while it is not running. */
  trouble(): string | undefined;
}

const joinRetryMs = 10;
const lookLimitMs = 1_000;

export function createEdgeSupervisor(options: EdgeSupervisorOptions): EdgeSupervisor {
  const { clock, logger } = options;
  const admin = createEdgeAdmin(options.socketPath);
  const pidFile = join(options.stateDirectory, 'edge.pid');
  const outputFile = join(options.stateDirectory, 'edge.log');
  let state: SupervisorState = { name: 'off' };
  let cancelTimer = (): void => {};
  let leave = (): void => {};
  let spawns = 0;
  let trouble: string | undefined;
  let tellStopped = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    tellStopped = resolve;
  });

  function send(event: SupervisorEvent): void {
    const before = state.name;
    const step = stepSupervisor(state, event, clock.now(), options.random);
    state = step.state;
    if (before !== state.name) logger.debug({ event: event.type, from: before, to: state.name }, 'edge supervision');
    for (const effect of step.effects) perform(effect);
  }

  function perform(effect: SupervisorEffect): void {
    switch (effect.type) {
      case 'look':
        void look().then(send);
        return;
      case 'spawn':
        spawnEdge();
        return;
      case 'join':
        joinLifeline();
        return;
      case 'kill':
        leave();
        kill(effect.pid, effect.why);
        return;
      case 'ask-to-stop':
        void admin.stop(effect.graceMs, 1_000).then((answer) => {
          if (answer.kind !== 'ok') send({ type: 'mute', why: 'it does not take the request to stop' });
        });
        return;
      case 'set-timer':
        cancelTimer();
        cancelTimer = clock.after(effect.delayMs, () => send({ type: 'timer' }));
        return;
      case 'clear-timer':
        cancelTimer();
        return;
      case 'up':
        trouble = undefined;
        logger.info({ edgePid: effect.pid }, 'the edge runs');
        options.onUp(effect.pid);
        return;
      case 'down':
        options.onDown(effect.why);
        logger.warn({ why: effect.why }, 'the edge is gone');
        return;
      case 'stopped':
        leave();
        tellStopped();
        return;
      default:
        unreachable(effect);
    }
  }

  async function look(): Promise<SupervisorEvent> {
    const answer = await admin.status(lookLimitMs);
    if (answer.kind === 'ok') {
      const { pid, pop } = answer.value;
      const args = argumentsOf(pid);
      if (pop !== options.pop) return unusable(pid, `it is the edge of ${pop}`);
      if (args !== undefined && !sameArguments(args, options.command)) {
        return unusable(pid, 'it was started by another version or with other options');
      }
      logger.info({ edgePid: pid }, 'an edge is there already; adopting it');
      return { type: 'found-ours', pid };
    }
    const left = Number(readFileIfThere(pidFile) ?? Number.NaN);
    const why = answer.kind === 'wrong' ? answer.why : 'it does not answer its agent';
    return unusable(left, why);
  }

  /** Only a process that is certainly an edge on our socket must go; anything else is none of our business. */
  function unusable(pid: number, why: string): SupervisorEvent {
    return isEdgeOn(options.socketPath, pid) ? { type: 'found-unusable', pid, why } : { type: 'found-nothing' };
  }

  function spawnEdge(): void {
    const child = launch();
    if (child === undefined) return;
    child.on('error', (error) => send({ type: 'spawn-failed', why: failed(error) }));
    const { pid } = child;
    if (pid === undefined) return;
    spawns++;
    child.on('exit', (code, signal) => {
      // A successor's death is told by the successor.
      if ('pid' in state && state.pid === pid)
        died(`it exited ${signal === null ? `with code ${code}` : `by ${signal}`}`);
    });
    child.unref();
    try {
      writeFileAtomic(pidFile, `${pid}\n`);
    } catch (error) {
      logger.warn({ err: error }, 'cannot write the pid file of the edge');
    }
    send({ type: 'spawned', pid });
  }

  function launch(): ChildProcess | undefined {
    let output: number | undefined;
    try {
      output = openSync(outputFile, 'a', 0o600);
      const [program, ...args] = options.command;
      return spawn(program, args, { detached: true, stdio: ['ignore', output, output] });
    } catch (error) {
      const why = failed(error as Error);
      clock.after(0, () => send({ type: 'spawn-failed', why }));
      return undefined;
    } finally {
      if (output !== undefined) closeSync(output);
    }
  }

  function failed(error: Error): string {
    trouble = `the edge cannot be started: ${error.message}`;
    logger.error({ err: error }, 'the edge cannot be started');
    return trouble;
  }

  function died(why: string): void {
    const starting = state.name === 'starting';
    if (state.name !== 'stopping') {
      trouble = starting ? `the edge does not start: ${why}${lastWords(outputFile)}` : `the edge died: ${why}`;
      if (starting) logger.error({ trouble }, 'the edge does not start');
    }
    send({ type: 'died', why: `the edge died: ${why}` });
  }

  function joinLifeline(): void {
    let held = false;
    let cancelRetry = (): void => {};
    const leaveNow = admin.lifeline(
      () => {
        held = true;
        send({ type: 'lifeline-held' });
      },
      (why) => {
        if (held) died(why);
        else cancelRetry = clock.after(joinRetryMs, joinLifeline);
      },
    );
    leave = () => {
      leaveNow();
      cancelRetry();
    };
  }

  function kill(pid: number, why: string): void {
    if (!isEdgeOn(options.socketPath, pid)) return;
    try {
      process.kill(pid, 'SIGKILL');
      logger.warn({ edgePid: pid, why }, 'killed the edge');
    } catch (error) {
      logger.debug({ err: error, edgePid: pid }, 'the edge was gone before it could be killed');
    }
  }

  return {
    admin,
    start: () => send({ type: 'start' }),
    mute: (why) => send({ type: 'mute', why }),
    stop(graceMs) {
      send({ type: 'stop', graceMs });
      return stopped;
    },
    pid: () => ('pid' in state ? state.pid : undefined),
    restarts: () => Math.max(0, spawns - 1),
    trouble: () => trouble,
  };
}

function sameArguments(actual: readonly string[], command: readonly string[]): boolean {
  return actual.length === command.length && actual.every((argument, index) => argument === command[index]);
}

/** What the edge printed last, in quotes: where it cannot start, that says why. */
function lastWords(outputFile: string): string {
  try {
    const lines = readFileSync(outputFile, 'utf8').slice(-2_000).trimEnd().split('\n');
    const telling = lines.findLast((line) => line.startsWith('error:')) ?? lines.at(-1) ?? '';
    return telling === '' ? '' : ` ("${telling.slice(0, 300)}")`;
  } catch {
    return '';
  }
}
