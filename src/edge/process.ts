/** The edge as a process: signals, the admin socket, and the order in which things open and close. */
import { systemClock } from '../base/clock.ts';
import { exitCode } from '../base/exit-codes.ts';
import { obeyLifeline } from '../base/lifeline.ts';
import { createLogger } from '../base/log.ts';
import { fail } from '../base/problem.ts';
import { systemRandom } from '../base/random.ts';
import { type AccessLog, noAccessLog, openAccessLog } from './access-log.ts';
import { claimAdminSocket, defaultGraceMs } from './admin.ts';
import { Edge } from './edge.ts';

export interface EdgeProcessOptions {
  readonly configPath: string;
  readonly adminPath: string;
  /** A file, or `-` for standard output; absent: no access log. */
  readonly accessLogPath?: string | undefined;
}

/** Runs until it is told to stop; throws Problems where it cannot start. Exits the process at its end. */
export async function runEdgeProcess(options: EdgeProcessOptions): Promise<void> {
  obeyLifeline();
  const log = createLogger('edge');
  const clock = systemClock;
  // First of all, so that two edges never read and listen side by side.
  const admin = await claimAdminSocket(options.adminPath);
  let accessLog: AccessLog = noAccessLog;
  let edge: Edge;
  try {
    accessLog = openLog(options.accessLogPath);
    edge = await Edge.start({
      configPath: options.configPath,
      clock,
      random: systemRandom(),
      log,
      accessLog,
      processMetrics: true,
    });
  } catch (error) {
    admin.close();
    accessLog.close();
    throw error;
  }

  let stopping = false;
  const stop = (why: string, graceMs: number) => {
    if (stopping) return;
    stopping = true;
    log.info({ why, graceMs }, 'stopping');
    void edge.stop(graceMs).then(() => {
      admin.close();
      log.info('stopped');
      process.exit(exitCode.ok);
    });
  };
  process.on('SIGTERM', () => stop('SIGTERM', defaultGraceMs));
  process.on('SIGINT', () => stop('SIGINT', defaultGraceMs));
  process.on('SIGHUP', () => {
    try {
      accessLog.reopen();
    } catch (error) {
      log.error({ err: error }, 'the access log could not be reopened; the old file stays in use');
    }
  });
  admin.serve({
    status: () => edge.status(),
    reload: () => edge.reload(),
    metrics: edge.metrics,
    stop: (graceMs) => stop('asked over the admin socket', graceMs),
  });
  log.info({ listening: edge.status().listening, configSha256: edge.status().configSha256 }, 'serving');
}

function openLog(path: string | undefined): AccessLog {
  if (path === undefined) return noAccessLog;
  try {
    return openAccessLog({ path, clock: systemClock });
  } catch (error) {
    return fail(
      {
        code: 'edge.access-log',
        what: `the access log cannot be opened: ${(error as Error).message}`,
        where: path,
        fix: 'give `--access-log` a file in a directory that this user may write to, or `-` for standard output',
      },
      exitCode.failure,
    );
  }
}
