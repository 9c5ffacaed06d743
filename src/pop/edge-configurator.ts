/**
 * Brings a configuration to the edge: writes its file, asks it to read it, and learns whether it did.
 *
 * One at a time and always the newest: while one is on its way the next waits, and what is overtaken is never sent. A
 * refusal or a full disk leaves the edge with its last good configuration, and is a problem for an operator.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';
import type { Logger } from '../base/log.ts';
import type { Problem } from '../base/problem.ts';
import type { EdgeConfig, EdgeStatus } from '../feed/edge-config.ts';
import type { EdgeAdmin } from './edge-admin.ts';

export interface EdgeConfiguratorOptions {
  readonly path: string;
  readonly admin: EdgeAdmin;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The edge's state after it was asked to read its file; `newest`: it has the newest configuration that was applied. */
  readonly onStatus: (status: EdgeStatus, newest: boolean) => void;
  readonly onProblems: () => void;
}

export interface EdgeConfigurator {
  /** Writes the file where it differs; a running edge is told. */
  apply(config: EdgeConfig): void;
  /** The edge runs: it is told to read the file as it is now. */
  edgeUp(): void;
  edgeDown(): void;
  stop(): void;
  problems(): readonly Problem[];
}

/** A reload builds a table of up to a million domains. */
const reloadLimitMs = 30_000;
const retryMs = 1_000;

export function createEdgeConfigurator(options: EdgeConfiguratorOptions): EdgeConfigurator {
  const { path, admin, logger } = options;
  let written = digestOf(readFileIfThere(path));
  let unwritten: EdgeConfig | undefined;
  let up = 0; // counts the edges, so that an answer of the one before is not taken for this one's
  let greeted = 0;
  let running = false;
  let dirty = false;
  let untold = false;
  let working: Promise<void> | undefined;
  let cancelRetry = (): void => {};
  const problems = new Map<string, Problem>();

  function setProblem(code: string, problem: Problem | undefined): void {
    if (problems.get(code)?.what === problem?.what) return;
    if (problem === undefined) problems.delete(code);
    else problems.set(code, problem);
    options.onProblems();
  }

  function write(config: EdgeConfig): void {
    const text = `${JSON.stringify(config, undefined, 2)}\n`;
    const digest = digestOf(text);
    if (digest !== written) {
      try {
        writeFileAtomic(path, text);
      } catch (error) {
        logger.error({ err: error }, 'cannot write the configuration of the edge');
        setProblem('agent.edge-config-not-written', notWritten(path, (error as Error).message));
        unwritten = config;
        retry();
        return;
      }
      written = digest;
      dirty = true;
    }
    unwritten = undefined;
    setProblem('agent.edge-config-not-written', undefined);
  }

  function retry(): void {
    cancelRetry();
    cancelRetry = options.clock.after(retryMs, () => {
      if (unwritten !== undefined) write(unwritten);
      dirty ||= untold;
      work();
    });
  }

  function work(): void {
    if (!running || !dirty || working !== undefined) return;
    const edge = up;
    dirty = false;
    untold = false;
    working = reload(edge).finally(() => {
      working = undefined;
      work();
    });
  }

  async function reload(edge: number): Promise<void> {
    if (edge !== greeted) {
      // One that has just started has mostly read the file as it is now: no need to build its tables twice.
      const first = await admin.status(1_000);
      if (edge !== up || !running) return;
      greeted = edge;
      if (first.kind === 'ok' && first.value.configSha256 === written && !dirty) {
        setProblem('agent.edge-config-refused', undefined);
        tell(first.value);
        return;
      }
    }
    const answer = await admin.reload(reloadLimitMs);
    if (edge !== up || !running) return;
    if (answer.kind === 'ok') {
      setProblem('agent.edge-config-refused', undefined);
      tell(answer.value);
      return;
    }
    const why = answer.kind === 'wrong' ? answer.why : 'it does not answer';
    logger.error({ why }, 'the edge did not take its configuration; it goes on with the one before');
    setProblem('agent.edge-config-refused', refused(path, why));
    // It may still be serving with what it had: its own status says so.
    const status = await admin.status(1_000);
    if (edge !== up || !running) return;
    if (status.kind === 'ok') tell(status.value);
    else {
      untold = true; // and not `dirty`: that would ask again at once, and again
      retry();
    }
  }

  function tell(status: EdgeStatus): void {
    options.onStatus(status, !dirty && unwritten === undefined && status.configSha256 === written);
  }

  return {
    apply(config) {
      write(config);
      work();
    },
    edgeUp() {
      up++;
      running = true;
      dirty = true;
      work();
    },
    edgeDown() {
      running = false;
    },
    stop() {
      running = false;
      cancelRetry();
    },
    problems: () => [...problems.values()],
  };
}

function digestOf(text: string | undefined): string {
  return text === undefined ? '' : createHash('sha256').update(text).digest('hex');
}

function notWritten(path: string, why: string): Problem {
  return {
    code: 'agent.edge-config-not-written',
    severity: 'error',
    what: `the configuration of the edge cannot be written (${why}); the edge goes on with the one before`,
    where: path,
    fix: 'make room on the disk, or let the agent write there',
  };
}

function refused(path: string, why: string): Problem {
  return {
    code: 'agent.edge-config-refused',
    severity: 'error',
    what: `the edge did not take its configuration (${why}); it goes on with the one before`,
    where: path,
    fix: 'look into edge.log beside that file; check that agent and edge are of one version',
  };
}
