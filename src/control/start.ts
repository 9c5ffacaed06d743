/**
 * Starts control as one process: store, published network file, API.
 *
 * Order: the store is locked first, so that a second control changes nothing; the network file is published before the
 * API listens, so that whoever gets an answer gets the right one. A bad network file at start is refused even where the
 * store holds a last good state: agents live on that state by themselves, and an operator who starts control is there
 * to read the problems. (At a reload, the last good state stays in force.)
 */
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type Clock, systemClock } from '../base/clock.ts';
import { exitCode } from '../base/exit-codes.ts';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';
import type { Logger } from '../base/log.ts';
import { fail, ProblemError, problemsOf } from '../base/problem.ts';
import { allowedHosts, isLoopback } from './api/guard.ts';
import { createApi } from './api/server.ts';
import { Control } from './control.ts';
import { BlobStore } from './site/blobs.ts';
import { networkFileReader } from './source.ts';
import { openSqliteStore } from './store/sqlite-store.ts';
import type { Store } from './store/store.ts';
import { AdminToken, AgentTokens } from './tokens.ts';

export interface ControlOptions {
  readonly networkFile: string;
  readonly stateDirectory: string;
  readonly apiHost: string;
  /** 0: any free port. */
  readonly apiPort: number;
  readonly apiTokenFile?: string;
  /** More names by which the API may be called. */
  readonly allowedHosts?: readonly string[];
  /** Addresses fit for a lab only are errors. */
  readonly production?: boolean;
  readonly version: string;
  readonly logger: Logger;
  readonly clock?: Clock;
}

export interface RunningControl {
  readonly url: string;
  /** Reads the network file again. A bad one changes nothing but status and log. Returns whether it was good. */
  reload(): Promise<boolean>;
  /** Ends feeds and requests, and lets go of the store. */
  close(): Promise<void>;
}

/** Where an agent's token lies in control's state directory. */
export function agentTokenPath(stateDirectory: string, pop: string): string {
  return join(stateDirectory, 'tokens', `${pop}.token`);
}

/** Codes: `control.store-…`, `control.network-file`, `network.…`, `control.site-…`, `control.port-in-use`, `control.token-…`. */
export async function startControl(options: ControlOptions): Promise<RunningControl> {
  const { logger, stateDirectory } = options;
  const adminToken = options.apiTokenFile === undefined ? undefined : AdminToken.fromFile(options.apiTokenFile);
  if (adminToken === undefined && !isLoopback(options.apiHost)) {
    fail({
      code: 'control.token-needed',
      what: `beyond loopback, at ${options.apiHost}, the API needs an administrator's token`,
      where: '--api-host',
      fix: 'make one (umask 077; openssl rand -hex 32 > FILE) and give --api-token-file FILE, or listen on 127.0.0.1',
    });
  }
  const store = openStore(stateDirectory);
  let api: FastifyInstance | undefined;
  try {
    const control = new Control({
      store,
      blobs: new BlobStore(join(stateDirectory, 'blobs')),
      tokens: new AgentTokens({ store, directory: join(stateDirectory, 'tokens'), logger }),
      readNetwork: networkFileReader(options.networkFile, { production: options.production ?? false }),
      clock: options.clock ?? systemClock,
      logger,
    });
    const published = await control.publish();
    for (const problem of published.warnings) logger.warn({ problem }, problem.what);
    logger.info({ changes: published.changes, sequence: store.through() }, 'the network file is published');
    const hosts = allowedHosts(options.apiHost, options.allowedHosts ?? []);
    const { version } = options;
    api = createApi({ control, allowedHosts: hosts, version, logger, ...(adminToken && { adminToken }) });
    const url = await listen(api, options);
    return running(control, api, url, logger);
  } catch (error) {
    await api?.close();
    store.close();
    throw error;
  }
}

const refused = 'the network file is refused; the last good one stays in force';

function running(control: Control, api: FastifyInstance, url: string, logger: Logger): RunningControl {
  let closing: Promise<void> | undefined;
  return {
    url,
    reload: async () => {
      try {
        const { changes, warnings } = await control.publish();
        for (const problem of warnings) logger.warn({ problem }, problem.what);
        logger.info({ changes, sequence: control.store.through() }, 'the network file is published again');
        return true;
      } catch (error) {
        // Whatever it was: a reload must not end what runs well.
        const problems = problemsOf(error);
        logger.error({ problems, ...(error instanceof ProblemError ? {} : { err: error }) }, refused);
        return false;
      }
    },
    close: () => {
      closing ??= (async () => {
        await control.close();
        await api.close();
        control.store.close();
      })();
      return closing;
    },
  };
}

/** Opens the store, and writes down who has it, for whoever finds it locked. */
function openStore(stateDirectory: string): Store {
  const pidFile = join(stateDirectory, 'control.pid');
  let store: Store;
  try {
    store = openSqliteStore(join(stateDirectory, 'control.db'));
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problems[0]?.code !== 'control.store-locked') throw error;
    const pid = readFileIfThere(pidFile)?.trim();
    const what = `another control${pid === undefined ? '' : `, process ${pid},`} uses this state directory`;
    throw new ProblemError([{ ...error.problems[0], what, where: stateDirectory }], error.exitCode);
  }
  try {
    writeFileAtomic(pidFile, `${process.pid}\n`);
  } catch {
    // A help for people only: a full disk is told of where it matters.
  }
  return store;
}

async function listen(api: FastifyInstance, options: ControlOptions): Promise<string> {
  const { apiHost: host, apiPort: port } = options;
  try {
    await api.listen({ host, port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE') {
      fail(
        {
          code: 'control.port-in-use',
          what: `port ${port} of ${host} is in use`,
          where: '--api-port',
          fix: `stop what listens there (ss -ltnp 'sport = :${port}' names it), or choose another port with --api-port`,
        },
        exitCode.failure,
      );
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      const what = `the API cannot listen at ${host} port ${port}: ${(error as Error).message}`;
      const fix = 'give an address of this machine with --api-host, and a port of 1024 or more with --api-port';
      fail({ code: 'control.cannot-listen', what, where: '--api-host', fix }, exitCode.failure);
    }
    throw error;
  }
  const bound = api.server.address();
  const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`;
}
